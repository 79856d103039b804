"""Compare our build of random trees with the real kustomize: `python -m fuzzing.run --count 1000`.

`--trees` says which trees: `layers` use every field of a Kustomization (`fuzzing.trees`), `writers` let two steps
write the same scalars (`fuzzing.writers`), `kinds` merge patches into objects of every kind (`fuzzing.kinds`),
`mutants` are upstream's own test trees with mistakes in them (`fuzzing.mutants`).

A tree on which two runs of upstream differ is left out and counted; a panic of upstream counts as a
refusal. Prints each difference with its seed, then layers, features and verdicts.

Most of the time goes into starting kustomize. `--many` names the program of `fuzzing/builds` instead, which
links the same version of it and builds one tree after the other; what differs is then built by `--tool`.
`go build -C fuzzing/builds -o /tmp/builds` makes it.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import importlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

from fuzzing.trees import RandomTree

TREES = {
    "layers": "fuzzing.trees",
    "writers": "fuzzing.writers",
    "kinds": "fuzzing.kinds",
    "mutants": "fuzzing.mutants",
    "structured": "fuzzing.structured",
    "shapes": "fuzzing.shapes",
}

# Trees that are written, and built by one program after the other, at a time.
_PIECE = 25


class Outcome(NamedTuple):
    """seed; verdict: same-output, same-empty, same-refusal, unstable, differs; detail for `differs`."""

    seed: int
    verdict: str
    layers: int
    features: frozenset[str]
    detail: str = ""


def write_tree(tree: RandomTree, root: str) -> str:
    """Write the files below `root`; returns the directory to build."""
    for path, data in tree.files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(data)
    return os.path.join(root, tree.target)


def upstream(tool: list[str], directory: str) -> tuple[bool, str]:
    """(built, output or message) of the real tool."""
    done = subprocess.run([*tool, directory], capture_output=True, check=False, timeout=120)
    if done.returncode == 0:
        return True, done.stdout.decode()
    return False, done.stderr.decode(errors="replace")


def upstream_many(program: str, directories: list[str], own_schema: list[bool]) -> list[tuple[bool, str]]:
    """(built, output or message) of each directory, by the program of `fuzzing/builds`.

    own_schema: whether a tree brings a schema, which must not stay behind for the next one.
    """
    lines = [
        f"{'fresh ' if fresh else ''}{path}\n" for path, fresh in zip(directories, own_schema, strict=True)
    ]
    done = subprocess.run(
        [program],
        input="".join(lines).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    answers = io.BytesIO(done.stdout)
    results = []
    for _ in directories:
        word, _, length = answers.readline().decode().partition(" ")
        results.append((word == "built", answers.read(int(length)).decode(errors="replace")))
    return results


def ours(directory: str) -> tuple[bool, str]:
    """(built, output or message) of our engine, in this process; only our own errors count as refusals."""
    from cmp.errors import CmpError
    from cmp.kustomize import Options, build, emit
    from cmp.tree import DiskTree

    try:
        return True, emit(build(DiskTree("/"), directory, Options()))
    except CmpError as error:
        return False, str(error)


def maker(trees: str) -> Callable[[int], RandomTree]:
    """What makes the trees of that name (`TREES`)."""
    make: Callable[[int], RandomTree] = importlib.import_module(TREES[trees]).make_tree
    return make


def check(seed: int, tool: list[str], trees: str = "layers") -> Outcome:
    """Build the tree of a seed both ways."""
    return check_all([seed], tool, trees)[0]


def check_all(
    seeds: Sequence[int], tool: list[str], trees: str = "layers", program: str = ""
) -> list[Outcome]:
    """Build the trees of the seeds both ways. program: what `--many` names."""
    made = [maker(trees)(seed) for seed in seeds]
    root = os.path.realpath(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        places = [write_tree(tree, os.path.join(root, str(number))) for number, tree in enumerate(made)]
        if program:
            own = [any(b"openapi" in content for content in tree.files.values()) for tree in made]
            results = upstream_many(program, places, own)
        else:
            results = [upstream(tool, place) for place in places]
        outcomes = []
        for seed, tree, place, result in zip(seeds, made, places, results, strict=True):
            verdict, detail = _compare(place, result, tool, bool(program))
            outcomes.append(Outcome(seed, verdict, tree.layers, tree.features, detail))
        return outcomes
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _compare(directory: str, result: tuple[bool, str], tool: list[str], again: bool) -> tuple[str, str]:
    """Verdict and detail for what upstream made of a tree. again: a difference is built by `tool` first."""
    built, text = result
    try:
        our_built, our_text = ours(directory)
    except Exception as error:  # a crash of ours is a finding, whatever it is
        return "differs", f"crash: {type(error).__name__}: {error}"
    if (built, text if built else "") == (our_built, our_text if our_built else ""):
        return ("same-output" if text else "same-empty") if built else "same-refusal", ""
    if again:
        return _compare(directory, upstream(tool, directory), tool, False)
    if any(upstream(tool, directory) != (built, text) for _ in range(5)) and built:
        return "unstable", ""
    return "differs", _describe(built, text, our_built, our_text)


def _describe(built: bool, text: str, our_built: bool, our_text: str) -> str:
    if built and our_built:
        import difflib

        lines = difflib.unified_diff(
            text.splitlines(), our_text.splitlines(), "kustomize", "ours", lineterm="", n=2
        )
        return "\n".join(list(lines)[:30])
    if built:
        return f"we refuse: {our_text}"
    return f"upstream refuses: {text.strip()[-400:]}"


def run(
    seeds: range, tool: list[str], workers: int, trees: str = "layers", program: str = ""
) -> Iterator[Outcome]:
    """Outcomes of the seeds, in order."""
    pieces = [seeds[at : at + _PIECE] for at in range(0, len(seeds), _PIECE)]
    if workers == 1:
        for piece in pieces:
            yield from check_all(piece, tool, trees, program)
        return
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        for outcomes in pool.map(check_all, pieces, repeat(tool), repeat(trees), repeat(program)):
            yield from outcomes


def report(outcomes: list[Outcome]) -> str:
    """Verdicts, layers and the share of trees that use each feature, as text."""
    total = len(outcomes)
    verdicts = collections.Counter(outcome.verdict for outcome in outcomes)
    layers = collections.Counter(outcome.layers for outcome in outcomes)
    features = collections.Counter(feature for outcome in outcomes for feature in outcome.features)
    lines = [
        f"{total} trees: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    ]
    lines.append("layers: " + ", ".join(f"{depth}: {count}" for depth, count in sorted(layers.items())))
    lines.append("built with output: {:.1%}".format(verdicts["same-output"] / total))
    shares = (f"{name} {count / total:.0%}" for name, count in features.most_common())
    lines.append("features: " + ", ".join(shares))
    return "\n".join(lines)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--trees", choices=sorted(TREES), default="layers")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tool", default="kustomize build", help="the real tool (default: %(default)s)")
    parser.add_argument("--many", default="", help="the program of fuzzing/builds, which is quicker")
    parser.add_argument("--show", type=int, default=10, help="differences to print in full")
    args = parser.parse_args()
    outcomes = []
    seeds = range(args.start, args.start + args.count)
    for outcome in run(seeds, args.tool.split(), args.workers, args.trees, args.many):
        outcomes.append(outcome)
        if outcome.verdict == "differs" and args.show:
            args.show -= 1
            print(f"== seed {outcome.seed} ({outcome.layers} layers)\n{outcome.detail}\n", flush=True)
    print(report(outcomes))
    print("differing seeds:", [outcome.seed for outcome in outcomes if outcome.verdict == "differs"])
    return int(any(outcome.verdict == "differs" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
