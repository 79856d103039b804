"""A volume claim that asks for less than before."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import name, namespace, spec
from cmp.quantity import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "pvc-shrink"
SEVERITY: Severity = "error"
TITLE = "A volume claim that shrinks"
WHY = "A claim can grow, where its class allows that, and never shrink: the sync fails."
CURE = "Keep the size, or move the data to a new claim."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per claim; needs an earlier render to compare with."""
    before = {(namespace(body), name(body)): _size(body) for body in context.before or () if _is_claim(body)}
    for body in filter(_is_claim, context.objects):
        old, new = before.get((namespace(body), name(body))), _size(body)
        if old is not None and new is not None and new < old:
            yield Hit(
                body, "spec.resources.requests.storage", "the size is smaller than in the earlier render"
            )


def _is_claim(body: dict[str, Any]) -> bool:
    return body.get("kind") == "PersistentVolumeClaim"


def _size(body: dict[str, Any]) -> Decimal | None:
    requests = (spec(body).get("resources") or {}).get("requests") or {}
    return parse(requests.get("storage"))
