"""Schemas that ship with the package, as data; README.md says how they are made and what their form is."""

from __future__ import annotations

import json
import os
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Written by hand, one entry for each kind; the other files are made by scripts/schemas.py.
BY_HAND = ("seldon", "argocd")
KUBERNETES = "kubernetes"


def _read(name: str) -> Any:
    with open(os.path.join(os.path.dirname(__file__), f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)


@lru_cache(maxsize=len(BY_HAND))
def table(name: str) -> list[dict[str, Any]]:
    """The entries of a file written by hand: group, version, kind, schema (OpenAPI v3 as in a CRD)."""
    found: list[dict[str, Any]] = _read(name)
    return found


@lru_cache(maxsize=32)
def compact(name: str) -> dict[str, Any]:
    """A file of scripts/schemas.py: source, kinds (`group/version Kind` to the number of a row), rows."""
    found: dict[str, Any] = _read(name)
    return found


@lru_cache(maxsize=1)
def index() -> dict[str, str]:
    """`group/version Kind` to the name of the file that has its schema, of all custom resources."""
    found: dict[str, str] = _read("index")
    return found
