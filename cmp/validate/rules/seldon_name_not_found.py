"""A Seldon Core v2 object that names a Model or Server which is not there."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import group, name, namespace, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "seldon-name-not-found"
SEVERITY: Severity = "error"
TITLE = "A reference to a Model or Server that has another name in the output"
WHY = (
    "namePrefix and nameSuffix rename Models and Servers, not the names inside an Experiment, Pipeline "
    "or Model: the traffic goes nowhere."
)
CURE = (
    "No prefix (the namespace separates), or list the fields under nameReference in a file of "
    "`configurations:`."
)

_GROUP = "mlops.seldon.io"


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per name that no object has, where that namespace has objects of the named kind."""
    known: dict[tuple[str, str], set[str]] = {}
    for body in context.objects:
        if group(body) == _GROUP:
            known.setdefault((namespace(body), str(body.get("kind"))), set()).add(name(body))
    for body in context.objects:
        for field, kind, wanted in _names(body) if group(body) == _GROUP else ():
            there = known.get((namespace(body), kind))
            if there and wanted not in there:
                yield Hit(body, field, f"there is no {kind} {wanted}; there are: {', '.join(sorted(there))}")


def _names(body: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    held, kind = spec(body), body.get("kind")
    if kind == "Model" and held.get("server"):
        yield "spec.server", "Server", str(held["server"])
    if kind == "Experiment":
        target = "Pipeline" if held.get("resourceType") == "pipeline" else "Model"
        for number, candidate in enumerate(held.get("candidates") or ()):
            yield f"spec.candidates[{number}].name", target, str(candidate.get("name"))
        for field in ("default", "mirror"):
            value = held.get(field)
            found = value.get("name") if isinstance(value, dict) else value
            if found:
                yield f"spec.{field}", target, str(found)
