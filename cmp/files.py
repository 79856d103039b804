"""Files written so that nobody ever finds half of one: replaced in one step, or made for the owner alone.

What a command changes in a checkout goes through `update`; a key goes through `create_private`. A render
writes no file of this kind. Bounded reading is `cmp.tree` for a render, and the command line for commands.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def update(path: str, data: bytes, before: bytes | None) -> None:
    """Write `data` to the file `path` in one step, if it still holds `before`; None: if it is not there.

    Raises `CmpError`, and the old file is then unchanged; also when somebody else has changed it meanwhile.
    Two that run at once wait for each other. A symbolic link stays a link: its target is replaced. An old
    file keeps its mode and, where the system allows it, its owner and group. A new file gets the mode that
    the umask gives.
    """
    # The new bytes go to a file beside the old one, then onto the disk, and only then take the name: a
    # process that is killed at any moment leaves the old file or the new one, never a part.
    target = os.path.realpath(path)
    try:
        with _folder_locked(os.path.dirname(target)):
            if content(path) != before:
                raise _changed(path)
            _replace(target, data)
    except OSError as error:
        raise CmpError(f"the file cannot be written: {error.strerror}").at(file=path) from error


def update_all(changes: Iterable[tuple[str, bytes | None, bytes | None]]) -> None:
    """`update` of several files, all or nothing: (path, new bytes, bytes before); None for no such file.

    When one of them cannot be written, those before it get their old bytes back, and the error is raised.
    """
    done: list[tuple[str, bytes | None, bytes | None]] = []
    try:
        for path, data, before in changes:
            _change(path, data, before)
            done.append((path, data, before))
    except BaseException:
        for path, data, before in reversed(done):
            with contextlib.suppress(CmpError):  # what somebody else has changed since stays theirs
                _change(path, before, data)
        raise


def _change(path: str, data: bytes | None, before: bytes | None) -> None:
    if data is not None:
        if before is None:
            os.makedirs(os.path.dirname(os.path.realpath(path)), exist_ok=True)
        update(path, data, before)
        return
    try:
        with _folder_locked(os.path.dirname(os.path.realpath(path))):
            if content(path) != before:
                raise _changed(path)
            os.unlink(path)
    except OSError as error:
        raise CmpError(f"the file cannot be removed: {error.strerror}").at(file=path) from error


@contextlib.contextmanager
def _folder_locked(folder: str) -> Iterator[None]:
    """One at a time in a folder, without a file of its own; file systems that cannot lock are let through."""
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def content(path: str) -> bytes | None:
    """What `update` is to find: the bytes of a file that a command replaces, None for no such file.

    Raises `CmpError` for a folder, a device or a pipe: none of them can be replaced by a file.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise CmpError(
                "this is not a regular file, so it cannot be replaced",
                hint="name a file; without the option the command writes to standard output",
            ).at(file=path)
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CmpError(f"the file cannot be read: {error.strerror}").at(file=path) from error


def _changed(path: str) -> CmpError:
    return CmpError(
        "the file was changed by someone else meanwhile; nothing was written", hint="run the command again"
    ).at(file=path)


def create_private(path: str, data: bytes, *, exists: str = "") -> None:
    """Write a new file with mode 0600; missing folders are made with mode 0700.

    Raises `CmpError`, also when `path` exists: that file is never touched. exists: the hint for that case.
    """
    try:
        _make_private_folder(os.path.dirname(path))
        # O_EXCL: what somebody put there, a link too, must not receive a secret.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise CmpError("the file exists already", hint=exists).at(file=path) from error
    except OSError as error:
        raise CmpError(f"the file cannot be written: {error.strerror}").at(file=path) from error


def write_together(files: dict[str, bytes]) -> None:
    """Write all of `files`, by path, with mode 0600, or none; missing folders are made with mode 0700.

    A file of that name is replaced in one step, a symbolic link too: what it points to stays as it is. Raises
    `CmpError`; then every old file is as it was, but where the disk fails between two renames.
    """
    temporaries: dict[str, str] = {}
    path = ""
    try:
        for path, data in files.items():
            _make_private_folder(os.path.dirname(path))
            temporaries[path] = _temporary(path, data)
        for path in files:
            if os.path.isdir(path) and not os.path.islink(path):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        for path in files:
            os.replace(temporaries.pop(path), path)
    except OSError as error:
        raise CmpError(f"the file cannot be written: {error.strerror}").at(file=path) from error
    finally:
        for left in temporaries.values():
            with contextlib.suppress(OSError):
                os.unlink(left)
    for folder in {os.path.dirname(path) or "." for path in files}:
        _sync_folder(folder)


def _temporary(path: str, data: bytes) -> str:
    """A new file beside `path`, for the owner alone, that holds `data` on the disk."""
    folder, name = os.path.split(path)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", suffix=".tmp", dir=folder or ".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _replace(target: str, data: bytes) -> None:
    folder, name = os.path.split(target)
    old = _status(target)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            _take_over(file.fileno(), old)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _take_over(descriptor: int, old: os.stat_result | None) -> None:
    if old is None:
        # The umask can only be read by setting it.
        mask = os.umask(0o077)
        os.umask(mask)
        os.fchmod(descriptor, 0o666 & ~mask)
        return
    # Owner before mode: changing the owner may clear bits of the mode. Where that is not allowed, someone
    # else's file in a folder of ours becomes ours, as with any editor.
    with contextlib.suppress(PermissionError):
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _sync_folder(folder: str) -> None:
    """Make the new name last through a power cut; file systems that cannot are left alone."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_private_folder(folder: str) -> None:
    """Make a folder and its parents for the owner alone; `os.makedirs` does so for the last one only."""
    if folder and not os.path.isdir(folder):
        _make_private_folder(os.path.dirname(folder))
        os.mkdir(folder, 0o700)
