"""Which object a target means: by any earlier or current name, among objects with the ModelConfig's history.

The history is the prefixes, suffixes and namespaces that layers added. The same base used twice, under two
prefixes or in two namespaces, holds two ModelConfigs and two of each target. Each must find its own.
"""

from __future__ import annotations

from cmp.kustomize.resid import NO_NAMESPACE
from cmp.models.errors import TargetError
from cmp.nearest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cmp.kustomize.resource import Resource
    from cmp.models.config import Target


class Objects:
    """The objects of a build by kind and any name they have had."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._by_name: dict[tuple[str, str], list[Resource]] = {}
        self._by_kind: dict[str, list[Resource]] = {}
        for resource in resources:
            self._by_kind.setdefault(resource.kind, []).append(resource)
            for name in resource.names():
                self._by_name.setdefault((resource.kind, name), []).append(resource)

    def named(self, kind: str, name: str) -> list[Resource]:
        """Those of `kind` that are or were called `name`."""
        return self._by_name.get((kind, name), [])

    def of(self, target: Target, owner: Resource) -> Resource:
        """The one object that a `target` of `owner` means; `TargetError` for none and several."""
        found = [
            each for each in self.named(target.kind, target.name) if target.group in (None, each.gvk.group)
        ]
        if not found:
            raise self._nothing(target)
        # A namespace in the target may be any that the object has had; else both share one now.
        if target.namespace is not None:
            near = [each for each in found if target.namespace in namespaces_of(each)]
        else:
            near = [each for each in found if same_namespace(each, owner)]
        if not near:
            hint = (
                f"add namespace: {found[0].namespace or 'default'} to the target"
                if target.namespace is None
                else ""
            )
            raise self._error(
                target, f"{target.kind}/{target.name} is in another namespace than the target says", hint
            )
        own = [each for each in near if same_history(each, owner)]
        if not own:
            raise self._error(
                target,
                f"{target.kind}/{target.name} has other prefixes or suffixes than this {owner.kind}",
                "use the name that it has in the output",
            )
        # A base used as it is and once more with a prefix: the shorter history fits both objects.
        if len(own) > 1:
            own = [each for each in own if exact_history(each, owner)] or own
        if len(own) > 1 and target.namespace is None:
            # A declaration without a namespace reaches all of them; prefer what was made in its own layer.
            own = [each for each in own if namespaces_of(each) == namespaces_of(owner)] or own
        if len(own) > 1:
            raise self._error(
                target,
                f"{len(own)} objects are or were called {target.kind}/{target.name}",
                "add group or namespace to the target, or use the name it has in the output",
            )
        return own[0]

    def aliases(self, kinds: tuple[str, ...], name: str, owner: Resource) -> dict[str, Resource]:
        """Every name of those objects of `kinds` in the owner's reach that are or were called `name`."""
        return {
            alias: each
            for kind in kinds
            for each in self.named(kind, name)
            if same_namespace(each, owner) and same_history(each, owner)
            for alias in each.names()
        }

    def _nothing(self, target: Target) -> TargetError:
        others = self.named(target.kind, target.name)
        if others:
            groups = sorted({each.gvk.group or '""' for each in others})
            return self._error(
                target, f"no {target.kind}/{target.name} of this group", f"its group is {' or '.join(groups)}"
            )
        names = [name for each in self._by_kind.get(target.kind, ()) for name in each.names()]
        if not names:
            hint = did_you_mean(target.kind, self._by_kind, "the build has the kinds")
            return self._error(target, f"the build has no object of kind {target.kind}", hint)
        hint = did_you_mean(target.name, names, f"its {target.kind}s are")
        return self._error(target, f"no {target.kind} is or was called {target.name!r}", hint)

    @staticmethod
    def _error(target: Target, message: str, hint: str) -> TargetError:
        return TargetError(message, where=target.node.where, hint=hint)


def namespaces_of(resource: Resource) -> set[str]:
    """Every namespace the object has been in; none counts as `default`."""
    return {
        resource.namespace or "default",
        *(namespace or "default" for _, _, namespace in resource.previous),
    }


def same_namespace(resource: Resource, owner: Resource) -> bool:
    """Whether both are in one namespace now; an owner without one, and cluster-wide kinds, fit all."""
    if not owner.namespace:
        return True
    there = resource.effective_namespace
    return there in (owner.effective_namespace, NO_NAMESPACE) or resource.kind.startswith("Cluster")


def same_history(resource: Resource, owner: Resource) -> bool:
    """Whether the shorter list of prefixes, and of suffixes, is the end of the longer one."""
    return _same_end(resource.prefixes, owner.prefixes) and _same_end(resource.suffixes, owner.suffixes)


def exact_history(resource: Resource, owner: Resource) -> bool:
    """Whether both have had the same prefixes and suffixes."""
    return resource.prefixes == owner.prefixes and resource.suffixes == owner.suffixes


def _same_end(left: list[str], right: list[str]) -> bool:
    length = min(len(left), len(right))
    return length == 0 or left[-length:] == right[-length:]
