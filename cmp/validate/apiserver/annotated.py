"""Annotations that the server reads as if they were fields."""

from __future__ import annotations

import re

from cmp.validate.apiserver import formats
from cmp.validate.apiserver.addresses import BLOCK_CURE, block_problem
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cmp.validate.apiserver.shape import Node

    Format = Callable[[str], str]

_COST = "controller.kubernetes.io/pod-deletion-cost"
_SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_OF_ONE = "container.seccomp.security.alpha.kubernetes.io/"
_APPARMOR_OF_ONE = "container.apparmor.security.beta.kubernetes.io/"
_CLASS = "kubernetes.io/ingress.class"
_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_HINTS = "service.kubernetes.io/topology-aware-hints"
_MODE = "service.kubernetes.io/topology-mode"
_NUMBER = re.compile(r"0|-[0-9]+|[1-9][0-9]*")
_CURE = "Correct the annotation, or remove it."


def check(node: Node) -> Iterator[Problem]:
    """A problem per annotation of a pod, Service or Ingress."""
    rule = _RULES.get(node.type)
    if rule is None:
        return
    held = node._replace(body=node.map("metadata"), path=node.field("metadata"))
    texts = {key: text for key, text in held.map("annotations").items() if isinstance(text, str)}
    for key, message in rule(node, texts):
        yield Problem(held.field("annotations", key), message, _CURE)


def _pod(node: Node, texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """ValidatePodSpecificAnnotations."""
    spec = node._replace(body=node.map("spec"))
    containers = spec.names("containers") | spec.names("initContainers")
    for key, text in texts.items():
        wrong = ""
        if key == _COST:
            wrong = _cost(text)
        elif key == _SECCOMP or key.startswith(_SECCOMP_OF_ONE):
            wrong = _seccomp(text)
        elif key.startswith(_APPARMOR_OF_ONE):
            wrong = _apparmor(text)
            if key.removeprefix(_APPARMOR_OF_ONE) not in containers:
                wrong = "names a container that the pod does not have"
        if wrong:
            yield key, wrong


def _cost(text: str) -> str:
    """GetDeletionCostFromPodAnnotations."""
    fits = _NUMBER.fullmatch(text) and len(text) < 12 and -(2**31) <= int(text) < 2**31
    return "" if fits else "must be an integer of 32 bits"


def _seccomp(text: str) -> str:
    """ValidateSeccompProfile."""
    if text in ("runtime/default", "docker/default", "unconfined"):
        return ""
    if not text.startswith("localhost/"):
        return "must be runtime/default, unconfined or localhost/PATH"
    return formats.inner_path(text.removeprefix("localhost/"))


def _apparmor(text: str) -> str:
    """ValidateAppArmorProfileFormat."""
    fits = text in ("", "runtime/default", "unconfined") or text.startswith("localhost/")
    return "" if fits else "must be runtime/default, unconfined or localhost/NAME"


def _ingress(node: Node, texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """ValidateIngressCreate."""
    chosen = node.map("spec").get("ingressClassName")
    if chosen is not None and texts.get(_CLASS, chosen) != chosen:
        yield _CLASS, "must be what ingressClassName says"


def _service(node: Node, texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """validateService; the field for the same ranges is read first."""
    spec = node.map("spec")
    if _MODE in texts and texts.get(_HINTS, texts[_MODE]) != texts[_MODE]:
        yield _MODE, f"must be what {_HINTS} says"
    if _RANGES not in texts or spec.get("loadBalancerSourceRanges"):
        return
    if spec.get("type") != "LoadBalancer":
        yield _RANGES, "must not be there unless the type is LoadBalancer"
    parts = [part.strip() for part in texts[_RANGES].split(",")]
    wrong = next(filter(None, map(block_problem, parts)), "") if parts != [""] else ""
    if wrong:
        yield _RANGES, f"{wrong}. {BLOCK_CURE.removesuffix('.')}, and a comma between two"


_RULES: dict[str, Callable[[Node, dict[str, str]], Iterator[tuple[str, str]]]] = {
    "Pod": _pod,
    "PodTemplate": _pod,
    "Ingress": _ingress,
    "Service": _service,
}
