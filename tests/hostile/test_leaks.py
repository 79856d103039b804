"""Ways out that are not error messages: exceptions of ours, signals, a reader who left, logs, telemetry, `repr`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_data import load

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECRET = "planted-secret-9f27c1"


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    """An overlay with a Secret that is encrypted for the key in `_environ`."""
    app = tmp_path / "repo" / "app"
    app.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    (app / "kustomization.yaml").write_text("resources: [r.yaml]\n")
    sealed = load("sealed")
    (app / "r.yaml").write_text(sealed._sealed(sealed._secret(SECRET)))
    return app


def _environ(folder: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "CMP_STATE_DIR": str(folder),
        **load("sealed").KEY,
        **more,
    }


# What is raised in the middle of a render, after the Secret was decrypted.
RAISED = {
    "an exception with the value": f"raise RuntimeError({SECRET!r})",
    "a chain of exceptions": f"try:\n    raise KeyError({SECRET!r})\nexcept KeyError as e:\n    raise ValueError({SECRET!r}) from e",
    "a note": f"e = ValueError(); e.add_note({SECRET!r}); raise e",
    "a group": f"raise ExceptionGroup({SECRET!r}, [ValueError({SECRET!r})])",
    "bytes that do not decode": f"(b'\\xff' + {SECRET!r}.encode()).decode()",
    "an assertion": f"assert not {SECRET!r}, {SECRET!r}",
    "a recursion": "def f(x): return f(x)\nf(1)",
    "no memory": f"raise MemoryError({SECRET!r})",
    "an interrupt": f"raise KeyboardInterrupt({SECRET!r})",
    "a broken pipe": f"raise BrokenPipeError(32, {SECRET!r})",
    "a class named after it": f"raise OSError(2, 'x', {SECRET!r})",
}
PATCHED = """
import sys
import cmp.render.pipeline as pipeline
real = pipeline.emit
code = sys.argv.pop(1)
def emit(resmap, limits=None):
    value = real(resmap)
    exec(code, {"value": value})
pipeline.emit = emit
"""
COMMANDS = {
    "cmp-generate": "from cmp.cli.generate import main\nsys.exit(main(sys.argv[1:]))",
    "cmpctl diff": "from cmp.cli.ctl import main\nsys.exit(main(['diff', sys.argv[1], sys.argv[1]]))",
    "cmpctl validate": "from cmp.cli.ctl import main\nsys.exit(main(['validate', sys.argv[1]]))",
}


@pytest.mark.parametrize("debug", ["", "true"])
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", RAISED)
def test_an_exception_of_ours_shows_no_value(
    name: str, command: str, debug: str, overlay: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PATCHED + COMMANDS[command], RAISED[name], str(overlay)],
        env=_environ(tmp_path, CMP_DEBUG=debug),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0 or name == "a broken pipe"
    assert done.stdout == ""
    assert SECRET not in done.stderr
    assert "Traceback" not in done.stderr


SLOW = """
import sys, time
import cmp.render.pipeline as pipeline
real = pipeline.emit
def emit(resmap, limits=None):
    value = real(resmap)
    print("ready", file=sys.stderr, flush=True)
    time.sleep(60)
pipeline.emit = emit
from cmp.cli.generate import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_middle(number: signal.Signals, overlay: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, str(overlay)],
        env=_environ(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        assert process.stderr.readline() == "ready\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode != 0
    assert out == ""
    assert SECRET not in err
    assert "Traceback" not in err


@pytest.mark.parametrize("stream", [1, 2])
def test_a_reader_who_left(stream: int, overlay: Path, tmp_path: Path) -> None:
    """Neither a traceback nor a hang when the other end of a pipe is closed."""
    read, write = os.pipe()
    os.close(read)
    streams = {
        1: {"stdout": write, "stderr": subprocess.PIPE},
        2: {"stderr": write, "stdout": subprocess.PIPE},
    }
    arguments = [str(overlay), "--explain"] if stream == 1 else [str(overlay / "none")]
    command = [sys.executable, "-m", "cmp.cli.generate", *arguments]
    try:
        done = subprocess.run(command, env=_environ(tmp_path), check=False, **streams[stream])  # type: ignore[call-overload]
    finally:
        os.close(write)
    assert done.returncode in (1, 141)  # never 0: what was read is not all
    told = (done.stderr or b"") + (done.stdout or b"")
    assert b"Traceback" not in told
    assert SECRET.encode() not in told


def test_logs_explanations_and_metrics(overlay: Path, tmp_path: Path) -> None:
    """Of a render that worked: only standard output has the value, as base64 or not."""
    metrics = tmp_path / "metrics"
    environ = _environ(tmp_path, CMP_LOG="json", CMP_METRICS=str(metrics), CMP_DEBUG="true")
    done = subprocess.run(
        [sys.executable, "-m", "cmp.cli.generate", "--explain", str(overlay)],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert SECRET in done.stdout
    assert "decrypted" in done.stderr
    assert SECRET not in done.stderr
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
        assert SECRET not in path.name


def test_no_repr_shows_what_it_holds() -> None:
    """What a debugger, a failing assertion or a log call would print."""
    from cmp import age
    from cmp.cli.log import Log
    from cmp.models.registry.mlflow_settings import settings_of
    from cmp.render.cleartext import Cleartext
    from cmp.sops.cipher import open_value  # noqa: F401 - its module is one of those that hold values
    from cmp.sops.decryption import decrypt_branches
    from cmp.sops.detect import detect
    from cmp.sops.keys import from_environment

    sealed = load("sealed")
    source = from_environment(sealed.KEY, lambda path: None)
    data = sealed._sealed(sealed._secret(SECRET)).encode()
    fmt = detect(data, "r.yaml")
    assert fmt is not None
    branches = decrypt_branches(data, fmt, source)
    cleartext = Cleartext()
    cleartext.opened(branches, {0: {("stringData", "k")}}, "r.yaml")
    registry = settings_of(f"https://user:{SECRET}@h.example", {"MLFLOW_TRACKING_TOKEN": SECRET})
    identity = sealed.OURS
    things = [
        source,
        branches,
        branches[0],
        cleartext,
        registry,
        identity,
        [identity],
        age.ScryptIdentity(SECRET.encode()),
        age.ScryptRecipient(SECRET.encode(), 2),
        Log({}),
    ]
    for thing in things:
        for text in (repr(thing), str(thing), f"{thing}"):
            assert SECRET not in text, type(thing)
            assert identity.secret_text() not in text, type(thing)
            assert identity.secret_text()[20:40] not in text, type(thing)
