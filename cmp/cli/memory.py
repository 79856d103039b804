"""How much memory one render may take if the operator does not say: a share of what the container has."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# What the plugin's server takes, measured, with room to spare.
SERVER_BYTES = 128 << 20
_LEAST = 256 << 20
_MOST = 4 << 30
_ROOT = "/sys/fs/cgroup"
# Above this, cgroup v1 means "no limit".
_NO_LIMIT = 1 << 60


def share(slots: int, held: int = SERVER_BYTES, container: int | None = None) -> int:
    """The bytes for each of `slots` renders at once.

    held: bytes that the server takes beside them. container: bytes, 0 for no limit; read if it is None.
    """
    limit = container_bytes() if container is None else container
    if not limit:
        return _MOST
    return min(max((limit - held) // max(slots, 1), _LEAST), _MOST)


def container_bytes(root: str = _ROOT, groups: str = "/proc/self/cgroup") -> int:
    """The memory limit of this process's control group and those above it in bytes; 0: none."""
    found = [limit for path in _files(root, groups) if (limit := _number(path))]
    return min(found, default=0)


def _files(root: str, groups: str) -> Iterator[str]:
    """Where limits may stand: at the mount, and below it for the group as the process sees it."""
    lines = _text(groups).splitlines()
    for line in ("0::/", "0:memory:/", *lines):
        _, controllers, path = ([*line.split(":", 2), "", ""])[:3]
        if controllers == "":
            base, name = root, "memory.max"
        elif "memory" in controllers.split(","):
            base, name = f"{root}/memory", "memory.limit_in_bytes"
        else:
            continue
        steps = [step for step in path.split("/") if step not in ("", "..")]
        for length in range(len(steps), -1, -1):
            yield "/".join([base, *steps[:length], name])


def _number(path: str) -> int:
    text = _text(path).strip()
    return int(text) if text.isdigit() and int(text) < _NO_LIMIT else 0


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:  # text mode would import a codec
            return file.read(1 << 16).decode("ascii", "replace")
    except OSError:
        return ""


def bound(wanted: int) -> tuple[int, tuple[int, int]] | None:
    """Lower the soft limit on this process's memory; what `unbound` takes, or None if it stays as it is.

    Counted is memory that the process may write (RLIMIT_DATA): nearly what is resident, as Python writes to
    what it takes. On systems where that does not count everything, the address space is.
    """
    import resource

    kind = resource.RLIMIT_DATA if _counts_data() else resource.RLIMIT_AS
    soft, hard = resource.getrlimit(kind)
    if any(there != resource.RLIM_INFINITY and there < wanted for there in (soft, hard)):
        return None
    try:
        resource.setrlimit(kind, (wanted, hard))
    except (OSError, ValueError):
        return None
    return kind, (soft, hard)


def unbound(before: tuple[int, tuple[int, int]] | None) -> None:
    """Put the limit back: what is left to do, the message above all, needs memory too."""
    if before is not None:
        import resource

        resource.setrlimit(*before)


def _counts_data() -> bool:
    system = os.uname()
    numbers = [int(part) if part.isdigit() else 0 for part in system.release.split(".")[:2]]
    return system.sysname == "Linux" and numbers >= [4, 7]
