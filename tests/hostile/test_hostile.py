"""One harness for every hostile tree: exit 1, empty stdout, one error, nothing written, nothing leaked."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_data import load

from fuzzing.forks import Forks

HERE = Path(__file__).parent


corpus, sealed, planted = load("corpus"), load("sealed"), load("planted")
for _name, (_files, _says, _env) in sealed.cases(corpus.SECRET).items():
    corpus.add(_name, _files, _says, env=_env)
for _name, (_files, _says) in planted.cases(corpus.SECRET).items():
    corpus.add(_name, _files, _says)
for _name, _text in {
    "of-a-key-file": f"# public key: age1x\nAGE-SECRET-KEY-1{corpus.SECRET}\n",
    "of-an-account-file": f"root:x:{corpus.SECRET}:0: [\n",
    "of-yaml-without-kind": f"k: {corpus.SECRET}: x\n",
}.items():
    corpus.add(
        f"hard-link-{_name}",
        {"app/kustomization.yaml": corpus.KUSTOMIZATION},
        build=functools.partial(planted.hard_link, text=_text),
    )

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


# What each tree's error line says, so that none fails for another reason than its name tells. To write it
# anew: CMP_HOSTILE_ERRORS=write, without -n; read the difference.
ERRORS = HERE / "errors.txt"
_WRITE = os.environ.get("CMP_HOSTILE_ERRORS") == "write"
_SAID: dict[str, str] = (
    {} if _WRITE else dict(line.split(": ", 1) for line in ERRORS.read_text().splitlines())
)


@pytest.fixture(scope="module", autouse=True)
def said() -> Iterator[None]:
    """Write the error lines when asked to."""
    yield
    if _WRITE:
        ERRORS.write_text("".join(f"{name}: {line}\n" for name, line in sorted(_SAID.items())))


def _first(stderr: str, folder: Path) -> str:
    """The error line, bounded, without what differs between runs."""
    line = next(each for each in stderr.splitlines() if each.startswith("error:"))
    line = line.removeprefix("error: ").replace(str(folder), "")
    line = re.sub(r"(?<!\S)/\S+(?=/etc\b)", "", line)  # what `..` leads to depends on where we are
    return re.sub(r"age1\w{20,}", "age1...", line)[:160].rstrip()


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    """The process that forks one render for each request."""
    with Forks(PYTHONDONTWRITEBYTECODE="1") as processes:
        yield processes


@pytest.mark.parametrize("case", corpus.CASES, ids=lambda case: case.name)
def test_fails_closed(case: object, tmp_path: Path, forks: Forks) -> None:
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
    out, err = tmp_path / "out", tmp_path / "err"
    done = forks.run(
        ["generate", *case.args, *target],  # type: ignore[attr-defined]
        str(cwd),
        env,
        out=str(out),
        err=str(err),
        memory=MEMORY,
        seconds=SECONDS,
    )
    stderr = err.read_bytes().decode()
    assert done.code == (2 if case.args else 1), stderr  # type: ignore[attr-defined]
    assert out.read_bytes() == b""
    lines = stderr.splitlines()
    assert sum(line.startswith("error:") for line in lines) == 1, stderr
    assert case.says in stderr  # type: ignore[attr-defined]
    if _WRITE:
        _SAID[case.name] = _first(stderr, tmp_path)  # type: ignore[attr-defined]
    assert _SAID.get(case.name) == _first(stderr, tmp_path)  # type: ignore[attr-defined]
    assert "Traceback" not in stderr
    assert "unexpected" not in lines[0]
    assert err.stat().st_size <= 4096
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x9b]", stderr)
    assert "internal error" not in stderr
    for text in (corpus.SECRET, corpus.SECRET[:-1], sealed.OURS.secret_text()[20:]):
        assert text not in stderr
    assert _snapshot(root) == before
    assert not (tmp_path / "home").exists()
    assert {path.name for path in state.rglob("*")} <= {"cmp-render.lock"}


def test_the_corpus_is_large_and_its_ideas_are_named_once() -> None:
    names = [case.name for case in corpus.CASES]
    assert len(names) == len(set(names)) >= 150
