"""Where resources come from and what changed them, for `buildMetadata` (api/resource/origin.go)."""

from __future__ import annotations

import posixpath

from cmp.kustomize.resource import text_of
from cmp.yaml.value import Quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

ORIGIN = "config.kubernetes.io/origin"
TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"


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


def from_config(config: Resource) -> Origin | None:
    """The origin that a plugin's configuration gives to what it makes; None if the configuration has none."""
    text = config.text_map("metadata", "annotations").get(ORIGIN)
    if text is None:
        return None
    from cmp.yaml import load_config

    value = load_config(text.encode()).value
    known = {key: str(item) for key, item in value.items()} if isinstance(value, dict) else {}
    return Origin(
        "",
        known.get("repo", ""),
        known.get("ref", ""),
        known.get("path", ""),
        (text_of(config.body.get("apiVersion")), config.kind, config.name, config.namespace),
    )


def set_origin(resource: Resource, text: str) -> None:
    """Write the origin annotation."""
    _annotations(resource)[ORIGIN] = text


def add_origins(resmap: ResMap, text: str) -> None:
    """Write the origin annotation of resources that have none."""
    for resource in resmap:
        _annotations(resource).setdefault(ORIGIN, text)


def add_transformation(resmap: ResMap, text: str) -> None:
    """Add one entry to the transformations of each resource; one without origin was made just now."""
    lines = text.splitlines(keepends=True)
    entry = "- " + "  ".join(lines)
    for resource in resmap:
        annotations = _fresh_annotations(resource)
        if ORIGIN in annotations:
            before = annotations.get(TRANSFORMATIONS)
            annotations[TRANSFORMATIONS] = (text_of(before) if before is not None else "") + entry
        else:
            annotations[ORIGIN] = text


def _fresh_annotations(resource: Resource) -> dict[str, Value]:
    """The annotations in a new mapping of texts: upstream writes them anew, shared with no other."""
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
