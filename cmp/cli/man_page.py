"""Manual pages in roff, section 1, made from the commands themselves (man-pages(7), groff_man(7))."""

from __future__ import annotations

import cmp
from cmp.cli.catalogue import Command, cmp_generate, cmpctl

_PURPOSE = {
    "cmp-generate": "render a Kustomize overlay with secrets, models and gates",
    "cmpctl": "compare, validate and edit what cmp-generate renders",
}


def render(program: str) -> str:
    """The page of `cmp-generate` or `cmpctl`."""
    commands = [cmp_generate()] if program == "cmp-generate" else cmpctl()
    first, rest = commands[0], commands[1:]
    lines = [
        f'.TH {program.upper()} 1 "" "mlops-cmp {cmp.__version__}" "User Commands"',
        ".SH NAME",
        f"{_escaped(program)} \\- {_escaped(_PURPOSE[program])}",
        ".SH SYNOPSIS",
    ]
    for form in first.synopsis.split(" | "):
        lines += [f".B {_escaped(program)}", _escaped(form), ".br"]
    lines += [".SH DESCRIPTION", *_text(first), ".SH OPTIONS", *_options(first)]
    if rest:
        lines.append(".SH COMMANDS")
        for command in rest:
            lines += [f".SS {_escaped(f'{command.path} {command.synopsis}')}", *_text(command)]
            lines += [*_options(command), *_examples(command)]
    lines += [".SH EXIT STATUS", "0 done, 1 the input is wrong or a check refused, 2 wrong usage."]
    return "\n".join(lines) + "\n"


def _text(command: Command) -> list[str]:
    return [line for paragraph in command.text for line in (".PP", _escaped(paragraph))]


def _options(command: Command) -> list[str]:
    return [
        line
        for names, text in command.options
        for line in (".TP", f".B {_escaped(names)}", _escaped(text) or "\\&")
    ]


def _examples(command: Command) -> list[str]:
    if not command.examples:
        return []
    return [".PP", ".nf", *(_escaped(line) for line in command.examples), ".fi"]


def _escaped(text: str) -> str:
    """Text in which nothing is a request or an escape of roff."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
