"""How time and memory of every command grow with every dimension of a repository: `python -m fuzzing.growth`.

For each row of `fuzzing.dimensions` and each command a tree is doubled until the command takes clearly longer than its
start. Doubling may raise the processor time by at most 2.3 and the memory by at most 2.1, both less those of a tree
with nearly nothing in it; or the row names the place of docs/limits.md that says why and what bounds it. A row that is
above is doubled further before it counts.

What a nearly empty tree takes can be more than what the same work takes in a larger one: memory that is free again
when the largest part of a render begins serves that part. So the memory above it is known to one or two megabytes,
and the growth of what is below `CLEAR_BYTES` says nothing.

`--late` looks at deadlines instead: a tree on which the first command of the row's dimension takes much longer runs
with one, and has to end within that and one second. `small` says that it ended by itself before.

The commands run in forked children (`fuzzing.forks`): what counts is the code, not the start of Python. Times are the
least processor time of some runs, memory is the peak of what is resident, both as the system counts them.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import tempfile
from typing import NamedTuple

from fuzzing.dimensions import DIMENSIONS, Dimension, Files, identity, overlay, seal, secret_of
from fuzzing.forks import Forks

MOST_TIME, MOST_MEMORY = 2.3, 2.1
# What is so much above a nearly empty tree that its growth means something: seconds, bytes.
CLEAR_SECONDS, CLEAR_BYTES = 0.15, 8 << 20
# A tree for a deadline is to take at least half of so many seconds; its deadline, and by what it may be missed.
HOSTILE_SECONDS, DEADLINE, MOST_LATE = 3.0, 0.3, 1.0
_LONGEST = 10.0
# How often one that is above is doubled once more before it counts, if it does not take longer than that: what is
# there at the start matters less then.
_MORE = 6
# A tree for a deadline has at most so many bytes: the limits refuse larger files.
_MOST_BYTES = 48 << 20
_NO_VALUES = "no values are announced"
# Columns of a row's name in the report.
_WIDTH = 55
_COMMANDS = {
    "cmp-generate": ("generate", "app"),
    "parameters": ("ctl", "parameters", "app"),
    "paths": ("ctl", "paths", "app"),
    "validate": ("ctl", "validate", "app"),
    "diff": ("ctl", "diff", "app", "other"),
    "models show": ("ctl", "models", "show", "app"),
    "secrets decrypt": ("ctl", "secrets", "decrypt", "@"),
}
COMMANDS = tuple(_COMMANDS)
# Renders, whose deadline is a variable; that of others is an option.
_RENDERS = ("cmp-generate", "parameters")
# The exit codes of those that answer in any case: findings, and an announcement without values.
_PRINTING = {"validate": (0, 1), "parameters": (0,)}


class Run(NamedTuple):
    """One run: exit code, processor seconds, peak bytes, seconds by the clock, its messages on one line.

    An announcement without values says what a render of the same tree says.
    """

    code: int
    cpu: float
    peak: int
    seconds: float
    said: str

    @property
    def bounded(self) -> bool:
        """Whether a limit ended it."""
        return "CMP_MAX_" in self.said


class Row(NamedTuple):
    """What was found for one dimension and command.

    size: the largest. runs: by size, the best of each. time, memory: growth per doubling, 0.0 where too little is
    above the start. late: by how many seconds a run with a deadline outlived it; None where none was made.
    """

    dimension: Dimension
    command: str
    size: int
    runs: dict[int, Run]
    time: float
    memory: float
    late: float | None = None

    @property
    def verdict(self) -> str:
        """The first that holds of: `late`, `failed`, `named` (in docs/limits.md), `above`, `bounded` (a limit
        ended it), `small` (too little to say), `ok`; after a colon, what the largest size was told.
        """
        last = self.runs[self.size]
        word = self._word(last)
        ended = last.code or word in ("failed", "bounded")
        return word + (f": {last.said[:90]}" if ended and last.said else "")

    def _word(self, last: Run) -> str:
        if self.late is not None:
            if self.late > MOST_LATE:
                return "late"
            stopped = "was stopped after" in last.said or last.said == _NO_VALUES
            return "ok" if stopped else "bounded" if last.bounded else "small"
        if not self._as_wanted(last):
            return "failed"
        if self.time > MOST_TIME or self.memory > MOST_MEMORY:
            return "named" if self.dimension.bound else "above"
        if last.bounded:
            return "bounded"
        return "ok" if self.time or self.memory else "small"

    def _as_wanted(self, run: Run) -> bool:
        """A mistake that is to be found was found, or a tree that is right did not fail."""
        if run.bounded:
            return True
        if self.command in _PRINTING:
            return run.code in _PRINTING[self.command] and bool(run.said) == self.dimension.fails
        return run.code == (1 if self.dimension.fails else 0)


def write(files: Files, folder: str) -> None:
    """Write a tree."""
    for path, text in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8", newline="") as file:
            file.write(text)


class Search:
    """rounds: runs of which the least counts, of what seems to be above. clear: seconds above the start that are enough."""

    def __init__(self, processes: Forks, rounds: int = 3, clear: float = CLEAR_SECONDS) -> None:
        self._processes = processes
        self._rounds = rounds
        self._clear = clear
        self._bases: dict[str, Run] = {}
        self._hostile: tuple[Dimension, int, Files] | None = None

    def row(self, dimension: Dimension, command: str) -> Row:
        """Measure one row: once, and again what seems to be above."""
        base = self._base(command)
        runs = self._double(dimension, command, base)
        row = self._found(dimension, command, runs, base)
        if row.verdict.startswith("above"):
            for size in sorted(runs)[-3:]:
                again = self._runs(dimension.make(size), command, self._rounds)
                runs[size] = _least([runs[size], again])
            row = self._found(dimension, command, runs, base)
        for _ in range(_MORE):
            size = row.size * 2
            last = runs[row.size]
            if (
                not row.verdict.startswith("above")
                or last.bounded
                or size > dimension.most
                or last.cpu > _LONGEST
            ):
                break
            runs[size] = self._runs(dimension.make(size), command, self._rounds)
            row = self._found(dimension, command, runs, base)
        return row

    def late(self, dimension: Dimension, command: str) -> Row:
        """How late a deadline ends one that is to take `HOSTILE_SECONDS`, or less where `most` is met before."""
        size, files = self._hostile_tree(dimension)
        run = self._runs(files, command, 1, deadline=DEADLINE)
        # On a machine with much else to do, the process itself has less time than the clock shows.
        late = min(run.seconds, max(run.cpu, DEADLINE)) - DEADLINE
        return Row(dimension, command, size, {size: run}, 0.0, 0.0, late)

    def _hostile_tree(self, dimension: Dimension) -> tuple[int, Files]:
        """The size and the tree for all commands of a dimension; the last one is kept."""
        if self._hostile is None or self._hostile[0] is not dimension:
            command = dimension.commands[0]
            size, files, step = dimension.start, dimension.make(dimension.start), 2
            while size * step <= dimension.most:
                larger = dimension.make(size * step)
                run = self._runs(larger, command, 1)
                if run.bounded or _bytes(larger) > _MOST_BYTES:
                    break  # it is refused before it takes long
                size, files = size * step, larger
                above = run.cpu - self._base(command).cpu
                if above >= HOSTILE_SECONDS / 2:
                    break
                step = 8 if above < HOSTILE_SECONDS / 32 else 2
            self._hostile = dimension, size, files
        return self._hostile[1:]

    def _double(self, dimension: Dimension, command: str, base: Run) -> dict[int, Run]:
        size, runs = dimension.start, {}
        while True:
            run = runs[size] = self._runs(dimension.make(size), command, 1)
            above = run.cpu - base.cpu
            if above >= self._clear or size * 2 > dimension.most or run.bounded or run.cpu > _LONGEST:
                return runs
            step = 8 if above < self._clear / 32 and size * 8 <= dimension.most else 2
            if step > 2:  # what came before is too little to compare with
                runs.clear()
            size *= step

    def _base(self, command: str) -> Run:
        if command not in self._bases:
            files = overlay("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
            files["secret.enc.yaml"] = seal("a: b\n")
            self._bases[command] = self._runs(files, command, self._rounds + 2)
        return self._bases[command]

    def _runs(self, files: Files, command: str, rounds: int, deadline: float = 0) -> Run:
        """The least of some runs."""
        with tempfile.TemporaryDirectory() as folder:
            write(files, folder)
            return _least([self._run(folder, command, files, deadline) for _ in range(rounds)])

    def _run(self, folder: str, command: str, files: Files, deadline: float) -> Run:
        module, *words = _COMMANDS[command]
        words = [secret_of(files) if word == "@" else word for word in words]
        if deadline and command not in _RENDERS:
            words = ["--deadline", f"{deadline}", *words]
        environ = {
            "PATH": os.environ.get("PATH", os.defpath), "SOPS_AGE_KEY": identity().secret_text(),
            "CMP_STATE_DIR": folder, "CMP_DEADLINE": f"{deadline or 3600}",
        }  # fmt: skip
        errors = os.path.join(folder, "errors")
        output = os.path.join(folder, "output") if command == "parameters" else os.devnull
        done = self._processes.run([module, *words], folder, environ, out=output, err=errors)
        with open(errors, encoding="utf-8", errors="replace") as file:
            run = Run(*done, " ".join(file.read().split()))
        if command == "parameters" and _is_static(output):
            said = "" if deadline else self._run(folder, "cmp-generate", files, deadline).said
            return run._replace(said=said or _NO_VALUES)
        return run

    def _found(self, dimension: Dimension, command: str, runs: dict[int, Run], base: Run) -> Row:
        done = [runs[size] for size in sorted(runs) if not runs[size].bounded]
        return Row(
            dimension,
            command,
            max(runs),
            runs,
            _growth([run.cpu - base.cpu for run in done], self._clear, self._clear / 8),
            _growth([float(run.peak - base.peak) for run in done], CLEAR_BYTES, CLEAR_BYTES),
        )


@functools.cache
def _static() -> str:
    from cmp.argocd.announce import static
    from cmp.cli.output import as_json

    return as_json(static())


def _is_static(path: str) -> bool:
    """Whether a file holds an announcement without any value."""
    with open(path, encoding="utf-8") as file:
        return file.read(len(_static()) + 1) == _static()


def _bytes(files: Files) -> int:
    return sum(map(len, files.values()))


def _least(runs: list[Run]) -> Run:
    cpu, peak = min(run.cpu for run in runs), min(run.peak for run in runs)
    return runs[0]._replace(cpu=cpu, peak=peak)


def _growth(values: list[float], clear: float, known: float) -> float:
    """By what factor the last two doublings raised it, each; by the last one where they began below `known`."""
    if len(values) < 2 or values[-1] < clear:
        return 0.0
    if len(values) > 2 and values[-3] > known:
        return float((values[-1] / values[-3]) ** 0.5)
    return values[-1] / values[-2] if values[-2] > 0 else 0.0


def pairs(name: str, commands: tuple[str, ...], part: str = "1/1") -> list[tuple[Dimension, str]]:
    """Every dimension whose name contains `name`, with each of the commands that read it; of these the n-th part."""
    number, parts = map(int, part.split("/"))
    every = [(each, command) for each in DIMENSIONS if name in each.name for command in each.commands]
    return [pair for pair in every if pair[1] in commands][number - 1 :: parts]


def line(row: Row) -> str:
    """One line of the report."""
    last = row.runs[row.size]
    found = f"x{row.time:<5.2f}{last.peak >> 20:>6} MB x{row.memory:<5.2f}"
    if row.late is not None:
        found = f"{last.seconds:6.2f} s {row.late:+.2f}"
    name = _name(row.dimension, row.command)
    return f"{name}{row.size:>9} {last.cpu:6.2f} s {found} {row.verdict}"


def _name(dimension: Dimension, command: str) -> str:
    return f"{dimension.name:{_WIDTH - 17}}{command:17}"


def _known(path: str) -> dict[str, str]:
    """The lines of a report by their names."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return {text[:_WIDTH]: text.rstrip("\n") for text in file}


def _add(path: str, text: str) -> None:
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text + "\n")


def main() -> int:
    """Run; 1 when a row grows faster than it may and is not named, fails, or outlives its deadline."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dimension", default="", help="those whose name contains this")
    parser.add_argument("--command", action="append", choices=COMMANDS, help="may be given more than once")
    parser.add_argument("--part", default="1/1", help="2/3: the second third of the rows")
    parser.add_argument(
        "--report",
        default="",
        metavar="FILE",
        help="add rows to this file; those in it are not measured again",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clear", type=float, default=CLEAR_SECONDS, help="seconds above the start to reach")
    parser.add_argument("--late", action="store_true", help="look at deadlines instead of growth")
    arguments = parser.parse_args()
    wrong = count = 0
    with Forks() as processes:
        search = Search(processes, arguments.rounds, arguments.clear)
        measure = search.late if arguments.late else search.row
        known = _known(arguments.report)
        for dimension, command in pairs(
            arguments.dimension, tuple(arguments.command or COMMANDS), arguments.part
        ):
            text = known.get(_name(dimension, command))
            if text is None:
                text = line(measure(dimension, command))
                _add(arguments.report, text)
            print(text, flush=True)
            count += 1
            wrong += any(f" {word}" in text[_WIDTH:] for word in ("above", "late", "failed"))
    print(f"{wrong} of {count} rows are above their bounds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
