"""A difference as one self-contained page: phone and desktop, dark and light, a search box, the traffic split drawn."""

from __future__ import annotations

from html import escape

from cmp.diff.model import Difference, FieldChange, ObjectChange, Split
from cmp.diff.text import changed_lines, summary

# An object with more fields than this, such as a new one, is folded.
_FOLDED = 12
# From this share of the bar on, in percent, its figure fits inside.
_ROOM = 9
_COLOURS = ("#3b7dd8", "#e08b2c", "#3f9d63", "#b0509e", "#8a7f33", "#c2483c")

_STYLE = """
:root { color-scheme: light dark; --fg: #1d2329; --bg: #fbfbfa; --card: #ffffff; --line: #dcdfe3; --dim: #5c6670;
        --add: #1d7a3e; --del: #b3261e; --mark: #fff3c4; }
@media (prefers-color-scheme: dark) {
  :root { --fg: #e4e7ea; --bg: #15181b; --card: #1d2125; --line: #343a40; --dim: #9aa4ae; --add: #6fcf8f; --del: #ff8a80; --mark: #4a3f12; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 70rem; font: 16px/1.5 system-ui, sans-serif; color: var(--fg); background: var(--bg); }
h1 { font-size: 1.35rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
p.summary { color: var(--dim); margin: 0 0 1rem; }
input { width: 100%; font: inherit; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); color: inherit; }
input:focus-visible { outline: 2px solid #3b7dd8; outline-offset: 1px; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; padding: .7rem .9rem; }
article h3 { font-size: 1rem; margin: 0 0 .35rem; overflow-wrap: anywhere; }
.added { color: var(--add); } .removed { color: var(--del); }
.bar { position: sticky; top: 0; background: var(--bg); padding: .4rem 0; z-index: 1; }
#count { color: var(--dim); font-size: .85rem; margin: .25rem 0 0; }
details summary { color: var(--dim); cursor: pointer; font-size: .9rem; padding: .15rem 0; }
.state { font-size: .75rem; font-weight: normal; border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .5rem; margin-left: .4rem; }
dl { margin: 0; display: grid; grid-template-columns: minmax(10rem, 2fr) 3fr; gap: .25rem 1rem; }
dt, dd { margin: 0; font: 13.5px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
dt { color: var(--dim); }
.changed { color: var(--dim); }
del { color: var(--del); } ins { color: var(--add); }
del, ins { display: block; white-space: pre-wrap; text-decoration: none; }
del::before { content: "- "; } ins::before { content: "+ "; }
.split { display: grid; grid-template-columns: 4rem 1fr; gap: .25rem .75rem; align-items: center; }
.split svg { width: 100%; height: 1.9rem; display: block; border-radius: .3rem; }
.split text { fill: #10151a; font-size: .85rem; font-weight: 600; text-anchor: middle; dominant-baseline: central; }
.legend { grid-column: 2; display: flex; flex-wrap: wrap; gap: .15rem 1rem; font-size: .85rem; color: var(--dim); }
.legend i { display: inline-block; width: .75rem; height: .75rem; border-radius: .2rem; margin-right: .35rem; vertical-align: -1px; }
[hidden] { display: none !important; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
"""

# Hides what does not hold every word of the search text; a group without matches goes too. A link can carry
# the search text behind its `#`.
_SCRIPT = """
const box = document.getElementById('search'), none = document.getElementById('none'), count = document.getElementById('count');
const search = () => {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const section of document.querySelectorAll('section')) {
    let here = 0;
    for (const article of section.querySelectorAll('article')) {
      const text = (section.dataset.group + ' ' + article.textContent).toLowerCase();
      article.hidden = !words.every(word => text.includes(word));
      here += !article.hidden;
      for (const fold of article.querySelectorAll('details')) fold.open = words.length > 0;
    }
    section.hidden = !here;
    shown += here;
  }
  none.hidden = shown > 0;
  count.hidden = !words.length;
  count.textContent = shown + ' shown';
};
box.addEventListener('input', search);
if (location.hash) { box.value = decodeURIComponent(location.hash.slice(1)); search(); }
"""


def page(difference: Difference, title: str) -> str:
    """The whole document; nothing is loaded from anywhere."""
    sections = [_traffic(difference.splits)] if difference.splits else []
    for group, rows in difference.grouped().items():
        articles = "".join(_article(change, fields) for change, fields in rows)
        sections.append(f'<section data-group="{group}"><h2>{group.capitalize()}</h2>{articles}</section>')
    sections += [_everywhere(repeated)] if (repeated := difference.repeated()) else []
    body = "\n".join(sections) or "<p>No difference.</p>"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
<p class="summary">{escape(summary(difference))}</p>
<div class="bar"><input id="search" type="search" placeholder="Search objects, fields, values" aria-label="Search objects, fields, values" autocomplete="off">
<p id="count" role="status" hidden></p></div>
<main>
{body}
<p id="none" hidden>Nothing matches.</p>
</main>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def _article(change: ObjectChange, fields: list[FieldChange]) -> str:
    rows = "".join(f"<dt>{_path(field.path)}</dt><dd>{_sides(field)}</dd>" for field in fields)
    body = f"<dl>{rows}</dl>"
    if len(fields) > _FOLDED:
        body = f"<details><summary>{len(fields)} fields</summary>{body}</details>"
    state = f'<span class="state {change.state}">{change.state}</span>'
    return f"<article><h3>{escape(change.object)}{state}</h3>{body}</article>"


def _path(path: str) -> str:
    """A path that may break before its dots and brackets, so that a narrow page does not cut words."""
    return escape(path).replace(".", "<wbr>.").replace("[", "<wbr>[")


def _everywhere(repeated: list[tuple[FieldChange, int]]) -> str:
    articles = "".join(
        f"<article><h3>in {count} objects</h3><dl><dt>{_path(field.path)}</dt><dd>{_sides(field)}</dd></dl></article>"
        for field, count in repeated
    )
    return f'<section data-group="everywhere"><h2>Everywhere</h2>{articles}</section>'


def _sides(field: FieldChange) -> str:
    lines = changed_lines(field)
    if lines:
        tags = {"-": "del", "+": "ins"}
        return "".join(
            f"<{tag}>{escape(line[1:])}</{tag}>" for line in lines for tag in (tags.get(line[:1], "small"),)
        )
    before = "" if field.before is None else f"<del>{escape(field.before)}</del>"
    after = "" if field.after is None else f"<ins>{escape(field.after)}</ins>"
    return before + after


def _traffic(splits: tuple[Split, ...]) -> str:
    articles = "".join(
        f'<article><h3>{escape(split.object)}</h3><div class="split">{_bar("before", split.before, split)}{_bar("after", split.after, split)}'
        f"{_legend(split)}</div></article>"
        for split in splits
    )
    return f'<section data-group="traffic split"><h2>Traffic split</h2>{articles}</section>'


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
