"""Which API groups are Kubernetes' own."""

from __future__ import annotations

from cmp.manifest import group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.manifest import Body

# Of the API server itself; other groups below k8s.io (gateway, snapshot, autoscaling.k8s.io) are CRDs.
BUILT_IN = frozenset(("", "apps", "autoscaling", "batch", "extensions", "policy")) | {
    f"{name}.k8s.io"
    for name in (
        *("admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization"),
        *("certificates", "coordination", "discovery", "events", "flowcontrol.apiserver", "networking"),
        *("node", "rbac.authorization", "resource", "scheduling", "storage", "storagemigration"),
    )
}


def is_custom(body: Body) -> bool:
    """Whether an object is of a CustomResourceDefinition, as all groups but the API server's are."""
    return group(body) not in BUILT_IN
