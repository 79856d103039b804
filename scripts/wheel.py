"""Build the wheel so that one commit always gives the same bytes: scripts/wheel.py [FOLDER]  (default: dist)

What could differ is fixed: files and their modes come from git, their time is SOURCE_DATE_EPOCH (default: the
time of the commit), and setuptools has the version below. Prints the path and the SHA-256. Needs a network.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# setuptools writes its version into the wheel.
CONSTRAINTS = "setuptools==80.9.0\n"


def git(*arguments: str) -> str:
    """Standard output of a git command in the checkout."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout


def export(folder: Path) -> None:
    """The files that git knows, as they are in the working tree, with modes that depend on nothing else."""
    parts = ["cmp", "docs", "setup.py", "pyproject.toml", "README.md", "LICENSE"]
    for name in filter(None, git("ls-files", "-z", *parts).split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
        target.chmod(0o644)


def main() -> None:
    """Build into the folder and say what was built."""
    output = Path(sys.argv[1] if len(sys.argv) > 1 else "dist").absolute()
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct").strip()
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "source"
        export(source)
        constraints = Path(temporary) / "constraints.txt"
        constraints.write_text(CONSTRAINTS)
        settings = {"SOURCE_DATE_EPOCH": epoch, "PIP_CONSTRAINT": str(constraints)}
        command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(output), str(source)]
        done = subprocess.run(
            command, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        if done.returncode:  # else thousands of lines that nobody needs
            sys.stderr.buffer.write(done.stdout)
            raise SystemExit(done.returncode)
    for wheel in output.glob("*.whl"):
        print(hashlib.sha256(wheel.read_bytes()).hexdigest(), wheel)


if __name__ == "__main__":
    os.umask(0o022)
    main()
