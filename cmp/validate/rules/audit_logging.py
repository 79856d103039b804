"""A production model server that keeps no record of what it answered."""

from __future__ import annotations

from cmp.validate.context import annotations_of, is_production, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.validate.context import Context
    from cmp.validate.registry import Hit

ID = "audit-logging"
SEVERITY = "info"
TITLE = "A production model without a request log"
WHY = "An audit asks which model version answered a request; without a log nobody can tell."
CURE = "Set the serving object's logger, or name the log in the annotation ml-platform.company.com/audit-log."

_ANNOTATION = "ml-platform.company.com/audit-log"


def check(context: Context) -> Iterator[Hit]:
    """A hit per serving object of production."""
    for body in filter(is_production, context.objects):
        if body.get("kind") in ("Model", "InferenceService", "SeldonDeployment") and not _is_logged(body):
            yield body, "spec", "requests are not logged"


def _is_logged(body: dict[str, Any]) -> bool:
    if _ANNOTATION in annotations_of(body):
        return True
    held = spec(body)
    predictor = held.get("predictor")
    predictors = held.get("predictors")
    return bool(
        held.get("logger")
        or (isinstance(predictor, dict) and predictor.get("logger"))
        or any(isinstance(each, dict) and "logger" in str(each.get("graph")) for each in predictors or ())
    )
