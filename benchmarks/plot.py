"""Draw the measured curves as one SVG, a panel per family with both axes logarithmic."""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from benchmarks.run import Row

PANEL_WIDTH, PANEL_HEIGHT, MARGIN, COLUMNS = 260, 190, 46, 4
OURS, THEIRS = "#1a6faf", "#c0504d"


def draw(families: list[list[Row]]) -> str:
    """An SVG document of the rows of each family."""
    families = [rows for rows in families if len(rows) > 1]
    lines = math.ceil(len(families) / COLUMNS)
    width, height = COLUMNS * PANEL_WIDTH, lines * PANEL_HEIGHT + 24
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="10">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="12" y="16" fill="{OURS}" font-size="12">cmp-generate</text>',
        f'<text x="104" y="16" fill="{THEIRS}" font-size="12">kustomize</text>',
        '<text x="176" y="16" font-size="12">seconds of wall time over size, both axes logarithmic</text>',
    ]
    for number, rows in enumerate(families):
        x, y = number % COLUMNS * PANEL_WIDTH, number // COLUMNS * PANEL_HEIGHT + 24
        out.append(f'<g transform="translate({x} {y})">{_panel(rows)}</g>')
    out.append("</svg>\n")
    return "\n".join(out)


def _panel(rows: list[Row]) -> str:
    ours = [(row.size, row.ours.seconds) for row in rows]
    theirs = [(row.size, row.theirs.seconds) for row in rows if row.theirs is not None]
    values = [value for _, value in ours + theirs]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    left, right = math.log10(rows[0].size), math.log10(rows[-1].size)
    bottom = PANEL_HEIGHT - 30

    def point(size: float, seconds: float) -> tuple[float, float]:
        across = (math.log10(size) - left) / (right - left)
        up = (math.log10(seconds) - low) / (high - low)
        return MARGIN + across * (PANEL_WIDTH - MARGIN - 20), bottom - up * (bottom - 24)

    out = [f'<text x="{MARGIN}" y="14" font-weight="bold">{rows[0].family}</text>']
    for power in range(low, high + 1):
        x, y = point(rows[0].size, 10.0**power)
        out.append(f'<path d="M{x:.0f} {y:.1f}H{PANEL_WIDTH - 20}" stroke="#ddd"/>')
        out.append(f'<text x="{x - 5:.0f}" y="{y + 3:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for size, _ in ours:
        x, _y = point(size, 10.0**low)
        out.append(f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">{size}</text>')
    for points, colour in ((theirs, THEIRS), (ours, OURS)):
        if points:
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (point(*each) for each in points))
            out.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return "".join(out)
