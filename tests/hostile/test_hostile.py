"""One harness for every hostile tree: exit 1, empty stdout, one error, nothing written, nothing leaked."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("hostile_corpus", Path(__file__).with_name("corpus.py"))
assert _spec
assert _spec.loader
corpus = importlib.util.module_from_spec(_spec)
sys.modules["hostile_corpus"] = corpus
_spec.loader.exec_module(corpus)

COMMAND = [sys.executable, "-m", "cmp.cli.generate"]
MEMORY = 1 << 31  # address space for one render, bytes: generous for us, far below what the bombs ask for
SECONDS = 60  # a hang, not a speed


def _write(case: object, root: Path) -> None:
    for path, content in case.files.items():  # type: ignore[attr-defined]
        full = root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content if isinstance(content, bytes) else content.encode())
    if case.build:  # type: ignore[attr-defined]
        case.build(str(root))  # type: ignore[attr-defined]


def _snapshot(root: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in sorted(root.rglob("*"))}


def _limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


@pytest.mark.parametrize("case", corpus.CASES, ids=lambda case: case.name)
def test_fails_closed(case: object, tmp_path: Path) -> None:
    """The whole contract of a failure, for one tree."""
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    _write(case, root)
    state = tmp_path / "state"
    state.mkdir()
    before = _snapshot(root)
    env = {
        "PATH": os.defpath,
        "HOME": str(tmp_path / "home"),
        "CMP_STATE_DIR": str(state),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PLANTED": corpus.SECRET,
        **case.env,  # type: ignore[attr-defined]
    }
    cwd = root
    target: list[str] = [case.target]  # type: ignore[attr-defined]
    if "ARGOCD_APP_NAME" in env:
        cwd, target = root / case.target, []  # type: ignore[attr-defined]
    done = subprocess.run(
        [*COMMAND, *case.args, *target],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,  # type: ignore[attr-defined]
        timeout=SECONDS,
        preexec_fn=_limit,
        check=False,
    )
    stderr = done.stderr.decode()
    assert done.returncode == (2 if case.args else 1), stderr  # type: ignore[attr-defined]
    assert done.stdout == b""
    lines = stderr.splitlines()
    assert sum(line.startswith("error:") for line in lines) == 1, stderr
    assert case.says in stderr  # type: ignore[attr-defined]
    assert "Traceback" not in stderr
    assert "unexpected" not in lines[0]
    assert len(done.stderr) <= 4096
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x9b]", stderr)
    assert corpus.SECRET not in stderr
    assert _snapshot(root) == before
    assert not (tmp_path / "home").exists()


def test_the_corpus_is_large_and_its_ideas_are_named_once() -> None:
    names = [case.name for case in corpus.CASES]
    assert len(names) == len(set(names)) >= 150
