"""Time limits, the tiers that a folder belongs to, and what a run says at its end.

Its end says which real tools and outside vectors were used, how often, and what was skipped and why.
"""

from __future__ import annotations

import collections
import os
import re
import shutil
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# No test asserts a time: on a busy machine one example may take longer than hypothesis allows by itself.
hypothesis.settings.register_profile(
    "ours", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
# `make quick`: few examples of each property.
hypothesis.settings.register_profile(
    "quick", hypothesis.settings.get_profile("ours"), max_examples=10, database=None
)
# A check on a submission must not fail by a rare example that the change has nothing to do with.
hypothesis.settings.register_profile("ci", hypothesis.settings.get_profile("ours"), derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "ours")

# Folders whose tests need a machine prepared for them, with their marker: `make test` leaves them out.
TIERS = {"image": "image", "e2e": "cluster"}
# Left to `.ci/run`, as they take a fifth of the time of all others: whole jobs of a forge, installs and
# releases, each overlay through each server. `make test` runs what they are made of.
LONG = (
    "argocd/test_contract.py::test_every_example_overlay_as_the_sidecar_renders_it",
    "argocd/test_contract.py::test_two_hundred_at_once_none_lost",
    "diff/test_browser.py",
    "docs/test_forges.py",
    "docs/test_install.py",
    "docs/test_tutorial.py",
    "examples/test_ci.py",
    "examples/test_ci_models.py",
    "examples/test_determinism.py",
    "hostile/test_supply_chain.py",
    "models/test_mlflow_server.py",
    "server/test_same.py::test_kustomizes_own_cases",
    "sidecar/test_image.py",
)
# Seconds for a test with its fixtures: they end what hangs, on a slow machine too. They measure nothing.
LIMIT = 180
LIMITS = {"slow": 600, "long": 600, "image": 1200, "cluster": 1200}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its tier and its limit; a limit that a test names itself stays."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            tier = TIERS.get(item.path.relative_to(here).parts[0])
            if tier:
                item.add_marker(tier)
            if f"{item.path.relative_to(here)}::{item.name}".startswith(LONG):
                item.add_marker("long")
        if item.get_closest_marker("timeout") is None:
            limits = [seconds for name, seconds in LIMITS.items() if item.get_closest_marker(name)]
            item.add_marker(pytest.mark.timeout(max(limits, default=LIMIT)))


ORACLES = (
    *("kustomize", "kubectl", "sops", "age", "kubeconform", "helm", "helm4", "actionlint", "registry"),
    *("git", "redis-server"),
)


# A test that runs on a real server of Argo CD has its version in its name.
ARGOCD = re.compile(r"\bargocd-[a-z-]+-(v[0-9.]+)")


def _counted(counts: collections.Counter[str]) -> str:
    """How many of each outcome; skipped alone means that this version is not built."""
    return ", ".join(
        f"{counts[outcome]} {outcome}" for outcome in ("passed", "failed", "skipped") if counts[outcome]
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A few lines at the end of the run."""
    marked: dict[str, collections.Counter[str]] = {
        name: collections.Counter() for name in ("oracle", "shared", "image", "cluster")
    }
    figures: collections.Counter[str] = collections.Counter()
    servers: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            for marker, counts in marked.items():
                if marker in report.keywords:
                    counts[outcome] += 1
            server = ARGOCD.search(report.nodeid)
            if server:
                servers[server[1]][outcome] += 1
            for name, value in getattr(report, "user_properties", ()):
                if type(value) is int:
                    figures[name] += value
    present = [name for name in ORACLES if shutil.which(name)]
    absent = [name for name in ORACLES if name not in present]
    terminalreporter.section("oracles and vectors")
    terminalreporter.write_line(
        f"real tools present: {', '.join(present) or 'none'}; absent: {', '.join(absent) or 'none'}"
    )
    about = {"oracle": "tests against real tools", "shared": "tests on outside vectors"}
    about |= {name: f"tests of the {name}" for name in ("image", "cluster") if marked[name]}
    for marker, what in about.items():
        counts = marked[marker]
        terminalreporter.write_line(
            f"{what}: {counts['passed'] + counts['failed']} ran, {counts['skipped']} skipped"
        )
    for version, counts in sorted(servers.items()):
        terminalreporter.write_line(f"contract with Argo CD {version}: {_counted(counts)}")
    if figures:
        terminalreporter.write_line(
            ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in sorted(figures.items()))
        )
