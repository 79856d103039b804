"""A production model whose version nobody approved."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import annotations_of, group
from cmp.validate.context import is_production

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "model-approval"
SEVERITY: Severity = "warning"
TITLE = "A production model that does not come from a lock"
WHY = "Only a locked model has a version, a run and the tags that say who approved it."
CURE = "Give the model a `ref`, run cmpctl models lock, and require tags in the policy of the ModelConfig."

_VERSION = "cmp.mlops/model-version"
_APPROVED = "ml-platform.company.com/approved-by"


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per serving object."""
    from cmp.models.kinds.table import ROWS

    # By group too: a Service of Knative serves a model, one of Kubernetes does not.
    serving = {(row.group, row.kind) for row in ROWS if row.serves}
    for body in filter(is_production, context.objects):
        held = annotations_of(body)
        if (group(body), body.get("kind")) in serving and not (
            held.keys() & {_VERSION, "cmp.mlops/version", _APPROVED}
        ):
            yield Hit(
                body, "metadata.annotations", "the model has neither a locked version nor a named approver"
            )
