"""ValueAddTransformer: one text into fields, or into a part of file paths (api/filters/valueadd)."""

from __future__ import annotations

import posixpath

from cmp.errors import located
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.fieldpath import FieldPathError, Slot, create, shape_of, split_at
from cmp.kustomize.plugins import arguments
from cmp.kustomize.resmap import ResMap
from cmp.kustomize.resource import text_of
from cmp.kustomize.scalars import overwrite
from cmp.kustomize.selector import Selector, target_of
from cmp.kustomize.transformers import namespace
from cmp.lighttyping import NamedTuple
from cmp.yaml.taint import carry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.budget import Budget
    from cmp.kustomize.context import Context
    from cmp.yaml.value import Value

_NAMESPACE = "metadata/namespace"


class Target(NamedTuple):
    """Fields to write: position is 0 to replace the text, else the place of the part in a path, from 1."""

    selector: Selector | None
    path: str
    position: int


class Config(NamedTuple):
    """The text, and where it goes."""

    value: str
    targets: list[Target]


def config_of(fields: dict[str, Any], context: Context) -> Config:
    """The decoded configuration; the value defaults to the name of the kustomization's directory."""
    value = fields.get("value", "").strip() or posixpath.basename(context.loader.root) or "/"
    targets = list(fields.get("targets") or ())
    if fields.get("targetFilePath"):
        targets += _from_file(fields["targetFilePath"], context)
    if not targets:
        raise KustomizeError("has no targets")
    return Config(value, [_target(each) for each in targets])


def _from_file(path: str, context: Context) -> list[dict[str, Any]]:
    from cmp.kustomize.structs import decode
    from cmp.yaml import load_config

    value = arguments.as_texts(load_config(context.loader.load(path)).value, arguments.VALUE_TARGET_FILE)
    fields: dict[str, Any] = decode(value, arguments.VALUE_TARGET_FILE, strict=False) or {}
    return list(fields.get("targets") or ())


def _target(fields: dict[str, Any]) -> Target:
    if not fields.get("fieldPath"):
        raise KustomizeError("a target without fieldPath")
    position = fields.get("filePathPosition", 0)
    if position < 0:
        raise KustomizeError("filePathPosition cannot be negative")
    selector = fields.get("selector")
    return Target(None if selector is None else Selector(target_of(selector)), fields["fieldPath"], position)


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Write the value to every target."""
    for target in config.targets:
        chosen = list(resmap) if target.selector is None else target.selector.select(resmap)
        if target.path == _NAMESPACE:
            _set_namespaces(ResMap(chosen), config.value, context)
        else:
            for resource in chosen:
                with located(object=resource, field=target.path):
                    _write(resource.body, target, config.value, context.budget)
        resmap.touch()


def _set_namespaces(chosen: ResMap, value: str, context: Context) -> None:
    """As the namespace transformer does, but without a history, so that no reference follows."""
    before = [len(resource.previous) for resource in chosen]
    namespace.transform(chosen, namespace.Config(value), context)
    for resource, length in zip(chosen, before, strict=True):
        del resource.previous[length:]


def _write(body: dict[str, Value], target: Target, value: str, budget: Budget) -> None:
    slot = create(body, _steps(target.path))
    if slot is None:
        if target.position > 0:
            raise FieldPathError("there is no path to insert a part into")
        return
    there = slot.get()
    if shape_of(there) != "scalar":
        raise FieldPathError("the value there is no single value")
    text = insert_part(text_of(there), target.position - 1, value) if target.position > 0 else value
    budget.spend(len(text))
    Slot.set(slot, overwrite(there, text))


def _steps(path: str) -> list[str]:
    """Split at `/` unless a backslash precedes it."""
    return split_at(" /" + path, "/")[1:] if path.startswith("/") else split_at(path, "/")


def insert_part(path: str, position: int, part: str) -> str:
    """`path` with `part` inserted before the part at `position`, counted from 0; a leading slash stays."""
    parts = _parts(path)
    position = min(position, len(parts))
    if parts and not parts[0] and position < len(parts):
        position += 1
    parts.insert(position, part)
    joined = "/".join(each for each in parts if each)
    clean = posixpath.normpath(joined) if joined else ""
    return carry(f"/{clean}" if not parts[0] else clean, *parts)


def _parts(path: str) -> list[str]:
    if not path:
        return []
    head, _, name = path.rpartition("/")
    if not head:
        return ["", name] if path.startswith("/") and name else [""] if path == "/" else [path]
    return [*_parts(head), name]
