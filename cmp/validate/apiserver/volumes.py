"""Mounts and devices against volumes, paths inside of volumes, ports against the host's network."""

from __future__ import annotations

from cmp.manifest import mapping
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.apiserver.shape import Node

# Sources of which a container can have the device: ValidateVolumeDevices
_DEVICES = ("persistentVolumeClaim", "ephemeral")
# Where the items of a projected volume's sources stand: validateProjectionSources
_PROJECTED = ("secret", "configMap", "downwardAPI")


def check(node: Node) -> Iterator[Problem]:
    """A problem per mount, device, path or port that does not go with the pod."""
    if node.type in ("VolumeMount", "VolumeDevice"):
        yield from _mount(node)
    elif node.type == "FileKeyRef":
        yield from _file_key(node)
    elif node.type == "Container":
        yield from _both(node)
    elif node.type == "Projected":
        yield from _projected(node)
    elif node.type == "ResourceFieldRef":
        yield from _whose(node)
    elif node.type == "PodSpec":
        yield from _host_ports(node)


def _volumes(node: Node) -> dict[str, Body]:
    """The pod's volumes by name; the claims of a StatefulSet are volumes of its pods."""
    pod, owner = node.up("PodSpec"), node.up("StatefulSetSpec")
    found = {str(volume.get("name")): volume for volume in (pod.items("volumes") if pod is not None else ())}
    for claim in owner.items("volumeClaimTemplates") if owner is not None else ():
        found[str(mapping(claim.get("metadata")).get("name"))] = {_DEVICES[0]: {}}
    return found


def _mount(node: Node) -> Iterator[Problem]:
    """ValidateVolumeMounts, ValidateVolumeDevices."""
    name = node.text("name")
    if not name:
        return
    volume = _volumes(node).get(name)
    if volume is None:
        yield Problem(
            node.field("name"), "no volume of the pod has this name", "Add the volume, or correct the name."
        )
    elif node.type == "VolumeDevice" and not any(volume.get(source) is not None for source in _DEVICES):
        message = "must be a persistentVolumeClaim or an ephemeral volume"
        yield Problem(node.field("name"), message, "Mount the volume instead.")
    elif node.text("mountPropagation") == "Bidirectional" and not _is_privileged(node.above):
        message = "must not be Bidirectional in a container that is not privileged"
        yield Problem(node.field("mountPropagation"), message, "Use HostToContainer.")
    if node.text("recursiveReadOnly") in ("Enabled", "IfPossible") and node.body.get("readOnly") is not True:
        yield Problem(node.field("recursiveReadOnly"), "needs readOnly: true", "Set readOnly, or remove it.")


def _is_privileged(container: Node | None) -> bool:
    return container is not None and container.map("securityContext").get("privileged") is True


def _file_key(node: Node) -> Iterator[Problem]:
    """validateFileKeyRefVolumes."""
    volume = _volumes(node).get(node.text("volumeName"))
    if node.text("volumeName") and (volume is None or volume.get("emptyDir") is None):
        message = "must be an emptyDir volume of the pod"
        yield Problem(node.field("volumeName"), message, "Add the volume, or correct the name.")


def _both(node: Node) -> Iterator[Problem]:
    """What is a mount and a device of one container."""
    for name in sorted(node.names("volumeMounts") & node.names("volumeDevices")):
        message = f"has the volume {name}, which volumeMounts has too"
        yield Problem(node.field("volumeDevices"), message, "Use it once.")
    paths = {str(mount.get("mountPath") or "") for mount in node.items("volumeMounts")}
    for index, device in enumerate(node.list("volumeDevices")):
        path = str(mapping(device).get("devicePath") or "")
        if path and path in paths:
            place = node.field("volumeDevices", index, "devicePath")
            yield Problem(place, "is the path of a mount too", "Use another path.")


def _projected(node: Node) -> Iterator[Problem]:
    """validateProjectionSources: one path, one file."""
    seen: set[str] = set()
    for number, source in enumerate(node.list("sources")):
        for field in _PROJECTED:
            items = mapping(mapping(source).get(field)).get("items")
            for index, item in enumerate(items if isinstance(items, list) else ()):
                path = str(mapping(item).get("path") or "")
                if path in seen:
                    place = node.field("sources", number, field, "items", index, "path")
                    yield Problem(place, "is the path of an earlier item", "Use another path.")
                seen.update((path,) if path else ())
        bundle = mapping(mapping(source).get("clusterTrustBundle"))
        path = str(bundle.get("path") or "")
        if path in seen:
            place = node.field("sources", number, "clusterTrustBundle", "path")
            yield Problem(place, "is the path of an earlier item", "Use another path.")
        seen.update((path,) if path else ())


def _whose(node: Node) -> Iterator[Problem]:
    """validateContainerResourceFieldSelector: in a volume, no container is meant unless it is named."""
    in_volume = node.above is not None and node.above.type == "DownwardItem"
    if in_volume and not node.text("containerName"):
        yield Problem(node.field("containerName"), "is required in a volume", "Name the container.")


def _host_ports(node: Node) -> Iterator[Problem]:
    """checkHostPortConflicts, validatePodHostNetworkDeps.

    On the host's network a Pod's ports are host ports (SetDefaults_Pod). Those of a template are not yet.
    """
    seen: set[tuple[str, str, int]] = set()
    for number, container in enumerate(node.list("containers")):
        if isinstance(container, dict):
            yield from _ports_of(node, "containers", number, container, seen)
    for number, container in enumerate(node.list("initContainers")):
        if isinstance(container, dict):
            yield from _ports_of(node, "initContainers", number, container, set())


def _ports_of(
    node: Node, field: str, number: int, container: Body, seen: set[tuple[str, str, int]]
) -> Iterator[Problem]:
    """seen: (protocol, address, port) of the containers that run beside this one; gets those of this one."""
    shared = node.body.get("hostNetwork") is True
    ports = container.get("ports")
    for index, port in enumerate(ports if isinstance(ports, list) else ()):
        if not isinstance(port, dict):
            continue
        held, own = port.get("hostPort"), port.get("containerPort")
        if shared and not held and node.top.type == "Pod":
            held = own
        if not isinstance(held, int) or not held:
            continue
        place = node.field(field, number, "ports", index, "hostPort")
        key = (str(port.get("protocol") or "TCP"), str(port.get("hostIP") or ""), held)
        if key in seen:
            yield Problem(place, "another port of the pod has this host port", "Use another port.")
        seen.add(key)
        if shared and held != own and field == "containers":
            message = "must be equal to containerPort on the host's network"
            yield Problem(place, message, "Remove hostPort, or make both equal.")
