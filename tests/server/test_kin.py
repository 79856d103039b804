"""The front's side of the zygote, and the start of the processes, where something is refused."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from cmp.limits import Limits
from cmp.server import front, handoff, journal, kin, start, warm
from cmp.server.settings import Settings

ORDERS = 1200


def test_more_orders_than_the_channel_holds_wait():
    """The zygote is slow to take them; nobody is refused, and each descriptor is closed in the end."""

    async def run() -> tuple[list[int], int]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        before = len(os.listdir("/proc/self/fd"))
        zygote = kin.Zygote(ours, 0)
        spool: Any = SimpleNamespace(fd=os.open(os.devnull, os.O_RDONLY), size=1)
        tasks = [
            asyncio.create_task(zygote.render(handoff.INDEX, spool, 0, 0, 0, (spool.fd, 1)))
            for _ in range(ORDERS)
        ]
        await asyncio.sleep(0)
        assert not any(task.done() for task in tasks)
        tasks[-1].cancel()
        found: list[int] = []
        while len(found) < ORDERS - 1:
            packet, descriptors, *_ = socket.recv_fds(theirs, handoff.PACKET, 3)
            found.append(handoff.order(packet).number)
            for each in descriptors:
                os.close(each)
            await asyncio.sleep(0)
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(each, tuple) and each[0] is None for each in done] == [True] * (ORDERS - 1) + [
            False
        ]
        zygote.close()
        theirs.close()
        os.close(spool.fd)
        return found, len(os.listdir("/proc/self/fd")) - before

    low, high = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(low, min(high, 16_384)), high))
    numbers, left = asyncio.run(run())
    assert sorted(numbers) == list(range(ORDERS - 1))
    assert left <= 0


def refuse() -> int:
    raise BlockingIOError(11, "Resource temporarily unavailable")


def test_no_process_for_the_zygote(monkeypatch):
    monkeypatch.setattr(os, "fork", refuse)
    with pytest.raises(ChildProcessError, match="no process can be started: resource temporarily unav"):
        start.start(Settings({}, "unused.sock", 1))


def test_no_process_for_the_warm_up_is_a_warning(monkeypatch, capfd):
    """Such as where the number of processes is limited; a later one may be let in."""
    before = sorted(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "fork", refuse)
    warm.warm_up(Settings({}, "unused.sock", 1))
    assert "the warm-up failed (BlockingIOError): requests take longer" in capfd.readouterr().err
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_a_zygote_that_fails_says_where_and_no_value():
    code = """
import sys
from cmp.server import main, warm
def fail(settings): raise KeyError("hunter2")
warm.warm_up = fail
sys.exit(main.main(["--socket", "/tmp/unused.sock"], {}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "internal error: KeyError in cmp.server.zygote, line" in done.stderr
    assert "the zygote ended with 1" in done.stderr
    assert "hunter2" not in done.stderr


def test_the_time_that_an_index_takes_counts_for_the_deadline():
    """The render behind it has what is left, not all of it again."""
    waited = []

    class Zygote:
        async def render(self, method: str, *arguments: Any) -> tuple[handoff.Answer, None]:
            waited.append((method, arguments[2]))
            await asyncio.sleep(0.05)
            return handoff.Answer(1 if method == handoff.INDEX else 0, {"outcome": "done"}, b""), None

    async def run() -> None:
        settings: Any = SimpleNamespace(spool_bytes=1000, workers=1, limits=Limits(), deadline=5)
        zygote: Any = Zygote()
        service = front.Service(settings, zygote)
        spool: Any = SimpleNamespace(digest="a")
        for _ in range(2):
            entry = journal.Entry("GenerateManifest")
            entry.named({})
            entry.uploaded(1, "a")
            await service._rendered("GenerateManifest", spool, 0, lambda: 0.0, entry)  # type: ignore[arg-type]

    asyncio.run(run())
    assert [method for method, _ in waited] == ["GenerateManifest", handoff.INDEX, "GenerateManifest"]
    assert waited[1][1] < 0.05 <= waited[2][1]
