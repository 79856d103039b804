"""Persistent volumes, and classes of storage and priority."""

from __future__ import annotations

from cmp.manifest import mapping
from cmp.validate.apiserver.quantities import amount_of
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

# maxProvisionerParameterLen, maxProvisionerParameterSize
_MOST_PARAMETERS, _MOST_BYTES = 512, 256 * 1024
# HighestUserDefinablePriority, and the two names that begin with system-
_HIGHEST = 1_000_000_000
_SYSTEM = {"system-node-critical": 2 * _HIGHEST + 1000, "system-cluster-critical": 2 * _HIGHEST}


def check(node: Node) -> Iterator[Problem]:
    """A problem per field."""
    if node.type == "PriorityClass":
        yield from _priority(node)
    elif node.type == "StorageClass":
        yield from _parameters(node)
        yield from _topologies(node)
    elif node.type == "VolumeSpec":
        yield from _volume(node)


def _priority(node: Node) -> Iterator[Problem]:
    """ValidatePriorityClass."""
    name, value = str(node.map("metadata").get("name")), node.number("value") or 0
    if name.startswith("system-"):
        if _SYSTEM.get(name) != value or node.body.get("globalDefault") is True:
            message = "must not begin with system-, which is the server's own"
            yield Problem("metadata.name", message, "Choose another name.")
    elif value > _HIGHEST:
        yield Problem("value", f"must be {_HIGHEST} at most", "Lower it.")


def _parameters(node: Node) -> Iterator[Problem]:
    """validateParameters."""
    parameters = node.map("parameters")
    size = sum(len(text.encode("utf-8", "replace")) for pair in parameters.items() for text in map(str, pair))
    if "" in parameters:
        yield Problem(node.field("parameters"), "must not have an empty key", "Name the parameter.")
    if len(parameters) > _MOST_PARAMETERS or size > _MOST_BYTES:
        message = f"must be {_MOST_PARAMETERS} parameters and {_MOST_BYTES} bytes at most"
        yield Problem(node.field("parameters"), message, "Remove some.")


def _topologies(node: Node) -> Iterator[Problem]:
    """validateAllowedTopologies: no two terms allow the same."""
    seen: set[frozenset[tuple[str, frozenset[str]]]] = {frozenset()}
    for index, term in enumerate(map(mapping, node.list("allowedTopologies"))):
        requirements = node._replace(body=term).items("matchLabelExpressions")
        by_key = {str(one.get("key")): frozenset(map(str, _list(one.get("values")))) for one in requirements}
        each = frozenset(by_key.items())
        if each in seen:
            place = node.field("allowedTopologies", index, "matchLabelExpressions")
            yield Problem(place, "is empty, or an earlier one again", "Correct it, or remove the term.")
        seen.add(each)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _volume(node: Node) -> Iterator[Problem]:
    """ValidatePersistentVolumeSpec."""
    capacity = node.map("capacity")
    if set(capacity) != {"storage"} and isinstance(node.body.get("capacity"), dict):
        yield Problem(node.field("capacity"), "must be storage alone", "Write it such as storage: 10Gi.")
    size = amount_of(capacity, "storage")
    if size is not None and size <= 0:
        yield Problem(node.field("capacity", "storage"), "must be greater than 0", "Raise it.")
    if node.body.get("local") is not None and node.body.get("nodeAffinity") is None:
        yield Problem(node.field("nodeAffinity"), "is required for a local volume", "Name the nodes.")
    recycled = node.text("persistentVolumeReclaimPolicy") == "Recycle"
    if recycled and set(str(node.map("hostPath").get("path"))) == {"/"}:
        message = "must not be Recycle for the host's /"
        yield Problem(node.field("persistentVolumeReclaimPolicy"), message, "Use Retain.")
    name = node.body.get("volumeAttributesClassName")
    if name is not None and (not name or node.body.get("csi") is None):
        message = "must be the name of a class, for a volume of csi"
        yield Problem(node.field("volumeAttributesClassName"), message, "Remove it, or correct the volume.")
