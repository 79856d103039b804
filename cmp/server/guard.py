"""What each of the server's processes does first: no core file, no look into its memory."""

from __future__ import annotations

import contextlib

from cmp.cli.edge import forbid_core_dumps

_PR_SET_DUMPABLE = 4


def protect_memory() -> None:
    """No core file, neither to disk (RLIMIT_CORE) nor through a pipe (prctl(2), PR_SET_DUMPABLE).

    Forked processes inherit both. A Python without ctypes keeps the first.
    """
    forbid_core_dumps()
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
