"""Running a validator, which may change nothing but one label (runValidators in kusttarget.go)."""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError
from cmp.yaml.value import copy_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

LABEL = "validated-by"


def validate(resmap: ResMap, config: Resource, transform: Callable[[ResMap], None]) -> None:
    """Run one validator; `KustomizeError` if it changed the resources otherwise."""
    before = {resource.key: copy_value(resource.body) for resource in resmap}
    transform(resmap)
    after = {resource.key: _without_label(resource.body) for resource in resmap}
    if before != after:
        changed = sorted(
            str(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)
        )
        raise KustomizeError(
            f"the validator changed {', '.join(changed)}", hint="list it in `transformers` if that is meant"
        ).at(file=config.file, object=str(config))


def _without_label(body: dict[str, Value]) -> Value:
    metadata = body.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(labels, dict) or LABEL not in labels:
        return body
    rest = {key: value for key, value in labels.items() if key != LABEL}
    metadata = {key: value for key, value in metadata.items() if key != "labels"}
    if rest:
        metadata["labels"] = rest
    return {**body, "metadata": metadata}
