"""docs/limits.md, made from the settings."""

from __future__ import annotations

from cmp.cli.bounds import CONCURRENCY, DEADLINE
from cmp.cli.generate import DEFAULT_DEADLINE
from cmp.limits import SETTINGS

_HEAD = """<!-- Made from the code: cmpctl docs limits > docs/limits.md -->
# Limits

What one render may use. Each limit is an environment variable of the operator, a whole number; an error that
reports an exceeded one names it. No repository and no Application can change them. Regular expressions that a
repository supplies run in RE2, whose time is linear in the text, so they need no setting.

| variable | default | bounds |
| --- | ---: | --- |
"""


def render() -> str:
    """The page's text."""
    rows = [(f"CMP_MAX_{name.upper()}", f"{default:,}", what) for name, (default, what) in SETTINGS.items()]
    rows.append(
        (DEADLINE, str(DEFAULT_DEADLINE), "seconds for one render, waiting included; none with `--plain`")
    )
    rows.append((CONCURRENCY, "none", "renders at the same time on one machine"))
    return _HEAD + "".join(f"| `{name}` | {default} | {what} |\n" for name, default, what in rows)
