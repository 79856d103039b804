"""A process that runs `cmp-generate` in forked children, one for each line of JSON it reads.

Request: argv, cwd, env, out, err (files to write), memory (bytes), seconds. Answer: the exit code, or
minus the signal. Start-up is paid once; each child is as fresh as a new process.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys


def _run(request: dict) -> None:
    """In the child: never returns."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(request["seconds"])
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    for number, path, flags in (
        (0, "/dev/null", os.O_RDONLY),
        (1, request["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, request["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        descriptor = os.open(path, flags, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    from cmp.cli.generate import main

    code = main(request["argv"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def serve() -> None:
    """Answer requests until standard input ends."""
    import cmp.cli.generate
    import cmp.kustomize
    import cmp.render.pipeline  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                _run(json.loads(line))
            finally:
                os._exit(70)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
