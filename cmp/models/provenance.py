"""Annotations that say which model version an object serves, stable as long as that version stays.

They are written on the object and on its pod template, each named after its model, so that a new version of
one model changes only the templates that serve it.
"""

from __future__ import annotations

from cmp.models.reference import selector_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cmp.models.kinds.places import Path
    from cmp.models.resolve import Resolved
    from cmp.yaml.value import Value

PREFIX = "cmp.mlops/"
# words after `<model>.`: the parts of a lock entry that they show
WORDS = ("model", "version", "alias", "run-id", "digest")


def values_of(resolved: Resolved, asked: Iterable[str] = ()) -> dict[str, str]:
    """The annotations of one model: what its lock entry says. Never anything derived from the URI itself.

    asked: the tags that the policy requires; others change nothing.
    """
    entry = resolved.entry
    if entry is None:  # nothing but the URI is known: an annotation made of it would show an encrypted one
        return {}
    parts = (
        *(entry.model, entry.version, selector_of(resolved.ref), entry.run_id),
        entry.version_digest(asked),
    )
    return {f"{PREFIX}{resolved.name}.{word}": text for word, text in zip(WORDS, parts, strict=True) if text}


def of_pods(values: dict[str, str], resolved: Resolved) -> dict[str, str]:
    """Those that pods carry: another alias for the same version must not restart them.

    A lock of 0.1 keeps its alias there until it is locked with another version.
    """
    entry = resolved.entry
    if entry is None or entry.old or entry.pod_digest:
        return values
    return {key: text for key, text in values.items() if not key.endswith(".alias")}


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
