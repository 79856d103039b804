"""`cmpctl secrets edit`: cleartext in a person's editor, then back into the file."""

from __future__ import annotations

import os
from typing import Any

import click

from cmp.cli.commands.secrets import context, files
from cmp.cli.commands.secrets.editor import EditorError, find_editor, private_file, run_editor
from cmp.cli.output import report
from cmp.errors import CmpError
from cmp.files import update
from cmp.sops.keys import FixedDataKey
from cmp.sops.write.document import Opened, Written, encrypt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


@click.command("edit")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--age", "age", multiple=True, help="Recipients of a new file; instead of the rule's.")
@context.config_option
@context.input_type
def command(file: str, age: tuple[str, ...], config: str | None, input_type: str | None) -> None:
    """Open a file's cleartext in $EDITOR and encrypt what you save.

    Values that you leave alone keep their ciphertext, so the change in git is as small as yours. A file
    that does not exist is made as .sops.yaml says. The cleartext is a file only you can read, in memory
    where the system has a folder for that, and is removed when the editor is closed.

    \b
    Examples:
      cmpctl secrets edit overlays/production/secret.yaml
      EDITOR="code --wait" cmpctl secrets edit secret.yaml
    """
    source, text, apply = (
        _existing(file, input_type) if os.path.exists(file) else _new(file, age, config, input_type)
    )
    written = _edit(os.path.basename(file), text, apply)
    if written is None:
        context.say(f"{file}: nothing changed")
        return
    update(file, written.data, source)
    context.say(f"{file}: written")


def _existing(file: str, wanted: str | None) -> tuple[bytes | None, bytes, Callable[[bytes], Written]]:
    source = files.read(file)
    document = Opened(
        source, context.encrypted_format(source, file, wanted), context.keys(), file, context.limits()
    )

    def apply(text: bytes) -> Written:
        if files.read(file) != source:
            raise EditorError("the file was changed by someone else meanwhile; nothing was written").at(
                file=file
            )
        # A second try must find the ciphertexts that the first one took.
        fresh = Opened(source, document.fmt, FixedDataKey(document.key), file, context.limits())
        return context.check_sealed(fresh.with_text(text, context.now()), file)

    return source, document.text(), apply


def _new(
    file: str, age: tuple[str, ...], config: str | None, wanted: str | None
) -> tuple[bytes | None, bytes, Callable[[bytes], Written]]:
    found = context.find_config(config)
    fmt = context.plain_format(file, wanted)
    chosen: dict[str, Any] = {}
    new = context.new_file(file, age, chosen, found)
    indent = context.store_indent(fmt, found)

    def apply(text: bytes) -> Written:
        return context.check_sealed(encrypt(text, fmt, new, context.now(), indent=indent), file)

    return None, b"", apply


def _edit(name: str, text: bytes, apply: Callable[[bytes], Written]) -> Written | None:
    """The document after editing; None when the text was left as it was."""
    editor = find_editor(os.environ)
    with private_file(name, text, context.warn, "while the editor is open") as path:
        while True:
            run_editor(editor, path)
            edited = files.read(path)
            if edited == text:
                return None
            try:
                return apply(edited)
            except EditorError:
                raise
            except CmpError as error:
                report(error)
                if not context.on_terminal() or not click.confirm(
                    "Open the editor again?", default=True, err=True
                ):
                    raise EditorError("the edited text cannot be encrypted; nothing was written") from error
