"""docs/limits.md, made from the settings."""

from __future__ import annotations

from cmp.cli.bounds import CONCURRENCY, DEADLINE
from cmp.cli.generate import DEFAULT_DEADLINE
from cmp.limits import SETTINGS

_HEAD = """<!-- Made from the code: cmpctl docs limits > docs/limits.md -->
# Limits

These limits apply to one render. Each limit is an environment variable of the operator; its value is a whole
number. If a render exceeds a limit, the error names the variable. No repository and no Application can change
a limit. Regular expressions from a repository run in RE2, whose time is linear in the length of the string:
instructions times bytes must be at most 100,000,000. A test proves that our own patterns are linear too
(`tests/architecture/test_regular_expressions.py`).

| entry point | limits | test |
| --- | --- | --- |
| `cmp-generate` | all below | `tests/hostile/test_limits.py`, `tests/cli/test_{bounds,many}.py` |
| `cmp-server` | all below | `tests/server/test_{life,turns,spool}.py` |
| `cmpctl parameters` | all below; past one, it prints the static table | `tests/cli/test_bounds.py` |
| other commands | of files; time: `cmpctl --deadline` | `tests/{cli/test_bounds,hostile/test_growth}.py` |
| `helm` | ends with the render; the same memory | `tests/kustomize_plugins/test_{helm,helm_oracle}.py` |

Few lines of an ApplicationSet can make many Applications: `cmpctl validate` looks at 5,000 elements of one
generator, 20,000 Applications and 5,000,000 steps of templates in all, and reports the rest as unchecked.

A long call of C code cannot be interrupted. `cmp/cli/watchdog.py` ends the process 0.7 seconds after the
deadline, with the same message and exit code 1. A second, small process writes the message; it is started
when the command has run for a second. If one call began before that and lasts until the deadline, a list of
our functions takes the place of the message.

For twice the input, a command may take at most 2.3 times the time and 2.1 times the memory. `python -m
fuzzing.growth` measures this for every command and everything in a tree that can grow; with `--late`, that a
deadline ends each of them within one second more. Both are counted above what a tree with nearly nothing in
it takes: processor time, and the largest resident memory. In these places time or memory grow faster:

| place | grows with | limited by |
| --- | --- | --- |
{places}
| variable | default | limits |
| --- | ---: | --- |
"""

# Where time grows faster than the input: (place, what it grows with, the bound).
PLACES = (
    (
        "patches and replacements that select objects by a pattern, a label or only the kind",
        "their number times the number of objects that they look at",
        f"time: `{DEADLINE}`, `cmpctl --deadline`",
    ),
    (
        "merge patches of a list whose items have no merge key, or the same one",
        "the square of the list's length",
        f"time: `{DEADLINE}`, `cmpctl --deadline`",
    ),
    (
        "a value that is copied into many objects",
        "its length times the number of objects",
        "`CMP_MAX_COPIED_BYTES`, `CMP_MAX_OUTPUT_BYTES`",
    ),
    (
        "replacements of parts of one string",
        "their number times its length",
        "`CMP_MAX_COPIED_BYTES`",
    ),
    (
        "patches of one object, and components that change all objects",
        "their number times the size of what they change",
        f"time: `{DEADLINE}`, `cmpctl --deadline`",
    ),
    (
        "the indentation of nested values",
        "their depth times the number of their lines",
        "`CMP_MAX_YAML_DEPTH`",
    ),
    (
        "the size of a CRD of the same render, in `validate`",
        "its defaults, words of enumerations and patterns times the values that are compared with them",
        "time: `cmpctl --deadline`",
    ),
    (
        "Applications that deploy one folder, in `validate`",
        "their number times the number of objects in it",
        "time: `cmpctl --deadline`",
    ),
    (
        "roles of an AppProject, in `validate`",
        "their number times the number of production's Applications in the project",
        "time: `cmpctl --deadline`",
    ),
)


def render() -> str:
    """The page's text."""
    rows = [(f"CMP_MAX_{name.upper()}", f"{default:,}", what) for name, (default, what) in SETTINGS.items()]
    rows.append(
        (DEADLINE, str(DEFAULT_DEADLINE), "seconds for one render, waiting included; none with `--plain`")
    )
    rows.append((CONCURRENCY, "none", "renders at the same time on one machine"))
    places = "".join(f"| {place} | {grows} | {bound} |\n" for place, grows, bound in PLACES)
    return _HEAD.replace("{places}\n", places + "\n") + "".join(
        f"| `{name}` | {default} | {what} |\n" for name, default, what in rows
    )
