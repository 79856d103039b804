"""What a field path that leads nowhere probably means."""

from __future__ import annotations

import re

from cmp.kustomize.fieldpath import index_of, is_list_step, split
from cmp.kustomize.resource import text_of
from cmp.nearest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.yaml.value import Value

# A key in quotes and brackets, as jq and JSONPath write it.
_SUBSCRIPT = re.compile(r"""([^.\[\]]{1,253})\[["']([^"'\]]{1,253})["']\]""")


def path_hint(path: str, body: Value) -> str:
    """A hint for a path that another tool would take, that passes over a list, or that is misspelt; or ""."""
    if _SUBSCRIPT.search(path):
        better = _SUBSCRIPT.sub(r"\1.[\2]", path)
        return f"write {better}: a key with dots stands in brackets behind a dot, without quotes"
    value = body
    done: list[str] = []
    steps = split(path)
    for step in steps:
        if isinstance(value, list):
            return "" if _fits_list(step) else _into_list(".".join(done), step, value)
        if not isinstance(value, dict):
            return ""
        if step not in value:
            near = nearest(step, value)
            return f"did you mean {'.'.join([*done, near])}?" if near else ""
        value = value[step]
        done.append(step)
    return ""


def _fits_list(step: str) -> bool:
    return step in ("*", "-") or is_list_step(step) or index_of(step) is not None


def _into_list(path: str, step: str, items: list[Value]) -> str:
    named = (text_of(item.get("name")) for item in items if isinstance(item, dict))
    name = next((each for each in named if each), "")
    one = f"[name={name}]" if name else "0"
    return f"{path} is a list: write {path}.{one}.{step} for one of its items, or {path}.*.{step} for all"
