"""A child process that ends with us, however we end, and sees of our environment only what it needs."""

from __future__ import annotations

import contextlib
import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from types import FrameType

# Of the caller's environment, only what finding programs and reaching the network may need.
_KEPT = (
    "PATH", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip
# What ends us by an exception: the deadline, Ctrl-C, and `ended_by_signals`.
_RAISING = (signal.SIGALRM, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def environment(work: str) -> dict[str, str]:
    """Helm's environment: its folders, and HOME, are private ones below `work`."""
    home = os.path.join(work, "helm")
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "HOME": home,
        "HELM_CONFIG_HOME": home,
        "HELM_CACHE_HOME": f"{home}/.cache",
        "HELM_DATA_HOME": f"{home}/.data",
    }


def run(command: list[str], work: str, descriptors: tuple[int, ...] = ()) -> tuple[int, bytes, bytes]:
    """Exit code, output and messages; raises `OSError`. The child and what it started end with this call.

    work: an existing private folder, the child's working directory. descriptors: open files that it gets.
    """
    import subprocess

    process: subprocess.Popen[bytes] | None = None
    # No signal raises anything until the child's number is known. The child inherits that these signals wait;
    # it is ended by one that cannot.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _RAISING)
    try:
        try:
            process = subprocess.Popen(  # noqa: S603 - the operator's own program, no shell
                command,
                env=environment(work),
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=descriptors,
                process_group=0,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        output, errors = process.communicate()
        return process.returncode, output, errors
    finally:
        if process is not None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the process by an exception, so that children and folders go first."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {}
    for number in (signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(ValueError):  # not in the main thread: nothing to do
            if signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
