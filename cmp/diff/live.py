"""What an API server adds to an object: no part of any render, so no difference to one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import Any

    Body = dict[str, Any]

# Of metadata; the first two mark an object that was read from a cluster.
_MARKS = ("uid", "resourceVersion")
_SERVER = (*_MARKS, "generation", "creationTimestamp", "managedFields", "selfLink")
# Annotations that tools and controllers keep for themselves. The first holds a Secret's values once more.
_KEPT = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")
# What Argo CD writes into every object after the render, to know its own; no render has it.
_TRACKING = "argocd.argoproj.io/tracking-id"


def without_server_fields(body: Body, cluster_scoped: Container[tuple[str, str]] = ()) -> Body:
    """A copy as it might have been rendered; what was not read from a cluster keeps nearly all it has.

    cluster_scoped: (group, kind) of objects whose namespace counts for nothing. Argo CD takes it out.
    """
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        return body
    if (str(body.get("apiVersion", "")).rpartition("/")[0], body.get("kind")) in cluster_scoped:
        metadata = {key: value for key, value in metadata.items() if key != "namespace"}
    live = any(key in metadata for key in _MARKS)
    gone = (_TRACKING, *(_KEPT if live else _KEPT[:1]))
    kept = {key: value for key, value in metadata.items() if not (live and key in _SERVER)}
    annotations = kept.get("annotations")
    if isinstance(annotations, dict):
        kept["annotations"] = {key: value for key, value in annotations.items() if key not in gone}
        if not kept["annotations"]:
            del kept["annotations"]
    return {key: value for key, value in body.items() if not (live and key == "status")} | {"metadata": kept}
