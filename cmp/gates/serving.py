"""Gate: weights and locations that the target's own webhook or controller would refuse."""

from __future__ import annotations

from cmp.gates.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context

ID = "serving-rules"
TITLE = "Traffic weights or model locations that do not fit the rules of their kind"
WHY = (
    "Each serving kind has its own meaning of weights: some must sum to 100, some are relative, some "
    "are ignored in some modes. What the webhook refuses stops a sync half-way; what it ignores splits "
    "no traffic."
)
CURE = "Declare the split once in the ModelConfig and list the object under traffic.targets."
WAIVABLE = True

# The groups that `cmp.models.rules` has rules for: without an object of theirs its import is saved.
GROUPS = frozenset(
    (
        "gateway.networking.k8s.io",
        "machinelearning.seldon.io",
        "mlops.seldon.io",
        "networking.istio.io",
        "networking.k8s.io",
        "serving.kserve.io",
    )
)


def check(context: Context) -> Iterator[Finding]:
    """A finding per problem that the rules of `cmp.models.rules` see."""
    concerned = [resource for resource in context.objects if resource.gvk.group in GROUPS]
    if not concerned:
        return
    from cmp.models.rules import check as check_rules

    declared = context.declarations.configs if context.declarations is not None else ()
    schemes = tuple(scheme for config in declared for scheme in config.policy.schemes)
    for resource in concerned:
        for problem in check_rules(resource, schemes):
            yield Finding(ID, problem.message, resource, problem.field, problem.hint or CURE)
