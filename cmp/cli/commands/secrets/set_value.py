"""`cmpctl secrets set`: one value, which never stands on a command line."""

from __future__ import annotations

import sys

import click

from cmp.cli.commands.secrets import context, files
from cmp.errors import CmpError
from cmp.files import update
from cmp.sops.document import from_bytes
from cmp.sops.errors import ParseError, SopsError
from cmp.sops.write import treepath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.sops.document import Branch, Value


@click.command("set")
@context.file_argument
@click.argument("path")
@click.option(
    "--value-file", type=click.Path(exists=True, dir_okay=False), help="Read the value from this file."
)
@click.option("--json", "as_json", is_flag=True, help="The value is JSON: a number, true, a list, a mapping.")
@click.option("--idempotent", is_flag=True, help="Write nothing if the file holds the value already.")
@context.input_type
def command(
    file: str,
    path: str,
    value_file: str | None,
    as_json: bool,
    idempotent: bool,
    input_type: str | None,
) -> None:
    """Set the value at PATH, read from standard input (asked for on a terminal).

    A value on the command line would be seen by everyone on the machine, so there is no argument for it.
    One line break at the end of the input is not part of the value. PATH is data.password or, for keys
    with dots, ["data"]["tls.key"]; list places count from 0.

    \b
    Examples:
      cmpctl secrets set secret.yaml stringData.password
      openssl rand -hex 32 | cmpctl secrets set secret.yaml stringData.token
      cmpctl secrets set secret.yaml '["data"]["tls.key"]' --value-file tls.key.b64
      echo '["a", "b"]' | cmpctl secrets set --json config.yaml spec.hosts
    """
    place = treepath.parse(path)
    document = context.opened(file, input_type)
    try:
        value = _value(_read(value_file), as_json)
        if idempotent and _holds(document.branches[0], place, value):
            context.say(f"{file}: holds the value already")
            return
        written = document.with_value(place, value, context.now())
    except CmpError as error:
        raise error.at(file=file) from None
    update(file, written.data, document.data)


def _holds(branch: Branch, place: treepath.Path, value: Value) -> bool:
    try:
        found = treepath.get_value(branch, place)
    except SopsError:
        return False
    return type(found) is type(value) and found == value


def _read(value_file: str | None) -> bytes:
    if value_file is None and sys.stdin.isatty():
        text: str = click.prompt("Value", hide_input=True, err=True)
        return text.encode("utf-8")
    return files.read(value_file or "-")


def _value(data: bytes, as_json: bool) -> Value:
    if not as_json:
        return from_bytes(data.removesuffix(b"\n"))
    from cmp.sops.stores import load_plain

    try:
        (branch,) = load_plain(b'{"value":' + data + b"}", "json")
    except ParseError as error:
        raise SopsError(
            "the value is not JSON", hint="without --json the value is taken as a string"
        ) from error
    if len(branch) != 1:
        raise SopsError("the value is not one JSON value")
    return branch[0].value
