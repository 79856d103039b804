"""Starting the zygote, and how it ended. What is imported here, each render has in its memory too."""

from __future__ import annotations

import os
import signal
import socket

from cmp.errors import reason_of
from cmp.server import handoff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.server.settings import Settings


def start(settings: Settings) -> tuple[socket.socket, int]:
    """Fork the zygote and wait until it is warm; the channel to it and its process id.

    `ChildProcessError` with the reason.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        pid = os.fork()
    except OSError as err:
        ours.close()
        theirs.close()
        raise ChildProcessError(f"no process can be started: {reason_of(err)}") from None
    if pid == 0:
        ours.close()
        from cmp.server.zygote import run

        run(theirs, settings)
    theirs.close()
    if ours.recv(handoff.PACKET) != handoff.READY:
        raise ChildProcessError(how_it_ended(pid))
    return ours, pid


def how_it_ended(pid: int) -> str:
    """Wait for a process to end, and say how it did."""
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return (
        f"the zygote was killed by {signal.Signals(-code).name}"
        if code < 0
        else f"the zygote ended with {code}"
    )
