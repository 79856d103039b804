"""The front's side of the zygote: hand a request over, wait for its answer, end it when nobody waits."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import os
import socket

from cmp.server import handoff
from cmp.server.start import how_it_ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.server.spool import Spool

NO_INDEX = (-1, 0)
_READ = 1 << 18
_PIPE = 1 << 18
# An answer is at most what Argo CD's messages may hold.
MAX_ANSWER = 100 << 20
_REPORT_SECONDS = 5


class Zygote:
    """channel, pid: of the process. `gone` is done when it has ended, with a reason."""

    def __init__(self, channel: socket.socket, pid: int) -> None:
        self.pid = pid
        self.gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._channel = channel
        self._numbers = itertools.count()
        self._reports: dict[int, asyncio.Future[handoff.Report]] = {}
        self._room: asyncio.Future[None] | None = None
        channel.setblocking(False)
        asyncio.get_running_loop().add_reader(channel, self._readable)

    async def render(
        self,
        method: str,
        spool: Spool,
        trailer: int,
        waited: float,
        callers: float,
        index: tuple[int, int] = NO_INDEX,
    ) -> tuple[handoff.Answer | None, asyncio.Future[handoff.Report]]:
        """The child's answer, None if it ended without one; and what will be known when it has ended.

        index: the archive's, a descriptor and bytes. Cancelled, it ends the child: that one watches the pipe.
        """
        reading, writing = os.pipe2(os.O_CLOEXEC)
        number = next(self._numbers)
        report: asyncio.Future[handoff.Report] = asyncio.get_running_loop().create_future()
        self._reports[number] = report
        with contextlib.suppress(OSError):  # more than this user's pipes may hold
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
        try:
            packet = handoff.Order(number, method, spool.size, trailer, waited, callers, index[1]).packed()
            try:
                await self._send(packet, [spool.fd, writing, *index[:1]] if index[1] else [spool.fd, writing])
            except BaseException:
                del self._reports[number]
                raise
            finally:
                os.close(writing)
            return await _read_answer(reading), report
        finally:
            os.close(reading)

    async def _send(self, packet: bytes, descriptors: list[int]) -> None:
        """An order. The channel holds a few hundred of them: then wait until the zygote has taken some."""
        ours: list[int] = []
        try:
            while True:
                try:
                    socket.send_fds(self._channel, [packet], ours or descriptors)
                except BlockingIOError:
                    # Whose they are may close them while we wait.
                    for descriptor in descriptors if not ours else ():
                        ours.append(os.dup(descriptor))
                else:
                    return
                await self._taken()
        finally:
            for descriptor in ours:
                os.close(descriptor)

    async def _taken(self) -> None:
        """Until there is room in the channel; all who wait try again then."""
        if self._room is None or self._room.done():
            self._room = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().add_writer(self._channel, self._writable)
        await asyncio.shield(self._room)

    def _writable(self) -> None:
        asyncio.get_running_loop().remove_writer(self._channel)
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    def close(self) -> None:
        """Tell the zygote to end; it kills its children."""
        asyncio.get_running_loop().remove_reader(self._channel)
        asyncio.get_running_loop().remove_writer(self._channel)
        self._channel.close()

    def _readable(self) -> None:
        while True:
            try:
                packet = self._channel.recv(handoff.PACKET)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                asyncio.get_running_loop().remove_reader(self._channel)
                if not self.gone.done():
                    self.gone.set_result(how_it_ended(self.pid))
                return
            report = handoff.report(packet)
            waiting = self._reports.pop(report.number, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(report)


async def ended(report: asyncio.Future[handoff.Report]) -> handoff.Report | None:
    """What the zygote reports of a child that has ended; None when it says nothing."""
    try:
        return await asyncio.wait_for(asyncio.shield(report), _REPORT_SECONDS)
    except TimeoutError:
        return None


async def _read_answer(pipe: int) -> handoff.Answer | None:
    """Everything up to the size that the answer itself tells."""
    os.set_blocking(pipe, False)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    data = bytearray()
    expected = 0

    def readable() -> None:
        nonlocal expected
        try:
            piece = os.read(pipe, _READ)
        except BlockingIOError:
            return
        data.extend(piece)
        if not expected and len(data) >= handoff.HEAD_SIZE:
            expected = handoff.HEAD_SIZE + sum(handoff.sizes(data))
        if (not piece or 0 < expected <= len(data) or expected > MAX_ANSWER) and not done.done():
            done.set_result(None)

    loop.add_reader(pipe, readable)
    try:
        await done
    finally:
        loop.remove_reader(pipe)
    if expected > MAX_ANSWER:
        return handoff.Answer(
            1, {"outcome": "TooLarge"}, b"error: the output is larger than Argo CD's messages\n"
        )
    return handoff.answer(data) if 0 < expected <= len(data) else None
