"""What one run of cmp-generate reports beside its output: a Prometheus text file and an OTLP trace, if asked.

It happens when everything is printed and the render's slot is free again, is bounded in time, and can't
change the exit code: what goes wrong is one warning. Names of the application and its project, counts and
seconds; never a value, a path or a message.
"""

from __future__ import annotations

import time

from cmp.cli.variables import METRICS, OTLP_ENDPOINT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.cli.request import Request
    from cmp.errors import CmpError
    from cmp.render import Rendered


class Facts:
    """One run. Times: seconds since the epoch; outcome: `done` or the error's class."""

    __slots__ = ("application", "begun", "end", "files", "objects", "outcome", "project", "revision", "start")

    def __init__(self, environ: Mapping[str, str], now: float) -> None:
        self.start = self.end = now
        self.begun = 0.0  # never, so far
        self.application = environ.get("ARGOCD_APP_NAME", "")
        self.project = environ.get("ARGOCD_APP_PROJECT_NAME", "")
        self.revision = environ.get("ARGOCD_APP_REVISION", "")
        self.outcome = ""
        self.objects = self.files = 0


class Telemetry:
    """Made at the start, told what happened by `begin` and `note`, finished by `send`."""

    __slots__ = ("_environ", "_facts", "_monotonic")

    def __init__(self, environ: Mapping[str, str], waited: float = 0) -> None:
        """waited: seconds that the run had taken before."""
        self._environ = environ
        self._facts = Facts(environ, time.time() - waited)
        self._monotonic = time.monotonic() - waited

    def begin(self) -> None:
        """The slot is ours, the render begins."""
        self._facts.begun = self._now()

    def note(self, request: Request, rendered: Rendered | None, err: CmpError | None) -> None:
        """The render ended."""
        facts = self._facts
        facts.end = self._now()
        facts.application = request.application
        facts.outcome = type(err).__name__ if err else "done"
        facts.files = request.tree.files_read
        facts.objects = len(rendered.resmap) if rendered else 0

    def send(self, code: int) -> None:
        """Write and send what was asked for; code: the exit code. Help and the like are not runs."""
        facts = self._facts
        if not facts.outcome:
            if code == 0:
                return
            facts.end = self._now()
            facts.outcome = "failed"
        facts.begun = facts.begun or facts.end
        problems = []
        if self._environ.get(METRICS):
            from cmp.cli.metrics import add

            problems.append(add(facts, self._environ))
        if self._environ.get(OTLP_ENDPOINT):
            from cmp.cli.trace import export

            problems.append(export(facts, self._environ))
        # Standard error of a failure belongs to its reason, and is bounded.
        if code == 0 and any(problems):
            from cmp.cli.output import report

            report(None, [problem for problem in problems if problem])

    def _now(self) -> float:
        """Start's wall clock plus what really passed: a clock that is set makes no negative time."""
        return self._facts.start + time.monotonic() - self._monotonic
