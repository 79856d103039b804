"""A Workflow that git can start exactly once."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import annotations_of, group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "workflow-runs-once"
SEVERITY: Severity = "warning"
TITLE = "A Workflow under GitOps"
WHY = (
    "A Workflow is one run: synced once it is done for good, and the next commit to it changes a "
    "finished run."
)
CURE = "A WorkflowTemplate, and a CronWorkflow or an event that starts it."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per Workflow that is not a hook."""
    for body in context.objects:
        hook = "argocd.argoproj.io/hook" in annotations_of(body)
        if group(body) == "argoproj.io" and body.get("kind") == "Workflow" and not hook:
            yield Hit(body, "kind", "it runs once and never again")
