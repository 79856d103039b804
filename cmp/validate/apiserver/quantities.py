"""Amounts of resources: the names, the quantities, and requests against limits."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

from cmp.manifest import mapping
from cmp.quantity import parse
from cmp.validate.apiserver import formats
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.apiserver.shape import Node

# type -> mappings of resources to quantities
AMOUNTS: dict[str, tuple[str, ...]] = {
    "Resources": ("limits", "requests"),  # ValidateResourceRequirements
    "PodResources": ("limits", "requests"),  # validatePodResourceRequirements
    "PodSpec": ("overhead",),  # validateOverhead
    "ClaimResources": ("limits", "requests"),  # ValidatePersistentVolumeClaimSpec
    "VolumeSpec": ("capacity",),  # ValidatePersistentVolumeSpec
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
_HUGE = ("hugepages-", "requests.hugepages-")
# helper.IsStandardResourceName, as far as limits can be of use
_LIMITED = _CONTAINER | {"storage", "pods"}
_LIMIT_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
# The largest integer of 64 bits.
_MOST = 2**63 - 1
_CURE = "Write it such as 250m, 2, 512Mi or 1Gi."


def check(node: Node) -> Iterator[Problem]:
    """A problem per name or quantity."""
    for field in AMOUNTS.get(node.type, ()):
        for name, value in node.map(field).items():
            yield from _entry(node, field, name, value)
    for field in SINGLE.get(node.type, ()):
        value = node.body.get(field)
        if isinstance(value, (str, int, float)) and amount(value) is None:
            yield Problem(node.field(field), "is not a quantity", _CURE)
        elif (amount(value) or 0) < 0:
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
    elif node.type == "ResourceFieldRef":
        yield from _divisor(node)
    elif node.type == "MetricTarget":
        for field in ("value", "averageValue"):
            if amount(node.body.get(field)) == 0:
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


def amount(value: object) -> Decimal | None:
    """The number of a quantity; the server trims the spaces around it."""
    return parse(value.strip(" ") if isinstance(value, str) else value)


def amount_of(amounts: Body, name: str) -> Decimal | None:
    """The number of a resource, None where there is none; null is Go's 0."""
    return Decimal(0) if name in amounts and amounts[name] is None else amount(amounts.get(name))


def is_standard_quota(name: str) -> bool:
    """helper.IsStandardQuotaResourceName."""
    return name in _QUOTA or name.startswith(_HUGE)


def is_extended(name: str) -> bool:
    """helper.IsExtendedResourceName: a domain of its own, such as nvidia.com/gpu."""
    return "/" in name and "kubernetes.io/" not in name and not name.startswith("requests.")


def _extended_problem(name: str) -> str:
    """The same function: a quota must be able to name it."""
    if "/" not in name or "kubernetes.io/" in name:
        return ""
    if not is_extended(name) or formats.qualified_name(f"requests.{name}"):
        return "must not begin with requests., and must be short enough for that before it"
    return ""


_HAS_EXPONENT = re.compile(r"[eE][-+]?[0-9]")


def _divisor(node: Node) -> Iterator[Problem]:
    """validateContainerResourceDivisor: one unit, in the form in which the server prints it."""
    divisor, resource = node.body.get("divisor"), node.text("resource")
    number, text = amount(divisor), str(divisor).strip()
    if not number or number == 1:
        return
    if resource.endswith(".cpu"):
        fits, units = number == Decimal("0.001"), "1 or 1m"
    else:
        base = 1024 if text.endswith("i") else 1000
        fits, units = number in [base**power for power in range(1, 7)], "1, or 1 and a unit such as Mi"
    if not fits or _HAS_EXPONENT.search(text):
        yield Problem(node.field("divisor"), f"must be {units}", "Correct the divisor.")


def _entry(node: Node, field: str, name: str, value: object) -> Iterator[Problem]:
    place = node.field(field, name)
    wrong = formats.qualified_name(name) or _unknown(node, name)
    if not wrong and _is_of_containers(node):
        wrong = _extended_problem(name)
    if wrong:
        yield Problem(place, wrong, "Correct the name of the resource.")
        return
    if not isinstance(value, (str, int, float)):
        return
    number = amount(value)
    if number is None:
        yield Problem(place, "is not a quantity", _CURE)
    elif number < 0 and node.type != "LimitItem":
        yield Problem(place, "must not be negative", "Use 0 or more.")
    elif node.type in ("Resources", "PodResources") and not _is_paged(name, number):
        message = "must be a multiple of the size in its name"
        yield Problem(place, message, "Write such as hugepages-2Mi: 64Mi.")
    elif number != number.to_integral_value() and _is_whole(node, name):
        yield Problem(place, "must be an integer: it cannot be divided", "Use a whole number.")


def _is_paged(name: str, number: Decimal) -> bool:
    """IsHugePageResourceValueDivisible."""
    if not name.startswith("hugepages-"):
        return True
    size = amount(name.removeprefix("hugepages-"))
    if size is None or size <= 0 or size != size.to_integral_value():
        return False
    return max(size, number) > _MOST or int(number.to_integral_value(ROUND_CEILING)) % int(size) == 0


def _is_of_containers(node: Node) -> bool:
    """Whether upstream calls validateContainerResourceName for the names."""
    return node.type in ("Resources", "PodSpec") or (
        node.type == "LimitItem" and node.text("type") in ("Pod", "Container")
    )


def _unknown(node: Node, name: str) -> str:
    """Why a name without a domain is not one of the known."""
    if node.type == "PodResources":
        known = name in ("cpu", "memory") or name.startswith("hugepages-")
        return "" if known else "must be cpu, memory or hugepages-SIZE"
    if "/" in name or name.startswith("hugepages-"):
        return ""
    if _is_of_containers(node) and name not in _CONTAINER:
        return f"must be {', '.join(sorted(_CONTAINER))}, hugepages-SIZE, or a name with a domain"
    if node.type == "LimitItem" and name not in _LIMITED:
        return "must be a resource that limits know, or a name with a domain"
    if node.type == "QuotaSpec" and not is_standard_quota(name):
        return "must be a resource that quotas know, or a name with a domain"
    return ""


def _is_whole(node: Node, name: str) -> bool:
    if node.type == "QuotaSpec":
        return name in _WHOLE or is_extended(name)
    return node.type in ("Resources", "PodSpec") and is_extended(name)


def _requests(node: Node) -> Iterator[Problem]:
    limits, requests = node.map("limits"), node.map("requests")
    for name in {**requests, **limits}:
        request, limit = amount_of(requests, name), amount_of(limits, name)
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
    requests, limits = node.map("requests"), node.map("limits")
    for name in requests:
        asked = [amount_of(mapping(each.get("requests")), name) for each in containers]
        whole, total = amount_of(requests, name), sum(each for each in asked if each is not None)
        if whole is not None and whole < total:
            yield Problem(
                node.field("requests", name), "must not be below what the containers ask for", "Raise it."
            )
    for name in limits:
        held = [amount_of(mapping(each.get("limits")), name) for each in containers]
        whole = amount_of(limits, name)
        if whole is not None and any(each is not None and each > whole for each in held):
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
        for name in node.map(lesser):
            low, high = amount_of(node.map(lesser), name), amount_of(node.map(greater), name)
            if low is not None and high is not None and low > high:
                yield Problem(
                    node.field(lesser, name), f"must not be above {greater}", "Lower it, or raise the other."
                )
    for name in node.map("maxLimitRequestRatio"):
        ratio, field = (
            amount_of(node.map("maxLimitRequestRatio"), name),
            node.field("maxLimitRequestRatio", name),
        )
        least, most = amount_of(node.map("min"), name), amount_of(node.map("max"), name)
        if ratio is not None and ratio < 1:
            yield Problem(field, "must be 1 at least", "Raise it.")
        elif ratio is not None and least and most and ratio * least > most:
            yield Problem(field, "must not be above max / min", "Lower it.")


def _storage(node: Node) -> Iterator[Problem]:
    resources = node.map("resources")
    requests = resources.get("requests")
    value = requests.get("storage") if isinstance(requests, dict) else None
    size = amount(value)
    field = node.field("resources", "requests", "storage")
    if value is None:
        yield Problem(field, "is required", "Say how much the volume holds, such as 10Gi.")
    elif size is not None and size <= 0:
        yield Problem(field, "must be greater than 0", "Say how much the volume holds, such as 10Gi.")
