"""`cmpctl secrets check`: files that must be encrypted, before they are committed."""

from __future__ import annotations

from typing import Any

import click

from cmp.cli.commands.secrets import context, files
from cmp.cli.output import report
from cmp.errors import CmpError, Where
from cmp.sops.detect import detect
from cmp.sops.formats import format_of_path
from cmp.yaml import YamlError, load_all

# Parts of a file name that say that the file is encrypted.
_MARKS = (".enc.", ".sops.")


@click.command("check")
@context.files_argument
@context.config_option
def command(paths: tuple[str, ...], config: str | None) -> int:
    """Refuse files in clear that must be encrypted; needs no key.

    These must be encrypted: a manifest that holds a Secret with values, a file with .enc. or .sops. in its
    name, and a file that is not YAML and that a path_regex of .sops.yaml matches. Made for a pre-commit hook.

    \b
    Examples:
      cmpctl secrets check k8s/overlays/*/*.yaml
      git diff --cached --name-only --diff-filter=d -z | xargs -0 cmpctl secrets check
    """
    found = context.find_config(config)
    bad = 0
    for path in paths:
        data = files.read(path)
        reason = "" if detect(data, path, context.limits()) else _reason(data, path, found)
        if reason:
            bad += 1
            hint = f"cmpctl secrets encrypt -i {path}"
            report(CmpError(f"the file is not encrypted, and {reason}", where=Where(file=path), hint=hint))
    return int(bad > 0)


def _reason(data: bytes, path: str, config: Any) -> str:
    """Why a file in clear must be encrypted, or an empty string."""
    name = path.rpartition("/")[2]
    if any(mark in name[1:] for mark in _MARKS):  # .sops.yaml itself has none
        return "its name says that it is"
    if format_of_path(path) == "yaml":
        return "it holds a Secret with values" if b"Secret" in data and _holds_secret(data) else ""
    rule = context.matching_rule(path, config)
    return "a rule of .sops.yaml matches it" if rule is not None and rule.path_regex else ""


def _holds_secret(data: bytes) -> bool:
    try:
        documents = list(load_all(data))
    except YamlError:  # a template, or broken: other checks say so
        return False
    return any(_is_secret(body) for document in documents for body in _objects(document))


def _objects(document: Any) -> list[Any]:
    items = document.get("items") if isinstance(document, dict) else None
    return [document, *(items if isinstance(items, list) else ())]


def _is_secret(body: Any) -> bool:
    if not isinstance(body, dict) or (body.get("apiVersion"), body.get("kind")) != ("v1", "Secret"):
        return False
    fields = (body.get("data"), body.get("stringData"))
    return any(value for values in fields if isinstance(values, dict) for value in values.values())
