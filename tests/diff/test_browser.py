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


@pytest.mark.oracle
@pytest.mark.parametrize("width", [360, 1200])
def test_nothing_is_wider_than_the_screen(tmp_path: Path, width: int) -> None:
    """In a frame of that width, as a headless window is never narrower than 500 pixels."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("no Chromium on PATH to open the page with")
    before = bodies("registry.company.com/a-very-long-name/of-an-image:v1.2.3", 50)
    made = page(compare(before, bodies("x:2", 95), b"k" * 32), "a" * 80)
    (tmp_path / "inner.html").write_text(made)
    (tmp_path / "outer.html").write_text(
        f'<iframe src="inner.html" style="width:{width}px;height:900px;border:0"></iframe>'
        "<script>addEventListener('load', () => {"
        "const page = document.querySelector('iframe').contentDocument.documentElement;"
        "document.body.append('over=' + (page.scrollWidth - page.clientWidth)) })</script>"
    )
    command = [
        browser,
        *QUIET,
        "--allow-file-access-from-files",
        f"--user-data-dir={tmp_path / 'profile'}",
        f"file://{tmp_path}/outer.html",
    ]
    dom = subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()
    assert re.findall(r">over=(-?\d+)<", dom) == ["0"]
