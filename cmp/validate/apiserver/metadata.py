"""The metadata of every object: names, namespaces, labels, annotations, finalizers."""

from __future__ import annotations

import re

from cmp.manifest import mapping
from cmp.validate.apiserver import formats
from cmp.validate.apiserver.groups import is_custom
from cmp.validate.apiserver.names import labels
from cmp.validate.apiserver.shape import OTHER, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cmp.validate.apiserver.shape import Node

    Format = Callable[[str], str]

# Whose names are not DNS subdomains; upstream's Validate<Kind>Name.
NAMES: dict[str, Format] = {
    "Namespace": formats.dns_label,
    "Service": formats.dns_label,
    "StatefulSet": formats.dns_label,
    "PodDisruptionBudget": formats.path_segment,
    "Role": formats.path_segment,
    "ClusterRole": formats.path_segment,
    "RoleBinding": formats.path_segment,
    "ClusterRoleBinding": formats.path_segment,
    OTHER: formats.path_segment,
}
# The controller adds to these names: validateCronJobSpec, and the label job-name of a Job's pods.
LONGEST = {"CronJob": 52, "Job": 63}
_POD_SECURITY = "pod-security.kubernetes.io/"
_MODES = ("enforce", "audit", "warn")
_LEVELS = ("privileged", "baseline", "restricted")
_VERSION = re.compile(r"latest|v1\.(0|[1-9][0-9]*)")
_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
# Types whose upstream function does not call validateKubeFinalizerName.
_ANY_FINALIZER = frozenset((OTHER, "Webhooks"))
# TotalAnnotationSizeLimitB
_MOST = 256 * 1024


def check(node: Node) -> Iterator[Problem]:
    """ValidateObjectMeta; of a template the annotations alone, `selectors` and `claims` have its labels."""
    if node.type in ("PodTemplate", "EphemeralClaim"):
        yield from _annotations(node._replace(body=node.map("metadata"), path=node.field("metadata")))
    if node.above is not None:
        return
    metadata = node.map("metadata")
    held = node._replace(body=metadata, path="metadata")
    yield from _name(held, _form(node))
    if held.text("namespace") and formats.dns_label(held.text("namespace")):
        yield Problem(
            "metadata.namespace", formats.dns_label(held.text("namespace")), "Correct the namespace."
        )
    yield from labels(held, "labels")
    yield from _annotations(held)
    if node.type == "Namespace":
        yield from _levels(held)
    yield from _finalizers(held)
    if node.type == "Namespace":
        yield from _finalizers(node._replace(body=node.map("spec"), path="spec"))
    yield from _owners(held)


def _finalizers(held: Node) -> Iterator[Problem]:
    for index, text in held.strings("finalizers"):
        wrong = _finalizer(text, held.type)
        if wrong:
            yield Problem(held.field("finalizers", index), wrong, "Correct the string.")


def _finalizer(text: str, kind: str) -> str:
    """ValidateFinalizerName; of the server's own kinds also validateKubeFinalizerName."""
    wrong = formats.qualified_name(text)
    if not wrong and kind not in _ANY_FINALIZER and "/" not in text and text not in _FINALIZERS:
        return f"must be {', '.join(_FINALIZERS)}, or a name with a domain"
    return wrong


def _owners(held: Node) -> Iterator[Problem]:
    """ValidateOwnerReferences."""
    controllers = set()
    for index, owner in enumerate(map(mapping, held.list("ownerReferences"))):
        for field in ("apiVersion", "kind", "name", "uid"):
            if owner.get(field) in (None, ""):
                yield Problem(held.field("ownerReferences", index, field), "is required", "Give it a value.")
        if str(owner.get("apiVersion")).count("/") > 1:
            place = held.field("ownerReferences", index, "apiVersion")
            yield Problem(place, "must be GROUP/VERSION or VERSION", "Correct the version.")
        if owner.get("controller") is True:
            controllers.add(str(owner.get("uid")))
    if len(controllers) > 1:
        yield Problem(held.field("ownerReferences"), "must name one controller at most", "Correct the list.")


def _levels(held: Node) -> Iterator[Problem]:
    """The admission plugin PodSecurity, validateNamespace."""
    for key, value in held.map("labels").items():
        mode = key.removeprefix(_POD_SECURITY)
        if mode == key or not isinstance(value, str):
            continue
        if mode in _MODES and value not in _LEVELS:
            message, cure = f"must be {', '.join(_LEVELS)}", "Use one of them."
        elif mode.removesuffix("-version") in _MODES and mode not in _MODES and not _VERSION.fullmatch(value):
            message, cure = "must be latest or a version such as v1.33", "Correct the version."
        else:
            continue
        yield Problem(held.field("labels", key), message, cure)


def _form(node: Node) -> Format:
    if node.type == OTHER and is_custom(node.body):
        return formats.dns_subdomain  # apiextensions-apiserver: the validator of custom resources
    return NAMES.get(node.type, formats.dns_subdomain)


def _name(held: Node, form: Format) -> Iterator[Problem]:
    name, prefix = held.text("name"), held.text("generateName")
    if name:
        wrong = form(name)
        most = LONGEST.get(held.type)
        if not wrong and most is not None and len(name) > most:
            wrong = f"must have {most} characters at most: the names of its pods are longer"
        if wrong:
            yield Problem("metadata.name", wrong, "Correct the name.")
    if prefix:
        # maskTrailingDash
        wrong = form(prefix[:-1] + "a" if prefix.endswith("-") and len(prefix) > 1 else prefix)
        if wrong:
            yield Problem("metadata.generateName", wrong, "Correct the prefix.")
    elif not name:
        yield Problem("metadata.name", "is required", "Give the object a name.")


def _annotations(held: Node) -> Iterator[Problem]:
    """ValidateAnnotations: the form of keys does not depend on letter case, and the size is bounded."""
    total = 0
    for key, value in held.map("annotations").items():
        wrong = formats.qualified_name(key.lower())
        if wrong:
            yield Problem(held.field("annotations"), f"the key {key!r} {wrong}", "Correct the key.")
        total += len(key.encode("utf-8", "replace"))
        total += len(value.encode("utf-8", "replace")) if isinstance(value, str) else 0
    if total > _MOST:
        yield Problem(
            held.field("annotations"), f"must be {_MOST} bytes at most", "Move the text into a ConfigMap."
        )
