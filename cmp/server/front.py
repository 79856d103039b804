"""The gRPC side: receives repositories, hands them to the zygote, sends back what comes. It opens nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal

from cmp.cli.bounds import DEADLINE, DeadlineReached
from cmp.cli.edge import error_text
from cmp.cli.watchdog import ENDED
from cmp.errors import CmpError
from cmp.server import handoff, journal, kin, transfer, wire
from cmp.server.calls import NOT_FOUND, RESOURCE_EXHAUSTED, UNKNOWN, CallError
from cmp.server.errors import NoRoomError
from cmp.server.indexes import Indexes
from cmp.server.listener import Listener
from cmp.server.spool import Budget
from cmp.server.turns import Turns

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from cmp.server.calls import Call
    from cmp.server.listener import Handler
    from cmp.server.settings import Settings
    from cmp.server.spool import Spool
    from cmp.server.transfer import Upload

# How far a caller may send ahead of us when there is room for its archive.
_WINDOW = 1 << 20
# Between our own end of a render and the caller's deadline, for the answer's way.
_MARGIN = 0.1
# The usual limit is 1024, less than two for each connection.
_DESCRIPTORS = 1 << 16
_COMMANDS = {"GenerateManifest": "cmp-generate", "GetParametersAnnouncement": "cmpctl parameters"}
_PREFIXES = {
    "GenerateManifest": "error generating manifests",
    "GetParametersAnnouncement": "get parameters announcement error",
}


class Service:
    """The methods of the protocol, on one zygote."""

    def __init__(self, settings: Settings, zygote: kin.Zygote) -> None:
        self.settings = settings
        self.zygote = zygote
        self.budget = Budget(settings.spool_bytes)
        self.indexes = Indexes(self.budget)
        self.workers = Turns(settings.workers)
        self.status = wire.SERVING
        self.stopping = asyncio.Event()

    def handlers(self) -> dict[str, Handler]:
        """For the listener."""
        plugin, health = f"/{wire.SERVICE}/", f"/{wire.HEALTH_SERVICE}/"
        return {
            f"{plugin}CheckPluginConfiguration": self.check,
            f"{plugin}MatchRepository": self.match,
            f"{plugin}GenerateManifest": self.generate,
            f"{plugin}GetParametersAnnouncement": self.announce,
            f"{health}Check": self.health,
            f"{health}Watch": self.watch,
        }

    async def check(self, call: Call, upload: Upload) -> None:
        """CheckPluginConfiguration."""
        await transfer.drain(upload)
        call.respond(wire.configuration())

    async def match(self, call: Call, upload: Upload) -> None:
        """MatchRepository: there is no discovery, so nothing ever matches."""
        await transfer.drain(upload)
        call.respond(wire.repository())

    async def generate(self, call: Call, upload: Upload) -> None:
        """GenerateManifest."""
        await self._request("GenerateManifest", call, upload)

    async def announce(self, call: Call, upload: Upload) -> None:
        """GetParametersAnnouncement."""
        await self._request("GetParametersAnnouncement", call, upload)

    async def health(self, call: Call, upload: Upload) -> None:
        """The health service's Check."""
        await self._known(upload)
        call.respond(wire.health(self.status))

    async def watch(self, call: Call, upload: Upload) -> None:
        """The health service's Watch."""
        await self._known(upload)
        call.message(wire.health(self.status))
        await self.stopping.wait()
        call.respond(wire.health(self.status))

    async def _known(self, upload: Upload) -> None:
        """Take a question after the health of the one service there is; `CallError` for another."""
        service = wire.health_service(await upload.take_first())
        await transfer.drain(upload)
        if service not in ("", wire.SERVICE):
            raise CallError(NOT_FOUND, "unknown service")

    async def _request(self, method: str, call: Call, upload: Upload) -> None:
        entry = journal.Entry(method)
        outcome = "cancelled"
        try:
            call.respond(await self._received(method, call, upload, entry))
            outcome = "done"
        except _FailedError as failed:
            outcome = failed.outcome
            raise
        except CmpError as err:
            outcome = type(err).__name__
            raise _refusal(method, err) from None
        except CallError:
            outcome = "refused"
            raise
        except Exception:
            outcome = "failed"
            raise
        finally:
            entry.finish(outcome)

    async def _received(self, method: str, call: Call, upload: Upload, entry: journal.Entry) -> bytes:
        settings, limits = self.settings, self.settings.limits
        left = _Patience(call)
        async with _within(settings.deadline):
            metadata, trailer = await transfer.metadata_of(upload)
        entry.named(metadata.environment)
        metadata.environment.clear()  # the child reads it again; here each who waits would keep it
        size = transfer.room_for(metadata, len(trailer), limits)
        patience = min(settings.deadline, left() or settings.deadline) / 2
        with await self.budget.take(size, patience, entry.facts["project"]) as share:
            call.widen(_WINDOW)
            async with _within(settings.deadline):
                spool = await transfer.receive(upload, metadata, trailer, share, self.budget, limits)
            behind, trailer = len(trailer), b""  # the memory file has it now
            upload.let_go()
            try:
                entry.uploaded(spool.size, spool.digest)
                return await self._rendered(method, spool, behind, left, entry)
            finally:
                spool.close()

    async def _rendered(
        self, method: str, spool: Spool, trailer: int, callers: _Patience, entry: journal.Entry
    ) -> bytes:
        """One of the workers' turns: what a slot is to cmp-generate."""
        left = callers()
        patience = min(self.settings.deadline, left) if left else self.settings.deadline
        project = entry.facts["project"]
        try:
            # Not wait_for: up to Python 3.11 it forgets a cancellation that comes together with the turn.
            async with asyncio.timeout(patience):
                await self.workers.take(project)
        except TimeoutError:
            reached = DeadlineReached(self.settings.deadline)
            reached.waiting = True
            raise reached.as_error() from None
        try:
            waited = entry.waited()
            entry.facts["wait_seconds"] = round(waited, 4)
            index = await self._index(spool, entry, callers)
            # Counted anew: the index has taken its time.
            answer, ending = await self.zygote.render(
                method, spool, trailer, entry.waited(), callers(), index
            )
        finally:
            self.workers.give_back(project)
        if answer is None:
            report = await kin.ended(ending)
            if report is not None:
                entry.facts.update(report.facts())
            raise _died(method, report, self.settings.deadline)
        entry.facts.update(answer.facts)
        if answer.code:
            raise _failed(method, answer)
        return answer.payload

    async def _index(self, spool: Spool, entry: journal.Entry, callers: _Patience) -> tuple[int, int]:
        """The archive's index, kept or made, for the zygote."""
        found = self.indexes.find(spool.digest)
        if found is None:
            making = self.indexes.wanted(spool.digest)
            if making is None:
                return kin.NO_INDEX
            with making:
                order = (making.fd, making.most)
                answer, _ = await self.zygote.render(
                    handoff.INDEX, spool, 0, entry.waited(), callers(), order
                )
                if answer is None or answer.code:
                    return kin.NO_INDEX
                found = self.indexes.keep(spool.digest, making)
            entry.facts["index"] = "made"
        else:
            entry.facts["index"] = "kept"
        return found.fd, found.size


@contextlib.asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    """A caller that stops in the middle of its archive may not hold the room for it for ever."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise CmpError(
            f"the archive did not come within {seconds:g} seconds ({DEADLINE})",
            hint="exclude .git/* from the upload, or look at repo-server's load",
        ) from None


class _FailedError(CallError):
    """outcome: for the log."""

    def __init__(self, status: int, outcome: str, text: str) -> None:
        super().__init__(status, text)
        self.outcome = outcome


class _Patience:
    """Seconds that the caller still waits, less our margin; 0 where it never said."""

    def __init__(self, call: Call) -> None:
        self._end = asyncio.get_running_loop().time() + call.timeout if call.timeout else 0.0

    def __call__(self) -> float:
        if not self._end:
            return 0.0
        return max(self._end - asyncio.get_running_loop().time() - _MARGIN, 0.001)


def _failed(method: str, answer: handoff.Answer) -> _FailedError:
    return _command_failed(
        method,
        f"exit status {answer.code}",
        answer.facts["outcome"],
        answer.payload.decode("utf-8", "replace"),
    )


def _refusal(method: str, err: CmpError) -> _FailedError:
    """An error of the front's own. Only what passes by itself may be tried again."""
    if isinstance(err, NoRoomError):
        return _FailedError(RESOURCE_EXHAUSTED, "NoRoomError", error_text(err).strip())
    return _command_failed(method, "exit status 1", type(err).__name__, error_text(err))


def _died(method: str, report: handoff.Report | None, deadline: float) -> _FailedError:
    """A child that ended without an answer, by what the zygote saw of its end. deadline: seconds."""
    status = report.status if report is not None else 0
    text = "error: the render ended without an answer"
    if report is not None and report.failed:
        text = f"error: no process can be started: {report.failed}"
    elif status == ENDED:
        text = error_text(DeadlineReached(deadline).as_error())
    elif status == -signal.SIGKILL:
        text += "\nhint: it may have needed more memory than the sidecar has: raise the container's limit"
    how = f"signal: {signal.Signals(-status).name}" if status < 0 else f"exit status {status or 1}"
    return _command_failed(method, how, "died", text)


def _command_failed(method: str, how: str, outcome: str, text: str) -> _FailedError:
    """As argocd-cmp-server reports a command that failed, so that both ways read the same."""
    said = f"{_PREFIXES[method]}: `{_COMMANDS[method]}` failed {how}: {text.strip()}"
    return _FailedError(UNKNOWN, outcome, said)


def _allow_descriptors() -> None:
    """As many as the system lets us have: a request has a connection, a memory file and perhaps a pipe."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def serve(settings: Settings, channel: socket.socket, pid: int) -> int:
    """Serve until SIGTERM, or until the zygote has gone; the exit code."""
    _allow_descriptors()
    zygote = kin.Zygote(channel, pid)
    service = Service(settings, zygote)
    listener = Listener(service.handlers())
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _end, ended, number)
    listener.open(settings.socket)
    journal.write(
        "started", socket=settings.socket, workers=settings.workers, spool_bytes=settings.spool_bytes
    )
    await asyncio.wait((ended, zygote.gone), return_when=asyncio.FIRST_COMPLETED)
    failed = zygote.gone.done()
    reason = zygote.gone.result() if failed else ended.result()
    journal.write("stopping", reason=reason)
    service.status = wire.NOT_SERVING
    service.stopping.set()
    await listener.close(0 if failed else settings.grace)
    if not failed:
        zygote.close()
        os.waitpid(pid, 0)
    journal.write("stopped", reason=reason)
    return 1 if failed else 0


def _end(ended: asyncio.Future[str], number: int) -> None:
    if not ended.done():
        ended.set_result(signal.Signals(number).name)
