"""Programs that a test starts: logs in one folder, all ended at the end, also when the tests are killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

USER = 999  # Argo CD's own, in its containers


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 60, log: Path | None = None) -> Any:
    """The first true value of the condition; an AssertionError that shows a log's end otherwise."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            tail = log.read_text(errors="replace")[-3000:] if log else ""
            raise AssertionError(f"{what}: not within {seconds:g} s\n{tail}")
        time.sleep(0.2)


class Processes:
    """Started programs by name, logs in `folder`; a context manager that ends the last one first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)

    def log(self, name: str) -> Path:
        """Where a program's output goes."""
        return self.folder / f"{name}.log"

    def start(
        self, name: str, argv: list[str], environment: dict[str, str], cwd: Path, user: int = 0
    ) -> subprocess.Popen[bytes]:
        """Start it, as another user if one is given. It ends with us, whatever becomes of us."""
        prefix = ["setpriv", "--pdeathsig", "KILL"]
        if user:
            prefix += ["--reuid", str(user), "--regid", str(user), "--clear-groups"]
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                [*prefix, *argv],
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        self._running[name] = process
        return process

    def alive(self, name: str) -> bool:
        """Whether it still runs."""
        process = self._running.get(name)
        return process is not None and process.poll() is None

    def wait_for(self, name: str, condition: Callable[[], Any], seconds: float = 60) -> Any:
        """The condition's first true value; fails at once if the program ends."""

        def holds() -> Any:
            if not self.alive(name):
                raise AssertionError(f"{name} ended\n{self.log(name).read_text(errors='replace')[-3000:]}")
            return condition()

        return wait_for(holds, name, seconds, self.log(name))

    def stop(self, name: str) -> None:
        """SIGTERM, SIGKILL for whatever of its group is left five seconds later or once it has ended."""
        process = self._running.pop(name)
        for number, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 30)):
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(process.pid, number)
                process.wait(seconds)
