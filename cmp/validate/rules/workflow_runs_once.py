"""A Workflow that git can start exactly once."""

from __future__ import annotations

from cmp.validate.context import annotations_of, group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.context import Context
    from cmp.validate.registry import Hit

ID = "workflow-runs-once"
SEVERITY = "warning"
TITLE = "A Workflow under GitOps"
WHY = (
    "A Workflow is one run: synced once it is done for good, and the next commit to it changes a "
    "finished run."
)
CURE = "A WorkflowTemplate, and a CronWorkflow or an event that starts it."


def check(context: Context) -> Iterator[Hit]:
    """A hit per Workflow that is no hook."""
    for body in context.objects:
        hook = "argocd.argoproj.io/hook" in annotations_of(body)
        if group(body) == "argoproj.io" and body.get("kind") == "Workflow" and not hook:
            yield body, "kind", "it runs once and never again"
