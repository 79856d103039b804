"""Mounts against volumes, ports against the host's network."""

from __future__ import annotations

from cmp.manifest import mapping
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node


def check(node: Node) -> Iterator[Problem]:
    """A problem per mount of a volume that is not there, and per port that the host has already."""
    if node.type in ("VolumeMount", "VolumeDevice"):
        yield from _mount(node)
    elif node.type == "PodSpec":
        yield from _host_ports(node)


def _mount(node: Node) -> Iterator[Problem]:
    """ValidateVolumeMounts; the claims of a StatefulSet are volumes of its pods."""
    pod = node.up("PodSpec")
    if pod is None or not node.text("name"):
        return
    names = pod.names("volumes")
    owner = node.up("StatefulSetSpec")
    for claim in owner.items("volumeClaimTemplates") if owner is not None else ():
        names.add(str(mapping(claim.get("metadata")).get("name")))
    if node.body["name"] not in names:
        yield Problem(
            node.field("name"), "no volume of the pod has this name", "Add the volume, or correct the name."
        )


def _host_ports(node: Node) -> Iterator[Problem]:
    """checkHostPortConflicts, and ValidateHostNetwork's equal ports."""
    seen: set[tuple[str, str, int]] = set()
    shared = node.body.get("hostNetwork") is True
    for number, container in enumerate(node.list("containers")):
        ports = container.get("ports") if isinstance(container, dict) else None
        for index, port in enumerate(ports if isinstance(ports, list) else ()):
            held, own = (
                (port.get("hostPort"), port.get("containerPort")) if isinstance(port, dict) else (None, None)
            )
            if shared and not held:
                held = own
            if not isinstance(held, int) or not held:
                continue
            place = node.field("containers", number, "ports", index, "hostPort")
            key = (str(port.get("protocol") or "TCP"), str(port.get("hostIP") or ""), held)
            if key in seen:
                yield Problem(place, "another port of the pod has this host port", "Use another port.")
            seen.add(key)
            if shared and held != own:
                message = "must be equal to containerPort on the host's network"
                yield Problem(place, message, "Remove hostPort, or make both equal.")
