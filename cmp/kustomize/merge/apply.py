"""Applying a merge patch to a resource: what the patch may not change (api/resource/resource.go)."""

from __future__ import annotations

from cmp.errors import CmpError, Where, located
from cmp.kustomize import history
from cmp.kustomize.aliases import Watch
from cmp.kustomize.budget import size_of
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.merge.directives import disobeyed, mentions_directive
from cmp.kustomize.merge.strategic import Report, merge
from cmp.kustomize.resource import text_of
from cmp.kustomize.scalars import new_texts, put
from cmp.kustomize.sharing import spread
from cmp.yaml.value import BrokenMap, copy_value, is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.resource import Resource
    from cmp.kustomize.schema.comments import CommentSchemas
    from cmp.yaml.value import Value

_MISSING = object()


class MergePatch:
    """A patch, what it may change besides, and its `place` in the kustomization, for messages."""

    __slots__ = ("allow_kind_change", "allow_name_change", "place", "resource")

    def __init__(
        self,
        resource: Resource,
        place: tuple[str | int, ...] = (),
        *,
        allow_name_change: bool = False,
        allow_kind_change: bool = False,
    ) -> None:
        self.resource = resource
        self.place = place
        self.allow_name_change = allow_name_change
        self.allow_kind_change = allow_kind_change


def normalized(patch: dict[str, Value], texts: dict[str, dict[str, str]]) -> dict[str, Value]:
    """A patch as upstream rewrites it when it selects its targets: labels and annotations are strings.

    A null label is then a string and no longer removes anything; an empty or null mapping goes.
    texts: the labels and annotations as strings. `KustomizeError` where these stand there twice: which one
    upstream sees depends on what else is written, and none may vanish.
    """
    metadata = patch.get("metadata")
    if not isinstance(metadata, dict):
        return patch
    if isinstance(metadata, BrokenMap) and not texts.keys().isdisjoint(metadata.repeats or ()):
        raise KustomizeError(f"metadata: {metadata.problem}", hint="join the two, or remove one")
    metadata = {key: value for key, value in metadata.items() if key not in texts}
    for field, values in texts.items():
        if values:
            metadata[field] = new_texts(values)
    if not metadata.get("namespace"):
        metadata.pop("namespace", None)
    return {**patch, "metadata": metadata}


def _place_of(patch: MergePatch, context: Context) -> Where:
    where = context.where(*patch.place)
    return Where(patch.resource.file or where.file, where.line)


def apply(resource: Resource, patch: MergePatch, context: Context, *, selected: bool) -> None:
    """Merge `patch` into `resource`; an emptied body means that the patch deletes it.

    selected: the patch found the resource by a selector or as one of several, so that it is `normalized` and
    its apiVersion does not count. Raises `KustomizeError` and the like, placed at the patch.
    """
    body = patch.resource.body
    version = resource.body.get("apiVersion")
    if selected:
        texts = {field: patch.resource.text_map("metadata", field) for field in ("labels", "annotations")}
        with located(lambda: _place_of(patch, context), object=resource):
            body = normalized(body, texts)
        # Its apiVersion becomes the resource's; its kind stays, and may find a schema for a custom kind.
        is_scalar = not is_null(version) and not isinstance(version, (dict, list))
        body = {**body, "apiVersion": version if is_scalar else ""}
    context.budget.spend(size_of(body))
    body = copy_value(body)  # type: ignore[assignment]  # a copy of a dict is one
    has_directives = mentions_directive(body)
    kept = _identity(resource)
    if patch.allow_name_change or patch.allow_kind_change:
        history.remember(resource)
    seen = _may_change_history(body)
    if seen:
        history.expose(resource)
    watch = Watch(resource) if "aliases" in resource.options else None
    report = Report()
    comments = _comments(resource, patch, context)
    try:
        resource.body = merge(resource.body, body, context.schema, report, comments)
    except CmpError as error:
        # Only file and line are the patch's: the field is the object's.
        where = _place_of(patch, context)
        error.at(file=where.file, line=where.line, object=str(resource))
        raise
    if not resource.body:
        return
    if resource.shared:
        spread(resource)
    if selected and is_null(version):
        # Upstream writes an empty text without a type, which is printed as a null.
        resource.body["apiVersion"] = None
    _restore(resource, kept, patch)
    if seen:
        history.absorb(resource)
    if has_directives:
        _note_directives(resource, patch, context)
    if watch is not None:
        watch.tell(context, patch.place)
    for path in report.nulls:
        context.notice(
            "merge-loses-null",
            f"the patch removes {path} of {resource}, which is there without a value",
            *patch.place,
            hint="write `{}` there: kustomize drops empty values whenever a patch is merged",
        )
    for path, names in report.dropped:
        context.notice(
            "merge-drops-list-items",
            f"the patch replaces the list {path} of {resource} and so drops {', '.join(names)}",
            *patch.place,
            hint="kustomize merges lists of built-in kinds only: repeat the items, or use a JSON6902 patch",
        )


def _comments(resource: Resource, patch: MergePatch, context: Context) -> CommentSchemas | None:
    """The schemas in comments of the two, those of the resource first."""
    comments = {**(patch.resource.schemas or {}), **(resource.schemas or {})}
    if not comments:
        return None
    from cmp.kustomize.schema.comments import CommentSchemas

    return CommentSchemas(comments, context.schema.definition)


def _identity(resource: Resource) -> tuple[Any, Any, Any]:
    metadata = resource.body.get("metadata")
    fields: dict[str, Any] = metadata if isinstance(metadata, dict) else {}
    return (
        resource.body.get("kind", _MISSING),
        fields.get("name", _MISSING),
        fields.get("namespace", _MISSING),
    )


def _restore(resource: Resource, kept: tuple[Any, Any, Any], patch: MergePatch) -> None:
    kind, name, namespace = kept
    if kind is _MISSING or (name is _MISSING and not text_of(kind).endswith("List")):
        # Upstream puts the empty text back, and then finds a resource without kind or name.
        raise KustomizeError("a patch before this one has removed the name or the kind").at(
            object=str(resource)
        )
    if not patch.allow_kind_change:
        put(resource.body, "kind", text_of(kind))
    if not patch.allow_name_change and name is not _MISSING:
        # Written anew without a type: digits that a replacement put there become a number.
        put(resource.metadata(), "name", text_of(name))
    if namespace is not _MISSING and namespace:
        put(resource.metadata(), "namespace", text_of(namespace))
    else:
        resource.set_namespace("")


def _may_change_history(patch: dict[str, Value]) -> bool:
    """Whether a patch can remove the annotations in which upstream keeps a resource's history."""
    metadata = patch.get("metadata")
    if not isinstance(metadata, dict):
        return "metadata" in patch
    if "$patch" in metadata:
        return True
    annotations = metadata.get("annotations", _MISSING)
    if annotations is _MISSING:
        return False
    return (
        not isinstance(annotations, dict)
        or "$patch" in annotations
        or any(key.startswith(history.DOMAIN) for key in annotations)
    )


def _note_directives(resource: Resource, patch: MergePatch, context: Context) -> None:
    for path in disobeyed(resource.body):
        context.notice(
            "directive-not-obeyed",
            f"the directive {path} has no effect there and stays in {resource} as a field",
            *patch.place,
            hint="kustomize obeys `$patch` in mappings and in lists with merge keys only",
        )
