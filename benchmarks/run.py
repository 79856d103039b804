"""Build every family of trees with our command and the real kustomize in turn: `python -m benchmarks.run`.

Prints medians of wall time, the ratio, growth per doubling of the size, and peak memory. The two tools run
one after the other in the same loop, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from itertools import pairwise
from typing import NamedTuple

from benchmarks.families import FAMILIES, Files


class Measure(NamedTuple):
    """Median wall seconds and peak resident MiB of one command."""

    seconds: float
    mebibytes: float


def write(files: Files, root: str) -> None:
    """Write a tree below `root`."""
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


def once(command: list[str]) -> Measure:
    """Run a command with its output thrown away; wall time and its own peak memory."""
    start = time.perf_counter()
    pid = os.fork()
    if not pid:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{command} failed with status {status}")
    return Measure(time.perf_counter() - start, usage.ru_maxrss / 1024)


def side_by_side(commands: list[list[str]], rounds: int) -> list[Measure]:
    """Medians of each command over `rounds`, run in turn after one unmeasured round."""
    runs: list[list[Measure]] = [[] for _ in commands]
    for number in range(rounds + 1):
        for index, command in enumerate(commands):
            measure = once(command)
            if number:
                runs[index].append(measure)
    return [Measure(statistics.median(m.seconds for m in run), max(m.mebibytes for m in run)) for run in runs]


class Row(NamedTuple):
    """One line of the table."""

    family: str
    size: int
    ours: Measure
    theirs: Measure

    @property
    def ratio(self) -> float:
        """Our wall time over theirs."""
        return self.ours.seconds / self.theirs.seconds


def growth(rows: list[Row]) -> list[float | None]:
    """How much our time multiplies per doubling of the size, from each row to the next."""
    result: list[float | None] = [None]
    for before, after in pairwise(rows):
        doublings = math.log2(after.size / before.size)
        result.append((after.ours.seconds / before.ours.seconds) ** (1 / doublings))
    return result


def measure_family(name: str, ours: list[str], theirs: list[str], rounds: int, largest: int) -> list[Row]:
    """The rows of one family, sizes up to `largest` (0 for all)."""
    family = FAMILIES[name]
    rows = []
    for size in family.sizes:
        if largest and size > largest:
            continue
        root = tempfile.mkdtemp(prefix="bench-")
        try:
            write(family.make(size), root)
            target = os.path.join(root, family.target)
            our, their = side_by_side([[*ours, target], [*theirs, target]], rounds)
        finally:
            shutil.rmtree(root)
        rows.append(Row(name, size, our, their))
    return rows


def table(rows: list[Row]) -> str:
    """The rows of one family as Markdown."""
    lines = []
    for row, factor in zip(rows, growth(rows), strict=True):
        lines.append(
            f"| {row.family} | {row.size} | {row.ours.seconds:.3f} s | {row.theirs.seconds:.3f} s | {row.ratio:.2f} "
            f"| {f'{factor:.2f}' if factor else ''} | {row.ours.mebibytes:.0f} MiB | {row.theirs.mebibytes:.0f} MiB |"
        )
    return "\n".join(lines)


HEADER = "| family | size | ours | kustomize | ratio | growth per doubling | our memory | its memory |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", default=",".join(FAMILIES), help="comma-separated (default: all)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--largest", type=int, default=0, help="leave out sizes above this")
    parser.add_argument("--ours", default=f"{os.path.dirname(sys.executable)}/cmp-generate --plain")
    parser.add_argument(
        "--theirs", default="kustomize build" if shutil.which("kustomize") else "kubectl kustomize"
    )
    args = parser.parse_args()
    print(HEADER, flush=True)
    for name in args.families.split(","):
        print(
            table(measure_family(name, args.ours.split(), args.theirs.split(), args.rounds, args.largest)),
            flush=True,
        )
    return 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
