"""What a JUnit file counts, in one line: passed, failed, skipped and why. Nothing for a tier without one.

counts.py FILE               the line
counts.py --failed FILE...   how many failed in all, as a number; none where there is no file
"""

from __future__ import annotations

import collections
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def count(path: Path) -> tuple[collections.Counter[str], collections.Counter[str]]:
    """How many tests had each outcome, and how often each reason of a skip stands there."""
    counts: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    if not path.exists():
        return counts, reasons
    for case in ElementTree.parse(path).iter("testcase"):  # noqa: S314 - our own pytest wrote it
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        counts["failed" if kinds - {"skipped"} else "skipped" if kinds else "passed"] += 1
        reasons.update(skip.get("message", "")[:90] for skip in case.iter("skipped"))
    return counts, reasons


def line(path: Path) -> str:
    """The counts, and the most frequent reasons of skips."""
    counts, reasons = count(path)
    if not counts:
        return ""
    text = ", ".join(f"{counts[name]} {name}" for name in ("passed", "failed", "skipped") if counts[name])
    most = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common(3))
    return f"({text})" + (f" skipped: {most}" if most else "")


if __name__ == "__main__":
    if sys.argv[1] == "--failed":
        print(sum(count(Path(name))[0]["failed"] for name in sys.argv[2:]))
    else:
        print(line(Path(sys.argv[1])))
