"""docs/models.md names every kind, option and variable that the code knows."""

from __future__ import annotations

from pathlib import Path

from cmp.cli.commands.models import COMMANDS
from cmp.models.fields import ROWS
from cmp.models.lock import DIGEST_FIELDS, OTHER_FIELDS
from cmp.models.provenance import WORDS
from cmp.models.splits import SPLITS

PAGE = (Path(__file__).parents[2] / "docs/models.md").read_text()


def test_every_kind_and_option():
    for row in (*ROWS, *SPLITS):
        assert row.kind in PAGE
        for option in row.options:
            assert option in PAGE, f"{row.kind}: {option}"


def test_every_command_field_and_word():
    for name in COMMANDS:
        assert f"`{name} " in PAGE
    for name in (*DIGEST_FIELDS, *OTHER_FIELDS):
        assert name in PAGE
    for word in WORDS:
        assert f".{word}`" in PAGE
