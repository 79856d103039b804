"""ModelConfig, ModelLock and Kustomization: held against the readers that the render uses."""

from __future__ import annotations

from typing import NamedTuple

from cmp.errors import CmpError
from cmp.kustomize.kinds import KUSTOMIZATION
from cmp.kustomize.structs import StructError, decode
from cmp.manifest import mapping
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Body = dict[str, Any]

_KUSTOMIZATIONS = (
    "kustomize.config.k8s.io/v1beta1 Kustomization",
    "kustomize.config.k8s.io/v1alpha1 Component",
)
_DECLARATIONS = "cmp.mlops/"


class OwnKind(NamedTuple):
    """kind: `group/version Kind`."""

    kind: str

    def problems(self, body: Body) -> Iterator[tuple[str, str]]:
        """(field, message) of the first mistake that the reader finds."""
        try:
            _read(self.kind, body)
        except CmpError as err:
            yield err.where.field, f"{err.message} ({err.hint})" if err.hint else err.message


def checker(api_version: str, kind: str) -> OwnKind | None:
    """The check of one of our own kinds, None for any other."""
    name = f"{api_version} {kind}"
    return OwnKind(name) if name in _KUSTOMIZATIONS or name.startswith(_DECLARATIONS) else None


def _annotated(body: Body) -> Body:
    """With the annotation that the base's object has: a patch of it, which leaves it out, is read like it."""
    metadata = mapping(body.get("metadata"))
    annotations = {"config.kubernetes.io/local-config": "true", **mapping(metadata.get("annotations"))}
    return {**body, "metadata": {**metadata, "annotations": annotations}}


def _read(kind: str, body: Body) -> None:
    if kind in _KUSTOMIZATIONS:
        try:
            decode(body, KUSTOMIZATION, strict=True)
        except StructError as err:
            raise err.at(field=dotted(err.path)) from None
        return
    # Objects that few runs hold; the readers' import takes longer than checking a ConfigMap.
    from cmp.kustomize import factory
    from cmp.models import declarations
    from cmp.models.config import NOT_MASKED, ModelConfig
    from cmp.models.lock import ModelLock

    resource = factory.make(_annotated(body))
    if resource.kind == declarations.CONFIG_KIND:
        ModelConfig(resource, NOT_MASKED)
    elif resource.kind == declarations.LOCK_KIND:
        ModelLock(resource, NOT_MASKED)
    else:
        declarations.read([resource])
