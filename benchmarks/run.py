"""Run our command and the real kustomize on every family of trees in turn: `python -m benchmarks.run`.

Prints medians of wall time, their ratio, how our processor time grows per doubling of the size, and peak
memory. The tools run one after the other in the same loop, so that a busy machine slows all. `--svg FILE` also draws the curves.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

from benchmarks.families import FAMILIES, Files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = "examples/fraud-detection/k8s/overlays/production"
KEY = "examples/keys/public-test-key.agekey"
# Decrypt every file, then build: what a script around the two programs does at least.
DECRYPT_AND_BUILD = """set -e
mkdir -p "$1/clear"
for file in "$1/$2"/*.yaml; do
  case $file in
    */kustomization.yaml) cp "$file" "$1/clear/" ;;
    *) sops decrypt "$file" > "$1/clear/${file##*/}" ;;
  esac
done
shift 2
exec "$@"
"""


class Measure(NamedTuple):
    """Median wall and processor seconds (children included), and peak resident MiB, of one command."""

    seconds: float
    cpu: float
    mebibytes: float


def write(files: Files, root: str) -> None:
    """Write a tree below `root`."""
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


def once(command: list[str]) -> Measure:
    """Run a command with its output thrown away; what it says on standard error is shown if it fails."""
    with tempfile.TemporaryFile() as messages:
        start = time.perf_counter()
        pid = os.fork()
        if not pid:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(messages.fileno(), 2)
            os.execvp(command[0], command)
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - start
        if status:
            messages.seek(0)
            raise SystemExit(f"{command} failed with status {status}\n{messages.read(4000).decode()}")
    return Measure(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def side_by_side(commands: list[list[str]], rounds: int, of_others: int) -> list[Measure]:
    """Medians of each command over `rounds`, run in turn after one unmeasured round of all.

    of_others: how many rounds all but the first command take part in; with one, there is no unmeasured round.
    """
    runs: list[list[Measure]] = [[] for _ in commands]
    if of_others > 1:
        for command in commands:
            once(command)
    for number in range(rounds):
        for index, command in enumerate(commands):
            if index == 0 or number < of_others:
                runs[index].append(once(command))
    return [
        Measure(
            statistics.median(m.seconds for m in run),
            statistics.median(m.cpu for m in run),
            max(m.mebibytes for m in run),
        )
        for run in runs
    ]


class Row(NamedTuple):
    """One line of the table; theirs: None where it was expected to take longer than the patience."""

    family: str
    size: int
    ours: Measure
    theirs: Measure | None


def growth(before: Row, after: Row) -> float:
    """By what factor our processor time grows when the size doubles."""
    doublings = math.log2(after.size / before.size)
    result: float = (after.ours.cpu / before.ours.cpu) ** (1 / doublings)
    return result


def _encrypt(folder: str, root: str) -> None:
    """Encrypt a folder's files with `sops`, for a new key that the environment then names."""
    from cmp import age

    identity = age.X25519Identity.generate()
    keys = os.path.join(root, "keys.txt")
    with open(keys, "w", encoding="ascii") as file:
        file.write(identity.secret_text() + "\n")
    os.environ["SOPS_AGE_KEY_FILE"] = keys
    flags = ["--age", str(identity.recipient()), "--encrypted-regex", "^(data|stringData)$", "--in-place"]
    for name in sorted(os.listdir(folder)):
        if name != "kustomization.yaml":
            subprocess.run(["sops", "encrypt", *flags, os.path.join(folder, name)], check=True)


def measure_family(name: str, args: argparse.Namespace) -> Iterator[Row]:
    """The rows of one family, each as soon as it is measured."""
    family = FAMILIES[name]
    ours = [args.ours] if family.whole else [args.ours, "--plain"]
    theirs = args.theirs.split()
    expected = 0.0
    for size in family.sizes:
        if args.largest and size > args.largest:
            continue
        root = tempfile.mkdtemp(prefix="bench-")
        try:
            write(family.make(size), root)
            target = os.path.join(root, family.target)
            their_command = [*theirs, target]
            if family.encrypt:
                _encrypt(os.path.join(root, family.encrypt), root)
                clear = os.path.join(root, "clear")
                their_command = ["sh", "-c", DECRYPT_AND_BUILD, "sh", root, family.encrypt, *theirs, clear]
            commands = [[*ours, target]]
            if expected <= args.patience:
                commands.append(their_command)
            # Their long runs are not repeated: the noise is small beside them.
            measures = side_by_side(commands, args.rounds, args.rounds if expected < 5 else 1)
        finally:
            shutil.rmtree(root)
        their = measures[1] if len(measures) > 1 else None
        if their is not None:
            expected = their.seconds * 4
        yield Row(name, size, measures[0], their)


HEADER = (
    "| family | size | ours | kustomize | ratio | growth per doubling | our memory | its memory |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


def line(row: Row, before: Row | None) -> str:
    """A row as Markdown. before: the same family's next smaller size."""
    theirs, ratio, memory = "not run", "", ""
    if row.theirs is not None:
        theirs = f"{row.theirs.seconds:.3f} s"
        ratio = f"{row.ours.seconds / row.theirs.seconds:.3f}"
        memory = f"{row.theirs.mebibytes:.0f} MiB"
    factor = f"{growth(before, row):.2f}" if before else ""
    return (
        f"| {row.family} | {row.size} | {row.ours.seconds:.3f} s | {theirs} | {ratio} | {factor} "
        f"| {row.ours.mebibytes:.0f} MiB | {memory} |"
    )


def start_up(ours: str, rounds: int) -> str:
    """Cold processes on the small example, side by side, as Markdown; tools that are missing are left out."""
    os.environ["SOPS_AGE_KEY_FILE"] = os.path.abspath(KEY)
    commands = {
        "cmp-generate": [ours, EXAMPLE],
        "cmp-generate --plain": [ours, "--plain", EXAMPLE],
        "kustomize build": ["kustomize", "build", EXAMPLE],
        "kubectl kustomize": ["kubectl", "kustomize", EXAMPLE],
    }
    commands = {name: command for name, command in commands.items() if shutil.which(command[0])}
    measures = side_by_side(list(commands.values()), rounds, rounds)
    lines = ["| command | wall | processor | memory |", "| --- | ---: | ---: | ---: |"]
    for name, measure in zip(commands, measures, strict=True):
        lines.append(
            f"| `{name}` | {measure.seconds * 1000:.0f} ms | {measure.cpu * 1000:.0f} ms | {measure.mebibytes:.0f} MiB |"
        )
    return "\n".join(lines)


def _what_users_meet(args: argparse.Namespace) -> None:
    """Whole requests, small trees, and trees of the user's own."""
    from benchmarks import folders

    if args.request_rounds:
        try:
            from benchmarks import requests

            for text in requests.table(args.request_rounds):
                print(text, flush=True)
        except ImportError as err:
            print(f"requests: left out, as the package {err.name} is not installed", file=sys.stderr)
        print()
    if args.small_rounds:
        for text in folders.small(args.ours, args.theirs, args.small_rounds):
            print(text, flush=True)
        print()
    if args.folder:
        for text in folders.folder(args.ours, args.theirs, args.folder, args.rounds):
            print(text, flush=True)
        print()


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", default=",".join(FAMILIES), help="comma-separated (default: all)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cold-rounds", type=int, default=21, help="rounds of the small example, 0 for none")
    parser.add_argument("--largest", type=int, default=0, help="leave out sizes above this")
    parser.add_argument("--patience", type=float, default=240, help="seconds that one run of theirs may take")
    parser.add_argument("--ours", default=f"{os.path.dirname(sys.executable)}/cmp-generate")
    parser.add_argument(
        "--theirs", default="kustomize build" if shutil.which("kustomize") else "kubectl kustomize"
    )
    parser.add_argument("--request-rounds", type=int, default=10, help="rounds of whole requests, 0 for none")
    parser.add_argument("--small-rounds", type=int, default=21, help="rounds of small trees, 0 for none")
    parser.add_argument("--folder", help="a folder of yours: every tree in it, --rounds times")
    parser.add_argument("--svg", help="draw the curves into this file")
    args = parser.parse_args()
    load = os.getloadavg()
    print(f"{os.cpu_count()} cores, load {load[0]:.1f} at the start, Python {sys.version.split()[0]}\n")
    _what_users_meet(args)
    if args.cold_rounds:
        print(start_up(args.ours, args.cold_rounds), flush=True)
    print(f"\n{HEADER}", flush=True)
    everything = []
    for name in filter(None, args.families.split(",")):
        if FAMILIES[name].encrypt and not shutil.which("sops"):
            print(f"{name}: left out, as the program sops is not on PATH", file=sys.stderr)
            continue
        rows: list[Row] = []
        for row in measure_family(name, args):
            print(line(row, rows[-1] if rows else None), flush=True)
            rows.append(row)
        everything.append(rows)
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")
    if args.svg:
        from benchmarks.plot import draw

        with open(args.svg, "w", encoding="utf-8") as file:
            file.write(draw(everything))
    return 0


if __name__ == "__main__":
    sys.exit(main())
