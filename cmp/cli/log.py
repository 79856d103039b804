"""JSON lines on standard error, one per render and one per decrypted file, only when CMP_LOG=json asks."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cmp.cli.request import Request
    from cmp.cli.telemetry import Telemetry
    from cmp.errors import CmpError
    from cmp.render import Rendered


def decryptions(environ: Mapping[str, str]) -> Callable[[str, str], None] | None:
    """What writes a line for a file and the recipient that opened it, or None when nobody asked."""
    if environ.get("CMP_LOG") != "json":
        return None

    def write_line(file: str, recipient: str) -> None:
        import json
        import sys

        from cmp.cli.output import write

        application = environ.get("ARGOCD_APP_NAME", "")
        line = {"event": "decrypt", "application": application, "file": file, "recipient": recipient}
        write(sys.stderr, json.dumps(line, ensure_ascii=True) + "\n")

    return write_line


class Log:
    """Measures from its making to `write`; does nothing unless asked. Telemetry is told the same moments."""

    __slots__ = ("_environ", "_start", "_telemetry")

    def __init__(self, environ: Mapping[str, str], telemetry: Telemetry | None = None) -> None:
        self._telemetry = telemetry
        if telemetry is not None:
            telemetry.begin()
        self._environ = environ if environ.get("CMP_LOG") == "json" else None
        self._start = 0.0
        if self._environ is not None:
            import time

            self._start = time.monotonic()

    def write(self, request: Request, rendered: Rendered | None, err: CmpError | None) -> None:
        """Print the line: names, counts and seconds, never a value."""
        if self._telemetry is not None:
            self._telemetry.note(request, rendered, err)
        if self._environ is None:
            return
        import json
        import sys
        import time

        from cmp.cli.output import write

        line = {
            "event": "render",
            "application": request.application,
            "project": self._environ.get("ARGOCD_APP_PROJECT_NAME", ""),
            "revision": self._environ.get("ARGOCD_APP_REVISION", ""),
            "path": request.tree.display(request.directory),
            "outcome": type(err).__name__ if err else "done",
            "seconds": round(time.monotonic() - self._start, 4),
            "objects": len(rendered.resmap) if rendered else 0,
            "bytes": len(rendered.text) if rendered else 0,
            "files": request.tree.files_read,
            "warnings": len(rendered.warnings) if rendered else 0,
        }
        write(sys.stderr, json.dumps(line, ensure_ascii=True) + "\n")
