"""Input of the secrets commands: a file or standard input, read whole and bounded."""

from __future__ import annotations

import os
import sys

from cmp.cli.request import limits_from
from cmp.errors import CmpError


def read(path: str) -> bytes:
    """The bytes of a file, or of standard input for `-`; raises `CmpError`."""
    limits = limits_from(os.environ)
    try:
        if path == "-":
            data = sys.stdin.buffer.read(limits.file_bytes + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(limits.file_bytes + 1)
    except OSError as error:
        raise CmpError(f"the file cannot be read: {error.strerror}").at(file=path) from error
    limits.check("file_bytes", len(data))
    return data
