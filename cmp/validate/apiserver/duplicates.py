"""Lists whose items must differ in some of their fields."""

from __future__ import annotations

from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

# type -> (list, the fields that make an item one of a kind with their defaults, the field to name)
UNIQUE: dict[str, tuple[tuple[str, dict[str, str], str], ...]] = {
    "PodSpec": (
        ("containers", {"name": ""}, "name"),  # validateContainers
        ("initContainers", {"name": ""}, "name"),  # validateInitContainers
        ("volumes", {"name": ""}, "name"),  # ValidateVolumes
        (  # validateTopologySpreadConstraints
            "topologySpreadConstraints",
            {"topologyKey": "", "whenUnsatisfiable": ""},
            "topologyKey",
        ),
        ("schedulingGates", {"name": ""}, "name"),  # validateSchedulingGates
        ("resourceClaims", {"name": ""}, "name"),  # validatePodResourceClaims
    ),
    "PodSecurityContext": (("sysctls", {"name": ""}, "name"),),  # validateSysctls
    "Container": (
        ("ports", {"name": ""}, "name"),  # validateContainerPorts
        ("volumeMounts", {"mountPath": ""}, "mountPath"),  # ValidateVolumeMounts
        ("volumeDevices", {"name": ""}, "name"),  # ValidateVolumeDevices
        ("volumeDevices", {"devicePath": ""}, "devicePath"),
        ("resizePolicy", {"resourceName": ""}, "resourceName"),  # validateResizePolicy
    ),
    "TopologyTerm": (("matchLabelExpressions", {"key": ""}, "key"),),  # ValidateTopologySelectorTerm
    "Webhooks": (("webhooks", {"name": ""}, "name"),),
    "Webhook": (("matchConditions", {"name": ""}, "name"),),  # validateMatchConditions
    "LimitRangeSpec": (("limits", {"type": ""}, "type"),),  # ValidateLimitRange
    "ServiceSpec": (
        ("ports", {"name": ""}, "name"),  # ValidateService
        ("ports", {"protocol": "TCP", "port": ""}, ""),
    ),
}


# type -> field that lists strings of which each must be there once
STRINGS = {"TopologyRequirement": "values", "Webhook": "admissionReviewVersions", "ServiceSpec": "ipFamilies"}


def check(node: Node) -> Iterator[Problem]:
    """A problem per item that repeats an earlier one."""
    yield from _strings(node)
    for field, keys, named in UNIQUE.get(node.type, ()):
        seen = set()
        for index, item in enumerate(node.list(field)):
            if not isinstance(item, dict):
                continue
            key = tuple(str(item.get(name) or default) for name, default in keys.items())
            if key in seen and "" not in key:
                place = node.field(field, index, named) if named else node.field(field, index)
                what = " and ".join(keys)
                yield Problem(place, f"the {what} of an earlier item of {field} again", f"Change the {what}.")
            seen.add(key)
    if node.type == "Resources":
        yield from _claims(node)
    elif node.type == "PodSpec":
        names = node.names("containers")
        for index, item in enumerate(node.list("initContainers")):
            if isinstance(item, dict) and str(item.get("name")) in names:
                place = node.field("initContainers", index, "name")
                yield Problem(place, "the name of one of the containers again", "Change the name.")


def _strings(node: Node) -> Iterator[Problem]:
    field = STRINGS.get(node.type, "")
    seen: set[str] = set()
    for index, text in enumerate(node.list(field) if field else ()):
        if isinstance(text, str):
            if text in seen:
                yield Problem(node.field(field, index), "is an earlier one again", "Name each once.")
            seen.add(text)


def _claims(node: Node) -> Iterator[Problem]:
    """validateResourceClaimNames: a whole claim, or requests of it, and none of them twice."""
    whole: set[str] = set()
    parts: set[tuple[str, str]] = set()
    for index, claim in enumerate(node.list("claims")):
        name, part = (
            (str(claim.get(key) or "") for key in ("name", "request"))
            if isinstance(claim, dict)
            else ("", "")
        )
        if name in whole or (name, part) in parts or (not part and any(name == held for held, _ in parts)):
            yield Problem(node.field("claims", index), "uses an earlier claim again", "Name each once.")
        if name and part:
            parts.add((name, part))
        elif name:
            whole.add(name)
