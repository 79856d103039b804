"""The page in a real browser: its script runs under its own content policy, and the search filters."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cmp.diff import compare
from cmp.diff.html import page

QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=2000",
    "--dump-dom",
]


def bodies(image: str, weight: int) -> list[dict[str, object]]:
    candidates = [{"name": "a", "weight": weight}, {"name": "b", "weight": 100 - weight}]
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": image}]},
        },
        {
            "apiVersion": "mlops.seldon.io/v1alpha1",
            "kind": "Experiment",
            "metadata": {"name": "e"},
            "spec": {"candidates": candidates},
        },
    ]


@pytest.mark.oracle
def test_the_search_box_filters(tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("no Chromium on PATH to open the page with")
    file = tmp_path / "diff.html"
    file.write_text(page(compare(bodies("x:1", 50), bodies("x:2", 80), b"k" * 32), "staging → production"))

    def shown(search: str) -> list[str]:
        command = [browser, *QUIET, f"--user-data-dir={tmp_path / 'profile'}", f"file://{file}{search}"]
        dom = subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()
        return re.findall(r'<section data-group="([^"]+)">', dom)

    assert shown("") == ["traffic split", "traffic", "images"]
    assert shown("#x:2%20pod") == ["images"]
    assert shown("#no%20such%20thing") == []
