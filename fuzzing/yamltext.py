"""YAML text of a value in a randomly chosen style: quoting, flow collections, comments, block scalars."""

from __future__ import annotations

import json
import random
from typing import Any

PLAIN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")
AMBIGUOUS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", "nan", "inf"}


class Raw(str):
    """A plain scalar to be written as it stands, such as `1.20` or `0x1F`."""


def scalar(value: Any, rng: random.Random) -> str:
    """One-line text of a scalar that reads back as `value`."""
    if isinstance(value, Raw):
        return str(value)
    if value is None:
        return rng.choice(["null", "~", "null"])
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    assert isinstance(value, str)
    plain = bool(value) and set(value) <= PLAIN and value[0].isalpha() and value.lower() not in AMBIGUOUS
    style = rng.random()
    if plain and style < 0.8:
        return value
    if "\n" not in value and "\t" not in value and style < 0.9:
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value)


def flow(value: Any, rng: random.Random) -> str:
    """The value as a flow collection on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key, rng)}: {flow(item, rng)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, rng) for item in value) + "]"
    return scalar(value, rng)


def block(value: Any, rng: random.Random, indent: int = 0) -> list[str]:
    """The lines of a block collection at `indent` columns."""
    pad = " " * indent
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            if rng.random() < 0.02:
                lines.append(f"{pad}# a comment")
            lines += _entry(f"{pad}{scalar(key, rng)}:", item, rng, indent)
        return lines
    for item in value:
        if isinstance(item, (dict, list)) and item and rng.random() < 0.95:
            inner = block(item, rng, indent + 2)
            first = next((n for n, line in enumerate(inner) if not line.lstrip().startswith("#")), 0)
            lines += inner[:first]
            lines.append(f"{pad}- {inner[first].lstrip()}")
            lines += inner[first + 1 :]
        else:
            lines += _entry(f"{pad}-", item, rng, indent)
    return lines


def _entry(head: str, item: Any, rng: random.Random, indent: int) -> list[str]:
    """One key or dash with its value, inline or below."""
    if isinstance(item, (dict, list)):
        if not item or rng.random() < 0.05:
            return [f"{head} {flow(item, rng)}"]
        deeper = indent + 2
        if isinstance(item, list) and head.endswith(":") and rng.random() < 0.6:
            deeper = indent
        return [head, *block(item, rng, deeper)]
    if isinstance(item, str) and not isinstance(item, Raw) and "\n" in item and _fits_literal(item):
        chomp = "" if item.endswith("\n") else "-"
        body = item[:-1] if item.endswith("\n") else item
        if rng.random() < 0.4:
            return [f"{head} >{rng.choice(('', chomp, '+'))}", *_folded(body, rng, indent + 2)]
        return [f"{head} |{chomp}", *(" " * (indent + 2) + line if line else "" for line in body.split("\n"))]
    comment = "  # why" if rng.random() < 0.02 else ""
    return [f"{head} {scalar(item, rng)}{comment}"]


def _folded(body: str, rng: random.Random, indent: int) -> list[str]:
    """The lines of a folded block: some deeper than the first, some apart, as it pleases."""
    lines = []
    for number, line in enumerate(body.split("\n")):
        deeper = rng.choice((0, 0, 1, 2)) if number else 0
        lines.append(" " * (indent + deeper) + line if line else "")
        lines += [""] * rng.choice((0, 0, 0, 1, 2))
    return lines


def _fits_literal(text: str) -> bool:
    body = text.removesuffix("\n")
    return (
        bool(body)
        and not body.endswith("\n")
        and body[0] not in " \n\t"
        and all(ch == "\n" or ch >= " " for ch in text)
    )


def document(value: Any, rng: random.Random) -> str:
    """A whole document."""
    if rng.random() < 0.03:
        return (
            json.dumps(value, default=str) + "\n"
            if not _has_raw(value)
            else "\n".join(block(value, rng)) + "\n"
        )
    return "\n".join(block(value, rng)) + "\n"


def _has_raw(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_raw(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_raw(item) for item in value)
    return isinstance(value, Raw)
