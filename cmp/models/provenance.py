"""Annotations that say which model version an object serves, stable as long as that version stays.

They are written on the object and on its pod template, each named after its model, so that a new version of
one model changes only the templates that serve it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.models.resolve import Resolved
    from cmp.models.shapes.finding import Path
    from cmp.yaml.value import Value

PREFIX = "cmp.mlops/"
# words after `<model>.`: the parts of a lock entry that they show
WORDS = ("model", "version", "alias", "run-id", "digest")


def values_of(resolved: Resolved) -> dict[str, str]:
    """The annotations of one model: what its lock entry says. Never anything derived from the URI itself."""
    entry = resolved.entry
    if entry is None:
        return {}
    alias = (
        resolved.ref.selector if resolved.ref and resolved.ref.form in ("alias", "latest", "stage") else ""
    )
    parts = (entry.model, entry.version, alias, entry.run_id, entry.digest)
    return {f"{PREFIX}{resolved.name}.{word}": text for word, text in zip(WORDS, parts, strict=True) if text}


def annotate(body: dict[str, Value], holder: Path, values: dict[str, str]) -> None:
    """Put `values` among the annotations of the mapping at `holder`; the way there is made when missing."""
    if not values:
        return
    place: Value = body
    for step in holder:
        if isinstance(place, list) and isinstance(step, int):
            place = place[step]
        elif isinstance(place, dict) and isinstance(step, str):
            if not isinstance(place.get(step), dict) and not isinstance(place.get(step), list):
                place[step] = {}
            place = place[step]
    if not isinstance(place, dict):
        return
    held = place.get("annotations")
    if not isinstance(held, dict):
        held = place["annotations"] = {}
    held.update(values)
