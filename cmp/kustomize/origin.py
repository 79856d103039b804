"""Where resources come from and what changed them, for `buildMetadata` (api/resource/origin.go)."""

from __future__ import annotations

import posixpath

from cmp.errors import CmpError
from cmp.kustomize.budget import size_of
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.resource import ORIGIN, TRANSFORMATIONS, text_of
from cmp.kustomize.structs import STR, ListOf, Struct, decode
from cmp.yaml.value import Quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cmp.kustomize.budget import Budget
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

# Of a resource's options: its transformations as we wrote them last.
_OURS = "transformations"


class Origin:
    """A path, possibly in a repository, and the configuration that made or changed a resource."""

    __slots__ = ("configured_by", "configured_in", "path", "ref", "repo")

    def __init__(
        self,
        path: str = "",
        repo: str = "",
        ref: str = "",
        configured_in: str = "",
        configured_by: tuple[str, str, str, str] = ("", "", "", ""),
    ) -> None:
        self.path = path
        self.repo = repo
        self.ref = ref
        self.configured_in = configured_in
        self.configured_by = configured_by

    def append(self, path: str) -> Origin:
        """The origin of `path`, as named by a kustomization at this origin."""
        from cmp.kustomize.loader import maybe_repository

        here, repo, ref = self.path, self.repo, self.ref
        if maybe_repository(path):
            from cmp.kustomize.remote import parse

            spec = parse(path)
            if spec is not None:
                here, repo, ref = "", spec.clone_spec, spec.ref
                path = spec.subpath
        return Origin(join(here, path), repo, ref, self.configured_in, self.configured_by)

    def configured(
        self, file: str, api_version: str, kind: str, name: str = "", namespace: str = ""
    ) -> Origin:
        """The origin of what the kustomization file `file` at this origin configures."""
        return Origin("", self.repo, self.ref, join(self.path, file), (api_version, kind, name, namespace))

    def text(self) -> str:
        """The YAML text of an annotation."""
        from cmp.yaml import dump

        return dump_fields(self.fields()) if self.fields() else dump({})

    def fields(self) -> list[tuple[str, str]]:
        """The fields that are set, `configuredBy` as dotted names, in upstream's order."""
        pairs = [
            ("path", self.path),
            ("repo", self.repo),
            ("ref", self.ref),
            ("configuredIn", self.configured_in),
            *zip(
                (
                    "configuredBy.apiVersion",
                    "configuredBy.kind",
                    "configuredBy.name",
                    "configuredBy.namespace",
                ),
                self.configured_by,
                strict=True,
            ),
        ]
        return [(key, value) for key, value in pairs if value]


def dump_fields(fields: list[tuple[str, str]]) -> str:
    """`fields` as a block mapping in the order given."""
    from cmp.yaml import dump

    lines = []
    inside = False
    for key, value in fields:
        outer, dot, inner = key.partition(".")
        if dot and not inside:
            lines.append(f"{outer}:\n")
            inside = True
        entry = dump({inner or key: value})
        lines.append("  " + entry if inside else entry)
    return "".join(lines)


def join(*parts: str) -> str:
    """filepath.Join: joined and cleaned, an empty text for nothing."""
    filled = [part for part in parts if part]
    return posixpath.normpath("/".join(filled)) if filled else ""


_SHAPE = Struct(
    path=STR,
    repo=STR,
    ref=STR,
    configuredIn=STR,
    configuredBy=Struct({"apiVersion": STR, "kind": STR, "name": STR, "namespace": STR}),
)


_LIST = ListOf(_SHAPE, pointers=True)


def origin_of(resource: Resource) -> Origin | None:
    """What the origin annotation says, None without one; `KustomizeError` where it has another form."""
    fields = _read(resource, ORIGIN, _SHAPE)
    return None if fields is None else _origin(fields)


def _read(resource: Resource, key: str, shape: Struct | ListOf) -> Any:
    """The YAML text of an annotation in the shape of the Go type that upstream reads it into."""
    text = resource.text_map("metadata", "annotations").get(key)
    if text is None:
        return None
    from cmp.kustomize.plugins.arguments import as_texts
    from cmp.yaml import load_config

    try:
        value = decode(as_texts(load_config(text.encode()).value, shape), shape, strict=False)
    except CmpError as error:
        raise KustomizeError(
            f"the annotation {key} is not what kustomize writes there",
            hint="remove it: kustomize writes and reads this annotation itself",
        ).at(file=resource.file, object=str(resource)) from error
    return value or ([] if isinstance(shape, ListOf) else {})


def _origin(fields: dict[str, Any]) -> Origin:
    by = fields.get("configuredBy") or {}
    return Origin(
        fields.get("path", ""),
        fields.get("repo", ""),
        fields.get("ref", ""),
        fields.get("configuredIn", ""),
        (by.get("apiVersion", ""), by.get("kind", ""), by.get("name", ""), by.get("namespace", "")),
    )


def from_config(config: Resource) -> Origin | None:
    """The origin that a plugin's configuration gives to what it makes; None if the configuration has none."""
    origin = origin_of(config)
    if origin is None:
        return None
    return Origin(
        "",
        origin.repo,
        origin.ref,
        origin.path,
        (text_of(config.body.get("apiVersion")), config.kind, config.name, config.namespace),
    )


def set_origin(resource: Resource, text: str) -> None:
    """Write the origin annotation."""
    _annotations(resource)[ORIGIN] = text


def set_origins(resources: Sequence[Resource], text: str, budget: Budget) -> None:
    """Write the origin annotation of each."""
    budget.spend(size_of(text) * len(resources))
    for resource in resources:
        set_origin(resource, text)


def add_origins(resmap: ResMap, text: str, budget: Budget) -> None:
    """Write the origin annotation of resources that have none."""
    budget.spend(size_of(text) * len(resmap))
    for resource in resmap:
        _annotations(resource).setdefault(ORIGIN, text)


def add_transformation(resmap: ResMap, text: str, budget: Budget) -> None:
    """Add one entry to the transformations of each resource; one without origin was made just now."""
    budget.spend(size_of(text) * len(resmap))
    for resource in resmap:
        before = _written(resource)
        annotations = _fresh_annotations(resource)
        if ORIGIN in annotations:
            annotations[TRANSFORMATIONS] = resource.options[_OURS] = before + _entry(text)
        else:
            annotations[ORIGIN] = text


def _written(resource: Resource) -> str:
    """The transformations of a resource as we write them.

    Upstream reads the entries that are there and writes them anew, whatever their form was. What we wrote
    last would not change by that.
    """
    ours = resource.options.get(_OURS)
    if ours is not None and _annotations(resource).get(TRANSFORMATIONS) == ours:
        return str(ours)
    before = _read(resource, TRANSFORMATIONS, _LIST) or []
    return "".join(_entry("null\n" if fields is None else _origin(fields).text()) for fields in before)


def _entry(text: str) -> str:
    """A YAML text as an item of a list."""
    return "- " + "  ".join(text.splitlines(keepends=True))


def _fresh_annotations(resource: Resource) -> dict[str, Value]:
    """The annotations in a new mapping of strings: upstream writes them anew, shared with no other."""
    metadata = resource.metadata()
    annotations: dict[str, Value] = {
        key: value if isinstance(value, (str, dict, list)) else Quoted(text_of(value))
        for key, value in _annotations(resource).items()
    }
    metadata["annotations"] = annotations
    return annotations


def _annotations(resource: Resource) -> dict[str, Value]:
    metadata = resource.metadata()
    annotations = metadata.get("annotations")
    if not isinstance(annotations, dict):
        annotations = metadata["annotations"] = {}
    return annotations
