"""The last steps of a build: local configuration dropped, build annotations removed, the managed-by label."""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.factory import check
from cmp.kustomize.fieldspec import is_null, new_map
from cmp.kustomize.history import REMOVED
from cmp.kustomize.resmap import ResMap, duplicate
from cmp.kustomize.resource import LOCAL_CONFIG, ORIGIN, TRANSFORMATIONS, text_of
from cmp.kustomize.scalars import is_spoilt
from cmp.kustomize.sharing import spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

MANAGED_BY = "app.kubernetes.io/managed-by"


def drop_local(resmap: ResMap) -> None:
    """Drop resources with the local-config annotation, unless its value is `false`.

    Upstream drops them by id, so one that a patch gave the id of another stays. Raises `KustomizeError` and
    `ResourceError` for what patches made of ids, kinds and names on the way.
    """
    local: list[Resource] = []
    kept: list[Resource] = []
    for resource in resmap:
        check(resource.body, resource.index, resource.file)
        (local if is_local(resource) else kept).append(resource)
    if not local:
        resmap.check_ids()
        return
    ResMap(kept).check_ids()
    ids = {resource.cur_id for resource in kept}
    gone = {resource.cur_id: resource for resource in local if resource.cur_id not in ids}
    for resource in local:
        if gone.get(resource.cur_id, resource) is not resource:
            raise duplicate(resource, gone[resource.cur_id])
    resmap.keep(lambda resource: resource.cur_id not in gone)


def is_local(resource: Resource) -> bool:
    """Whether a resource is configuration for tools and not for the cluster."""
    metadata = resource.body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict) or LOCAL_CONFIG not in annotations:
        return False
    return text_of(annotations[LOCAL_CONFIG]) != "false"


def tidy(resmap: ResMap, build_metadata: Sequence[str], version: str) -> None:
    """Remove what only the build needed, add what `buildMetadata` asks for."""
    remove = set(REMOVED)
    if "originAnnotations" not in build_metadata:
        remove.add(ORIGIN)
    if "transformerAnnotations" not in build_metadata:
        remove.add(TRANSFORMATIONS)
    if "managedByLabel" in build_metadata:
        for resource in resmap:
            metadata = resource.metadata()
            labels = metadata.get("labels")
            if is_null(labels):
                labels = metadata["labels"] = {}
            if not isinstance(labels, dict):
                raise KustomizeError("must be a mapping").at(
                    file=resource.file, object=str(resource), field="metadata.labels"
                )
            labels[MANAGED_BY] = f"kustomize-{version}"
            if resource.shared:
                spread(resource)
    for resource in resmap:
        # Upstream writes the annotations anew, so a List without metadata gets it.
        body_metadata = resource.body.setdefault("metadata", {})
        if isinstance(body_metadata, dict) and "annotations" in body_metadata:
            _rewrite_annotations(body_metadata, remove)


def _rewrite_annotations(metadata: dict[str, Value], remove: set[str]) -> None:
    """Every value becomes a string, as upstream writes the mapping anew; an empty one goes."""
    annotations = metadata["annotations"]
    if isinstance(annotations, list):
        # Upstream reads the list's items as keys and values in turn.
        texts = [text_of(item) for item in annotations]
        annotations = {key: value for key, value in zip(texts[::2], texts[1::2], strict=False)}  # noqa: C416
    if not isinstance(annotations, dict):
        annotations = {}
    kept: dict[str, Value] = {
        key: value if type(value) is str or is_spoilt(value) else text_of(value)
        for key, value in annotations.items()
        if key not in remove
    }
    if kept:
        metadata["annotations"] = new_map(kept)
    else:
        del metadata["annotations"]
