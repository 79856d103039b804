"""What a Kubernetes manifest says of itself: names, labels, pods. Values are as JSON has them."""

from __future__ import annotations

from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    Body = dict[str, Any]

_TEMPLATES = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "Rollout": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
WORKLOADS = frozenset(_TEMPLATES)


class Container(NamedTuple):
    """A container with the path to it."""

    path: str
    body: Body


def title(body: Body) -> str:
    """`Kind namespace/name`."""
    metadata = mapping(body.get("metadata"))
    name, namespace = metadata.get("name", "(no name)"), metadata.get("namespace")
    return f"{body.get('kind', '(no kind)')} {f'{namespace}/' if namespace else ''}{name}".rstrip()


def annotations_of(body: Body) -> dict[str, str]:
    """The annotations, empty when there are none."""
    return mapping(mapping(body.get("metadata")).get("annotations"))


def labels(body: Body) -> dict[str, str]:
    """The labels, empty when there are none."""
    return mapping(mapping(body.get("metadata")).get("labels"))


def namespace(body: Body) -> str:
    """The namespace, `default` when there is none."""
    return str(mapping(body.get("metadata")).get("namespace") or "default")


def name(body: Body) -> str:
    """The name."""
    return str(mapping(body.get("metadata")).get("name", ""))


def group(body: Body) -> str:
    """The API group."""
    return str(body.get("apiVersion", "")).rpartition("/")[0]


def spec(body: Body) -> Body:
    """The spec, empty when there is none."""
    return mapping(body.get("spec"))


def pod_template(body: Body) -> tuple[str, Body]:
    """(path, pod template) of a workload; an empty template for other kinds."""
    path = _TEMPLATES.get(str(body.get("kind")))
    if path is None:
        return "", {}
    place: Any = body
    for step in path:
        place = mapping(mapping(place).get(step))
    return ".".join(path), place


def pod_spec(body: Body) -> tuple[str, Body] | None:
    """(path, pod spec) of a workload or Pod; None for other kinds."""
    if body.get("kind") == "Pod":
        return "spec", spec(body)
    path, template = pod_template(body)
    return (f"{path}.spec", mapping(template.get("spec"))) if path else None


def containers(body: Body, *, init: bool = True) -> Iterator[Container]:
    """The containers of a workload."""
    found = pod_spec(body)
    if found is None:
        return
    path, pod = found
    for field in ("initContainers", "containers") if init else ("containers",):
        items = pod.get(field)
        for container in items if isinstance(items, list) else ():
            if isinstance(container, dict):
                yield Container(f"{path}.{field}[{container.get('name', '')}]", container)


def mapping(value: object) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def selects(selector: Mapping[str, Any] | None, given: Mapping[str, str]) -> bool:
    """Whether a label selector (matchLabels, matchExpressions) fits; an absent one fits everything."""
    held = mapping(selector)
    if any(given.get(key) != value for key, value in mapping(held.get("matchLabels")).items()):
        return False
    expressions = held.get("matchExpressions")
    return not isinstance(expressions, list) or all(_expression(mapping(each), given) for each in expressions)


def _expression(expression: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    values = expression.get("values")
    values = values if isinstance(values, list) else []
    found = given.get(str(expression.get("key")))
    return {
        "In": found is not None and found in values,
        "NotIn": found not in values,
        "Exists": found is not None,
        "DoesNotExist": found is None,
    }.get(str(expression.get("operator")), False)
