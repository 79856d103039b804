"""NamespaceTransformer: the namespace of all namespaced objects (api/filters/namespace/namespace.go)."""

from __future__ import annotations

from cmp.errors import located
from cmp.kustomize.fieldspec import FieldError, Walker, is_null, set_scalar
from cmp.kustomize.history import HELM_GENERATED, remember
from cmp.kustomize.resource import text_of
from cmp.kustomize.scalars import overwrite_text
from cmp.kustomize.specs import FieldSpec
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.budget import Budget
    from cmp.kustomize.context import Context
    from cmp.kustomize.fieldspec import Leaf
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.kustomize.specs import Specs
    from cmp.yaml.value import Value

SUBJECT_MODES = ("defaultOnly", "allServiceAccounts", "none")
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")


class Config(NamedTuple):
    """unset_only: keep namespaces that are there. subjects: one of `SUBJECT_MODES`, for role bindings."""

    namespace: str
    specs: tuple[FieldSpec, ...] = ()
    unset_only: bool = False
    subjects: str = "defaultOnly"


def configs(context: Context, specs: Specs) -> list[Config]:
    """The layer's `namespace`."""
    return [Config(context.kustomization["namespace"], specs.table("namespace"))]


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Set the namespace everywhere; `KustomizeError` when that makes two ids equal."""
    if not config.namespace:
        return
    leaf = _leaf(config, context.budget)
    walkers: dict[tuple[bool, bool], Walker] = {}
    for resource in resmap:
        if resource.text_map("metadata", "annotations").get(HELM_GENERATED) == "true":
            continue
        remember(resource)
        gvk = resource.gvk
        core = resource.body.get("apiVersion") == "v1"
        binding = gvk.kind in _BINDINGS
        with located(file=resource.file, object=resource):
            if not gvk.cluster_scoped:
                _set_namespace(resource, config, leaf)
            if binding:
                _set_subjects(resource, config, leaf)
        walker = walkers.get((core, binding))
        if walker is None:
            walker = walkers[core, binding] = Walker(_fields(config.specs, core, binding), lambda: "")
        walker.apply(resource, leaf, gvk)
    resmap.touch()
    resmap.check_ids()


def _fields(specs: tuple[FieldSpec, ...], core: bool, binding: bool) -> tuple[FieldSpec, ...]:
    """The specs besides the hard-wired: metadata/namespace, subjects, other groups' Namespaces."""
    return tuple(
        spec
        for spec in specs
        if spec.path != "metadata/namespace"
        and (core or spec.path != "metadata/name")
        and not (binding and spec.gvk.kind in _BINDINGS and spec.path == "subjects/namespace")
    )


def _leaf(config: Config, budget: Budget) -> Leaf:
    def changed(old: Value) -> Value:
        budget.spend(len(config.namespace))
        return overwrite_text(old, config.namespace)

    write = set_scalar(changed)
    if not config.unset_only:
        return write

    def leaf(container: Any, key: Any) -> None:
        value = container[key]
        if is_null(value) or isinstance(value, (dict, list)) or not text_of(value):
            write(container, key)

    return leaf


def _set_namespace(resource: Resource, config: Config, leaf: Leaf) -> None:
    metadata = resource.metadata()
    if "namespace" in metadata:
        leaf(metadata, "namespace")
    else:
        metadata["namespace"] = ""
        leaf(metadata, "namespace")


def _set_subjects(resource: Resource, config: Config, leaf: Leaf) -> None:
    """Subjects named `default`, or all ServiceAccounts, as `subjects` says; other references follow names."""
    if config.subjects == "none":
        return
    subjects = resource.body.get("subjects")
    if is_null(subjects):
        return
    if not isinstance(subjects, list):
        raise FieldError("must be a list").at(field="subjects")
    key, wanted = (
        ("kind", "ServiceAccount") if config.subjects == "allServiceAccounts" else ("name", "default")
    )
    for subject in subjects:
        if is_null(subject):
            continue
        if not isinstance(subject, dict):
            raise FieldError("a subject must be a mapping").at(field="subjects")
        value = subject.get(key)
        if isinstance(value, (dict, list)):
            raise FieldError("must be a string").at(field=f"subjects.{key}")
        if not is_null(value) and text_of(value) == wanted:
            subject.setdefault("namespace", "")
            leaf(subject, "namespace")
