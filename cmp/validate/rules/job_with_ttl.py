"""A Job that removes itself and comes back with every sync."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import annotations_of, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "job-with-ttl"
SEVERITY: Severity = "warning"
TITLE = "A Job with a time to live under Argo CD"
WHY = (
    "The cluster deletes the finished Job, the application is out of sync, and an automatic sync runs "
    "it again, for ever."
)
CURE = (
    "Make it a hook (argocd.argoproj.io/hook: PostSync, hook-delete-policy: BeforeHookCreation) without"
    " ttlSecondsAfterFinished."
)

_HOOKS = ("argocd.argoproj.io/hook", "helm.sh/hook")


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per Job that is not a hook."""
    for body in context.objects:
        if body.get("kind") != "Job" or any(key in annotations_of(body) for key in _HOOKS):
            continue
        if spec(body).get("ttlSecondsAfterFinished") is not None:
            yield Hit(body, "spec.ttlSecondsAfterFinished", "the Job is deleted, and synced again")
