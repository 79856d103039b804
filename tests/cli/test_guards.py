"""Small guards of a render's process, each with a test that fails without it."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from cmp.cli import bounds, edge, metrics, rendering, slots
from cmp.errors import CmpError, UsageError

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n"


def test_a_lock_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "slots"
    slots._make_private(str(folder))
    me = os.getuid()
    monkeypatch.setattr("cmp.cli.slots.os.getuid", lambda: me + 1)
    with pytest.raises(UsageError, match="belongs to somebody else"):
        slots._make_private(str(folder))


def test_a_lock_folder_that_others_can_write_to_is_refused(tmp_path):
    folder = tmp_path / "slots"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(UsageError, match="belongs to somebody else"):
        slots._make_private(str(folder))


def test_a_lock_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "slots").symlink_to("real")
    with pytest.raises(UsageError):
        slots._make_private(str(tmp_path / "slots"))


def test_a_lock_file_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "lock").symlink_to("elsewhere")
    with pytest.raises(UsageError):
        slots._open(str(tmp_path / "lock"))
    assert not (tmp_path / "elsewhere").exists()


def test_a_link_to_a_locked_file_holds_no_slot(tmp_path):
    with (tmp_path / "locked").open("w") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        (tmp_path / f"{slots._HOLDS}1-a-1").symlink_to("locked")
        queue = slots._Queue(str(tmp_path), 1)
        [entry] = queue._entries()
        assert not queue._alive(entry)


def test_a_new_file_of_metrics_is_new(tmp_path, monkeypatch):
    """Also where somebody is faster than the removal of what had its name."""
    (tmp_path / "new").symlink_to("elsewhere")
    monkeypatch.setattr("cmp.cli.metrics.os.path.lexists", lambda path: False)
    with pytest.raises(FileExistsError):
        metrics._replace(str(tmp_path / "m"), str(tmp_path / "new"), b"")
    assert not (tmp_path / "elsewhere").exists()


def test_a_lock_of_metrics_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "lock").symlink_to("elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        metrics._lock(str(tmp_path / "lock"))
    assert not (tmp_path / "elsewhere").exists()


def test_core_dumps_are_forbidden_whatever_the_limit_was(monkeypatch):
    """The limit is 0 on many machines already, where asking the system afterwards would prove nothing."""
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: (4096, 8192))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: asked.append((which, limits)))
    edge.forbid_core_dumps()
    assert asked == [(resource.RLIMIT_CORE, (0, 8192))]


def test_the_deadline_is_raised_again_where_python_swallowed_it():
    with bounds.RenderBounds({"CMP_DEADLINE": "3600"}):
        assert signal.getitimer(signal.ITIMER_REAL)[1] > 0
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def _raises(err):
    raise err


# Making an error's text reads files again, so that stands under the deadline; printing comes after all of it.
@pytest.mark.parametrize(
    ("outcome", "order"),
    [
        (lambda: SimpleNamespace(text="", warnings=[]), ["disarmed", "said"]),
        (lambda: _raises(CmpError("no")), ["said", "disarmed"]),
        (lambda: _raises(bounds.DeadlineReached(1)), ["disarmed", "said"]),
    ],
    ids=["rendered", "refused", "too late"],
)
def test_the_deadline_ends_before_anything_is_printed(monkeypatch, outcome, order):
    found: list[str] = []

    def said(result):
        found.append("said")
        return result

    monkeypatch.setattr(rendering, "_failed", lambda err: said(rendering.Finished(1, "")))
    monkeypatch.setattr(rendering, "_warnings", lambda warnings: said(""))
    request: Any = SimpleNamespace(render=outcome, warnings=[])
    held: Any = SimpleNamespace(disarm=lambda: found.append("disarmed"))
    rendering._render(lambda: request, {}, held, None)
    assert found == order


@pytest.mark.parametrize(
    ("closed", "code"), [("<&-", 0), (">&-", 1), ("2>&-", 0), ("<&- 2>&-", 0), ("<&- >&- 2>&-", 1)]
)
def test_closed_standard_streams(tmp_path, closed, code):
    (tmp_path / "kustomization.yaml").write_text("resources: [c.yaml]\n")
    (tmp_path / "c.yaml").write_text(CONFIG)
    script = f'exec "$@" {closed}'
    program = (sys.executable, "-m", "cmp.cli.generate", str(tmp_path), "--root", str(tmp_path))
    done = subprocess.run(["sh", "-c", script, "sh", *program], capture_output=True, check=False)
    assert done.returncode == code
    if code == 0:
        assert b"kind: ConfigMap" in done.stdout
    elif "2>" not in closed:
        assert b"standard output is closed" in done.stderr
    assert (tmp_path / "c.yaml").read_text() == CONFIG


def test_no_file_takes_the_place_of_a_closed_stream():
    code = (
        "import os; os.close(0); os.close(2)\n"
        "from cmp.cli.edge import fill_standard_streams\n"
        "print(fill_standard_streams(), os.open('/', os.O_RDONLY) > 2)"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=False)
    assert done.stdout == b"[0, 2] True\n"
