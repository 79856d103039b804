"""Amounts of resources: the names, the quantities, and requests against limits."""

from __future__ import annotations

from cmp.manifest import mapping
from cmp.quantity import parse
from cmp.validate.apiserver import formats
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from cmp.validate.apiserver.shape import Node

# type -> mappings of resources to quantities
AMOUNTS: dict[str, tuple[str, ...]] = {
    "Resources": ("limits", "requests"),  # ValidateResourceRequirements
    "PodResources": ("limits", "requests"),  # validatePodResourceRequirements
    "PodSpec": ("overhead",),  # validateOverhead
    "ClaimResources": ("limits", "requests"),  # ValidatePersistentVolumeClaimSpec
    "QuotaSpec": ("hard",),  # ValidateResourceQuotaSpec
    "LimitItem": ("min", "max", "default", "defaultRequest", "maxLimitRequestRatio"),  # ValidateLimitRange
}
# type -> fields that are one quantity
SINGLE = {
    "EmptyDir": ("sizeLimit",),
    "ResourceFieldRef": ("divisor",),
    "MetricTarget": ("value", "averageValue"),
    "ScalingRules": ("tolerance",),
}
# helper.IsStandardContainerResourceName
_CONTAINER = frozenset(("cpu", "memory", "ephemeral-storage"))
# helper.IsIntegerQuotaResourceName
_WHOLE = frozenset(
    (
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "persistentvolumeclaims",
        "configmaps",
        "services.nodeports",
        "services.loadbalancers",
    )
)
# helper.IsStandardQuotaResourceName
_QUOTA = (
    _CONTAINER
    | _WHOLE
    | {
        *(f"{side}.{name}" for side in ("requests", "limits") for name in _CONTAINER),
        "requests.storage",
    }
)
# helper.IsStandardResourceName, as far as limits can be of use
_LIMITED = _CONTAINER | {"storage", "pods"}
_LIMIT_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_CURE = "Write it such as 250m, 2, 512Mi or 1Gi."


def check(node: Node) -> Iterator[Problem]:
    """A problem per name or quantity."""
    for field in AMOUNTS.get(node.type, ()):
        for name, value in node.map(field).items():
            yield from _entry(node, field, name, value)
    for field in SINGLE.get(node.type, ()):
        value = node.body.get(field)
        if isinstance(value, (str, int, float)) and parse(value) is None:
            yield Problem(node.field(field), "is not a quantity", _CURE)
        elif (parse(value) or 0) < 0:
            yield Problem(node.field(field), "must not be negative", _CURE)
    if node.type == "ContainerMetric":
        yield from _metric(node)
    elif node.type == "Resources":
        yield from _requests(node)
    elif node.type == "PodResources":
        yield from _requests(node)
        yield from _shares(node)
    elif node.type == "LimitItem":
        yield from _limits(node)
    elif node.type == "ClaimSpec":
        yield from _storage(node)
    elif node.type == "MetricTarget":
        for field in ("value", "averageValue"):
            if parse(node.body.get(field)) == 0:
                yield Problem(node.field(field), "must be greater than 0", "Raise it.")


def _metric(node: Node) -> Iterator[Problem]:
    """ValidateContainerResourceName; the name of a Resource metric is not looked at."""
    name = node.text("name")
    wrong = formats.qualified_name(name) if name else ""
    if (
        not wrong
        and name
        and "/" not in name
        and name not in _CONTAINER
        and not name.startswith("hugepages-")
    ):
        wrong = "must be cpu, memory, or a name with a domain"
    if wrong:
        yield Problem(node.field("name"), wrong, "Correct the name of the resource.")


def is_extended(name: str) -> bool:
    """helper.IsExtendedResourceName: a domain of its own, such as nvidia.com/gpu."""
    domain, slash, _ = name.partition("/")
    return bool(slash) and domain != "kubernetes.io" and not domain.endswith(".kubernetes.io")


def _entry(node: Node, field: str, name: str, value: object) -> Iterator[Problem]:
    place = node.field(field, name)
    wrong = formats.qualified_name(name) or _unknown(node, name)
    if wrong:
        yield Problem(place, wrong, "Correct the name of the resource.")
        return
    if not isinstance(value, (str, int, float)):
        return
    number = parse(value)
    if number is None:
        yield Problem(place, "is not a quantity", _CURE)
    elif number < 0 and node.type != "LimitItem":
        yield Problem(place, "must not be negative", "Use 0 or more.")
    elif number != number.to_integral_value() and _is_whole(node, name):
        yield Problem(place, "must be an integer: it cannot be divided", "Use a whole number.")


def _unknown(node: Node, name: str) -> str:
    """Why a name without a domain is not one of the known."""
    if node.type == "PodResources":
        known = name in ("cpu", "memory") or name.startswith("hugepages-")
        return "" if known else "must be cpu, memory or hugepages-SIZE"
    if "/" in name or name.startswith("hugepages-"):
        return ""
    if node.type == "Resources" and name not in _CONTAINER:
        return f"must be {', '.join(sorted(_CONTAINER))}, hugepages-SIZE, or a name with a domain"
    if node.type == "PodSpec" and name not in _CONTAINER:
        return f"must be {', '.join(sorted(_CONTAINER))}, hugepages-SIZE, or a name with a domain"
    if node.type == "LimitItem" and name not in _LIMITED:
        return "must be a resource that limits know, or a name with a domain"
    if node.type == "QuotaSpec" and name not in _QUOTA and ".hugepages-" not in name:
        return "must be a resource that quotas know, or a name with a domain"
    return ""


def _is_whole(node: Node, name: str) -> bool:
    if node.type == "QuotaSpec":
        return name in _WHOLE or name.startswith("count/")
    return node.type in ("Resources", "PodSpec") and is_extended(name)


def _requests(node: Node) -> Iterator[Problem]:
    limits, requests = node.map("limits"), node.map("requests")
    for name in {**requests, **limits}:
        request, limit = parse(requests.get(name)), parse(limits.get(name))
        shared = is_extended(name) or name.startswith("hugepages-")
        if request is None:
            continue  # the limit is then the request too (SetDefaults_Pod)
        if limit is None:
            if shared and name not in limits:
                message = f"needs {name}: who requests it must limit it"
                yield Problem(node.field("limits"), message, "Set the same number under limits.")
        elif shared and request != limit:
            yield Problem(
                node.field("requests", name), "must be equal to the limit", "Set both to one number."
            )
        elif request > limit:
            yield Problem(
                node.field("requests", name), "must not be above the limit", "Lower it, or raise the limit."
            )
    names = {*limits, *requests}
    if any(name.startswith("hugepages-") for name in names) and not names & {"cpu", "memory"}:
        yield Problem(node.path, "hugepages need cpu or memory beside them", "Add cpu or memory.")


def _shares(node: Node) -> Iterator[Problem]:
    """validatePodResourceConsistency: what a pod has is not less than what its containers ask for."""
    if node.body.get("claims"):
        yield Problem(node.field("claims"), "must not be there for a whole pod", "Move it to a container.")
    pod = node.above
    containers = [mapping(each.get("resources")) for each in (pod.items("containers") if pod else ())]
    for name, value in node.map("requests").items():
        asked = [parse(mapping(each.get("requests")).get(name)) for each in containers]
        whole, total = parse(value), sum(each for each in asked if each is not None)
        if whole is not None and whole < total:
            yield Problem(
                node.field("requests", name), "must not be below what the containers ask for", "Raise it."
            )
    for name, value in node.map("limits").items():
        limits = [parse(mapping(each.get("limits")).get(name)) for each in containers]
        whole = parse(value)
        if whole is not None and any(each is not None and each > whole for each in limits):
            yield Problem(
                node.field("limits", name), "must not be below the limit of a container", "Raise it."
            )


# ValidateLimitRange: the first must not be above the second.
_ORDER = (
    ("min", "max"),
    ("min", "defaultRequest"),
    ("min", "default"),
    ("defaultRequest", "max"),
    ("default", "max"),
)


def _limits(node: Node) -> Iterator[Problem]:
    kind = node.text("type")
    if kind and "/" not in kind and kind not in _LIMIT_TYPES:
        message = f"must be {', '.join(_LIMIT_TYPES)}, or a name with a domain"
        yield Problem(node.field("type"), message, "Correct the type.")
    if kind == "Pod":
        for field in ("default", "defaultRequest"):
            if node.map(field):
                yield Problem(
                    node.field(field), "must not be there for the type Pod", "Use the type Container."
                )
    if kind == "PersistentVolumeClaim" and not any("storage" in node.map(field) for field in ("min", "max")):
        yield Problem(node.field("max"), "needs storage, here or in min, for this type", "Add storage.")
    for lesser, greater in (*_ORDER, ("defaultRequest", "default")):
        for name, value in node.map(lesser).items():
            low, high = parse(value), parse(node.map(greater).get(name))
            if low is not None and high is not None and low > high:
                yield Problem(
                    node.field(lesser, name), f"must not be above {greater}", "Lower it, or raise the other."
                )
    for name, value in node.map("maxLimitRequestRatio").items():
        ratio, field = parse(value), node.field("maxLimitRequestRatio", name)
        least, most = parse(node.map("min").get(name)), parse(node.map("max").get(name))
        if ratio is not None and ratio < 1:
            yield Problem(field, "must be 1 at least", "Raise it.")
        elif ratio is not None and least and most and ratio * least > most:
            yield Problem(field, "must not be above max / min", "Lower it.")


def _storage(node: Node) -> Iterator[Problem]:
    resources = node.map("resources")
    requests = resources.get("requests")
    value = requests.get("storage") if isinstance(requests, dict) else None
    size: Decimal | None = parse(value)
    field = node.field("resources", "requests", "storage")
    if value is None:
        yield Problem(field, "is required", "Say how much the volume holds, such as 10Gi.")
    elif size is not None and size <= 0:
        yield Problem(field, "must be greater than 0", "Say how much the volume holds, such as 10Gi.")
