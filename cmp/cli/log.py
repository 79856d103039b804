"""One line of JSON per render on standard error, only when CMP_LOG=json asks for it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.cli.request import Request
    from cmp.errors import CmpError
    from cmp.render import Rendered


class Log:
    """Measures from its making to `write`; does nothing unless asked."""

    __slots__ = ("_environ", "_start")

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ if environ.get("CMP_LOG") == "json" else None
        self._start = 0.0
        if self._environ is not None:
            import time

            self._start = time.monotonic()

    def write(self, request: Request, rendered: Rendered | None, err: CmpError | None) -> None:
        """Print the line: names, counts and seconds, never a value."""
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
