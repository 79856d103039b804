"""`cmpctl secrets decrypt`: cleartext on standard output, as `sops decrypt` prints it."""

from __future__ import annotations

import click

from cmp.cli.commands.secrets import context, files
from cmp.errors import CmpError
from cmp.files import create_private
from cmp.sops.decryption import decrypt_branches
from cmp.sops.document import Branch, to_bytes
from cmp.sops.formats import FORMATS
from cmp.sops.stores import emit_plain, store
from cmp.sops.write import treepath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.sops.document import Value


@click.command("decrypt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--extract", help='Print only the value at this path: ["data"]["password"] or data.password.')
@click.option("--output-type", type=click.Choice(FORMATS), help="Print in another format.")
@click.option("--indent", type=click.IntRange(0, 16), help="Columns per level of YAML or JSON.")
@click.option("-o", "output_file", metavar="FILE", help="Write a new file for you alone (0600).")
@context.config_option
@context.input_type
def command(
    file: str,
    extract: str | None,
    output_type: str | None,
    indent: int | None,
    output_file: str | None,
    config: str | None,
    input_type: str | None,
) -> None:
    """Print a file's cleartext; the MAC is always checked.

    \b
    Examples:
      cmpctl secrets decrypt secret.yaml
      cmpctl secrets decrypt --extract stringData.password secret.yaml
      cmpctl secrets decrypt -o secret.clear.yaml secret.yaml
    """
    data = files.read(file)
    fmt = context.encrypted_format(data, file, input_type)
    branches = decrypt_branches(data, fmt, context.keys(), file=file, limits=context.limits())
    wanted = output_type or fmt
    if indent is None:
        indent = context.reading_indent(wanted, config)
    try:
        if extract is None:
            out = emit_plain(branches, wanted, indent)
        else:
            out = _show(treepath.get_value(branches[0], treepath.parse(extract)), wanted, indent)
    except CmpError as error:
        raise error.at(file=file) from None
    if output_file is None:
        click.echo(out, nl=False)
    else:
        create_private(output_file, out, exists="remove it first, or name another file")


def _show(value: Value, fmt: str, indent: int | None) -> bytes:
    """A string as it is, a mapping as a file, anything else as the format writes a value."""
    if isinstance(value, str):
        return to_bytes(value)
    if isinstance(value, Branch):
        return emit_plain([value], fmt, indent)
    return store(fmt).emit_value(value, indent)
