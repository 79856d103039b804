"""One line of JSON on standard error for each request and each change of the server: names and numbers."""

from __future__ import annotations

import json
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAMES = {
    "application": "ARGOCD_APP_NAME",
    "project": "ARGOCD_APP_PROJECT_NAME",
    "revision": "ARGOCD_APP_REVISION",
}
_MAX_NAME = 300


def write(event: str, **facts: object) -> None:
    """A line, whole: readers of the log get no half ones."""
    line = json.dumps({"time": round(time.time(), 3), "event": event, **facts}, ensure_ascii=True)
    try:
        os.write(2, line.encode() + b"\n")
    except OSError:
        return


class Entry:
    """The line of one request, from its arrival to its end."""

    __slots__ = ("_start", "facts", "received")

    def __init__(self, method: str) -> None:
        self.facts: dict[str, Any] = {"method": method}
        self._start = time.monotonic()
        self.received = self._start

    def named(self, environment: dict[str, str]) -> None:
        """Who asks."""
        for fact, name in _NAMES.items():
            self.facts[fact] = environment.get(name, "")[:_MAX_NAME]

    def uploaded(self, size: int, digest: str) -> None:
        """The archive is complete. digest: of its bytes; equal ones share their index."""
        self.received = time.monotonic()
        self.facts["archive"] = digest[:12]
        self.facts["archive_bytes"] = size
        self.facts["upload_seconds"] = round(self.received - self._start, 4)

    def waited(self) -> float:
        """Seconds since the archive was complete."""
        return time.monotonic() - self.received

    def finish(self, outcome: str) -> None:
        """Write it."""
        self.facts["outcome"] = self.facts.get("outcome") or outcome
        write("request", **self.facts, seconds=round(time.monotonic() - self._start, 4))
