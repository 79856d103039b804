"""The error for a patch that matches no resource: which patch, what it looks for, what there is instead."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.kustomize.errors import KustomizeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.context import Context
    from cmp.kustomize.merge.apply import MergePatch
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource

_MOST = 3


def find_target(resmap: ResMap, patch: MergePatch, context: Context) -> Resource:
    """The one resource with the patch's id, now or earlier; `KustomizeError` for none or several."""
    wanted = patch.resource.org_id
    found = resmap.by_any_id(wanted)
    if len(found) == 1:
        return found[0]
    where = context.where(*patch.place)
    if patch.resource.file and patch.resource.file != where.file:
        where.file, where.line, where.column = patch.resource.file, _line(patch, context), 0
    described = f"{wanted.gvk.kind} {wanted.name}"
    if wanted.namespace:
        described += f" in namespace {wanted.namespace}"
    described += f" ({wanted.gvk.api_version or 'no apiVersion'})"
    if found:
        raise KustomizeError(
            f"{len(found)} resources are or were {described}, which this patch is for",
            where=where,
            hint="give the patch a `target` that selects one of them",
        )
    raise KustomizeError(
        f"no resource is {described}, which this patch is for",
        where=where,
        hint=nearest_hint(resmap, wanted.gvk.kind, wanted.name),
    )


def _line(patch: MergePatch, context: Context) -> int:
    """The line of the patch's document in its file."""
    from cmp.yaml.locate import locate

    loader = context.loader
    path = context.kustomization
    try:
        for step in patch.place:
            path = path[step]  # type: ignore[index]
    except (IndexError, KeyError, TypeError):
        return 0  # the patch is named by a transformer's configuration, not by the kustomization
    name = path.get("path") if isinstance(path, dict) else path
    try:
        place = locate(loader.load(str(name)), patch.resource.index, ("metadata", "name"))
    except CmpError:
        return 0
    return place[0] if place else 0


def nearest_hint(resmap: ResMap, kind: str, name: str) -> str:
    """What there is with the same name or kind, nearest names first; either may be empty."""
    from cmp.nearest import close

    same_name = resmap.by_any_name(name) if name else []
    if same_name:
        return f"there is {_listed(same_name)}"
    same_kind = [resource for resource in resmap if resource.kind == kind or not kind]
    near = close(name, (resource.name for resource in same_kind), _MOST, 0.4)
    if near:
        return f"did you mean {_listed([each for each in same_kind if each.name in near])}?"
    if same_kind:
        return f"there is {_listed(same_kind)}"
    return f"no {kind} is among the {len(resmap)} resources"


def _listed(resources: list[Resource]) -> str:
    texts = []
    for resource in resources[:_MOST]:
        place = f" in namespace {resource.namespace}" if resource.namespace else ""
        texts.append(f"{resource.gvk.api_version} {resource.kind} {resource.name}{place}".strip())
    return " or ".join(texts)
