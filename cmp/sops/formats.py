"""The formats that SOPS can encrypt, named as upstream names them, and the endings of their files.

A build without secrets needs no more than this table; the module `cmp.sops.stores.<name>` holds the rest.
"""

from __future__ import annotations

# name -> endings. A format without endings is found by its content, or is the one for all other files.
TABLE: dict[str, tuple[str, ...]] = {
    "yaml": (".yaml", ".yml"),
    "json": (".json",),
    "dotenv": (".env",),
    "ini": (".ini",),
    "binary": (),
}
FORMATS = tuple(TABLE)
OTHER = "binary"

_BY_ENDING = {ending: name for name, endings in TABLE.items() for ending in endings}


def format_of_path(path: str) -> str:
    """The format that upstream takes by the file's name alone (cmd/sops/formats/formats.go)."""
    dot = path.rfind(".")
    return _BY_ENDING.get(path[dot:], OTHER) if dot >= 0 else OTHER
