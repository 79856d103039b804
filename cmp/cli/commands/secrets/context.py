"""What the secrets commands share: identities, configuration, formats, the clock, options."""

from __future__ import annotations

import os
import sys

import click

from cmp.cli.commands.secrets import files
from cmp.cli.output import report
from cmp.cli.quiet import is_quiet
from cmp.cli.request import limits_from
from cmp.errors import CmpError, UsageError
from cmp.sops.config import (
    CONFIG_NAME,
    IGNORED_NAME,
    MAX_PARENTS,
    CreationRule,
    SopsConfig,
    parse,
)
from cmp.sops.detect import detect
from cmp.sops.errors import SopsError
from cmp.sops.formats import FORMATS, format_of_path
from cmp.sops.keys import KeySource, from_environment, read_file, terminal_asker
from cmp.sops.metadata import RULES
from cmp.sops.write.document import NewFile, Opened, Written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cmp.age import HybridIdentity, X25519Identity
    from cmp.limits import Limits

input_type = click.option(
    "--input-type", type=click.Choice(FORMATS), help="The file's format, when its name does not say it."
)
config_option = click.option("--config", help=f"The SOPS configuration; else {CONFIG_NAME} here or above.")
output_option = click.option(
    "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to report."
)
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False))
files_argument = click.argument(
    "paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False)
)


def rule_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The six options that say which values are encrypted."""
    for kind in reversed(RULES):
        words = kind.replace("_", " ")
        function = click.option(f"--{kind.replace('_', '-')}", help=f"Rule: {words}.")(function)
    return function


def keys() -> KeySource:
    """The identities of whoever runs the command."""
    return from_environment(os.environ, read_file, ask=terminal_asker(), limits=limits())


def limits() -> Limits:
    """The operator's bounds, `CMP_MAX_*`."""
    return limits_from(os.environ)


def key_text(identity: X25519Identity | HybridIdentity) -> str:
    """A key file with one identity, as age-keygen writes it."""
    return f"# created: {now()}\n# public key: {identity.recipient()}\n{identity.secret_text()}\n"


def now() -> str:
    """The time as documents carry it."""
    from datetime import UTC, datetime

    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def encrypted_format(data: bytes, path: str, wanted: str | None) -> str:
    """The format of a SOPS document; raises `SopsError`."""
    if wanted:
        return wanted
    found = detect(data, path, limits())
    if found is None:
        raise SopsError(
            "the file is not encrypted with SOPS", hint="encrypt it first: cmpctl secrets encrypt -i FILE"
        ).at(file=path)
    return found.name


def plain_format(path: str, wanted: str | None) -> str:
    """The format of a file that is not encrypted, by its name."""
    return wanted or format_of_path(path)


def opened(path: str, wanted: str | None) -> Opened:
    """A document opened with our identities."""
    data = files.read(path)
    return Opened(data, encrypted_format(data, path, wanted), keys(), path, limits())


def check_sealed(written: Written, path: str) -> Written:
    """Refuse a document in which nothing is sealed: its rule looks for other keys than the file has."""
    if not written.sealed:
        raise SopsError(
            "the rule covers no value, so everything in the file would stay readable; nothing was written",
            hint="check encrypted_regex and the other rules, and the spelling of the file's keys",
        ).at(file=path)
    return written


def warn(*warnings: str) -> None:
    """Print warnings to standard error, unless the command is to be quiet."""
    if not is_quiet():
        report(None, warnings)


def say(text: str) -> None:
    """Tell a person what was done, on standard error: standard output is for results."""
    if not is_quiet():
        click.echo(text, err=True)


def find_config(named: str | None) -> tuple[str, SopsConfig] | None:
    """The configuration and its path: `--config`, SOPS_CONFIG, or the nearest one at or above this folder."""
    path = named or os.environ.get("SOPS_CONFIG") or _search(os.getcwd())
    return None if path is None else (path, parse_at(path))


def parse_at(path: str) -> SopsConfig:
    """The configuration in a file."""
    from cmp.sops.errors import SopsError

    try:
        found = parse(files.read(path))
    except SopsError as error:
        raise error.at(file=path) from None
    warn(*(f"{path}: {each}" for each in found.warnings))
    return found


def _search(folder: str) -> str | None:
    for _ in range(MAX_PARENTS):
        path = os.path.join(folder, CONFIG_NAME)
        if os.path.isfile(path):
            return path
        if os.path.isfile(os.path.join(folder, IGNORED_NAME)):
            warn(f"{os.path.join(folder, IGNORED_NAME)} is ignored: SOPS reads {CONFIG_NAME} only")
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return None


def creation_rule(path: str, config: tuple[str, SopsConfig] | None) -> CreationRule | None:
    """The rule of `.sops.yaml` for a file; None when there is no configuration with rules."""
    if config is None or config[1].rules is None:
        return None
    folder = os.path.dirname(os.path.abspath(config[0]))
    full = os.path.abspath(path)
    return config[1].rule_for(full.removeprefix(folder + os.sep))


def matching_rule(path: str, config: tuple[str, SopsConfig] | None) -> CreationRule | None:
    """As `creation_rule`, None too when no rule matches."""
    from cmp.sops.config import ConfigError

    try:
        return creation_rule(path, config)
    except ConfigError:
        return None


def rule_groups(rule: CreationRule) -> tuple[tuple[str, ...], ...]:
    """The age recipients of a rule's groups; refuses a rule whose other keys would be left out."""
    others = sorted({name for group in rule.groups for name in group.others})
    if others:
        raise UsageError(
            f"the creation rule names keys of types that only sops can write to: {', '.join(others)}",
            hint="name age recipients with --age, or encrypt this file with sops",
        )
    if not all(group.age for group in rule.groups):
        raise UsageError(
            "the creation rule names no recipient", hint=f"add age: to it in {CONFIG_NAME}, or use --age"
        )
    return tuple(group.age for group in rule.groups)


def new_file(
    path: str, age: tuple[str, ...], chosen: dict[str, Any], config: tuple[str, SopsConfig] | None
) -> NewFile:
    """What a new document gets: options first, then SOPS_AGE_RECIPIENTS, then the configuration's rule."""
    named = age or tuple(filter(None, [os.environ.get("SOPS_AGE_RECIPIENTS", "")]))
    recipients = tuple(part.strip() for text in named for part in text.split(",") if part.strip())
    rules = [(kind, chosen[kind]) for kind in RULES if chosen.get(kind)]
    if len(rules) > 1:
        raise UsageError(f"{rules[0][0]} and {rules[1][0]} cannot be used together")
    rule = creation_rule(path, config) if config and (not recipients or config[1].rules) else None
    if rule is None:
        if not recipients:
            raise UsageError(
                "nothing says for whom to encrypt",
                hint=f"name recipients with --age age1…, or write a {CONFIG_NAME} with creation_rules",
            )
        return NewFile((recipients,), rules[0] if rules else None, 0, bool(chosen.get("mac_only_encrypted")))
    groups = (recipients,) if recipients else rule_groups(rule)
    return NewFile(
        groups,
        rules[0] if rules else rule.rule,
        0 if recipients else rule.shamir_threshold,
        bool(chosen.get("mac_only_encrypted")) or rule.mac_only_encrypted,
    )


def store_indent(fmt: str, config: tuple[str, SopsConfig] | None) -> int | None:
    """The indentation that the configuration wants for a format, if it says one."""
    return None if config is None else config[1].indents.get(fmt)


def reading_indent(fmt: str, named: str | None) -> int | None:
    """As `store_indent`, for reading: a broken configuration that nobody named keeps no file closed."""
    try:
        return store_indent(fmt, find_config(named))
    except CmpError as error:
        if named:
            raise
        warn(f"{error.where}: {error.message}; its indentation is not used")
        return None


def on_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
