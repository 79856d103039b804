"""Gate: weights and locations that the target's own webhook or controller would refuse."""

from __future__ import annotations

from cmp.findings import Hit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "serving-rules"
TITLE = "Traffic weights or model locations that do not fit the rules of their kind"
WHY = (
    "Weights mean something different in each serving kind: some must sum to 100, some are relative, "
    "some are ignored in some modes. If the kind's webhook refuses a value, the sync stops half-way. "
    "If it ignores a value, no traffic is split."
)
CURE = "Declare the split once in the ModelConfig and list the object under traffic.targets."
WAIVABLE = True


def check(context: Context) -> Iterator[Hit[Resource]]:
    """A finding per problem that the code of an object's kind sees."""
    from cmp.models import kinds

    declared = context.declarations.configs if context.declarations is not None else ()
    schemes = tuple(scheme for config in declared for scheme in config.policy.schemes)
    for resource in context.objects:
        for problem in kinds.check(resource, schemes):
            yield Hit(resource, problem.field, problem.message, problem.hint)
