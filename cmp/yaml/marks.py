"""Where things stand in a text that a user wrote, for edits that leave everything else alone (ruamel.yaml).

Only for edits: what a text means to a build is said by `cmp.yaml.load_all`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def compose_all(text: str) -> Iterator[Any]:
    """The documents as nodes with `start_mark` and `end_mark`; raises `errors()`."""
    for root in _reader().compose_all(text):
        _place_empty_values(root, text)
        yield root


def _place_empty_values(root: Any, text: str) -> None:
    """An empty value stands behind its colon; ruamel.yaml puts it before what comes next."""
    from copy import copy

    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if node is None or node.id == "scalar" or id(node) in seen:
            continue
        seen.add(id(node))
        if node.id == "sequence":
            stack += node.value
            continue
        for key, value in node.value:
            stack += (key, value)
            if (
                value.id == "scalar"
                and value.start_mark.line > key.end_mark.line
                and not value.value
                and not value.style
            ):
                mark = copy(key.end_mark)
                mark.index = text.index(":", mark.index) + 1
                mark.column += mark.index - key.end_mark.index
                value.start_mark = value.end_mark = mark


def scan(text: str) -> Iterator[Any]:
    """The tokens, with the same marks."""
    return iter(_reader().scan(text))


def errors() -> type[Exception]:
    """What a broken text raises."""
    from ruamel.yaml.error import YAMLError

    found: type[Exception] = YAMLError
    return found


def _reader() -> Any:
    from ruamel.yaml import YAML

    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 1)  # duplicate keys and old truth values are the caller's business
    reader.allow_duplicate_keys = True
    return reader
