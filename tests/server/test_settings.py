"""What the operator says: arguments, CMP_* and the sum of it all; and that no request can change it."""

from __future__ import annotations

import os

import pytest

from cmp.errors import UsageError
from cmp.limits import Limits
from cmp.server.child import environment
from cmp.server.main import main
from cmp.server.settings import DEFAULT_SOCKET, OWN_BYTES, read, room_problem


def test_defaults(monkeypatch):
    monkeypatch.setattr(os.path, "isdir", lambda path: True)
    found = read([], {})
    assert found.socket == DEFAULT_SOCKET
    assert found.workers == len(os.sched_getaffinity(0))
    assert (found.deadline, found.grace, found.spool_bytes) == (50, 25, 512 << 20)


def test_arguments_beat_the_environment(tmp_path):
    environ = {
        "CMP_CONCURRENCY": "3",
        "CMP_DEADLINE": "7.5",
        "CMP_SPOOL_BYTES": "1000",
        "CMP_GRACE": "5",
        "CMP_MAX_ARCHIVE_BYTES": "99",
    }
    found = read(["--socket", f"{tmp_path}/a.sock"], environ)
    assert (found.workers, found.deadline, found.spool_bytes, found.grace) == (3, 7.5, 1000, 5)
    assert found.limits.archive_bytes == 99
    assert read([f"--socket={tmp_path}/a.sock", "--workers=9"], environ).workers == 9


@pytest.mark.parametrize(
    ("arguments", "environ", "says"),
    [
        (["--soket", "x"], {}, "unknown argument"),
        (["x"], {}, "unknown argument"),
        (["--workers"], {}, "needs a value"),
        (["--workers", "0"], {}, "--workers"),
        (["--workers", "two"], {}, "--workers"),
        (["--socket", "/nonexistent/x.sock"], {}, "directory"),
        (["--socket", "/tmp/" + "x" * 110], {}, "longer than 107"),
        (["--socket", "/tmp/x"], {"CMP_ENABLE_HELM": "true"}, "Helm"),
        (["--socket", "/tmp/x"], {"CMP_CONCURRENCY": "x"}, "CMP_CONCURRENCY"),
        (["--socket", "/tmp/x"], {"CMP_DEADLINE": "0"}, "CMP_DEADLINE"),
        (["--socket", "/tmp/x"], {"CMP_SPOOL_BYTES": "1G"}, "CMP_SPOOL_BYTES"),
        (["--socket", "/tmp/x"], {"CMP_GRACE": "-1"}, "CMP_GRACE"),
        (["--socket", "/tmp/x"], {"CMP_MAX_FILES": "many"}, "CMP_MAX_FILES"),
    ],
)
def test_wrong_usage(arguments, environ, says, capfd, monkeypatch):
    with pytest.raises(UsageError, match=says):
        read(arguments, environ)
    monkeypatch.setattr("cmp.server.main.protect_memory", lambda: None)
    assert main(arguments, environ) == 2
    assert capfd.readouterr().err.startswith("error: ")


def test_help_and_version(capfd, monkeypatch):
    monkeypatch.setattr("cmp.server.main.protect_memory", lambda: None)
    assert main(["--help"], {}) == 0
    assert main(["--version"], {}) == 0
    assert capfd.readouterr().out.splitlines()[-1].startswith("cmp-server ")


def test_what_does_not_fit_the_container_is_told(tmp_path):
    found = read(["--socket", f"{tmp_path}/a", "--workers", "2"], {"CMP_MAX_MEMORY_BYTES": str(1 << 30)})
    needed = OWN_BYTES + found.spool_bytes + 2 * (1 << 30)
    assert room_problem(found, needed) == ""
    assert room_problem(found, 0) == ""
    assert "CMP_SPOOL_BYTES" in room_problem(found, needed - 1)
    assert found.limits.memory_bytes == 1 << 30
    assert Limits().memory_bytes != 1 << 30


def test_a_request_brings_argo_cds_variables_alone():
    own = {"CMP_STRICT": "true", "ARGOCD_APP_PROJECT_NAME": "ours", "PATH": "/bin"}
    brought = {
        "ARGOCD_APP_NAME": "a",
        "ARGOCD_APP_PROJECT_NAME": "theirs",
        "KUBE_VERSION": "1.33.0",
        "CMP_STRICT": "false",
        "CMP_PROJECT_KEYS": "/x",
        "SOPS_AGE_KEY_FILE": "/x",
        "PATH": "/x",
        "HOME": "/x",
        "PARAM_A": "x",
        "GIT_ASKPASS": "x",
        "LD_PRELOAD": "x",
    }
    assert environment(own, brought) == {**own, "ARGOCD_APP_NAME": "a", "KUBE_VERSION": "1.33.0"}
