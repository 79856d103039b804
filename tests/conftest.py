"""After a run: which real tools and outside vectors were used, how often, and what was skipped and why."""

from __future__ import annotations

import collections
import shutil
from typing import Any

import hypothesis

# No test asserts a time: on a busy machine one example may take longer than hypothesis allows by itself.
hypothesis.settings.register_profile(
    "ours", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("ours")

ORACLES = ("kustomize", "kubectl", "sops", "age", "kubeconform", "git", "redis-server")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Three lines at the end of the run."""
    marked: dict[str, collections.Counter[str]] = {
        "oracle": collections.Counter(),
        "shared": collections.Counter(),
    }
    figures: collections.Counter[str] = collections.Counter()
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            for marker, counts in marked.items():
                if marker in report.keywords:
                    counts[outcome] += 1
            for name, value in getattr(report, "user_properties", ()):
                if type(value) is int:
                    figures[name] += value
    present = [name for name in ORACLES if shutil.which(name)]
    absent = [name for name in ORACLES if name not in present]
    terminalreporter.section("oracles and vectors")
    terminalreporter.write_line(
        f"real tools present: {', '.join(present) or 'none'}; absent: {', '.join(absent) or 'none'}"
    )
    for marker, about in (("oracle", "tests against real tools"), ("shared", "tests on outside vectors")):
        counts = marked[marker]
        terminalreporter.write_line(
            f"{about}: {counts['passed'] + counts['failed']} ran, {counts['skipped']} skipped"
        )
    if figures:
        terminalreporter.write_line(
            ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in sorted(figures.items()))
        )
