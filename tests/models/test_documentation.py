"""docs/models.md names every kind, option and word that the code knows; its tables are made here.

`CMP_UPDATE_GOLDEN=1` rewrites the tables.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cmp.cli.commands.models import COMMANDS
from cmp.models.kinds.table import IMPLEMENTATIONS, MEANINGS, ROWS, ServingKind
from cmp.models.lock import DIGEST_FIELDS, OTHER_FIELDS
from cmp.models.provenance import WORDS

FILE = Path(__file__).parents[2] / "docs/models.md"
PAGE = FILE.read_text()


def code(words, between=", "):
    """Words as code; the long list of KServe's implementations is written out once, below the table."""
    long = ",".join(IMPLEMENTATIONS)
    return between.join(f"`{word.replace(long, 'model,…')}`" for word in words) or "–"


def grouped(rows, cells):
    """Table lines; kinds whose other cells are equal share one."""
    lines: dict[tuple[str, ...], list[ServingKind]] = {}
    for row in rows:
        lines.setdefault(cells(row), []).append(row)
    for rest, same in lines.items():
        groups = ", ".join(dict.fromkeys(row.group or "core" for row in same))
        yield (", ".join(row.kind for row in same) + f" ({groups})", *rest)


def markdown(header, lines):
    rows = [header, ["---"] * len(header), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def targets():
    """Which fields a target of a model can write."""
    rows = [row for row in ROWS if row.uris or row.chosen or row.names]
    header = (
        "kind",
        "options",
        "always a URI (gates look here)",
        "a URI where a target says so",
        "notes",
        "source",
    )
    lines = grouped(
        rows,
        lambda row: (
            code(row.options),
            code(row.uris, "<br>"),
            code(row.chosen, "<br>"),
            row.note or ("Holds no model: names the object that traffic goes to." if row.names else "–"),
            row.source,
        ),
    )
    return markdown(header, lines) + f"\n`{{model,…}}` means one of {code(IMPLEMENTATIONS)}.\n"


def traffic():
    """What a weight means to each kind, and who moves it."""
    rows = [row for row in ROWS if row.traffic]

    def cells(row):
        held = row.traffic
        note = f"Refused: {held.controller}." if held.controller else held.note or "–"
        return code(held.options), MEANINGS[held.meaning], code(held.weights, "<br>"), note, held.source

    return markdown(
        ("kind", "options", "a weight is", "where it stands", "notes", "source"), grouped(rows, cells)
    )


def owned():
    """Routes that a controller of the build owns."""
    lines = [
        (
            f"{row.kind} ({row.group})",
            each.kind,
            f"`{each.names}`"
            + (f" and `{each.suffix}`" if each.suffix else "")
            + (" (labels)" if each.select else ""),
        )
        for row in ROWS
        for each in row.owns
    ]
    return markdown(("kind", "owns the weights of", "whose name, or labels, are at"), lines)


@pytest.mark.parametrize("table", [targets, traffic, owned], ids=lambda table: table.__name__)
def test_the_tables_are_those_of_the_code(table):
    start, end = f"<!-- {table.__name__}: made from cmp/models/kinds/table.py -->\n", "<!-- end -->\n"
    before, mark, rest = FILE.read_text().partition(start)
    held, _, after = rest.partition(end)
    assert mark, f"docs/models.md has no {start}"
    if os.environ.get("CMP_UPDATE_GOLDEN"):
        FILE.write_text(before + start + table() + end + after)
        held = table()
    assert held == table(), "run: CMP_UPDATE_GOLDEN=1 python -m pytest tests/models/test_documentation.py"


def test_every_command_field_and_word():
    for name in COMMANDS:
        assert f"`{name} " in PAGE
    for name in (*DIGEST_FIELDS, *OTHER_FIELDS):
        assert name in PAGE
    for word in WORDS:
        assert f".{word}`" in PAGE
