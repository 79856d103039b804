"""Files of the secrets commands: read whole, written atomically with the old file's mode."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile

from cmp.cli.request import limits_from
from cmp.errors import CmpError


class FileError(CmpError):
    """A file cannot be read or written; the old one is as it was."""


def read(path: str) -> bytes:
    """A file's bytes, standard input for `-`."""
    limits = limits_from(os.environ)
    try:
        if path == "-":
            data = sys.stdin.buffer.read(limits.file_bytes + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(limits.file_bytes + 1)
    except OSError as error:
        raise FileError(f"the file cannot be read: {error.strerror}").at(file=path) from error
    limits.check("file_bytes", len(data))
    return data


def write(path: str, data: bytes, mode: int | None = None) -> None:
    """Replace a file in one step, or leave the old one as it was.

    The new bytes go to a file beside it, onto the disk, and only then take the name: a process that is
    killed at any moment leaves the old or the new file, never a part. Mode and, where allowed, owner are
    the old file's. mode: for a new file; None is the usual one.
    """
    target = os.path.realpath(path)  # a link stays a link
    try:
        _replace(target, data, mode)
    except OSError as error:
        raise FileError(f"the file cannot be written: {error.strerror}").at(file=path) from error


def _replace(target: str, data: bytes, mode: int | None) -> None:
    folder, name = os.path.split(target)
    old = _status(target)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            _take_over(file.fileno(), old, mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        _remove(temporary)
        raise
    _sync_folder(folder)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _take_over(descriptor: int, old: os.stat_result | None, mode: int | None) -> None:
    if old is None:
        if mode is None:
            mask = os.umask(0)
            os.umask(mask)
            mode = 0o666 & ~mask
        os.fchmod(descriptor, mode)
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


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def create_private(path: str, data: bytes) -> None:
    """Write a new file that only its owner can read; folders that are missing are made for the owner alone.

    An existing file is never touched.
    """
    try:
        _make_private_folder(os.path.dirname(path))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise FileError("the file exists already", hint="a key is never overwritten: choose another name").at(
            file=path
        ) from error
    except OSError as error:
        raise FileError(f"the file cannot be written: {error.strerror}").at(file=path) from error


def _make_private_folder(folder: str) -> None:
    """Make a folder and its parents for the owner alone; `os.makedirs` does so for the last one only."""
    if folder and not os.path.isdir(folder):
        _make_private_folder(os.path.dirname(folder))
        os.mkdir(folder, 0o700)
