"""Write docs/traps.md: the traps of `tests/traps`, each run for real, with what the programs print.

`python scripts/traps.py` writes the page; `--check` says whether it is current (exit code 1 if not).
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "traps.md"
TRAPS = ROOT / "tests" / "traps"
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

HEAD = """<!-- Made from tests/traps: python scripts/traps.py -->
# Traps of MLOps repositories

{count} mistakes from real repositories of model platforms. Each has the smallest tree that contains it and
the messages about it. *Silent* means that kustomize builds the tree and reports nothing. `cmp-generate`
refuses or warns while it renders; strict mode turns the warnings into errors. `cmpctl validate` finds the
others, before the commit. The trees are in `tests/traps`.
"""


class Run(NamedTuple):
    """command: as a person types it in the tree. lines: what it prints, findings only."""

    command: str
    code: int
    lines: tuple[str, ...]


def traps() -> dict[str, dict[str, Any]]:
    """Number, such as T03 -> what the file says."""
    return {path.stem: yaml.safe_load(path.read_text()) for path in sorted(TRAPS.glob("T*.yaml"))}


def lay(fixture: dict[str, Any], root: Path) -> Path:
    """The fixture's files in a small repository; the folder `overlay` in it."""
    overlay = root / "overlay"
    (root / ".git").mkdir()
    overlay.mkdir()
    for name in fixture.get("uses", ()):
        (overlay / name).write_text((TRAPS / "common" / name).read_text())
    for name, text in fixture["files"].items():
        path = Path(os.path.normpath(overlay / name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((ROOT / text[1:]).read_text() if text.startswith("@") else text)
    return overlay


def call(program: str, arguments: list[str], folder: Path) -> tuple[int, str]:
    """(exit code, standard output and error) of one of our programs in a folder, without any key."""
    from cmp.cli import ctl, generate

    here, kept = Path.cwd(), dict(os.environ)
    out, err = io.StringIO(), io.StringIO()
    environ = {"HOME": str(folder), "CMP_STATE_DIR": str(folder), "NO_COLOR": "1"}
    for name in list(os.environ):
        if name.startswith(("ARGOCD_", "SOPS_", "CMP_", "PARAM_")):
            del os.environ[name]
    os.environ.update(environ)
    os.chdir(folder)
    kept_out, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        # cmp-generate writes its manifests to the descriptor itself.
        if program == "cmp-generate":
            os.dup2(nowhere, 1)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = generate.main(arguments, environ) if program == "cmp-generate" else ctl.main(arguments)
    finally:
        os.dup2(kept_out, 1)
        os.close(kept_out)
        os.close(nowhere)
        os.chdir(here)
        os.environ.clear()
        os.environ.update(kept)
    return code, err.getvalue() if program == "cmp-generate" else out.getvalue() + err.getvalue()


COMMANDS = {
    "generate": ("cmp-generate", ["overlay"]),
    "strict": ("cmp-generate", ["--strict", "overlay"]),
    "plain": ("cmp-generate", ["--plain", "overlay"]),
}
_FINDING = re.compile(r"(error|warning|info|hint)\b.*")


def run(kind: str, root: Path) -> Run:
    """One run of a fixture that lies in `root`; a validate's target is the overlay."""
    words = kind.split()
    program, arguments = COMMANDS.get(
        words[0], ("cmpctl", ["validate", "overlay", *words[1:], "--fail-on", "info"])
    )
    return _run(program, arguments, root)


def run_argocd(file: str, root: Path) -> Run:
    """`cmpctl validate` over one Argo CD manifest of tests/fleet/fixtures in its repository."""
    from argocd_repository import lay as lay_repository

    lay_repository(root, ROOT / "tests" / "fleet" / "fixtures" / file)
    return _run("cmpctl", ["validate", "argocd-apps", "--fail-on", "info"], root)


def _run(program: str, arguments: list[str], root: Path) -> Run:
    code, text = call(program, arguments, root)
    lines = [line for line in text.splitlines() if _FINDING.fullmatch(line)]
    return Run(" ".join((program, *arguments)), code, tuple(lines))


def page() -> str:
    """The page's text."""
    found = traps()
    parts = [HEAD.format(count=len(found))]
    for number, trap in found.items():
        parts.append(f"## {number}. {trap['title']}\n\n{trap['what']}\n\n**Instead:** {trap['instead']}\n")
        for fixture in trap.get("fixtures", ()):
            silent = ", silent" if fixture["upstream"] == "builds" else ""
            with tempfile.TemporaryDirectory() as place:
                lay(fixture, Path(place))
                said = [run(kind, Path(place)) for kind in fixture["runs"] if kind != "plain"]
            parts.append(f"*{fixture['name'].replace('-', ' ')}{silent}*\n\n{_block(said)}")
        for fixture in trap.get("argocd", ()):
            with tempfile.TemporaryDirectory() as place:
                said = [run_argocd(fixture["file"], Path(place))]
            parts.append(f"*{fixture['file'].removesuffix('.yaml').replace('-', ' ')}*\n\n{_block(said)}")
        parts += [f"See `{each['file']}`: {each['says']}\n" for each in trap.get("pages", ())]
    return "\n".join(parts)


def _block(runs: list[Run]) -> str:
    lines = [line for each in runs for line in (f"$ {each.command}", *each.lines)]
    return "\n".join(["```text", *lines, "```", ""])


if __name__ == "__main__":
    made = page()
    if "--check" in sys.argv[1:]:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == made else "docs/traps.md is not current")
    PAGE.write_text(made, encoding="utf-8")
