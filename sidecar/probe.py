"""Whether the plugin's socket answers HTTP/2 (exit 0, else 1): the kubelet can't ask a Unix socket itself."""

from __future__ import annotations

import os
import socket
import sys

# RFC 9113: the client's preface and an empty SETTINGS frame. The server answers with its SETTINGS (type 4).
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
FOLDER = "/home/argocd/cmp-server/plugins"
SECONDS = 3.0


def answers(path: str) -> bool:
    """True if a server behind the socket sends its SETTINGS frame in time."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(SECONDS)
        client.connect(path)
        client.sendall(PREFACE)
        head = b""
        while len(head) < 9:
            more = client.recv(9 - len(head))
            if not more:
                return False
            head += more
        return head[3] == 4


def main() -> int:
    """Probe the socket given as the first argument, or the plugin's own."""
    folder = os.environ.get("ARGOCD_PLUGINSOCKFILEPATH", FOLDER)
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(folder, "mlops-cmp.sock")
    try:
        if answers(path):
            return 0
        reason = "it answers, but not in HTTP/2"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    print(f"{path}: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
