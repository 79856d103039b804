"""Volume claims: access modes, and what they are copied from."""

from __future__ import annotations

from cmp.manifest import mapping
from cmp.validate.apiserver import formats
from cmp.validate.apiserver.names import labels
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.apiserver.shape import Node

_CLAIM, _SNAPSHOT = ("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot")
# isDataSourceEqualDataSourceRef
_SAME = ("apiGroup", "kind", "name")
# allowedTemplateObjectMetaFields
_TEMPLATE_METADATA = ("labels", "annotations")


def check(node: Node) -> Iterator[Problem]:
    """ValidatePersistentVolumeClaimSpec."""
    if node.type in ("ClaimSpec", "VolumeSpec"):
        yield from _modes(node)
    if node.type == "ClaimSpec":
        yield from _sources(node)
    elif node.type == "EphemeralClaim":
        yield from _template(node)


def _modes(node: Node) -> Iterator[Problem]:
    modes = node.list("accessModes")
    if "ReadWriteOncePod" in modes and any(mode != "ReadWriteOncePod" for mode in modes):
        message = "must not hold ReadWriteOncePod beside other modes"
        yield Problem(node.field("accessModes"), message, "Keep it or the others.")


def _sources(node: Node) -> Iterator[Problem]:
    """validateDataSource, validateDataSourceRef.

    Of a claim that is not a template, the server ignores a dataSourceRef of another namespace, for which its
    gate is closed (DropDisabledFields). It also ignores a dataSource that is neither a claim nor a snapshot,
    if there is no dataSourceRef (EnforceDataSourceBackwardsCompatibility).
    """
    source, reference = node.map("dataSource"), node.map("dataSourceRef")
    if node.above is not None and node.above.type == "PersistentVolumeClaim":
        reference = {} if reference.get("namespace") else reference
        source = source if reference or _kind(source) in (_CLAIM, _SNAPSHOT) else {}
    for field, found in (("dataSourceRef", reference), ("dataSource", source)):
        if found:
            yield from _source(node, field, found)
    if source and reference.get("namespace"):
        message = "must not be there beside a dataSourceRef with a namespace"
        yield Problem(node.field("dataSource"), message, "Keep one of them.")
    elif source and reference and any(source.get(key) != reference.get(key) for key in _SAME):
        yield Problem(node.field("dataSource"), "must be equal to dataSourceRef", "Keep dataSourceRef.")


def _kind(source: Body) -> tuple[str, str]:
    return str(source.get("apiGroup") or ""), str(source.get("kind"))


def _source(node: Node, field: str, source: Body) -> Iterator[Problem]:
    for key in ("kind", "name"):
        if source.get(key) in (None, ""):
            yield Problem(node.field(field, key), "is required", f"Give {key} a value.")
    group, kind = _kind(source)
    if not group and kind not in ("", _CLAIM[1]):
        message = "must be PersistentVolumeClaim without an apiGroup"
        yield Problem(node.field(field, "kind"), message, "Name the apiGroup.")
    elif group and formats.dns_subdomain(group):
        yield Problem(node.field(field, "apiGroup"), formats.dns_subdomain(group), "Correct the string.")


def _template(node: Node) -> Iterator[Problem]:
    """ValidateTemplateObjectMeta."""
    metadata = mapping(node.body.get("metadata"))
    yield from labels(node._replace(body=metadata, path=node.field("metadata")), "labels")
    for field, value in metadata.items():
        if field not in _TEMPLATE_METADATA and value:
            message = "must not be there: the claim is named after its pod"
            yield Problem(node.field("metadata", field), message, "Remove it.")
