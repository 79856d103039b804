"""Many renders at once, some of them killed: CMP_MANY_RENDERS of them, a tenth killed (`make soak`: 200)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cmp.cli import slots

ROOT = Path(__file__).parents[2]
COUNT = int(os.environ.get("CMP_MANY_RENDERS", "20"))
BOUND = 512 << 20
OBJECT = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d@}
spec: {template: {spec: {containers: [{name: main, image: 'i:1'}]}}}
"""


def start(app: Path, state: Path, project: str) -> subprocess.Popen[bytes]:
    environ = {
        "PATH": os.defpath, "PYTHONPATH": str(ROOT), "CMP_STATE_DIR": str(state), "CMP_CONCURRENCY": "2",
        "CMP_DEADLINE": "3600", "CMP_MAX_MEMORY_BYTES": str(BOUND), "ARGOCD_APP_PROJECT_NAME": project,
    }  # fmt: skip
    command = [sys.executable, "-m", "cmp.cli.generate", str(app)]
    with open(app.parent / f"out-{project}", "wb") as out, open(app.parent / f"err-{project}", "wb") as err:
        return subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=err)


def queued(state: Path) -> set[int]:
    """The processes that wait or hold a slot."""
    return {int(path.name.rpartition("-")[2], 16) for path in state.glob("cmp-slots-*/[wh]*-*")}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_others_are_right_and_no_lock_is_left(tmp_path: Path) -> None:
    app, state = tmp_path / "app", tmp_path / "state"
    app.mkdir()
    state.mkdir()
    (app / "kustomization.yaml").write_text("resources: [r.yaml]\nnamePrefix: p-\n")
    (app / "r.yaml").write_text("".join(OBJECT.replace("@", str(number)) for number in range(200)))
    # So that all of them stand at the door before the first one is let in.
    held = [slots.take(2, str(state), "held") for _ in range(2)]
    started = {f"p{number}": start(app, state, f"p{number}") for number in range(COUNT)}
    pids = {process.pid for process in started.values()}
    end = time.monotonic() + 1200
    while not pids <= queued(state):
        assert time.monotonic() < end
        time.sleep(0.05)
    victims = set(list(started)[::10])
    killed = list(victims)
    for name in killed[::2]:  # while they wait
        started[name].send_signal(signal.SIGKILL)
    for slot in held:
        slot.release()
    for name in killed[1::2]:  # some of these hold a slot by now, or are done
        started[name].send_signal(signal.SIGKILL)
    peaks = []
    wanted = b""
    for name, process in started.items():
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        peaks.append(usage.ru_maxrss << 10)
        if process.returncode == -signal.SIGKILL:
            assert name in victims
            continue
        assert process.returncode == 0, (tmp_path / f"err-{name}").read_text()
        output = (tmp_path / f"out-{name}").read_bytes()
        wanted = wanted or output
        assert output == wanted
    assert wanted.count(b"kind: Deployment") == 200
    assert sum(process.returncode != 0 for process in started.values()) <= len(victims)
    print(f"{COUNT} renders, {len(victims)} killed, largest {max(peaks) >> 20} MB")
    assert max(peaks) < BOUND
    slots.take(2, str(state), "last").release()
    assert {path.name for path in next(state.glob("cmp-slots-*")).iterdir()} == {"key", "lock"}
