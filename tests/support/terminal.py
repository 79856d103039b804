"""Run a program that reads a passphrase from its controlling terminal, as age, sops and ssh-keygen do."""

from __future__ import annotations

import os
import select
import time

import pytest

PROMPT = b"assphrase"
SECONDS = 120


def run(command: list[str], answers: list[str], env: dict[str, str] | None = None) -> tuple[int, str]:
    """(exit code, everything shown). Each of `answers` is typed after one more prompt for a passphrase.

    Skips the test where the system gives no pseudo-terminal.
    """
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    try:
        child, master = pty.fork()
    except OSError as error:
        pytest.skip(f"no pseudo-terminal can be opened: {error.strerror}")
    if child == 0:
        try:
            os.execvpe(command[0], command, {**os.environ, **(env or {})})
        finally:
            os._exit(127)
    shown = b""
    typed = seen = 0
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and (piece := _read(master)) is not None:
        shown += piece
        # Prompts end without a line break; the word may stand in other lines too.
        if typed < len(answers) and PROMPT in shown[seen:].rsplit(b"\n", 1)[-1]:
            seen = len(shown)
            os.write(master, answers[typed].encode() + b"\n")
            typed += 1
    os.close(master)
    _, status = os.waitpid(child, 0)
    text = shown.decode(errors="replace")
    assert typed == len(answers), f"{command[0]} asked {typed} times: {text}"
    return os.waitstatus_to_exitcode(status), text


def _read(master: int) -> bytes | None:
    """What was shown within a second; None after the program has closed the terminal."""
    ready, _, _ = select.select([master], [], [], 1)
    if not ready:
        return b""
    try:
        return os.read(master, 65536) or None
    except OSError:
        # How Linux says that the other side is closed.
        return None
