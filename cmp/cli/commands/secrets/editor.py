"""A person's editor on a private file: a 0700 folder in memory where there is one, gone on every way out."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

# As sops asks for them, with the Unix custom in between.
VARIABLES = ("SOPS_EDITOR", "VISUAL", "EDITOR")
FALLBACKS = ("vim", "nano", "vi")
_MEMORY = ("tmpfs", "ramfs")


class EditorError(CmpError):
    """There is no editor, or it failed; nothing was written."""


def find_editor(environ: dict[str, str] | os._Environ[str]) -> list[str]:
    """The editor's command line; raises `EditorError`."""
    for name in VARIABLES:
        text = environ.get(name, "").strip()
        if text:
            try:
                return shlex.split(text)
            except ValueError as error:
                raise EditorError(f"{name} is not a command line: a quote is not closed") from error
    for name in FALLBACKS:
        found = shutil.which(name)
        if found:
            return [found]
    raise EditorError("there is no editor", hint="set EDITOR, such as EDITOR=nano")


def run_editor(command: list[str], path: str) -> None:
    """Open `path` and wait; the command line holds a file name and no secret."""
    try:
        done = subprocess.run([*command, path], check=False)  # noqa: S603 - the person's own editor
    except OSError as error:
        raise EditorError(f"the editor {command[0]} cannot be started: {error.strerror}") from error
    if done.returncode:
        raise EditorError(f"the editor {command[0]} ended with code {done.returncode}; nothing was written")


def memory_folder(mounts: str, environ: dict[str, str] | os._Environ[str]) -> str | None:
    """A folder whose file system lives in memory, given the text of /proc/mounts."""
    kinds = [line.split(" ")[1:3] for line in mounts.splitlines() if line.count(" ") >= 3]
    for folder in (environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm", "/run/shm"):  # noqa: S108 - checked to be tmpfs
        if not folder or not os.path.isdir(folder) or not os.access(folder, os.W_OK | os.X_OK):
            continue
        real = os.path.realpath(folder)
        above = [
            (len(place), kind) for place, kind in kinds if f"{real}/".startswith(place.rstrip("/") + "/")
        ]
        if above and max(above)[1] in _MEMORY:
            return real
    return None


def mounts() -> str:
    """The system's table of mounts; an empty string where there is none."""
    try:
        with open("/proc/mounts", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


@contextlib.contextmanager
def private_folder(memory: str | None) -> Iterator[str]:
    """A new 0700 folder, removed with all it holds: also on Ctrl-C, hang-up and termination."""
    folder = tempfile.mkdtemp(prefix="cmpctl-", dir=memory)
    caught = [signal.SIGTERM, signal.SIGHUP]
    before = {number: signal.signal(number, _leave) for number in caught}
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def private_file(name: str, content: bytes, warn: Callable[[str], None], while_what: str) -> Iterator[str]:
    """The path of a new 0600 file in a private folder, in memory where the system has such a folder.

    warn: told if it has none. while_what: how long the file is there, such as "while the program runs".
    """
    memory = memory_folder(mounts(), os.environ)
    if memory is None:
        warn(f"there is no folder in memory here: the cleartext is on disk {while_what}")
    with private_folder(memory) as folder:
        path = os.path.join(folder, name)
        write_private(path, content)
        yield path


def _leave(number: int, frame: FrameType | None) -> None:
    """End by an exception, so that `finally` runs."""
    sys.exit(128 + number)


def write_private(path: str, data: bytes) -> None:
    """Create a 0600 file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
