"""A cmp-server of our own in a process, behind the same calls as the other servers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cmp_grpc import RemoteServer


class OwnServer(RemoteServer):
    """`cmp-server` with what `sidecar` holds; `log` is its standard error."""

    workers = 2

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.log = self.folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "cmp.server.main"),
                    *("--socket", str(self.socket), "--workers", str(self.workers)),
                ],
                env=self.sidecar,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._until_it_answers(self.process, self.log)

    def stop(self) -> None:
        """SIGTERM ends it with 0, and takes the socket away."""
        if not hasattr(self, "process") or self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0, self.log.read_text()
        assert not self.socket.exists()

    def lines(self, event: str = "request") -> list[dict[str, Any]]:
        """What it logged of one kind."""
        found = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in found if line["event"] == event]

    @property
    def zygote(self) -> int:
        """The process that forks."""
        [pid] = children(self.process.pid)
        return pid


def children(pid: int) -> list[int]:
    """The processes that a process has started, with all of its threads."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += [int(each) for each in (task / "children").read_text().split()]
        except FileNotFoundError:
            continue
    return found


def descriptors(pid: int) -> list[str]:
    """What a process has open."""
    folder = Path(f"/proc/{pid}/fd")
    found = []
    for each in list(folder.iterdir()):
        try:
            found.append(os.readlink(each))
        except FileNotFoundError:
            continue
    return sorted(found)


def wait_until(condition: Any, seconds: float = 90) -> None:
    """Ask again and again; an AssertionError when it never holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)
