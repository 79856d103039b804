"""What a comparison finds: changed objects, their changed fields, and the group each belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["model", "traffic", "images", "replicas and resources", "secrets", "other"]
State = Literal["added", "removed", "changed"]

STATES: tuple[State, ...] = ("changed", "added", "removed")
# The order in which a reviewer reads.
GROUPS: tuple[Group, ...] = ("model", "traffic", "images", "replicas and resources", "secrets", "other")


# From how many objects on a change is said once for all of them.
MANY = 3


@dataclass(frozen=True)
class FieldChange:
    """One field: its path (dots, `[name]` for list items), both sides as text; None where a side lacks it."""

    path: str
    group: Group
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ObjectChange:
    """One object: `Kind namespace/name` as the newer side has it, and its changed fields in order.

    manifest: of an object that came or went, the whole of it as YAML, concealed like its fields; "" where
    nobody asked for it.
    """

    object: str
    state: State
    fields: tuple[FieldChange, ...]
    manifest: str = ""


@dataclass(frozen=True)
class Split:
    """A traffic split as (name, weight) pairs for both sides, for the picture."""

    object: str
    before: tuple[tuple[str, int], ...]
    after: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Difference:
    """All of a comparison; `unchanged` counts the objects that are equal."""

    changes: tuple[ObjectChange, ...]
    splits: tuple[Split, ...]
    unchanged: int

    def repeated(self) -> list[tuple[FieldChange, int]]:
        """Other changes that many objects share, such as a label's new value, each with their number."""
        counts: dict[FieldChange, int] = {}
        for change in self.changes:
            for field in change.fields if change.state == "changed" else ():
                if field.group == "other" and field.before is not None and field.after is not None:
                    counts[field] = counts.get(field, 0) + 1
        return [(field, count) for field, count in counts.items() if count >= MANY]

    def grouped(self) -> dict[Group, list[tuple[ObjectChange, list[FieldChange]]]]:
        """The changes by group without the repeated ones, groups in `GROUPS` order, empty ones left out."""
        repeated = {field for field, _ in self.repeated()}
        result: dict[Group, list[tuple[ObjectChange, list[FieldChange]]]] = {}
        for group in GROUPS:
            rows = [
                (change, [field for field in change.fields if field.group == group and field not in repeated])
                for change in self.changes
            ]
            rows = [(change, fields) for change, fields in rows if fields]
            if rows:
                result[group] = rows
        return result
