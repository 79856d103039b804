"""An Ingress whose Service is not in the output."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import name, namespace, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "backend-not-found"
SEVERITY: Severity = "warning"
TITLE = "An Ingress to a Service that is not in the output"
WHY = "Its requests end in 503; a canary Ingress without its Service sends the canary's share there."
CURE = "Add the Service; waive it where another application brings it."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per backend."""
    services = {(namespace(body), name(body)) for body in context.objects if body.get("kind") == "Service"}
    for body in context.objects:
        if body.get("kind") != "Ingress":
            continue
        for field, service in _backends(body):
            if (namespace(body), service) not in services:
                yield Hit(body, field, f"no Service {service} in the output")


def _backends(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    held = spec(body)
    default = (held.get("defaultBackend") or {}).get("service") or {}
    if default.get("name"):
        yield "spec.defaultBackend", str(default["name"])
    for number, rule in enumerate(held.get("rules") or ()):
        for index, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            service = ((path.get("backend") or {}).get("service") or {}).get("name")
            if service:
                yield f"spec.rules[{number}].http.paths[{index}].backend", str(service)
