"""A difference for the terminal and for Markdown comments."""

from __future__ import annotations

from cmp.diff.model import STATES, Difference, FieldChange, ObjectChange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_SIGN_COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}


def plain_text(difference: Difference, paint: Callable[[str, str], str] = lambda text, _: text) -> str:
    """Groups, objects and fields, indented; `paint(text, colour)` colours a part."""
    if not difference.changes:
        return f"no difference in {difference.unchanged} objects\n"
    lines = []
    for group, rows in difference.grouped().items():
        lines.append(paint(group, "bold"))
        for change, fields in rows:
            lines.append(f"  {paint(_SIGNS[change.state], _SIGN_COLOURS[change.state])} {change.object}")
            lines += [f"      {_field(field, paint)}" for field in fields]
    lines.append(summary(difference))
    return "\n".join(lines) + "\n"


def summary(difference: Difference) -> str:
    """`2 changed, 1 added, 0 removed, 5 unchanged`."""
    states = [change.state for change in difference.changes]
    counts = [f"{states.count(state)} {state}" for state in STATES]
    return ", ".join([*counts, f"{difference.unchanged} unchanged"])


def _field(field: FieldChange, paint: Callable[[str, str], str]) -> str:
    if field.before is None:
        return f"{field.path}: {paint(_short(field.after), 'green')}"
    if field.after is None:
        return f"{field.path}: {paint(_short(field.before), 'red')} removed"
    return f"{field.path}: {paint(_short(field.before), 'red')} -> {paint(_short(field.after), 'green')}"


def _short(text: str | None) -> str:
    """One line of at most 120 characters, control characters escaped."""
    from cmp.tree.names import plain

    line = plain((text or '""').replace("\n", "⏎"))
    return line if len(line) <= 120 else line[:117] + "..."


def markdown(difference: Difference, title: str) -> str:
    """A comment for a pull request: a heading per group, a table of fields."""
    lines = [f"### {_cell(title)}", "", summary(difference)]
    for group, rows in difference.grouped().items():
        lines += ["", f"#### {group}", "", "| object | field | before | after |", "| --- | --- | --- | --- |"]
        lines += [_row(change, field) for change, fields in rows for field in fields]
    return "\n".join(lines) + "\n"


def _row(change: ObjectChange, field: FieldChange) -> str:
    before = "" if field.before is None else f"`{_cell(field.before)}`"
    after = "" if field.after is None else f"`{_cell(field.after)}`"
    return f"| {_SIGNS[change.state]} {_cell(change.object)} | `{_cell(field.path)}` | {before} | {after} |"


def _cell(text: str) -> str:
    return _short(text).replace("|", "\\|").replace("`", "'").replace("<", "&lt;")


def as_data(difference: Difference) -> dict[str, object]:
    """The difference as JSON can hold it."""
    return {
        "unchanged": difference.unchanged,
        "changes": [
            {
                "object": change.object,
                "state": change.state,
                "fields": [field._asdict() for field in change.fields],
            }
            for change in difference.changes
        ],
        "traffic": [
            {"object": split.object, "before": dict(split.before), "after": dict(split.after)}
            for split in difference.splits
        ],
    }
