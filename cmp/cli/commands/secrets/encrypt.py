"""`cmpctl secrets encrypt`: a plain file becomes a SOPS document."""

from __future__ import annotations

from typing import Any

import click

from cmp.cli.commands.secrets import context, files
from cmp.errors import CmpError, UsageError
from cmp.files import content, update
from cmp.sops.stores import store
from cmp.sops.write.document import encrypt


@click.command("encrypt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("-i", "--in-place", is_flag=True, help="Replace the file instead of printing.")
@click.option("--output-file", type=click.Path(dir_okay=False), help="Write here instead of printing.")
@click.option(
    "--age", "age", multiple=True, help="A recipient, or several with commas; instead of the rule's."
)
@click.option(
    "--filename-override", help="The name that decides on format and rule, such as for standard input."
)
@click.option("--mac-only-encrypted", is_flag=True, help="Let the MAC cover encrypted values only.")
@context.rule_options
@context.config_option
@context.input_type
def command(
    file: str,
    in_place: bool,
    output_file: str | None,
    age: tuple[str, ...],
    filename_override: str | None,
    config: str | None,
    input_type: str | None,
    **chosen: Any,
) -> None:
    """Encrypt a file for the recipients of .sops.yaml, or those given with --age.

    YAML keeps its comments, order, quotes and blank lines. A ModelLock loses the digests of its URIs. Without
    a rule every value is encrypted whose key does not end in _unencrypted; for Kubernetes Secrets
    --encrypted-regex '^(data|stringData)$' leaves names readable.

    \b
    Examples:
      cmpctl secrets encrypt -i overlays/production/secret.yaml
      cmpctl secrets encrypt --age age1... --encrypted-regex '^(data|stringData)$' secret.yaml > new.yaml
    """
    if in_place and (output_file or file == "-"):
        raise UsageError("--in-place needs a file of its own, and no --output-file")
    there = content(output_file) if output_file else None
    name = filename_override or file
    found = context.find_config(config)
    fmt = context.plain_format(name, input_type)
    new = context.new_file(name, age, chosen, found)
    try:
        indent = context.store_indent(fmt, found)
        source = files.read(file)
        clear = _prepared(source, fmt)
        written = encrypt(clear, fmt, new, context.now(), indent=indent, limits=context.limits())
    except CmpError as error:
        raise error.at(file=name) from None
    context.check_sealed(written, name)
    if store(fmt).whole and (new.rule or new.mac_only_encrypted):
        context.warn(f"{name}: a file without keys of its own is encrypted whole, whatever the rule says")
    if store(fmt).literal_ends and b"\r\n" in source:
        context.warn(
            f"{name}: the file has Windows line ends (CRLF), which SOPS takes for a part of each value "
            "(write LF line ends)"
        )
    if output_file:
        update(output_file, written.data, there)
    elif in_place:
        update(file, written.data, source)
    else:
        click.echo(written.data, nl=False)


def _prepared(source: bytes, fmt: str) -> bytes:
    """The file without what would give away an encrypted value: a lock's digests of its URIs."""
    if fmt != "yaml" or b"ModelLock" not in source:
        return source
    from cmp.models.edit.locks import without_uri_digests

    try:
        text = source.decode()
    except UnicodeDecodeError:
        return source
    return without_uri_digests(text).encode()
