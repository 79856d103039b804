"""`cmpctl secrets decrypt`: cleartext on standard output, as `sops decrypt` prints it."""

from __future__ import annotations

import click

from cmp.cli.commands.secrets import context, files
from cmp.errors import CmpError
from cmp.sops.decryption import decrypt_branches
from cmp.sops.document import Branch, Item, is_sequence, value_bytes
from cmp.sops.stores import FORMATS, emit_plain
from cmp.sops.write import treepath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.sops.document import Value


@click.command("decrypt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--extract", help='Print only what stands at this place: ["data"]["password"] or data.password.'
)
@click.option("--output-type", type=click.Choice(FORMATS), help="Print in another format.")
@context.config_option
@context.input_type
def command(
    file: str, extract: str | None, output_type: str | None, config: str | None, input_type: str | None
) -> None:
    """Print a file's cleartext; the MAC is always checked.

    \b
    Examples:
      cmpctl secrets decrypt secret.yaml
      cmpctl secrets decrypt --extract stringData.password secret.yaml
    """
    data = files.read(file)
    fmt = context.encrypted_format(data, file, input_type)
    branches = decrypt_branches(data, fmt, context.keys(), file=file, limits=context.limits())
    wanted = output_type or fmt
    indent = context.reading_indent(wanted, config)
    try:
        if extract is None:
            out = emit_plain(branches, wanted, indent)
        else:
            out = _show(treepath.get_value(branches[0], treepath.parse(extract)), wanted, indent)
    except CmpError as error:
        raise error.at(file=file) from None
    click.echo(out, nl=False)


def _show(value: Value, fmt: str, indent: int | None) -> bytes:
    """A value as it is; a mapping or list in the file's format."""
    if isinstance(value, Branch):
        return emit_plain([value], fmt, indent)
    if is_sequence(value):
        return _list(value, fmt, indent)
    return b"" if value is None or isinstance(value, list) else value_bytes(value)


def _list(value: list[Value], fmt: str, indent: int | None) -> bytes:
    """A list without the mapping that every format wants around it."""
    if fmt not in ("yaml", "json"):
        raise treepath.PathError(f"a list cannot be printed as {fmt}", hint="add --output-type json")
    lines = (
        emit_plain([Branch([Item("-", value)])], fmt, indent)
        .decode("utf-8", "surrogateescape")
        .splitlines(True)
    )
    if fmt == "json":
        lines = [lines[1].split(":", 1)[1].lstrip(), *lines[2:-1]]
        cut = len(lines[-1]) - len(lines[-1].lstrip())
        lines[1:] = [line[cut:] for line in lines[1:]]
    elif len(lines) > 1:
        cut = len(lines[1]) - len(lines[1].lstrip())
        lines = [line[cut:] if line.strip() else line for line in lines[1:]]
    else:
        lines = ["[]\n"]
    return "".join(lines).encode("utf-8", "surrogateescape")
