"""Stands for argocd-cmp-server where there is no Go to build it.

It does what matters for a pod's life: it listens on the plugin's socket, starts a render in its own process
group, and ends on SIGTERM without waiting for it. tests/argocd runs the protocol with the real server.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from pathlib import Path

SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


def main() -> None:
    """Start a render in the folder that RENDER names, then answer callers until killed."""
    path = Path(
        os.environ.get("ARGOCD_PLUGINSOCKFILEPATH", "/home/argocd/cmp-server/plugins"), "mlops-cmp.sock"
    )
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(8)
    if folder := os.environ.get("RENDER"):
        subprocess.Popen(["cmp-generate"], cwd=folder, start_new_session=True)
    while True:
        caller, _ = listener.accept()
        with caller, contextlib.suppress(OSError):  # doctor hangs up at once
            caller.recv(64)
            caller.sendall(SETTINGS)


main()
