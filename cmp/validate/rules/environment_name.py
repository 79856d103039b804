"""Keys that become odd names of environment variables."""

from __future__ import annotations

import re

from cmp.findings import Hit, Severity
from cmp.manifest import containers, name, namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "environment-name"
SEVERITY: Severity = "warning"
TITLE = "A key that is not a name for an environment variable"
WHY = (
    "envFrom takes keys as they are: a shell cannot read access-key, and older kubelets leave such "
    "variables out."
)
CURE = "Map it: env.name with valueFrom.secretKeyRef, such as AWS_ACCESS_KEY_ID from access-key."

_SHELL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SOURCES = {"secretRef": "Secret", "configMapRef": "ConfigMap"}


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per envFrom entry whose object in the output holds such keys."""
    held = {
        (str(body.get("kind")), namespace(body), name(body)): _keys(body)
        for body in context.objects
        if body.get("kind") in _SOURCES.values()
    }
    for body in context.objects:
        for path, container in containers(body):
            for number, entry in enumerate(container.get("envFrom") or ()):
                for field, kind in _SOURCES.items():
                    source = (kind, namespace(body), str((entry.get(field) or {}).get("name")))
                    odd = [key for key in held.get(source, ()) if not _SHELL.fullmatch(key)]
                    if odd:
                        yield Hit(
                            body,
                            f"{path}.envFrom[{number}]",
                            f"{kind} {source[2]} has the keys {', '.join(odd)}",
                        )


def _keys(body: dict[str, Any]) -> list[str]:
    return sorted({str(key) for field in ("data", "stringData") for key in body.get(field) or {}})
