"""Pods for Windows: fields that they do not have, names of users, containers as processes of the host."""

from __future__ import annotations

import re

from cmp.manifest import mapping
from cmp.validate.apiserver import formats
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

# type -> fields that are not for Windows, whatever they say: validateWindows, validatePodResources
LINUX_ONLY: dict[str, tuple[str, ...]] = {
    "PodSpec": ("hostUsers", "shareProcessNamespace", "resources"),
    "PodSecurityContext": (
        "appArmorProfile",
        "seLinuxOptions",
        "seccompProfile",
        "fsGroup",
        "fsGroupChangePolicy",
        "runAsUser",
        "runAsGroup",
        "supplementalGroups",
        "supplementalGroupsPolicy",
        "seLinuxChangePolicy",
    ),
    "SecurityContext": (
        "appArmorProfile",
        "seLinuxOptions",
        "seccompProfile",
        "capabilities",
        "readOnlyRootFilesystem",
        "privileged",
        "allowPrivilegeEscalation",
        "procMount",
        "runAsUser",
        "runAsGroup",
    ),
}
# type -> fields of which false and an empty list are allowed
LINUX_ONLY_SET: dict[str, tuple[str, ...]] = {
    "PodSpec": ("hostPID", "hostIPC"),
    "PodSecurityContext": ("sysctls",),
}
# type -> fields that are for Windows alone: validateLinux
WINDOWS_ONLY = {"PodSecurityContext": ("windowsOptions",), "SecurityContext": ("windowsOptions",)}
_OPTIONS = "windowsOptions"
_PROCESS = "hostProcess"


def check(node: Node) -> Iterator[Problem]:
    """A problem per field that does not go with the pod's operating system, and per name of a user."""
    pod = node if node.type == "PodSpec" else node.up("PodSpec")
    system = "" if pod is None else pod.map("os").get("name")
    if system == "windows":
        for field in LINUX_ONLY.get(node.type, ()):
            if node.body.get(field) is not None:
                yield _not_for(node.field(field), "Windows")
        for field in LINUX_ONLY_SET.get(node.type, ()):
            if node.body.get(field):
                yield _not_for(node.field(field), "Windows")
    elif system == "linux":
        for field in WINDOWS_ONLY.get(node.type, ()):
            if node.body.get(field) is not None:
                yield _not_for(node.field(field), "Linux")
    if node.type == "WindowsOptions" and isinstance(node.body.get("runAsUserName"), str):
        wrong = user_problem(node.body["runAsUserName"])
        if wrong:
            cure = "Write USER or DOMAIN\\USER, such as ContainerUser."
            yield Problem(node.field("runAsUserName"), wrong, cure)
    elif node.type == "PodSpec":
        yield from _processes(node)


def _not_for(field: str, system: str) -> Problem:
    return Problem(field, f"must not be there for a pod on {system}", "Remove it, or correct os.name.")


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MOST_DOMAIN, _MOST_USER = 255, 104
_NETBIOS = re.compile(r'(?!\.)[^\\/:*?"<>|]{1,15}')
_NOT_IN_USER = re.compile(r'["/\\:;|=,+*?<>@\[\]]')


def user_problem(text: str) -> str:
    """validateWindowsSecurityContextOptions: USER or DOMAIN\\USER; lengths are in bytes."""
    domain, slash, user = text.rpartition("\\")
    if not user.strip(". ") or _NOT_IN_USER.search(user):
        return 'must name a user, without any of "/\\:;|=,+*?<>@[]'
    if _CONTROL.search(text) or len(user.encode("utf-8", "replace")) > _MOST_USER:
        return f"must have {_MOST_USER} bytes at most in the name of the user, and no control characters"
    named = _NETBIOS.fullmatch(domain) or not any(map(formats.dns_label, domain.lower().split(".")))
    if slash and (not named or len(domain.encode("utf-8", "replace")) > _MOST_DOMAIN):
        return "must name a NetBIOS or DNS domain before the backslash"
    return ""


def _processes(node: Node) -> Iterator[Problem]:
    """validateWindowsHostProcessPod: all containers or none, on the host's network."""
    whole = mapping(node.map("securityContext").get(_OPTIONS)).get(_PROCESS)
    held = []
    for field in ("initContainers", "containers"):
        for index, container in enumerate(node.list(field)):
            if isinstance(container, dict):
                own = mapping(mapping(container.get("securityContext")).get(_OPTIONS)).get(_PROCESS)
                held.append(whole if own is None else own)
                if None not in (own, whole) and own is not whole:
                    place = node.field(field, index, "securityContext", _OPTIONS, _PROCESS)
                    yield Problem(place, "must be what the pod says", "Remove one of them.")
    if True not in held:
        return
    if not all(each is True for each in held):
        place = node.field("securityContext", _OPTIONS, _PROCESS)
        yield Problem(place, "must be true for all containers or for none", "Set it for the whole pod.")
    if node.body.get("hostNetwork") is not True:
        message = "must be true for processes of the host"
        yield Problem(node.field("hostNetwork"), message, "Set it to true.")
