"""Names that refer to renamed objects follow them (api/filters/nameref, namereferencetransformer.go).

For each kind, the paths of the name reference table are joined into one tree, so a body is walked once. A
referral is found by the name as written among objects that once had it, through an index by name and
namespace, so the work is in proportion to objects and references.
"""

from __future__ import annotations

from functools import lru_cache

from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.fieldspec import FieldError, compile_path, is_null, walk
from cmp.kustomize.resid import NO_NAMESPACE, Gvk
from cmp.kustomize.resource import text_of
from cmp.kustomize.scalars import overwrite, put
from cmp.kustomize.sharing import spread
from cmp.kustomize.specs import BUILT_IN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from cmp.kustomize.budget import Budget
    from cmp.kustomize.fieldspec import Step
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.kustomize.specs import BackReference
    from cmp.yaml.value import Value

    Action = tuple[Gvk, str]


def fix_references(resmap: ResMap, table: Sequence[BackReference], budget: Budget) -> None:
    """Write the current name (and namespace) into every field of `table` that holds an earlier name.

    Raises `KustomizeError` for a name that could mean several objects, `FieldError` for a wrong field.
    """
    index = _Index(resmap)
    built_in = table is BUILT_IN.references()
    plans: dict[Gvk, _Plan] = {}
    for resource in resmap:
        gvk = resource.org_gvk
        plan = plans.get(gvk)
        if plan is None:
            plan = plans[gvk] = _built_in_plan(gvk) if built_in else _Plan(gvk, table)
        if plan.empty:
            continue
        referrer = _Referrer(resource, index, budget)
        try:
            plan.run(resource, referrer)
        except KustomizeError as error:
            error.at(file=resource.file, object=str(resource), field=referrer.path)
            raise
        if resource.shared:
            spread(resource)


class _Node:
    """A step of the joined paths: what to do with the field itself, and the steps below it."""

    __slots__ = ("actions", "below")

    def __init__(self) -> None:
        self.actions: list[Action] = []
        self.below: dict[str, _Node] = {}


class _Plan:
    """The fields of one kind that hold names, and the kinds they refer to, in upstream's order."""

    def __init__(self, gvk: Gvk, table: Sequence[BackReference]) -> None:
        self.routes: list[tuple[tuple[Step, ...], Action]] = [
            (compile_path(spec.path), (reference.target, spec.path))
            for reference in table
            for spec in reference.referrers
            if gvk.selected_by(spec.gvk)
        ]
        self.empty = not self.routes
        self.root = _Node()
        self.joined = all(name and not marked for steps, _ in self.routes for name, marked in steps)
        if self.joined:
            for steps, action in self.routes:
                node = self.root
                for name, _ in steps:
                    # A field that is a reference and has others below it needs upstream's own order.
                    self.joined = self.joined and not node.actions
                    node = node.below.setdefault(name, _Node())
                self.joined = self.joined and not node.below
                node.actions.append(action)

    def run(self, resource: Resource, referrer: _Referrer) -> None:
        if self.joined:
            _descend(resource.body, self.root, referrer)
            return
        for steps, (target, path) in self.routes:
            walk(resource.body, steps, 0, referrer.updater(target, path), None)


@lru_cache(maxsize=4096)
def _built_in_plan(gvk: Gvk) -> _Plan:
    """The plan by upstream's own table: a warm server makes those of usual kinds before any request."""
    return _Plan(gvk, BUILT_IN.references())


def _descend(value: Value, node: _Node, referrer: _Referrer) -> None:
    if isinstance(value, dict):
        for name, below in node.below.items():
            if name not in value:
                continue
            if below.actions:
                for target, path in below.actions:
                    referrer.update(value, name, target, path)
            else:
                child = value[name]
                if child is not None:
                    _descend(child, below, referrer)
    elif isinstance(value, list):
        for item in value:
            if item is not None:
                _descend(item, node, referrer)
    elif not is_null(value):
        raise FieldError("a path goes on below this value, which is neither a mapping nor a list")


class _Index:
    """Objects by the names they once had; only those that were renamed or moved have any."""

    def __init__(self, resmap: ResMap) -> None:
        self.by_name: dict[str, list[Resource]] = {}
        self.by_place: dict[tuple[str, str], list[Resource]] = {}
        self.by_origin: dict[tuple[str, str], list[Resource]] = {}
        self.order: dict[int, int] = {}
        self.namespaces: dict[int, str] = {}
        # original namespace -> the (effective, written) namespaces that objects from there are in now
        self.moved: dict[str, set[tuple[str, str]]] = {}
        for place, resource in enumerate(resmap):
            namespace = resource.effective_namespace
            self.order[id(resource)] = place
            self.namespaces[id(resource)] = namespace
            origin = resource.org_id.effective_namespace
            if origin != NO_NAMESPACE:
                self.moved.setdefault(origin, set()).add((namespace, resource.namespace))
            for name in {name for _, name, _ in resource.previous}:
                self.by_name.setdefault(name, []).append(resource)
                self.by_place.setdefault((name, namespace), []).append(resource)
                self.by_origin.setdefault((name, origin), []).append(resource)

    def in_order(self, resources: Iterable[Resource]) -> list[Resource]:
        """`resources` without repetition, in build order."""
        unique = {id(resource): resource for resource in resources}
        return [unique[key] for key in sorted(unique, key=self.order.__getitem__)]


class _Referrer:
    """One object whose references are being updated."""

    def __init__(self, resource: Resource, index: _Index, budget: Budget) -> None:
        self.resource = resource
        self.budget = budget
        self.index = index
        self.namespace = index.namespaces[id(resource)]
        self.subject_namespaces = _subject_namespaces(resource)
        self.path = ""

    def updater(self, target: Gvk, path: str) -> Callable[[Any, Any], None]:
        return lambda container, key: self.update(container, key, target, path)

    def update(self, container: Any, key: Any, target: Gvk, path: str) -> None:
        """Update the reference(s) at `container[key]`: a name, a mapping with one, or a list of either."""
        self.path = path
        value = container[key]
        if isinstance(value, str):
            self._update_scalar(container, key, value, target)
        elif isinstance(value, dict):
            self._update_mapping(value, target)
        elif isinstance(value, list):
            for place, item in enumerate(value):
                if isinstance(item, dict):
                    self._update_mapping(item, target)
                elif isinstance(item, list):
                    raise FieldError("a list of lists cannot hold names")
                elif not is_null(item):
                    self._update_scalar(value, place, text_of(item), target)
        elif not is_null(value):
            self._update_scalar(container, key, text_of(value), target)

    def _update_scalar(self, container: Any, key: Any, name: str, target: Gvk) -> None:
        if name not in self.index.by_name:
            return
        referral = self._select(name, self._visible(name), target, _names_equal)
        if referral is not None and referral.name != name:
            self.budget.spend(len(referral.name))
            container[key] = overwrite(container[key], referral.name)

    def _update_mapping(self, mapping: dict[str, Value], target: Gvk) -> None:
        if "name" not in mapping:
            raise FieldError(
                "a mapping without name is not a reference", hint="check the nameReference configuration"
            )
        name = text_of(mapping["name"])
        if name not in self.index.by_name:
            return
        referral = self._select(name, self._visible_in(name, mapping), target, _names_and_namespaces_equal)
        if referral is None or (referral.name == name and not referral.namespace):
            return
        self.budget.spend(len(referral.name) + len(referral.namespace))
        put(mapping, "name", referral.name)
        if referral.namespace:
            put(mapping, "namespace", referral.namespace)

    # -- candidates

    def _visible(self, name: str) -> list[Resource]:
        """The objects once called `name` that this one could refer to, in build order."""
        index = self.index
        if self.namespace == NO_NAMESPACE:
            return index.by_name.get(name, [])
        near = index.by_place.get((name, self.namespace), [])
        everywhere = index.by_place.get((name, NO_NAMESPACE), [])
        if not self.subject_namespaces:
            if not everywhere:
                return near
            return index.in_order([*near, *everywhere]) if near else everywhere
        subjects = [
            resource
            for namespace in self.subject_namespaces
            for resource in index.by_place.get((name, namespace), [])
            if resource.namespace == namespace
        ]
        return index.in_order([*near, *everywhere, *subjects])

    def _visible_in(self, name: str, mapping: dict[str, Value]) -> list[Resource]:
        """Those in the namespace that `mapping` names: by origin if any visible object comes from there."""
        if "namespace" not in mapping:
            return self._visible(name)
        namespace = text_of(mapping["namespace"])
        index = self.index
        if any(self._sees(now, written) for now, written in index.moved.get(namespace, ())):
            found = index.by_origin.get((name, namespace), [])
        elif namespace == NO_NAMESPACE:
            return []
        else:
            found = index.by_place.get((name, namespace), [])
        return [
            resource for resource in found if self._sees(index.namespaces[id(resource)], resource.namespace)
        ]

    def _sees(self, namespace: str, written: str) -> bool:
        return (
            self.namespace in (NO_NAMESPACE, namespace)
            or namespace == NO_NAMESPACE
            or written in self.subject_namespaces
        )

    def _select(
        self,
        name: str,
        candidates: list[Resource],
        target: Gvk,
        identical: Callable[[list[Resource]], bool],
    ) -> Resource | None:
        """The object that `name` means, or None to leave it; the sieves are upstream's, in its order."""
        found = [resource for resource in candidates if _was(resource, target)]
        if not found:
            return None
        if self.path.endswith("roleRef/name"):
            role = _role_ref(self.resource)
            if role is not None:
                found = [resource for resource in found if _was(resource, role)]
        if self.namespace != NO_NAMESPACE:
            found = [resource for resource in found if self._may_refer(resource)]
        if len(found) == 1:
            return found[0]
        found = [resource for resource in found if same_context(resource, self.resource, allow_empty=True)]
        if len(found) > 1:
            found = [
                resource for resource in found if same_context(resource, self.resource, allow_empty=False)
            ]
        if not found:
            return None
        if len(found) == 1 or identical(found):
            return found[0]
        listed = ", ".join(str(resource.cur_id) for resource in found)
        raise KustomizeError(
            f"the name {name!r} could mean each of: {listed}",
            hint="give one of them another name in its base",
        )

    def _may_refer(self, resource: Resource) -> bool:
        namespace = self.index.namespaces[id(resource)]
        return namespace in (NO_NAMESPACE, self.namespace) or resource.kind == "ServiceAccount"


def _was(resource: Resource, target: Gvk) -> bool:
    """Whether an earlier id of `resource` is of the kind `target`; group and version are the current ones."""
    group, version, _ = resource.gvk
    if (target.group and target.group != group) or (target.version and target.version != version):
        return False
    return not target.kind or any(kind == target.kind for kind, _, _ in resource.previous)


def _role_ref(resource: Resource) -> Gvk | None:
    """The kind that `roleRef` names, or None if it does not."""
    role = resource.body.get("roleRef")
    if not isinstance(role, dict) or "apiGroup" not in role or "kind" not in role:
        return None
    return Gvk(text_of(role["apiGroup"]), "", text_of(role["kind"]))


def _subject_namespaces(resource: Resource) -> frozenset[str]:
    """The namespaces of the ServiceAccounts that a RoleBinding names as subjects."""
    if resource.kind != "RoleBinding":
        return frozenset()
    subjects = resource.body.get("subjects")
    if not isinstance(subjects, list):
        return frozenset()
    found = set()
    for subject in subjects:
        if not isinstance(subject, dict):
            raise FieldError("a subject must be a mapping").at(
                file=resource.file, object=str(resource), field="subjects"
            )
        if subject.get("kind") == "ServiceAccount" and "namespace" in subject:
            namespace = subject["namespace"]
            if not isinstance(namespace, str):
                raise FieldError("the namespace of a ServiceAccount must be a string").at(
                    file=resource.file, object=str(resource), field="subjects"
                )
            found.add(namespace)
    return frozenset(found)


def same_context(one: Resource, other: Resource, *, allow_empty: bool) -> bool:
    """Whether prefixes and suffixes end alike; with `allow_empty`, none at all fits any."""
    return _end_alike(one.prefixes, other.prefixes, allow_empty) and _end_alike(
        one.suffixes, other.suffixes, allow_empty
    )


def _end_alike(one: list[str], other: list[str], allow_empty: bool) -> bool:
    if not one or not other:
        return allow_empty or one == other
    length = min(len(one), len(other))
    return one[-length:] == other[-length:]


def _names_equal(resources: list[Resource]) -> bool:
    return len({resource.name for resource in resources}) == 1


def _names_and_namespaces_equal(resources: list[Resource]) -> bool:
    return len({(resource.name, resource.namespace) for resource in resources}) == 1
