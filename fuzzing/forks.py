"""A process that runs commands of the project in forked children, and what each of them took.

Start-up is paid once: everything is imported before the first child. Each child is as fresh as a new process, since
no command ran in the one that forks. A request is one line of JSON, `Command` as a mapping; so is the answer.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Run(NamedTuple):
    """One run: exit code (minus the signal), processor seconds, peak bytes, seconds by the clock."""

    code: int
    cpu: float
    peak: int
    seconds: float


class Forks:
    """`with Forks() as forks:`; run commands one after the other.

    environ: variables of the process that forks, beside the few that it needs.
    """

    def __init__(self, **environ: str) -> None:
        self._environ = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": ROOT, **environ}
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Forks:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fuzzing.forks"],
            cwd=ROOT,
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process
        self._process.communicate()

    def run(
        self,
        words: Sequence[str],
        cwd: str,
        environ: Mapping[str, str],
        *,
        out: str = os.devnull,
        err: str = os.devnull,
        memory: int = 0,
        seconds: int = 0,
    ) -> Run:
        """Run `generate` or `ctl` (the first word) with the other words.

        out, err: files for its streams. memory: bytes of address space, seconds: until it is killed; 0 for no bound.
        """
        assert self._process
        assert self._process.stdin
        assert self._process.stdout
        request = {
            "words": [*words], "cwd": cwd, "environ": {**environ}, "out": out, "err": err, "memory": memory,
            "seconds": seconds,
        }  # fmt: skip
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Run(*json.loads(self._process.stdout.readline()))


def _run(
    words: list[str], cwd: str, environ: dict[str, str], out: str, err: str, memory: int, seconds: int
) -> int:
    """In the child: the exit code of the command."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, out, write), (2, err, write)):
        descriptor = os.open(path, flags, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    code: int = importlib.import_module(f"cmp.cli.{words[0]}").main(words[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def serve() -> None:
    """Answer requests until standard input ends."""
    import cmp

    for module in pkgutil.walk_packages(cmp.__path__, "cmp."):
        if not module.name.startswith("cmp.server"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # what is older than a child is none of the garbage that it looks for
    for line in sys.stdin:
        start = time.monotonic()
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = _run(**json.loads(line))
            finally:
                os._exit(code)
        _, status, usage = os.wait4(child, 0)
        taken = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, time.monotonic() - start
        print(json.dumps([os.waitstatus_to_exitcode(status), *taken]), flush=True)


if __name__ == "__main__":
    serve()
