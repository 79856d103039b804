"""The small supervisor that the cluster tier starts its programs with."""

from __future__ import annotations

import os
import shutil
import sys

import pytest
from argocd_processes import Processes, wait_for

pytestmark = pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not on PATH")
# The child ignores SIGTERM; with "both" the parent does too, as argocd-cmp-server does.
STUBBORN = """\
import os, signal, sys, time
if os.fork() == 0 or sys.argv[1] == "both":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, b"up %d\\n" % os.getpid())  # one write, so that no line stands inside of another
time.sleep(600)
"""


@pytest.mark.parametrize("who", ["child", "both"])
def test_all_are_ended_children_too(tmp_path, who):
    with Processes(tmp_path) as processes:
        processes.start("stubborn", [sys.executable, "-c", STUBBORN, who], dict(os.environ), tmp_path)
        log = processes.log("stubborn")
        wait_for(lambda: log.exists() and log.read_text().count("\n") == 2, "both are up", 30)
        pids = [int(line.split()[1]) for line in log.read_text().splitlines()]
        assert processes.alive("stubborn")
    assert not processes.alive("stubborn")
    wait_for(lambda: not any(os.path.exists(f"/proc/{pid}/exe") for pid in pids), "both are gone", 30)


def test_waiting_for_one_that_ended_shows_its_log(tmp_path):
    with Processes(tmp_path) as processes:
        code = "print('no such flag'); raise SystemExit(2)"
        processes.start("wrong", [sys.executable, "-c", code], dict(os.environ), tmp_path)
        with pytest.raises(AssertionError, match="wrong ended\nno such flag"):
            processes.wait_for("wrong", lambda: None)
