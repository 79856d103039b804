"""Kustomization files and other configuration, decoded as sigs.k8s.io/yaml does (YAML 1.1, to JSON values)."""

from __future__ import annotations

from typing import Any, NamedTuple

from cmp.limits import DEFAULT, Limits


class Duplicate(NamedTuple):
    """A key that occurs more than once in one mapping; the last one wins. Positions are (line, column)."""

    path: tuple[str | int, ...]
    first: tuple[int, int]
    second: tuple[int, int]


class Config(NamedTuple):
    """A decoded configuration file.

    value: JSON values only (dict, list, str, int, float, bool, None). duplicates: repeated keys.
    positions: path -> 1-based (line, column) of that entry (its key, or the list item).
    """

    value: Any
    duplicates: list[Duplicate]
    positions: dict[tuple[str | int, ...], tuple[int, int]]


def load_config(data: bytes, limits: Limits = DEFAULT) -> Config:
    """Decode the first document of `data`; raises `YamlError`."""
    from cmp.yaml import stub

    return Config(stub.load_config(data), [], {})
