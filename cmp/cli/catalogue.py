"""Every command and option as data, for the pages that are made from them."""

from __future__ import annotations

import inspect
from typing import NamedTuple

import click

from cmp.cli.arguments import USAGE
from cmp.cli.server_usage import USAGE as SERVER_USAGE


class Option(NamedTuple):
    """names: as typed, with the value's name. text: one or two sentences, with the default."""

    names: str
    text: str


class Command(NamedTuple):
    """path: `cmpctl models show`. synopsis: what follows it. text: paragraphs. examples: lines as typed."""

    path: str
    synopsis: str
    text: tuple[str, ...]
    examples: tuple[str, ...]
    options: tuple[Option, ...]


def cmp_generate() -> Command:
    """`cmp-generate`, from its usage text."""
    return _of_usage("cmp-generate", USAGE)


def cmp_server() -> Command:
    """`cmp-server`, from its usage text."""
    return _of_usage("cmp-server", SERVER_USAGE)


def _of_usage(name: str, usage: str) -> Command:
    """usage: the synopsis, a paragraph, the options, and further paragraphs, with empty lines between."""
    first, text, listed, *rest = usage.strip().split("\n\n")
    options = [
        Option(names, " ".join(words.split()))
        for names, _, words in (line.strip().partition("  ") for line in listed.splitlines())
    ]
    synopsis = " | ".join(line.split(name, 1)[1].strip() for line in first.splitlines())
    return Command(
        name, synopsis, tuple(" ".join(part.split()) for part in (text, *rest)), (), tuple(options)
    )


def cmpctl() -> list[Command]:
    """`cmpctl` and its commands, groups before what is in them."""
    from cmp.cli.ctl import command

    return list(_walk(click.Context(command, info_name="cmpctl", **command.context_settings)))


def _walk(context: click.Context) -> list[Command]:
    group = context.command
    found = [_read(context)]
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            inner = group.get_command(context, name)
            if inner is not None:
                found += _walk(click.Context(inner, info_name=name, parent=context))
    return found


def _read(context: click.Context) -> Command:
    text, _, examples = inspect.cleandoc(context.command.help or "").partition("\b\nExamples:")
    paragraphs = tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())
    lines = tuple(line.strip() for line in examples.splitlines() if line.strip())
    options = []
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            options.append(Option(record[0], " ".join(record[1].split())))
    synopsis = " ".join(context.command.collect_usage_pieces(context))
    return Command(context.command_path, synopsis, paragraphs, lines, tuple(options))
