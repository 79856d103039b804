"""`cmpctl secrets exec-env` and `exec-file`: cleartext for one program and its children alone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

import click

from cmp.cli.commands.secrets import context, files
from cmp.cli.commands.secrets.editor import private_file
from cmp.errors import CmpError
from cmp.sops.decryption import decrypt_branches
from cmp.sops.document import Branch, Comment, value_bytes
from cmp.sops.formats import FORMATS
from cmp.sops.stores import emit_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.sops.document import Value

_PLACEHOLDER = "{}"


@click.command("exec-env", context_settings={"allow_interspersed_args": False})
@context.file_argument
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--pristine", is_flag=True, help="The program gets the file's variables and no others.")
@context.input_type
def exec_env(file: str, command: tuple[str, ...], pristine: bool, input_type: str | None) -> None:
    """Run COMMAND with the file's values as environment variables, and exit with its exit code.

    Several words are a program and its arguments. One word is a command line for /bin/sh, as with sops. The
    file holds one level of keys. Nothing is written to a disk.

    \b
    Examples:
      cmpctl secrets exec-env production.env ./migrate up
      cmpctl secrets exec-env secret.yaml 'psql "$DATABASE_URL"'
    """
    (branch, *_), _ = _opened(file, input_type)
    variables = dict(_variable(file, key, value) for key, value in branch.entries())
    _end_with(_run(command, {**({} if pristine else os.environ), **variables}))


@click.command("exec-file", context_settings={"allow_interspersed_args": False})
@context.file_argument
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--output-type", type=click.Choice(FORMATS), help="Give the program another format.")
@click.option("--filename", help="The name that the program sees; default: the file's own.")
@context.input_type
def exec_file(
    file: str, command: tuple[str, ...], output_type: str | None, filename: str | None, input_type: str | None
) -> None:
    """Run COMMAND with `{}` replaced by the path of a cleartext file, and exit with its exit code.

    Only you can read the file. It is in memory if the system has a folder for that, and it is removed when
    the program ends.

    \b
    Examples:
      cmpctl secrets exec-file settings.yaml ./server {}
      cmpctl secrets exec-file values.yaml 'helm template . -f {}'
    """
    if not any(_PLACEHOLDER in word for word in command):
        raise CmpError("the command has no {}", hint="write {} where the path of the cleartext belongs")
    branches, fmt = _opened(file, input_type)
    content = emit_plain(branches, output_type or fmt)
    name = os.path.basename(filename or file)
    with private_file(name, content, context.warn, "while the program runs") as path:
        code = _run([word.replace(_PLACEHOLDER, path) for word in command], dict(os.environ))
    _end_with(code)


def _opened(file: str, wanted: str | None) -> tuple[list[Branch], str]:
    data = files.read(file)
    fmt = context.encrypted_format(data, file, wanted)
    return decrypt_branches(data, fmt, context.keys(), file=file, limits=context.limits()), fmt


def _variable(file: str, key: str, value: Value) -> tuple[str, str]:
    if value is None:
        return key, ""
    if isinstance(value, (list, Comment)):
        raise CmpError(
            "a mapping or list cannot be an environment variable",
            hint="keep one level of keys, or use exec-file",
        ).at(file=file, field=key)
    text = value_bytes(value)
    if "=" in key or not key or b"\0" in text:
        raise CmpError("cannot be an environment variable").at(file=file, field=key)
    return key, os.fsdecode(text)


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    """The exit code of the program; a signal that ended it counts as in a shell."""
    words = command[1:] if command[0] == "--" else command
    line = ["/bin/sh", "-c", words[0]] if len(words) == 1 else list(words)
    try:
        child = subprocess.Popen(line, env=environment)  # noqa: S603 - the person's own program
    except OSError as error:
        raise CmpError(f"{line[0]} cannot be started: {error.strerror}") from error
    while True:
        try:
            code = child.wait()
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:
            # The terminal sent it to the program too, which decides what to do.
            continue
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGTERM)
            child.wait()
            raise


def _end_with(code: int) -> None:
    if code:
        sys.exit(code)
