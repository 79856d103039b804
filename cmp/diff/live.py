"""What an API server adds to an object: no part of any render, so no difference to one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Body = dict[str, Any]

# Of metadata; the first two mark an object that was read from a cluster.
_MARKS = ("uid", "resourceVersion")
_SERVER = (*_MARKS, "generation", "creationTimestamp", "managedFields", "selfLink")
# Annotations that tools and controllers keep for themselves. The first holds a Secret's values once more.
_KEPT = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")


def without_server_fields(body: Body) -> Body:
    """A copy as it might have been rendered; what was not read from a cluster keeps nearly all it has."""
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        return body
    live = any(key in metadata for key in _MARKS)
    gone = _KEPT if live else _KEPT[:1]
    kept = {key: value for key, value in metadata.items() if not (live and key in _SERVER)}
    annotations = kept.get("annotations")
    if isinstance(annotations, dict):
        kept["annotations"] = {key: value for key, value in annotations.items() if key not in gone}
        if not kept["annotations"]:
            del kept["annotations"]
    return {key: value for key, value in body.items() if not (live and key == "status")} | {"metadata": kept}
