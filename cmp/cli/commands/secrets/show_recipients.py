"""`cmpctl secrets show-recipients`: who can open a file, from its metadata alone."""

from __future__ import annotations

import click

from cmp.cli.commands.secrets import context, files
from cmp.cli.output import as_json, table
from cmp.errors import CmpError
from cmp.sops.metadata import KEY_TYPE_NAMES
from cmp.sops.stores import load_encrypted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.sops.metadata import MasterKey, Metadata

# The field that names a key of each type.
_NAMES = {
    "kms": "arn",
    "gcp_kms": "resource_id",
    "hckms": "key_id",
    "azure_kv": "vault_url",
    "hc_vault": "vault_address",
    "pgp": "fp",
    "age": "recipient",
}


@click.command("show-recipients")
@context.files_argument
@context.input_type
@context.output_option
def command(paths: tuple[str, ...], input_type: str | None, output: str) -> None:
    """Print the recipients of files. No key is needed. The list is not authenticated.

    \b
    Examples:
      cmpctl secrets show-recipients overlays/*/secret.yaml
      cmpctl secrets show-recipients --output json secret.yaml
    """
    found = []
    for path in paths:
        data = files.read(path)
        try:
            fmt = context.encrypted_format(data, path, input_type)
            found.append((path, fmt, load_encrypted(data, fmt).metadata))
        except CmpError as error:
            raise error.at(file=path) from None
    if output == "json":
        click.echo(as_json([_entry(*each) for each in found]), nl=False)
        return
    rows = [
        (path, f"{number}/{len(metadata.key_groups)}", KEY_TYPE_NAMES[key.type], _name(key))
        for path, _, metadata in found
        for number, group in enumerate(metadata.key_groups, 1)
        for key in group
    ]
    click.echo(table(rows, ("file", "group", "type", "recipient")), nl=False)


def _entry(path: str, fmt: str, metadata: Metadata) -> dict[str, object]:
    groups = [[{"type": key.type, "name": _name(key)} for key in group] for group in metadata.key_groups]
    return {
        "file": path,
        "format": fmt,
        "version": metadata.version,
        "lastModified": metadata.last_modified,
        "rule": {metadata.rule: metadata.rule_value} if metadata.rule_value else {},
        "macOnlyEncrypted": metadata.mac_only_encrypted,
        "threshold": metadata.shamir_threshold or len(groups),
        "groups": groups,
    }


def _name(key: MasterKey) -> str:
    value = key.fields.get(_NAMES[key.type])
    return value if isinstance(value, str) else ""
