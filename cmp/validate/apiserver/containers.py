"""Containers against their pod: restarts, resizes, probes of init containers, claims of resources."""

from __future__ import annotations

from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

_AFTER_START = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle")


def check(node: Node) -> Iterator[Problem]:
    """A problem per field."""
    if node.type != "Container":
        return
    pod = node.above if node.above is not None else node
    yield from _claims(node, pod)
    yield from _resizes(node, pod)
    if node.list("restartPolicyRules") and node.body.get("restartPolicy") is None:
        message = "is required for restartPolicyRules"
        yield Problem(node.field("restartPolicy"), message, "Say what happens if no rule matches.")
    image = node.text("image")
    if node.top.type == "Pod" and image != image.strip():
        yield Problem(node.field("image"), "must not begin or end with white space", "Remove it.")
    if node.list("volumeDevices") and pod.body.get("hostUsers") is False:
        message = "must not be there in a pod with hostUsers: false"
        yield Problem(node.field("volumeDevices"), message, "Remove one of them.")
    for field in _AFTER_START if _starts_and_ends(node) else ():
        if node.body.get(field) is not None:
            message = "must not be there for an init container without restartPolicy Always"
            yield Problem(node.field(field), message, "Remove it.")


def _starts_and_ends(node: Node) -> bool:
    """Whether it is an init container that does not stay."""
    place = node.path.rpartition(".")[2]
    return place.startswith("initContainers") and node.text("restartPolicy") != "Always"


def _claims(node: Node, pod: Node) -> Iterator[Problem]:
    """validateResourceClaimNames."""
    known = pod.names("resourceClaims")
    claims = node.map("resources").get("claims")
    for index, claim in enumerate(claims if isinstance(claims, list) else ()):
        if isinstance(claim, dict) and claim.get("name") not in known:
            field = node.field("resources", "claims", index, "name")
            yield Problem(field, "is not one of the pod's resourceClaims", "Add it there.")


def _resizes(node: Node, pod: Node) -> Iterator[Problem]:
    """validateResizePolicy, validateInitContainers."""
    never = pod.text("restartPolicy") == "Never"
    if not never and not _starts_and_ends(node):
        return
    for index, policy in enumerate(node.list("resizePolicy")):
        if isinstance(policy, dict) and policy.get("restartPolicy") == "RestartContainer":
            place = node.field("resizePolicy", index, "restartPolicy")
            why = "a pod with restartPolicy Never" if never else "an init container that does not stay"
            yield Problem(place, f"must be NotRequired in {why}", "Use NotRequired.")
