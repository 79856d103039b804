"""Fields that do not go together because of what they say."""

from __future__ import annotations

from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.validate.apiserver.shape import Node

# Any value but null.
ANY = object()
# type -> (field, what it says, the field beside it, what that one says): the first must then not be there
CONFLICTS: dict[str, tuple[tuple[str, Any, str, Any], ...]] = {
    "PodSpec": (
        ("shareProcessNamespace", True, "hostPID", True),  # validateShareProcessNamespace
        ("hostNetwork", True, "hostUsers", False),  # validateHostUsers
        ("hostPID", True, "hostUsers", False),
        ("hostIPC", True, "hostUsers", False),
        ("hostnameOverride", ANY, "setHostnameAsFQDN", True),  # validatePodHostName
        ("hostnameOverride", ANY, "hostNetwork", True),
    ),
    "DeploymentStrategy": (("rollingUpdate", ANY, "type", "Recreate"),),  # ValidateDeploymentStrategy
    "StatefulSetStrategy": (("rollingUpdate", ANY, "type", "OnDelete"),),  # ValidateStatefulSetSpec
    "JobSpec": (
        # validatePodReplacementPolicy
        ("podReplacementPolicy", "TerminatingOrFailed", "podFailurePolicy", ANY),
    ),
    # validateMountRecursiveReadOnly
    "VolumeMount": tuple(
        ("mountPropagation", propagation, "recursiveReadOnly", recursive)
        for propagation in ("HostToContainer", "Bidirectional")
        for recursive in ("Enabled", "IfPossible")
    ),
}


def check(node: Node) -> Iterator[Problem]:
    """A problem per pair."""
    for field, value, other, said in CONFLICTS.get(node.type, ()):
        if _says(node, field, value) and _says(node, other, said):
            yield Problem(node.field(field), _message(value, other, said), "Remove one of them.")


def _says(node: Node, field: str, value: object) -> bool:
    found = node.body.get(field)
    return found is not None and (value is ANY or (type(found) is type(value) and found == value))


def _message(value: object, other: str, said: object) -> str:
    what = "there" if value is ANY else _shown(value)
    return f"must not be {what} beside {other}" + ("" if said is ANY else f": {_shown(said)}")


def _shown(value: object) -> str:
    """As YAML writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
