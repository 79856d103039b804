"""What one build may copy: a patch, a replacement or a label can make any amount of a small input.

Counted are the values that are put into objects, whatever becomes of them later: texts by their length, and
every value for its own place in memory.
"""

from __future__ import annotations

from cmp.limits import DEFAULT, exceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.limits import Limits

# Bytes that a value takes beside its text.
_PLACE = 64


class Budget:
    """The bytes that are left of the setting `copied_bytes`."""

    __slots__ = ("_left", "_limit")

    def __init__(self, limits: Limits = DEFAULT) -> None:
        self._limit = self._left = limits.copied_bytes

    def spend(self, size: int) -> None:
        """Take `size` bytes; `LimitError` if there are not as many."""
        self._left -= size
        if self._left < 0:
            raise exceeded("copied_bytes", self._limit)

    def copy(self, value: Any) -> Any:
        """A deep copy of a JSON value, paid for one container after the other: it ends before memory does."""
        if not isinstance(value, (dict, list)):
            self.spend(size_of(value))
            return value
        items = value.values() if isinstance(value, dict) else value
        self.spend(_PLACE * (1 + len(value)) + sum([len(item) for item in items if isinstance(item, str)]))
        if isinstance(value, dict):
            return {
                key: self.copy(item) if isinstance(item, (dict, list)) else item
                for key, item in value.items()
            }
        return [self.copy(item) if isinstance(item, (dict, list)) else item for item in value]


def size_of(value: Any) -> int:
    """The bytes that a copy of `value` counts for."""
    if isinstance(value, str):
        return _PLACE + len(value)
    if isinstance(value, dict):
        return _PLACE + sum(len(key) + size_of(item) for key, item in value.items())
    if isinstance(value, list):
        return _PLACE + sum(map(size_of, value))
    return _PLACE
