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
    "LimitRangeSpec": (("limits", {"type": ""}, "type"),),  # ValidateLimitRange
    "ServiceSpec": (
        ("ports", {"name": ""}, "name"),  # ValidateService
        ("ports", {"protocol": "TCP", "port": ""}, ""),
    ),
}


def check(node: Node) -> Iterator[Problem]:
    """A problem per item that repeats an earlier one."""
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
    if node.type == "NetworkPolicySpec" and len(node.list("policyTypes")) > 2:
        yield Problem(node.field("policyTypes"), "must have 2 items at most", "Name each type once.")
    if node.type == "PodSpec":
        names = node.names("containers")
        for index, item in enumerate(node.list("initContainers")):
            if isinstance(item, dict) and str(item.get("name")) in names:
                place = node.field("initContainers", index, "name")
                yield Problem(place, "the name of one of the containers again", "Change the name.")
