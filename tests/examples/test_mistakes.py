"""`docs/mistakes.md` shows what is printed today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/mistakes.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout


def test_it_has_forty_and_each_says_what_to_do() -> None:
    sections = (ROOT / "docs" / "mistakes.md").read_text(encoding="utf-8").split("\n## ")[1:]
    parts = [section for section in sections if section[0].isdigit()]
    assert len(parts) >= 40
    silent = [part.splitlines()[0] for part in parts if "error: " not in part]
    assert silent == []
    without_hint = [part.splitlines()[0] for part in parts if "hint: " not in part]
    assert len(without_hint) <= 6, without_hint
