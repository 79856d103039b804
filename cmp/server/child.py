"""One request in a process of its own: read the archive, render it, answer, end. Keys are read only here."""

from __future__ import annotations

import fcntl
import gc
import mmap
import os
import select

from cmp.cli import request as requests
from cmp.cli.bounds import DeadlineReached, RenderBounds
from cmp.cli.rendering import Finished, perform
from cmp.errors import CmpError
from cmp.server import wire
from cmp.server.handoff import INDEX, Answer
from cmp.tree.archive import dump, load, open_archive, open_directory
from cmp.yaml.gojson import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from typing import Any

    from cmp.cli.telemetry import Telemetry
    from cmp.server.handoff import Order
    from cmp.server.settings import Settings
else:
    import _signal as signal  # its core: each call through the module looks enumerations up

# What a request may bring: all that Argo CD says about an Application and its cluster.
_FROM_REQUESTS = ("ARGOCD_", "KUBE_")


def run(order: Order, spool: int, pipe: int, index: int, settings: Settings) -> None:
    """Do all of it; never returns.

    spool, pipe, index: descriptors, of the memory file, for the answer, and of the archive's index or -1.
    """
    code = 70
    try:
        _leave_with_caller(pipe)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.setpgid(0, 0)
        # Values live to the end, without cycles; see cmp.cli.generate.
        gc.set_threshold(20_000, 20, 100)
        if order.method == INDEX:
            _make_index(order, spool, pipe, index, settings)
        else:
            _serve(order, spool, pipe, index, settings)
        code = 0
    except BrokenPipeError:
        code = 0
    finally:
        os._exit(code)


def _leave_with_caller(pipe: int) -> None:
    """End at once, by SIGIO, when nobody holds the reading end of the pipe any more (fcntl(2), O_ASYNC)."""
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    # The caller may have left before that: then no signal comes any more.
    here = select.poll()
    here.register(pipe, 0)
    if here.poll(0):
        raise BrokenPipeError


def _stay(pipe: int) -> None:
    """No signal from now on: a reader who takes something would make one too. Writing tells who has left."""
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) & ~os.O_ASYNC)


def _make_index(order: Order, spool: int, pipe: int, index: int, settings: Settings) -> None:
    """Write the archive's index. What the request says about itself is not even read."""
    bounds = RenderBounds(
        settings.environ, settings.deadline, slots=False, waited=order.waited, callers=order.callers
    )
    code = 1
    try:
        with (
            bounds,
            mmap.mmap(spool, order.archive, prot=mmap.PROT_READ) as content,
            memoryview(content) as packed,
        ):
            archive = open_archive(packed, settings.limits)
            table = dump(archive)
            if len(archive.data) + len(table) <= order.index:
                with memoryview(archive.data) as data:
                    _write(index, data)
                _write(index, table)
                code = 0
    except (CmpError, DeadlineReached, MemoryError):
        code = 1  # the render itself will say it
    _stay(pipe)
    _write(pipe, Answer(code, {}, b"").packed_head())


def _serve(order: Order, spool: int, pipe: int, index: int, settings: Settings) -> None:
    with mmap.mmap(spool, order.archive + order.trailer, prot=mmap.PROT_READ) as content:
        metadata = wire.metadata(content[order.archive :])
        environ = environment(settings.environ, metadata.environment)
        bounds = RenderBounds(
            environ, settings.deadline, slots=False, waited=order.waited, callers=order.callers
        )
        telemetry: Telemetry | None = None
        if order.method == "GenerateManifest":
            telemetry = _telemetry(environ, order.waited)
            finished = perform(
                lambda: _request(content, order, index, metadata, environ, settings),
                environ,
                bounds,
                telemetry,
            )
            answer = _rendered(finished)
        else:
            answer = _announced(content, order, index, metadata, environ, settings, bounds)
            finished = None
        _stay(pipe)
        _write(pipe, answer.packed_head())
        _write(pipe, answer.payload)
        os.close(pipe)
        if finished is not None:
            finished.log()
        if telemetry is not None:
            telemetry.send(answer.code)


def environment(own: dict[str, str], brought: dict[str, str]) -> dict[str, str]:
    """The server's own, and of the request what its prefix allows and the server does not have."""
    allowed = {name: value for name, value in brought.items() if name.startswith(_FROM_REQUESTS)}
    return {**allowed, **own}


def _telemetry(environ: dict[str, str], waited: float) -> Telemetry | None:
    if not (environ.get("CMP_METRICS") or environ.get("CMP_OTLP_ENDPOINT")):
        return None
    from cmp.cli.telemetry import Telemetry

    return Telemetry(environ, waited)


def _request(
    content: mmap.mmap,
    order: Order,
    index: int,
    metadata: wire.Metadata,
    environ: dict[str, str],
    settings: Settings,
    *,
    masked: bool = False,
) -> requests.Request:
    limits = settings.limits
    if order.index:
        # Open to the end of the process: files are read out of it when they are wanted.
        archive = load(mmap.mmap(index, order.index, prot=mmap.PROT_READ))
    else:
        with memoryview(content) as whole, whole[: order.archive] as packed:
            archive = open_archive(packed, limits)
    tree, directory = open_directory(archive, metadata.path, environ.get("ARGOCD_APP_SOURCE_PATH"), limits)
    return requests.of_tree(tree, directory, environ, masked=masked)


def _rendered(finished: Finished) -> Answer:
    facts: dict[str, Any] = {"outcome": type(finished.error).__name__ if finished.error else "done"}
    if finished.request is not None:
        facts["path"] = finished.request.tree.display(finished.request.directory)
        facts["files"] = finished.request.tree.files_read
    if finished.rendered is None:
        return Answer(finished.code, facts, finished.messages.encode("utf-8", "replace"))
    documents = [dumps(resource.body) for resource in finished.rendered.resmap]
    facts["objects"] = len(documents)
    facts["warnings"] = finished.messages.splitlines()
    return Answer(0, facts, wire.manifests(documents))


def _announced(
    content: mmap.mmap,
    order: Order,
    index: int,
    metadata: wire.Metadata,
    environ: dict[str, str],
    settings: Settings,
    bounds: RenderBounds,
) -> Answer:
    """As from plugin.yaml: what its command says, then its static entries. Past a bound, none has a value."""
    from cmp.argocd.announce import static
    from cmp.cli.announcing import announce

    without = {name: value for name, value in environ.items() if name != requests.IN_PLUGIN}
    try:
        with bounds:
            found = announce(
                lambda: _request(content, order, index, metadata, without, settings, masked=True)
            )
        outcome = "done"
    except (CmpError, DeadlineReached) as ended:
        found, outcome = static(), type(ended).__name__
    return Answer(0, {"outcome": outcome}, wire.announcements([*found, *static()]))


def _write(pipe: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]
