"""What the operator says at the start: arguments, and CMP_* of the environment. No request changes it."""

from __future__ import annotations

import os

from cmp.cli.bounds import CONCURRENCY, DEADLINE, number_of
from cmp.cli.generate import DEFAULT_DEADLINE
from cmp.cli.memory import SERVER_BYTES, container_bytes, share
from cmp.cli.request import flag, limits_from
from cmp.cli.variables import GRACE, SPOOL_BYTES
from cmp.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.limits import Limits

DEFAULT_SOCKET = "/home/argocd/cmp-server/plugins/mlops-cmp.sock"
DEFAULT_SPOOL_BYTES = 512 << 20
DEFAULT_GRACE = 25
# What front and zygote take, measured, with room to spare.
OWN_BYTES = SERVER_BYTES
MEMORY = "CMP_MAX_MEMORY_BYTES"
_MOST_WORKERS = 1024
_MAX_PATH = 107


class Settings:
    """socket: a path. workers: renders at once. deadline, grace: seconds. spool_bytes: all archives at once.

    environ: the server's own environment.
    """

    __slots__ = ("deadline", "environ", "grace", "limits", "socket", "spool_bytes", "workers")

    def __init__(self, environ: Mapping[str, str], socket: str, workers: int) -> None:
        self.environ = dict(environ)
        self.socket = socket
        self.workers = workers or int(number_of(environ, CONCURRENCY)) or len(os.sched_getaffinity(0))
        self.deadline: float = number_of(environ, DEADLINE) or DEFAULT_DEADLINE
        self.spool_bytes = _whole(environ, SPOOL_BYTES, DEFAULT_SPOOL_BYTES)
        if not environ.get(MEMORY):
            self.environ[MEMORY] = str(share(self.workers, OWN_BYTES + self.spool_bytes, container_memory()))
        self.limits: Limits = limits_from(self.environ)
        self.grace = _whole(environ, GRACE, DEFAULT_GRACE)


def read(argv: list[str], environ: Mapping[str, str]) -> Settings:
    """The settings; `UsageError`."""
    socket, workers = DEFAULT_SOCKET, 0
    rest = argv[::-1]
    while rest:
        word = rest.pop()
        name, equals, value = word.partition("=")
        if name not in ("--socket", "--workers"):
            raise UsageError(f"unknown argument {word}", hint="cmp-server --help")
        if not equals:
            if not rest:
                raise UsageError(f"{name} needs a value", hint="cmp-server --help")
            value = rest.pop()
        if name == "--socket":
            socket = os.path.abspath(value)
        else:
            workers = _workers(value)
    if len(os.fsencode(socket)) > _MAX_PATH:
        raise UsageError(f"the socket's path is longer than {_MAX_PATH} bytes", hint="--socket PATH")
    if not os.path.isdir(os.path.dirname(socket)):
        raise UsageError("the socket's directory is not there", hint="mount the volume `plugins` there")
    if flag(environ, "CMP_ENABLE_HELM"):
        raise UsageError(
            "cmp-server does not inflate Helm charts: helm reads files on disk, and the server has none",
            hint="unset CMP_ENABLE_HELM, or run cmp-generate with argocd-cmp-server",
        )
    return Settings(environ, socket, workers)


def room_problem(settings: Settings, container: int) -> str:
    """Why all that the settings allow at once does not fit a container of so many bytes, or ""."""
    needed = OWN_BYTES + settings.spool_bytes + settings.workers * settings.limits.memory_bytes
    if not container or needed <= container:
        return ""
    return (
        f"{settings.workers} renders of CMP_MAX_MEMORY_BYTES each, {SPOOL_BYTES} and the server's own "
        f"{OWN_BYTES >> 20} MiB are {needed >> 20} MiB, and the container has {container >> 20} MiB"
    )


def container_memory() -> int:
    """The memory limit of this process's control group in bytes, 0 where there is none to see."""
    return container_bytes()


def _workers(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _MOST_WORKERS):
        raise UsageError(f"--workers is not a whole number from 1 to {_MOST_WORKERS}")
    return int(text)


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise UsageError(f"{name} is not a whole number")
    return int(text)
