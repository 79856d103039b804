"""The texts of an object with the field each stands in, and the bytes behind a text of base64."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.yaml.value import Value


def leaves(value: Value, path: str = "") -> Iterator[tuple[str, str]]:
    """(field, text) of every text below `value`; keys that hold a dot or slash stand in brackets."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, child(path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value


def child(path: str, key: str) -> str:
    """`path.key`, or `path[key]` where a dot would mislead."""
    if "." in key or "/" in key:
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def decoded(value: Value) -> bytes | None:
    """The bytes behind a Secret's `data` value, None when it is no base64.

    As Go's decoder sees it: line breaks do not count, padding does.
    """
    from binascii import Error, a2b_base64

    if not isinstance(value, str):
        return None
    try:
        return a2b_base64(value.replace("\n", "").replace("\r", ""), strict_mode=True)
    except (Error, ValueError):
        return None
