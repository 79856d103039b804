"""What a caller's hook made for a generator that is not built in (UpdateResourceOptions, plugins/utils)."""

from __future__ import annotations

from cmp.kustomize.errors import ResourceError
from cmp.kustomize.factory import items_of, make
from cmp.kustomize.resmap import ResMap
from cmp.kustomize.resource import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

NEEDS_HASH = "kustomize.config.k8s.io/needs-hash"
BEHAVIOR = "kustomize.config.k8s.io/behavior"
# Go's strconv.ParseBool
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))


def resources_of(bodies: list[Value], config: Resource) -> ResMap:
    """The objects as generated resources; annotations that ask for a hash or for merging are taken out."""
    resmap = ResMap()
    queue = list(enumerate(bodies))
    place = 0
    # Items of a List are queued behind the rest, as in a file.
    while place < len(queue):
        index, body = queue[place]
        place += 1
        if not isinstance(body, dict):
            raise ResourceError("the generator made something that is not an object")
        kind = text_of(body.get("kind"))
        if kind.endswith("List") and "items" in body:
            queue += [(index, item) for item in items_of(body, kind)]
            continue
        resource = make(body, file=config.file, index=index)
        _take_options(resource)
        resmap.append(resource)
    return resmap


def _take_options(resource: Resource) -> None:
    annotations = resource.text_map("metadata", "annotations")
    wanted = annotations.pop(NEEDS_HASH, "false")
    behavior = annotations.pop(BEHAVIOR, "")
    if wanted not in _TRUE | _FALSE:
        raise ResourceError(f"the annotation {NEEDS_HASH} must be true or false").at(object=str(resource))
    if annotations:
        resource.metadata()["annotations"] = dict(annotations)
    elif "annotations" in resource.metadata():
        del resource.metadata()["annotations"]
    resource.options["generated"] = True
    resource.options["foreign"] = True
    # A generated object may ask for its hash by upstream's internal annotation as well.
    resource.needs_hash = resource.needs_hash or wanted in _TRUE
    resource.behavior = behavior if behavior in ("create", "replace", "merge") else "unspecified"
