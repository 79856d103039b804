"""docs/reference/commands.md, made from the commands themselves."""

from __future__ import annotations

from cmp.cli.catalogue import Command, cmp_generate, cmp_server, cmpctl

_HEAD = """\
<!-- Made from the code: cmpctl docs reference/commands > docs/reference/commands.md -->
# Commands

Argo CD runs `cmp-generate`. `cmpctl` is for people and CI. `cmp-server` is the warm server of the sidecar.

Exit codes: 0 done, 1 the input is wrong or a check refused, 2 wrong usage. If a command has more exit codes,
its text lists them. Results are on standard output, messages on standard error.
"""


def render() -> str:
    """The page's text."""
    return _HEAD + "".join(_section(command) for command in [cmp_generate(), *cmpctl(), cmp_server()])


def _section(command: Command) -> str:
    lines = ["", f"## {command.path}", "", f"    {command.path} {command.synopsis}", ""]
    for paragraph in command.text:
        lines += [_escaped(paragraph), ""]
    if command.examples:
        lines += ["```sh", *command.examples, "```", ""]
    if command.options:
        lines += ["| option | what it does |", "| --- | --- |"]
        lines += [f"| `{_cell(names)}` | {_cell(_escaped(text))} |" for names, text in command.options]
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _escaped(text: str) -> str:
    """Text in which nothing is taken for HTML or emphasis; what stands between backticks stays."""
    parts = text.split("`")
    for number in range(0, len(parts), 2):
        parts[number] = parts[number].replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")
    return "`".join(parts)
