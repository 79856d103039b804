"""Documents as the plain Python values that JSON has, for code that looks at a file and builds nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plain_values(data: bytes | str) -> list[Any]:
    """The documents of a stream, read as kustomize reads resources; raises `YamlError`."""
    import json

    from cmp.yaml import gojson, load_all

    raw = data.encode() if isinstance(data, str) else data
    return [json.loads(gojson.dumps(document)) for document in load_all(raw)]
