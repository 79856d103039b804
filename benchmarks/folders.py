"""Cold processes on small trees: those that most people have, and those of a folder that the user names."""

from __future__ import annotations

import os
import statistics
import tempfile
from typing import NamedTuple

from benchmarks.run import side_by_side, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_SERVICE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers: [{name: app, image: "registry.example.com/NAME:1", ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: NAME}
spec: {selector: {app: NAME}, ports: [{port: 80}]}
"""
# Neither has a patch: what a start costs, and little else.
SMALL = {
    "2 objects, one layer": {
        "kustomization.yaml": "resources: [a.yaml]\n",
        "a.yaml": _SERVICE.replace("NAME", "a"),
    },
    "7 objects, two layers, images, a generator": {
        "kustomization.yaml": "namespace: prod\nnamePrefix: p-\nresources: [base]\n"
        "images: [{name: registry.example.com/a, newTag: '2'}]\n"
        "configMapGenerator: [{name: c, literals: [k=v]}]\n",
        "base/kustomization.yaml": "resources: [a.yaml, b.yaml, c.yaml]\n",
        **{f"base/{name}.yaml": _SERVICE.replace("NAME", name) for name in "abc"},
    },
}


class Pair(NamedTuple):
    """Median processor seconds of one tree."""

    ours: float
    theirs: float


def measure(ours: str, theirs: str, directory: str, rounds: int) -> Pair:
    """Both in turn; SystemExit where one of them fails."""
    first, second = side_by_side([[ours, "--plain", directory], [*theirs.split(), directory]], rounds, rounds)
    return Pair(first.cpu, second.cpu)


def small(ours: str, theirs: str, rounds: int) -> Iterator[str]:
    """Markdown, line by line."""
    yield "| small tree without a patch | `cmp-generate --plain` | kustomize | ratio |"
    yield "| --- | ---: | ---: | ---: |"
    for name, files in SMALL.items():
        with tempfile.TemporaryDirectory() as root:
            write(files, root)
            pair = measure(ours, theirs, root, rounds)
        yield (
            f"| {name} | {pair.ours * 1000:.0f} ms | {pair.theirs * 1000:.0f} ms | {pair.ours / pair.theirs:.2f} |"
        )


def directories(folder: str) -> list[str]:
    """Every directory of a folder that has a kustomization file, in order."""
    found = []
    for directory, below, names in os.walk(folder):
        below.sort()
        if any(name in names for name in KUSTOMIZATIONS):
            found.append(directory)
    return found


def folder(ours: str, theirs: str, named: str, rounds: int) -> Iterator[str]:
    """The same over the trees of a folder; those that one of the programs refuses are only counted."""
    pairs, refused = [], 0
    for directory in directories(named):
        try:
            pairs.append(measure(ours, theirs, directory, rounds))
        except SystemExit:
            refused += 1
    yield f"{named}: {len(pairs)} trees, {refused} more that one of the programs refuses"
    if len(pairs) < 2:
        return
    yield "| processor time of a tree | `cmp-generate --plain` | kustomize |"
    yield "| --- | ---: | ---: |"
    for name, of in (("median", statistics.median), ("p90", _p90), ("sum", sum)):
        each = [of([pair[side] for pair in pairs]) for side in (0, 1)]
        yield f"| {name} | {each[0] * 1000:.0f} ms | {each[1] * 1000:.0f} ms |"
    slower = sum(pair.ours > pair.theirs for pair in pairs)
    yield f"| slower than the other in | {slower / len(pairs):.0%} | {1 - slower / len(pairs):.0%} |"


def _p90(values: list[float]) -> float:
    return statistics.quantiles(values, n=10)[-1]
