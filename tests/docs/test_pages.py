"""The pages are current, `cmpctl docs` prints every one, and the site has no dead link."""

from __future__ import annotations

import posixpath
import re
import subprocess
import sys
from pathlib import Path

import pytest
from example_overlays import ROOT

from cmp.cli import ctl
from cmp.cli.catalogue import cmpctl
from cmp.cli.commands.docs import MADE
from cmp.cli.variables import VARIABLES

DOCS = sorted(
    path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")
)
KEPT = {name: kept for name, (_, _, kept) in MADE.items() if kept}


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert ctl.main(["docs", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", KEPT)
def test_made_from_the_code_and_current(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert printed(capsys, name) == (ROOT / KEPT[name]).read_text(), f"run: cmpctl docs {name} > {KEPT[name]}"


@pytest.mark.parametrize("name", DOCS)
def test_every_page_is_listed_and_printed(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert printed(capsys, name) == (ROOT / "docs" / f"{name}.md").read_text()
    assert f"\n{name} " in printed(capsys)


def test_the_list_begins_as_the_index_does(capsys: pytest.CaptureFixture[str]) -> None:
    names = [line.split()[0] for line in printed(capsys).splitlines()[1:]]
    assert names[:3] == ["index", "tutorial", "install"]
    decisions = [names.index(name) for name in names if name.startswith("adr/0")]
    assert min(decisions) > names.index("architecture")


def test_a_page_may_be_named_as_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "docs/secrets.md") == printed(capsys, "secrets")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["secret"], "did you mean 'secrets'"),
        (["zzzz"], "cmpctl docs lists all"),
        (["gates", "ModelLock"], "schema"),
    ],
)
def test_what_is_not_there(capsys: pytest.CaptureFixture[str], words: list[str], error: str) -> None:
    assert ctl.main(["docs", *words]) == 2
    assert error in capsys.readouterr().err


def test_the_reference_has_every_command_option_and_variable(capsys: pytest.CaptureFixture[str]) -> None:
    page = printed(capsys, "reference/commands")
    for command in cmpctl():
        assert f"\n## {command.path}\n" in page
        assert all(option.text for option in command.options), command.path
    variables = printed(capsys, "reference/environment")
    assert all(f"| `{name}` | " in variables for name in VARIABLES)


@pytest.mark.parametrize("program", ["cmp-generate", "cmpctl"])
def test_manual_pages_are_roff_without_a_complaint(capsys: pytest.CaptureFixture[str], program: str) -> None:
    page = printed(capsys, f"man-{program}")
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS"):
        assert f"\n.SH {section}\n" in page
    try:
        done = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww", "-z"], input=page, capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        pytest.skip("groff is not on PATH to read the page")
    assert done.stderr == ""


def test_the_site_is_built_without_a_dead_link(tmp_path: Path) -> None:
    """Strict: a link to nothing, a missing anchor and a page that no menu has are errors."""
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in DOCS:
        made = tmp_path / f"{name.removesuffix('README') + 'index' if name.endswith('README') else name}.html"
        assert made.is_file(), name
    assert "https://fonts." not in (tmp_path / "index.html").read_text()
    assert two_clicks(tmp_path) >= {f"{path.relative_to(tmp_path)}" for path in tmp_path.rglob("*.html")} - {
        "404.html"
    }


def two_clicks(site: Path) -> set[str]:
    """The pages that one or two links of the index lead to, and the index."""
    found = {"index.html"}
    for _ in range(2):
        for page in sorted(found):
            for target in re.findall(r'href="([^"#:]+\.html)', (site / page).read_text()):
                found.add(posixpath.normpath(posixpath.join(posixpath.dirname(page), target)))
    return found


def test_the_picture_of_readme_is_what_a_terminal_shows() -> None:
    command = [sys.executable, str(ROOT / "scripts/picture.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run: python scripts/picture.py"
