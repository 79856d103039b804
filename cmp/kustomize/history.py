"""A resource's history as upstream's annotations, and back (api/internal/utils/annotations.go).

Upstream keeps earlier ids, prefixes and a generator's wishes in annotations. Resources that are read may
carry them, and a patch can see or remove them; everywhere else they are fields of `Resource`.
"""

from __future__ import annotations

from cmp.kustomize.errors import ResourceError
from cmp.kustomize.resource import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

DOMAIN = "internal.config.kubernetes.io/"
_KINDS = DOMAIN + "previousKinds"
_NAMES = DOMAIN + "previousNames"
_NAMESPACES = DOMAIN + "previousNamespaces"
_PREFIXES = DOMAIN + "prefixes"
_SUFFIXES = DOMAIN + "suffixes"
_HASH = DOMAIN + "needsHashSuffix"
_BEHAVIOR = DOMAIN + "generatorBehavior"
# Those that follow changes of names and namespaces.
CHANGES = frozenset((_KINDS, _NAMES, _NAMESPACES, _PREFIXES, _SUFFIXES))
_FIELDS = CHANGES | {_HASH, _BEHAVIOR}
ENABLED = "enabled"
# Annotations that no build prints.
REMOVED = _FIELDS | {
    DOMAIN + "allowNameChange",
    DOMAIN + "allowKindChange",
    DOMAIN + "refBy",
    DOMAIN + "path",
    DOMAIN + "index",
    DOMAIN + "seqindent",
    DOMAIN + "id",
    DOMAIN + "annotations-migration-resource-id",
    DOMAIN + "helm-generated",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
}
HELM_GENERATED = DOMAIN + "helm-generated"


def absorb(resource: Resource) -> None:
    """Take the history out of the body's annotations into the fields; a field without annotation is emptied.

    For resources just read, and after a step that could change what `expose` wrote. `ResourceError` when
    the lists of earlier ids do not fit together.
    """
    annotations = _annotations(resource)
    found = {key: text_of(annotations[key]) for key in _FIELDS & annotations.keys()} if annotations else {}
    resource.prefixes = found[_PREFIXES].split(",") if _PREFIXES in found else []
    resource.suffixes = found[_SUFFIXES].split(",") if _SUFFIXES in found else []
    resource.needs_hash = found.get(_HASH) == ENABLED
    behavior = found.get(_BEHAVIOR, "")
    resource.behavior = behavior if behavior in ("create", "replace", "merge") else "unspecified"
    resource.previous = []
    if _NAMES in found:
        kinds, names, namespaces = (found.get(key, "").split(",") for key in (_KINDS, _NAMES, _NAMESPACES))
        if not len(kinds) == len(names) == len(namespaces):
            raise ResourceError(
                f"the annotations {_NAMES}, {_NAMESPACES} and {_KINDS} hold lists of different lengths",
                hint="remove these annotations: they are kustomize's own",
            ).at(file=resource.file, object=str(resource))
        resource.previous = list(zip(kinds, names, namespaces, strict=True))
    if not found or resource.shows_history:
        return
    for key in found:
        del annotations[key]
    if not annotations:
        # Upstream removes its annotations one by one at the end, and an empty mapping with the last.
        resource.metadata().pop("annotations", None)


def remember(resource: Resource) -> None:
    """Remember the current id before a change of name, namespace or kind."""
    resource.store_previous_id()
    if resource.shows_history:
        expose(resource)


def expose(resource: Resource) -> None:
    """Write the history into the body's annotations, where a patch may see it; `absorb` takes it back.

    New ones come in the order in which upstream would have written them: those of the first change first.
    """
    texts: dict[str, str] = {}
    if resource.options.get("generated"):
        texts[_BEHAVIOR] = resource.behavior
    if resource.needs_hash:
        texts[_HASH] = ENABLED
    affixes = [
        (key, ",".join(added))
        for key, added in ((_PREFIXES, resource.prefixes), (_SUFFIXES, resource.suffixes))
        if added
    ]
    if resource.previous:
        kinds, names, namespaces = zip(*resource.previous, strict=True)
        # A prefix or suffix notes itself before the old name, a namespace only the old name.
        renamed_first = names[0] != (*names, resource.name)[1]
        texts.update(affixes[:1] if renamed_first else ())
        texts |= {_NAMES: ",".join(names), _NAMESPACES: ",".join(namespaces), _KINDS: ",".join(kinds)}
    texts.update(affixes)
    if not texts:
        return
    metadata = resource.metadata()
    annotations = metadata.get("annotations")
    if not isinstance(annotations, dict):
        annotations = metadata["annotations"] = {}
    annotations.update(texts)


def concerns(keys: Iterable[str]) -> bool:
    """Whether one of these annotations is part of a resource's history."""
    return not _FIELDS.isdisjoint(keys)


def carries_history(resource: Resource) -> bool:
    """Whether the body has annotations that `absorb` would take."""
    annotations = _annotations(resource)
    return bool(annotations) and not _FIELDS.isdisjoint(annotations)


def _annotations(resource: Resource) -> dict[str, Value]:
    metadata = resource.body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return annotations if isinstance(annotations, dict) else {}
