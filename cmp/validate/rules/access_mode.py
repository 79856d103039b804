"""A volume that shall be shared, of a class that cannot share."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "access-mode"
SEVERITY: Severity = "warning"
TITLE = "A shared volume whose storage class serves only one node"
WHY = (
    "The claim asks for ReadWriteMany, the class gives block storage: it stays Pending, and the pods with it."
)
CURE = "A class that offers ReadWriteMany (NFS, CephFS, Filestore, EFS), or ReadWriteOnce."

# Well-known classes of block storage or of one node's disk; a name of your own is never guessed at.
SINGLE_NODE = frozenset(
    ("standard-rwo", "premium-rwo", "gp2", "gp3", "managed-csi", "managed-csi-premium", "managed-premium",
     "local-path", "hostpath", "do-block-storage", "ceph-block")
)  # fmt: skip


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per claim."""
    for body in context.objects:
        held, shared = spec(body), ("ReadWriteMany", "ReadOnlyMany")
        if body.get("kind") == "PersistentVolumeClaim" and held.get("storageClassName") in SINGLE_NODE:
            for mode in held.get("accessModes") or ():
                if mode in shared:
                    yield Hit(body, "spec.accessModes", f"{held['storageClassName']} does not offer {mode}")
