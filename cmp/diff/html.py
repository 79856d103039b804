"""A difference as one self-contained page: phone and desktop, dark and light, a search box, the traffic split drawn.

Style and script are the two files in `web`. Nothing is loaded from anywhere: the page is sent by mail, attached
to a build, opened from a disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape as _escaped
from pathlib import Path

from cmp.diff.model import STATES, Difference, FieldChange, ObjectChange, Split
from cmp.diff.text import changed_lines, summary
from cmp.diff.words import Pieces, marked
from cmp.tree.names import plain

# An object with more fields or lines than this is folded.
_FOLDED = 12
# From this share of the bar on, in percent, its figure fits inside.
_ROOM = 9
_COLOURS = ("#5b95e6", "#e08b2c", "#4fae74", "#c473b5", "#a39741", "#e0705f")


@dataclass(frozen=True)
class Side:
    """One side for the head of the page: what was named, and its revision and state as text, or ""."""

    name: str
    revision: str = ""


@dataclass(frozen=True)
class Head:
    """What stands above the changes. made: the date and time as text, or ""."""

    title: str
    before: Side = Side("")
    after: Side = Side("")
    made: str = ""


@dataclass(frozen=True)
class _Section:
    """anchor: the id of the heading. items: HTML, one for each object."""

    name: str
    items: list[str]

    @property
    def anchor(self) -> str:
        return "group_" + self.name.replace(" ", "-")


def page(difference: Difference, head: Head) -> str:
    """The whole document."""
    sections = [section for section in _sections(difference) if section.items]
    body = "\n".join(_section(section) for section in sections) or "<p>No difference.</p>"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>{escape(head.title)}</title>
<style>{_web("page.css")}</style>
</head>
<body>
<a class="skip" href="#changes">Skip to the changes</a>
<header>
<h1>{escape(head.title)}</h1>
<p>{escape(summary(difference))}</p>
{_sides_of(head)}</header>
<div class="columns">
{_contents(sections)}
<div>
<div class="bar" role="search"><input id="search" type="search" placeholder="Search objects, fields, values" aria-label="Search objects, fields, values" autocomplete="off">
<p id="count" role="status" hidden></p></div>
<main id="changes" tabindex="-1">
{body}
<p id="none" hidden>Nothing matches.</p>
</main>
</div>
</div>
<script>{_web("page.js")}</script>
</body>
</html>
"""


@cache
def _web(name: str) -> str:
    return (Path(__file__).parent / "web" / name).read_text(encoding="utf-8")


def escape(text: str) -> str:
    """`text` as HTML, harmless: its lines and tabs stay, other control characters and marks are escapes."""
    return _escaped("\n".join("\t".join(map(plain, line.split("\t"))) for line in text.split("\n")))


def _sections(difference: Difference) -> list[_Section]:
    """What all share first, then the groups as a reviewer reads them, then whole objects."""
    everywhere = [_item(f"in {count} objects", _fields([field])) for field, count in difference.repeated()]
    splits = [_split(split) for split in difference.splits]
    found = [_Section("everywhere", everywhere), _Section("traffic split", splits)]
    for group, rows in difference.grouped().items():
        items = [
            _item(change.object, _fields(fields))
            for change, fields in rows
            if change.state == "changed" or not change.manifest
        ]
        found.append(_Section(group, items))
    for state in STATES:
        whole = [change for change in difference.changes if change.state == state and change.manifest]
        found.append(_Section(state, [_whole(change) for change in whole]))
    return found


def _section(section: _Section) -> str:
    items = "\n".join(section.items)
    return (
        f'<section data-group="{section.name}" aria-labelledby="{section.anchor}"><details open><summary>'
        f'<h2 id="{section.anchor}">{section.name.capitalize()}</h2> <span class="count">{len(section.items)}</span>'
        f"</summary>\n<ul>\n{items}\n</ul></details></section>"
    )


# Beside the contents, where a person sees them: the page can be a hundred screens long.
_KEYS = (
    '<p class="keys"><kbd>/</kbd> search, <kbd>Esc</kbd> end it<br><kbd>j</kbd> <kbd>k</kbd> next, previous object<br>'
    "<kbd>Enter</kbd> open its folds</p>"
)


def _contents(sections: list[_Section]) -> str:
    items = "".join(
        f'<li><a href="#{section.anchor}">{section.name.capitalize()}</a><span class="count">{len(section.items)}</span></li>'
        for section in sections
    )
    return f'<nav aria-label="Contents"><h2>Contents</h2><ul>{items}</ul>{_KEYS}</nav>'


def _sides_of(head: Head) -> str:
    rows = [(label, side) for label, side in (("before", head.before), ("after", head.after)) if side.name]
    shown = [(label, ", ".join(part for part in (side.name, side.revision) if part)) for label, side in rows]
    shown += [("made", head.made)] if head.made else []
    items = "".join(f"<dt>{label}</dt><dd>{escape(text)}</dd>" for label, text in shown)
    return f'<dl class="sides">{items}</dl>\n' if items else ""


def _item(name: str, body: str) -> str:
    # A page can have thousands of these. So it has no end tag that HTML lets one omit, and the script adds
    # what follows from the text: ids, links, and where a long path may break.
    return f"<li><h3>{escape(name)}</h3>{body}"


def _whole(change: ObjectChange) -> str:
    """An object that came or went, as YAML."""
    lines = change.manifest.count("\n")
    body = f'<pre class="{change.state}">{escape(change.manifest)}</pre>'
    if lines > _FOLDED:
        body = f"<details><summary>{lines} lines</summary>{body}</details>"
    return _item(change.object, body)


def _fields(fields: list[FieldChange]) -> str:
    body = f"<dl>{''.join(f'<dt>{escape(field.path)}<dd>{_both(field)}' for field in fields)}</dl>"
    if len(fields) > _FOLDED:
        return f"<details><summary>{len(fields)} fields</summary>{body}</details>"
    return body


def _both(field: FieldChange) -> str:
    """Both sides of a field; of long texts the lines that differ."""
    lines = changed_lines(field)
    if lines:
        return _lines(lines)
    if field.before is not None and field.after is not None:
        return _pair(field.before, field.after)
    before = "" if field.before is None else f"<del>{escape(field.before)}</del>"
    after = "" if field.after is None else f"<ins>{escape(field.after)}</ins>"
    return before + after


def _lines(lines: list[str]) -> str:
    """Lines with their signs; a line that follows the one it replaces shows its words."""
    parts = []
    waiting: list[str] = []
    for line in lines:
        sign, text = line[:1], line[1:]
        if sign == "-":
            waiting.append(text)
        elif sign == "+" and len(waiting) == 1:
            parts.append(_pair(waiting.pop(), text))
        else:
            parts += [f"<del>{escape(each)}</del>" for each in waiting]
            waiting.clear()
            tag = "ins" if sign == "+" else "small"
            parts.append(f"<{tag}>{escape(text)}</{tag}>")
    return "".join(parts) + "".join(f"<del>{escape(each)}</del>" for each in waiting)


def _pair(before: str, after: str) -> str:
    left, right = marked(before, after)
    return f"<del>{_pieces(left)}</del><ins>{_pieces(right)}</ins>"


def _pieces(pieces: Pieces) -> str:
    return "".join(f"<b>{escape(text)}</b>" if changed else escape(text) for text, changed in pieces)


def _split(split: Split) -> str:
    bars = _bar("before", split.before, split) + _bar("after", split.after, split)
    body = f'<div class="split">{bars}{_legend(split)}</div>'
    return _item(split.object, body)


def _names(split: Split) -> list[str]:
    """Every name of either side, once, in order: its place gives its colour."""
    return list(dict.fromkeys(name for name, _ in (*split.before, *split.after)))


def _colour(split: Split, name: str) -> str:
    return _COLOURS[_names(split).index(name) % len(_COLOURS)]


def _bar(label: str, pairs: tuple[tuple[str, int], ...], split: Split) -> str:
    """One bar, a part per name, its share written inside where there is room."""
    total = sum(weight for _, weight in pairs)
    if not total:
        return f"<span>{label}</span><span>none</span>"
    parts, x = [], 0.0
    for name, weight in pairs:
        width = 100 * weight / total
        parts.append(
            f'<rect x="{x:.2f}%" y="0" width="{width:.2f}%" height="100%" fill="{_colour(split, name)}"/>'
        )
        if width > _ROOM:
            parts.append(f'<text x="{x + width / 2:.2f}%" y="50%">{weight / total:.0%}</text>')
        x += width
    spoken = ", ".join(f"{name} {weight}" for name, weight in pairs)
    return (
        f"<span>{label}</span>"
        f'<svg role="img" aria-label="{escape(label)}: {escape(spoken)}">{"".join(parts)}</svg>'
    )


def _legend(split: Split) -> str:
    before, after = dict(split.before), dict(split.after)
    items = "".join(
        f'<span><i style="background:{_colour(split, name)}"></i>{escape(name)} {before.get(name, "–")} → {after.get(name, "–")}</span>'
        for name in _names(split)
    )
    return f'<div class="legend">{items}</div>'
