"""What a caller's stream can have wrong, and what the server has no room for."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.protobuf import WireError as WireError


class NoRoomError(CmpError):
    """The memory for archives was full for too long; the caller may try again."""
