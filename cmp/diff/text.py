"""A difference for the terminal and for Markdown comments."""

from __future__ import annotations

from dataclasses import asdict
from difflib import unified_diff

from cmp.diff.model import STATES, Difference, FieldChange, ObjectChange
from cmp.tree.names import plain

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
    repeated = difference.repeated()
    if repeated:
        lines.append(paint("everywhere", "bold"))
        lines += [f"  ~ in {count} objects: {_field(field, paint)}" for field, count in repeated]
    lines.append(summary(difference))
    return "\n".join(lines) + "\n"


def summary(difference: Difference) -> str:
    """`2 changed, 1 added, 0 removed, 5 unchanged`."""
    states = [change.state for change in difference.changes]
    counts = [f"{states.count(state)} {state}" for state in STATES]
    return ", ".join([*counts, f"{difference.unchanged} unchanged"])


# Of a string with many lines, such as a dashboard: so many changed lines are shown.
_MOST_LINES = 12
_LINE_COLOURS = {"-": "red", "+": "green"}


def changed_lines(field: FieldChange) -> list[str]:
    """The lines that differ between two strings of several lines, each with its sign; else none."""
    if field.before is None or field.after is None or "\n" not in field.before.strip() + field.after.strip():
        return []
    before, after = field.before.splitlines(), field.after.splitlines()
    # Two header lines first, a line that begins with @@ before each place.
    lines = [line for line in list(unified_diff(before, after, n=0, lineterm=""))[2:] if line[:2] != "@@"]
    hidden = len(lines) - _MOST_LINES
    return lines if hidden <= 0 else [*lines[:_MOST_LINES], f"  and {hidden} more lines"]


def _field(field: FieldChange, paint: Callable[[str, str], str]) -> str:
    lines = changed_lines(field)
    if lines:
        shown = [f"\n        {paint(_short(line), _LINE_COLOURS.get(line[:1], 'dim'))}" for line in lines]
        return f"{field.path}:{''.join(shown)}"
    if field.before is None:
        return f"{field.path}: {paint(_short(field.after), 'green')}"
    if field.after is None:
        return f"{field.path}: {paint(_short(field.before), 'red')} removed"
    return f"{field.path}: {paint(_short(field.before), 'red')} -> {paint(_short(field.after), 'green')}"


def _short(text: str | None) -> str:
    """One line of at most 120 characters, control characters escaped."""
    line = plain((text or '""').replace("\n", "⏎"))
    return line if len(line) <= 120 else line[:117] + "..."


def markdown(difference: Difference, title: str) -> str:
    """A comment for a pull request: a heading per group, a table of fields."""
    lines = [f"### {_cell(title)}", "", summary(difference)]
    for group, rows in difference.grouped().items():
        lines += ["", f"#### {group}", "", "| object | field | before | after |", "| --- | --- | --- | --- |"]
        lines += [_row(change, field) for change, fields in rows for field in fields]
    repeated = difference.repeated()
    if repeated:
        lines += [
            "",
            "#### everywhere",
            "",
            "| objects | field | before | after |",
            "| --- | --- | --- | --- |",
        ]
        lines += [_cells(f"in {count}", field) for field, count in repeated]
    return "\n".join(lines) + "\n"


def _row(change: ObjectChange, field: FieldChange) -> str:
    return _cells(f"{_SIGNS[change.state]} {_cell(change.object)}", field)


def _cells(first: str, field: FieldChange) -> str:
    before = "" if field.before is None else f"`{_cell(field.before)}`"
    after = "" if field.after is None else f"`{_cell(field.after)}`"
    return f"| {first} | `{_cell(field.path)}` | {before} | {after} |"


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
                "fields": [asdict(field) for field in change.fields],
            }
            for change in difference.changes
        ],
        "traffic": [
            {"object": split.object, "before": dict(split.before), "after": dict(split.after)}
            for split in difference.splits
        ],
    }
