"""Upstream's own test trees with one or two small mistakes in them: `fuzzing.run --trees mutants`.

The cases lie outside of the project; `CMP_SHARED` names the folder that holds them.
"""

from __future__ import annotations

import os
import random
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fuzzing.kustomize_cases import Case, read_cases
from fuzzing.trees import RandomTree

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_FIELD = re.compile(r"(\s*(?:- )?)([A-Za-z][\w./-]*)(:.*)")
_VALUES = (
    *("", "null", "~", "[]", "{}", '""', "5", "true", '"5"', "yes", "2020-01-01", '"a\\nb"', "*x", "&x y"),
    *("!!str 5", "1e3", "0x10", "a: b", "- a", "'", "[a, b]", "{a: b}", "@", "%", "0o7", "08", ".5", "-"),
    *("<<", "=", "$(X)", "a#b", "a #b", '"\\u00e9"', "é", "\t", "1_000", ".inf", "+1", "-0", "01", "1:30"),
    *("12345678901234567890", "|\n          x", ">-\n          x\n          y"),
)
_LINES = ("---", "# c", "", "...", "  ", "- a", "a: b", "\t", "--- # x", "? a", ": b", "<<: {a: b}")
_ENDS = (" # c", "  ", " ", "\t", "\r")


class Pool(NamedTuple):
    """What mutations take from other cases: cases, values and keys of lines, fields of kustomizations."""

    cases: list[Case]
    values: list[str]
    keys: list[str]
    fields: list[str]


@cache
def pool() -> Pool:
    """The cases that need no options, and what is in them; `FileNotFoundError` when they are not there."""
    shared = os.environ.get("CMP_SHARED", str(Path(__file__).parents[2] / "shared"))
    path = os.path.join(shared, "conformance", "kustomize", "cases.jsonl")
    cases = [
        case
        for case in read_cases(path)
        if not case.data.get("uses_root") and not case.data["options"].get("args")
    ]
    if not cases:
        raise FileNotFoundError(f"no conformance cases at {path}: set CMP_SHARED")
    texts = [(name, text) for case in cases for name, text in case.data["files"].items()]
    lines = [line for _, text in texts for line in text.split("\n")]
    values = [line.split(": ", 1)[1] for line in lines if ": " in line]
    keys = [match[2] for line in lines if (match := _FIELD.match(line))]
    blocks = [
        block
        for name, text in texts
        if os.path.basename(name) in _KUSTOMIZATIONS
        for block in re.split(r"(?m)^(?=[A-Za-z]+:)", text)
        if re.match(r"[A-Za-z]+:", block) and not block.startswith("resources")
    ]
    return Pool(cases, values, keys, blocks)


def mutate(text: str, rng: random.Random) -> str:
    """The text with one line changed, moved, removed, repeated or added."""
    lines = text.split("\n")
    filled = [number for number, line in enumerate(lines) if line.strip()]
    if not filled:
        return text
    at = rng.choice(filled)
    line = lines[at]
    match = _FIELD.match(line)
    kind = rng.choice(
        ("drop", "repeat", "swap", "indent", "dedent", "value", "value", "odd", "key", "end", "add")
    )
    if kind == "drop":
        del lines[at]
    elif kind == "repeat":
        lines.insert(at, line)
    elif kind == "swap":
        other = rng.choice(filled)
        lines[at], lines[other] = lines[other], line
    elif kind == "indent":
        lines[at] = "  " + line
    elif kind == "dedent":
        lines[at] = line.removeprefix("  ")
    elif kind == "key" and match:
        lines[at] = match[1] + rng.choice(pool().keys) + match[3]
    elif kind in ("value", "odd") and ": " in line:
        lines[at] = line.split(": ", 1)[0] + ": " + rng.choice(pool().values if kind == "value" else _VALUES)
    elif kind == "end":
        lines[at] = line + rng.choice(_ENDS)
    else:
        lines.insert(at, rng.choice(_LINES))
    return "\n".join(lines)


def make_tree(seed: int) -> RandomTree:
    """The tree of a seed; its features are those of the case."""
    rng = random.Random(seed)
    case = rng.choice(pool().cases)
    files = {path: data.decode() if _is_text(data) else data for path, data in case.files().items()}
    texts = [path for path, data in files.items() if isinstance(data, str)]
    for _ in range(rng.choice([1, 1, 2])):
        path = rng.choice(texts)
        text = str(files[path])
        if os.path.basename(path) in _KUSTOMIZATIONS and rng.random() < 0.1:
            files[path] = text.rstrip("\n") + "\n" + rng.choice(pool().fields)
        else:
            files[path] = mutate(text, rng)
    encoded = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
    return RandomTree(encoded, case.data["target"], 1, frozenset(case.features))


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
