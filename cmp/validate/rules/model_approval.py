"""A production model whose version nobody approved."""

from __future__ import annotations

from cmp.validate.context import annotations_of, is_production

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.context import Context
    from cmp.validate.registry import Hit

ID = "model-approval"
SEVERITY = "warning"
TITLE = "A production model that does not come from a lock"
WHY = "Only a locked model has a version, a run and the tags that say who approved it."
CURE = "Give the model a `ref`, run cmpctl models lock, and require tags in the policy of the ModelConfig."

SERVING = frozenset(("Model", "InferenceService", "SeldonDeployment", "LLMInferenceService"))
_VERSION = "cmp.mlops/model-version"
_APPROVED = "ml-platform.company.com/approved-by"


def check(context: Context) -> Iterator[Hit]:
    """A hit per serving object."""
    for body in filter(is_production, context.objects):
        held = annotations_of(body)
        if body.get("kind") in SERVING and not (held.keys() & {_VERSION, "cmp.mlops/version", _APPROVED}):
            yield body, "metadata.annotations", "the model has neither a locked version nor a named approver"
