"""Security contexts: profiles, privileges, and what needs a user namespace or one of the pod's own."""

from __future__ import annotations

from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

# The pod's field that takes a namespace from the host -> the names and prefixes of sysctls that are then the
# host's: component-helpers, node/util/sysctl/namespace.go
_OF_THE_HOST: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "hostNetwork": (frozenset(), ("net.",)),
    "hostIPC": (
        frozenset(
            (
                "kernel.sem",
                *(f"kernel.{name}" for name in ("shm", "shmall", "shmmax", "shmmni", "shm_rmid_forced")),
                *(f"kernel.{name}" for name in ("msg", "msgmax", "msgmnb", "msgmni")),
            )
        ),
        ("fs.mqueue.",),
    ),
}
_SWAPPED = str.maketrans("./", "/.")


def check(node: Node) -> Iterator[Problem]:
    """A problem per context, profile or sysctl."""
    if node.type in ("Seccomp", "AppArmor"):
        yield from _profile(node)
    elif node.type == "SecurityContext":
        yield from _escalation(node)
        yield from _proc(node)
    elif node.type == "Sysctl":
        yield from _sysctl(node)


def _profile(node: Node) -> Iterator[Problem]:
    """validateSeccompProfileField, ValidateAppArmorProfileField."""
    local, profile = node.text("type") == "Localhost", node.body.get("localhostProfile")
    if local and (profile is None or (profile == "" and node.type == "AppArmor")):
        yield Problem(
            node.field("localhostProfile"), "is required for the type Localhost", "Name the profile."
        )
    elif not local and profile is not None:
        yield Problem(node.field("localhostProfile"), "must not be there for this type", "Remove it.")


def _escalation(node: Node) -> Iterator[Problem]:
    """ValidateSecurityContext."""
    if node.body.get("allowPrivilegeEscalation") is not False:
        return
    added = node.map("capabilities").get("add")
    if node.body.get("privileged") is True:
        yield Problem(
            node.path, "allowPrivilegeEscalation is false, and privileged is true", "Remove one of them."
        )
    elif isinstance(added, list) and "CAP_SYS_ADMIN" in added:
        message = "allowPrivilegeEscalation is false, and CAP_SYS_ADMIN is added"
        yield Problem(node.path, message, "Remove one of them.")


def _proc(node: Node) -> Iterator[Problem]:
    """The same function."""
    pod = node.up("PodSpec")
    if node.text("procMount") == "Unmasked" and pod is not None and pod.body.get("hostUsers") is not False:
        message = "must not be Unmasked unless the pod says hostUsers: false"
        yield Problem(node.field("procMount"), message, "Set hostUsers to false, or remove this.")


def _sysctl(node: Node) -> Iterator[Problem]:
    """ValidateHostSysctl."""
    pod, name = node.up("PodSpec"), node.text("name")
    first = next((letter for letter in name if letter in "./"), "")
    name = name.translate(_SWAPPED) if first == "/" else name
    for field, (names, prefixes) in _OF_THE_HOST.items():
        if pod is not None and pod.body.get(field) is True and (name in names or name.startswith(prefixes)):
            message = f"must not be there beside {field}: it would change the host"
            yield Problem(node.field("name"), message, "Remove one of them.")
