"""A Service that selects no pod of the output."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import group, labels, mapping, namespace, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "service-without-pods"
SEVERITY: Severity = "warning"
TITLE = "A Service that selects no pod"
WHY = "It has no endpoints: every request to it fails, although the sync is reported as done."
CURE = "Correct the selector or the pods' labels; waive it where another application brings the pods."

# Groups whose controllers make pods with labels of their own, which no manifest shows.
_OPERATORS = frozenset(
    (
        "machinelearning.seldon.io",
        "mlops.seldon.io",
        "serving.kserve.io",
        "monitoring.coreos.com",
        "ray.io",
        "kubeflow.org",
        "argoproj.io",
        "flagger.app",
        "postgresql.cnpg.io",
        "kafka.strimzi.io",
    )
)


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per Service; none where an operator may make the pods."""
    if any(group(body) in _OPERATORS for body in context.objects):
        return
    pods = [(namespace(body), _labels(body)) for body in context.objects if _labels(body)]
    for body in context.objects:
        selector = mapping(spec(body).get("selector")) if _is_service(body) else {}
        if selector and not any(
            space == namespace(body) and selector.items() <= held.items() for space, held in pods
        ):
            yield Hit(body, "spec.selector", "no pod of the output has these labels")


def _is_service(body: Body) -> bool:
    return body.get("kind") == "Service" and body.get("apiVersion") == "v1"


def _labels(body: Body) -> dict[str, str]:
    """The labels of the pods that an object makes, or is."""
    if body.get("kind") == "Pod":
        return _strings(labels(body))
    holder = spec(body)
    job = mapping(mapping(holder.get("jobTemplate")).get("spec"))
    template = mapping(job.get("template")) or mapping(holder.get("template"))
    return _strings(mapping(mapping(template.get("metadata")).get("labels")))


def _strings(found: Body) -> dict[str, str]:
    return {key: value for key, value in found.items() if isinstance(value, str)}
