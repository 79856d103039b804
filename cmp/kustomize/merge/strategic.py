"""One strategic merge: which fields of the object follow the patch (kyaml/yaml/walk, kyaml/yaml/merge2).

Both sides are walked together. A mapping keeps its own fields and takes the patch's; a null removes; a list
is replaced unless the schema names its merge keys, then `cmp.kustomize.merge.lists` merges it. The whole
object is walked, also where the patch is silent: upstream does so, which changes keyed lists and empty nulls.
"""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.fieldpath import shape_of
from cmp.kustomize.fieldspec import break_map, is_text_key
from cmp.kustomize.merge.directives import DELETE, MISSING, REPLACE, take_from_map
from cmp.kustomize.merge.lists import merge_lists
from cmp.kustomize.resource import text_of
from cmp.kustomize.scalars import in_form_of, into, keep_quotes, new_untagged, quoted, reads_as_text
from cmp.yaml.value import BrokenMap, FlowMap, Quoted, Scalar, Tagged, is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.kustomize.schema import Node, Schema
    from cmp.kustomize.schema.comments import CommentSchemas
    from cmp.yaml.value import Value


class Report:
    """What a merge did silently.

    dropped: (path, names) of list items, and of their fields at any depth, that a patch's list left out.
    nulls: the paths of empty values that it removed though the patch is silent about them, where such a value
    is all that its mapping says, as `emptyDir:` does.
    """

    __slots__ = ("dropped", "nulls")

    def __init__(self) -> None:
        self.dropped: list[tuple[str, list[str]]] = []
        self.nulls: list[str] = []


def merge(
    body: dict[str, Value],
    patch: dict[str, Value],
    schema: Schema,
    report: Report | None = None,
    comments: CommentSchemas | None = None,
) -> dict[str, Value]:
    """Merge `patch` into `body`, in place, and return the result; an empty dict when the patch deletes it.

    `patch` is used up: parts of it become parts of the result, and its directives are taken out of it.
    comments: the schemas that stand in comments of the two.
    """
    result = _Merge(schema, report, comments).walk(body, patch, None, ())
    # `$patch: replace` of a whole object makes the patch the result, which upstream then does not use.
    return body if isinstance(result, dict) else {}


class _Merge:
    """The state of one merge: the schemas, and what to report."""

    __slots__ = ("comments", "report", "schema")

    def __init__(self, schema: Schema, report: Report | None, comments: CommentSchemas | None) -> None:
        self.schema = schema
        self.report = report
        self.comments = comments

    def walk(self, dest: Any, source: Any, node: Node | None, path: tuple[str, ...]) -> Any:
        """The value that `dest` becomes; MISSING or a null where it is to be removed."""
        there = dest is not MISSING and not is_null(dest)
        given = source is not MISSING and not is_null(source)
        if not there and not given:
            return kept_null(dest, source)
        shape = shape_of(dest if there else source)
        if there and given and shape_of(source) != shape:
            raise KustomizeError(
                f"the patch has a {_NOUN[shape_of(source)]} where the object has a {_NOUN[shape]}",
                hint=_TEMPLATES if isinstance(source, BrokenMap) else "",
            ).at(field=".".join(path))
        if source is not MISSING and not given:
            return MISSING
        if shape == "scalar":
            return dest if source is MISSING else source
        if node is None:
            node = self.node_of(dest) or self.node_of(source)
        if shape == "map":
            return self.walk_map(dest if there else MISSING, source, node, path)
        if node is None or node.keys is None:
            if there and given and self.report is not None and node is None:
                self.note_dropped(dest, source, path)
            return dest if source is MISSING else source
        return merge_lists(self.walk, dest if there else MISSING, source, node, path)

    def node_of(self, value: Any) -> Node | None:
        """The schema of an embedded object that names its own apiVersion and kind."""
        if not isinstance(value, dict) or "kind" not in value or "apiVersion" not in value:
            return None
        kind, api_version = value["kind"], value["apiVersion"]
        if not isinstance(kind, str) or not isinstance(api_version, str):
            return None
        return self.schema.resource(api_version, kind)

    def walk_map(self, dest: Any, source: Any, node: Node | None, path: tuple[str, ...]) -> Any:
        if dest is MISSING:
            # What the patch adds is walked against itself, which obeys directives and nulls inside it.
            directive = take_from_map(source, strict=False)
            if directive == DELETE:
                return MISSING
            dest = source
        elif source is not MISSING:
            dest = emptied_form(dest, source)
            directive = take_from_map(source)
            if directive == DELETE:
                return MISSING
            if directive == REPLACE:
                dest = source
        odd = ""
        if isinstance(source, BrokenMap) and not isinstance(dest, BrokenMap):
            # A key that is not a string stays one where it is new; a repeated one is written once.
            odd = next((name for name in source if name not in dest and not is_text_key(name)), "")
        names = list(dest)
        if source is not MISSING and source is not dest:
            names += [name for name in source if name not in dest]
        if "" in names:
            raise _without_name(path)
        for name in names:
            old = dest.get(name, MISSING)
            new = MISSING if source is MISSING else source.get(name, MISSING)
            if (new is MISSING or new is old) and isinstance(old, (str, int)):
                if isinstance(old, str) and needs_quotes(old):
                    dest[name] = quoted(old)
                continue
            child = None if node is None else node.field(name)
            if self.comments is not None:
                child = self.comments.at((*path, name)) or child
            value = self.walk(old, new, child, (*path, name))
            # Every field is written again; what is a string but looks like a number gets quotes now.
            if isinstance(value, Scalar) and not value.tag:
                value = new_untagged(value.text)
            elif isinstance(value, str) and needs_quotes(value):
                value = quoted(value)
            if value is MISSING:
                if new is MISSING and is_null(old) and not text_of(old) and self.report is not None:
                    self.note_null(dest, (*path, name))
                dest = dest.drop(name) if isinstance(dest, BrokenMap) else without(dest, name)
            elif value is not old:
                form = new if is_empty(old) and isinstance(new, (dict, list)) else old
                dest[name] = into(dest, in_form_of(form, styled(old, value)))
        return break_map(dest, odd) if odd else dest

    def note_dropped(self, dest: list[Any], source: list[Any], path: tuple[str, ...]) -> None:
        """Report the named items of `dest` that are not in `source`, and the fields that the others lose."""
        lost = list(_lost(dest, source))
        if lost and self.report is not None:
            self.report.dropped.append((".".join(path), lost))

    def note_null(self, mapping: dict[str, Any], path: tuple[str, ...]) -> None:
        """Report an empty value that goes, if it is all that its mapping says besides a name."""
        if "metadata" not in path and self.report is not None and mapping.keys() <= {"name", path[-1]}:
            self.report.nulls.append(".".join(path))


def _without_name(path: tuple[str, ...]) -> CmpError:
    """The error for a key that has no text, under which upstream cannot write."""
    return KustomizeError(
        "a mapping here has a key that is empty or not a string, and a strategic merge cannot pass it",
        hint=f"{_TEMPLATES}; or use a JSON patch",
    ).at(field=".".join(path))


def _lost(dest: list[Any], source: list[Any], before: str = "") -> Iterator[str]:
    """The named items of one list that are not in the other, and what is lost inside of the others."""
    kept = _by_name(source)
    for name, item in _by_name(dest).items():
        if name not in kept:
            yield before + name
        else:
            yield from _lost_fields(item, kept[name], f"{before}{name}.")


def _lost_fields(dest: dict[str, Any], source: dict[str, Any], before: str) -> Iterator[str]:
    for field, old in dest.items():
        new = source.get(field, MISSING)
        if new is MISSING:
            yield before + field
        elif isinstance(old, dict) and isinstance(new, dict):
            yield from _lost_fields(old, new, f"{before}{field}.")
        elif isinstance(old, list) and isinstance(new, list):
            yield from _lost(old, new, f"{before}{field}.")


def _by_name(items: list[Any]) -> dict[str, dict[str, Any]]:
    """The mappings of a list that have a name, by name."""
    named = (item for item in items if isinstance(item, dict))
    return {item["name"]: item for item in named if isinstance(item.get("name"), str)}


def without(mapping: dict[str, Any], name: str) -> dict[str, Any]:
    """`mapping` with the field removed, in place."""
    mapping.pop(name, None)
    return mapping


def kept_null(dest: Any, source: Any) -> Any:
    """A null that is spelled out (`null`, `~`) stays where the patch is silent; an empty one goes."""
    return dest if source is MISSING and text_of(dest) else MISSING


def styled(old: Any, new: Any) -> Any:
    """A scalar in the style of the one it replaces: over a quoted string everything is a string."""
    if old is MISSING or isinstance(new, (dict, list)) or isinstance(old, (dict, list)):
        return new
    return keep_quotes(old, new)


def needs_quotes(text: str) -> bool:
    """Whether upstream puts quotes around a string when it writes its field again."""
    return not isinstance(text, (Quoted, Tagged)) and not reads_as_text(text)


def is_empty(value: Any) -> bool:
    """Whether a value is a mapping or list without content."""
    return isinstance(value, (dict, list)) and not value


def emptied_form(dest: Any, source: Any) -> Any:
    """An empty mapping stands in brackets, or not, as what is merged into it; one with content as it did."""
    if dest or isinstance(dest, FlowMap) == isinstance(source, FlowMap):
        return dest
    return FlowMap() if isinstance(source, FlowMap) else {}


_NOUN = {"map": "mapping", "list": "list", "scalar": "single value"}
_TEMPLATES = "templates such as `{{ x }}` are not rendered here, quote them"
