"""Say where the time of one build goes: `python -m benchmarks.profiles [FAMILY SIZE | DIRECTORY] [-- ARGUMENTS]`.

First what is imported and how long that takes (each module's best of three processes), then the functions that
take longest. The profiler slows calls down several times: compare its lines with each other, not with a clock.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import re
import subprocess
import sys
import tempfile

from benchmarks.families import FAMILIES
from benchmarks.run import EXAMPLE, KEY, write

LINES = 25
MEASURE = "import sys; from cmp.cli.generate import main; sys.exit(main())"
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def imports(arguments: list[str]) -> dict[str, int]:
    """Module name to microseconds of its own, imports inside it not counted."""
    best: dict[str, int] = {}
    for _ in range(3):
        command = [sys.executable, "-X", "importtime", "-c", MEASURE, *arguments]
        done = subprocess.run(
            command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        for own, name in _IMPORT.findall(done.stderr):
            best[name] = min(int(own), best.get(name, int(own)))
    return best


def functions(arguments: list[str]) -> None:
    """Print the functions that take longest in one build."""
    from cmp.cli.generate import main

    profiler = cProfile.Profile()
    kept = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    try:
        code = profiler.runcall(main, arguments)
    finally:
        os.dup2(kept, 1)
    if code:
        raise SystemExit(code)
    pstats.Stats(profiler, stream=sys.stdout).strip_dirs().sort_stats("tottime").print_stats(LINES)


def report(arguments: list[str]) -> None:
    """Print both parts for one command line."""
    found = imports(arguments)
    print(f"cmp-generate {' '.join(arguments)}\n\n{len(found)} modules, {sum(found.values()) / 1000:.1f} ms")
    for name, own in sorted(found.items(), key=lambda each: -each[1])[:LINES]:
        print(f"{own / 1000:8.2f} ms  {name}")
    print(flush=True)
    functions(arguments)


def main() -> int:
    """Command line."""
    words = sys.argv[1:]
    options = ["--plain"]
    if "--" in words:
        at = words.index("--")
        words, options = words[:at], words[at + 1 :]
    if not words:
        os.environ.setdefault("SOPS_AGE_KEY_FILE", os.path.abspath(KEY))
        report([EXAMPLE])
    elif words[0] in FAMILIES:
        family = FAMILIES[words[0]]
        size = int(words[1]) if len(words) > 1 else family.sizes[-1]
        with tempfile.TemporaryDirectory(prefix="bench-") as root:
            write(family.make(size), root)
            report([*([] if family.whole else options), os.path.join(root, family.target)])
    else:
        report([*options, words[0]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
