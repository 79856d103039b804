"""YAML text to JSON values."""

from __future__ import annotations

import json

from cmp.errors import CmpError
from cmp.fleet.errors import ExpansionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def documents(data: bytes, name: str) -> list[Any]:
    """The documents that are not empty; `ExpansionError` where it is not YAML."""
    from cmp.yaml import gojson, load_all

    try:
        return [json.loads(gojson.dumps(each)) for each in load_all(data) if each is not None]
    except CmpError as err:
        raise ExpansionError(f"{name} is not YAML: {err.message}") from err


def one_document(text: str, name: str) -> Any:
    """The only document, None for an empty text."""
    found = documents(text.encode(), name)
    if len(found) > 1:
        raise ExpansionError(f"{name} holds more than one document")
    return found[0] if found else None
