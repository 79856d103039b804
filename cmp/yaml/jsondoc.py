"""A document that is JSON, read by the standard library where YAML would read the same."""

from __future__ import annotations

import re

from cmp.yaml.fast import NOT_MINE
from cmp.yaml.go.resolve import resolve
from cmp.yaml.value import FlowList, FlowMap, Quoted, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Legal JSON that YAML reads otherwise or refuses: a key and its colon on two lines, long keys, `\\/`,
# surrogates, a tab at the end; and words that only Python's JSON knows.
_DIFFERENT = re.compile(r'"[^\S\n]*+\n\s*+:|"[^"\n]{200,}"\s*:|\\/|\\u[dD][89a-fA-F]|NaN|Infinity|\n[.-]{3}')
_MAX_DEPTH = 100  # deeper ones go the exact way, which knows the limit


class _NotAsYaml(Exception):  # noqa: N818 - control flow
    """The text is JSON, and yet not the same as YAML."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = FlowMap(pairs)
    if len(out) != len(pairs) or "<<" in out:
        raise _NotAsYaml
    return out


def _marked(value: Any, left: int) -> Any:
    """The value with its strings marked as quoted."""
    if type(value) is str:
        return Quoted(value)
    if left <= 0:
        raise _NotAsYaml
    if type(value) is FlowMap:
        for key, item in value.items():
            if type(item) in (str, FlowMap, list):
                value[key] = _marked(item, left - 1)
    elif type(value) is list:
        return FlowList(_marked(item, left - 1) for item in value)
    return value


def load_json(text: str, depth: int) -> Value:
    """The value of a JSON document, or NOT_MINE. depth: how deeply it may be nested."""
    if "\t" in text[len(text.rstrip()) :] or _DIFFERENT.search(text):
        return NOT_MINE
    import json

    from cmp.yaml.value import NULL

    try:
        value = json.loads(text, object_pairs_hook=_pairs, parse_int=resolve, parse_float=resolve)
        value = _marked(value, min(depth, _MAX_DEPTH))
    except (ValueError, RecursionError, _NotAsYaml):
        return NOT_MINE
    done: Value = _nulls(value, NULL)
    return done


def _nulls(value: Any, null: Value) -> Any:
    """The value with JSON's nulls as YAML's written-out ones."""
    if value is None:
        return null
    if type(value) is FlowMap:
        for key, item in value.items():
            if item is None or type(item) in (FlowMap, FlowList):
                value[key] = _nulls(item, null)
    elif type(value) is FlowList:
        value[:] = [_nulls(item, null) for item in value]
    return value
