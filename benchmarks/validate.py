"""Processor time of `cmpctl validate`: one ConfigMap, and every example overlay with the public test key.

Usage: python -m benchmarks.validate [CMPCTL] [TIMES]

CMPCTL is the program of an installed wheel (an editable installation imports more slowly). The median of TIMES runs, 15 by
default, user and system time of the process and of those that it starts.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n"


def overlays() -> list[str]:
    names = ("kustomization.yaml", "kustomization.yml")
    found = {path.parent for name in names for path in EXAMPLES.rglob(name)}
    return sorted(
        str(folder) for folder in found if "overlays" in folder.parts and "components" not in folder.parts
    )


def seconds(command: list[str], times: int) -> float:
    environment = {**os.environ, "SOPS_AGE_KEY_FILE": str(EXAMPLES / "keys/public-test-key.agekey")}
    taken = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        if done.returncode:
            sys.exit(done.stderr.decode())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken)


def main() -> None:
    cmpctl = sys.argv[1] if len(sys.argv) > 1 else str(Path(sys.executable).with_name("cmpctl"))
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    python = str(Path(cmpctl).with_name("python"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config-map.yaml"
        path.write_text(CONFIG_MAP)
        found = overlays()
        print(f"python -c 'import click'   {seconds([python, '-c', 'import click'], times):.3f} s")
        print(f"one ConfigMap              {seconds([cmpctl, 'validate', str(path)], times):.3f} s")
        print(
            f"{len(found)} overlays                {seconds([cmpctl, 'validate', *found], max(1, times // 5)):.3f} s"
        )


if __name__ == "__main__":
    main()
