"""A database whose data goes with its pod."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import containers, pod_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "volatile-database"
SEVERITY: Severity = "error"
TITLE = "A database on an emptyDir"
WHY = "The data is gone with the pod: at the next node drain, image update or eviction."
CURE = "A volumeClaimTemplate of a StatefulSet, or a PersistentVolumeClaim."

# The image's last name -> where it keeps its data.
DATA = {
    "postgres": "/var/lib/postgresql",
    "postgresql": "/bitnami/postgresql",
    "mysql": "/var/lib/mysql",
    "mariadb": "/var/lib/mysql",
    "mongo": "/data/db",
    "minio": "/data",
}


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per container with an emptyDir, or nothing, where its image keeps its data."""
    for body in context.objects:
        found = pod_spec(body)
        if found is None or body.get("kind") in ("Job", "CronJob"):
            continue
        volatile = {volume.get("name") for volume in found[1].get("volumes") or () if "emptyDir" in volume}
        for path, container in containers(body, init=False):
            image = str(container.get("image", "")).partition("@")[0].rpartition("/")[2].partition(":")[0]
            mounted = _mounted(container, DATA.get(image, ""))
            if image in DATA and mounted in volatile:
                yield Hit(body, f"{path}.volumeMounts", f"{DATA[image]} is on an emptyDir")


def _mounted(container: dict[str, Any], data: str) -> object:
    """The name of the volume below which the data lies."""
    for mount in container.get("volumeMounts") or ():
        path = str(mount.get("mountPath", "")).rstrip("/")
        if data and (path == data or path.startswith(data + "/")):
            return mount.get("name")
    return None
