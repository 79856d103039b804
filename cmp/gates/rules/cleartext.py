"""Gate: a decrypted value outside of a Secret."""

from __future__ import annotations

from cmp.findings import Hit
from cmp.gates.context import forbids, is_secret
from cmp.gates.passthrough import ANNOTATION, is_operators
from cmp.gates.passthrough import ID as PASSTHROUGH
from cmp.paths import dotted
from cmp.yaml.taint import Tainted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource
    from cmp.yaml.taint import Origin

ID = "cleartext"
TITLE = "A decrypted value outside of a Secret"
WHY = (
    "Argo CD masks only `data` and `stringData` of core Secrets. Its UI and API show everything else "
    "to everyone who can see the Application. A decrypted value is followed through every step of the "
    "render: replacements, patches, vars, generators, embedded documents, names. Two things are "
    "exempt: the URIs, weights and policy that a ModelConfig injects, and what an encrypted Secret "
    "says about itself (labels, type)."
)
CURE = "Move the value into a Secret, or annotate the object with cmp.mlops/allow-cleartext: <reason>."
WAIVABLE = True

_HIDDEN = ("data", "stringData")
# What an encrypted Secret may declare of itself in clear, as long as it stays where it was.
_OWN = frozenset(("apiVersion", "kind", "type", "immutable", "metadata"))
# Most values are plain strings, which say nothing.
_LOOKED_INTO = (dict, list, Tainted)
# More would fill the 4 KiB that an error may have.
_NAMED = 20


def check(context: Context) -> Iterator[Hit[Resource]]:
    """A finding per field that holds a decrypted value: those followed, then those that a search finds."""
    for resource in context.objects if Tainted.exist else ():
        if not _has_tainted(resource.body):
            continue  # nearly all objects: their paths are never needed
        for path, origins in _tainted(resource.body, (), _HIDDEN if is_secret(resource) else ()):
            if not _in_place(resource, path, origins):
                yield _hit(context, resource, dotted(path), [_named(each) for each in origins])
    if context.leaks:
        for resource, field, file, place in context.leaks(context.objects):
            yield _hit(context, resource, field, [f"{file}, {place}" if place else file])


def _hit(context: Context, resource: Resource, field: str, sources: list[str]) -> Hit[Resource]:
    more = f" and {len(sources) - _NAMED} more" if len(sources) > _NAMED else ""
    named = "; ".join(dict.fromkeys(sources[:_NAMED]))
    message = f"a value decrypted from {named}{more} would be shown in clear"
    return Hit(resource, field, message, _cure(context, resource))


def _cure(context: Context, resource: Resource) -> str:
    """Nobody should put the cleartext of such an object into the cluster: its operator wants ciphertext."""
    if not is_operators(resource.body):
        forbidden = forbids(context.waivers, ID)
        return f"move the value into a Secret ({forbidden})" if forbidden else ""
    forbidden = forbids(context.waivers, PASSTHROUGH)
    if forbidden:
        return f"an operator decrypts {resource.kind}, but {forbidden}"
    return (
        f"an operator in the cluster decrypts {resource.kind}: let the object leave encrypted, by the "
        f"annotation {ANNOTATION}: <reason> in the file itself, one object a file (cmpctl secrets edit)"
    )


def _has_tainted(value: object) -> bool:
    """Whether `_tainted` finds anything, hidden or not."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, Tainted) or (isinstance(item, _LOOKED_INTO) and _has_tainted(item)):
                return True
        return False
    if isinstance(value, list):
        return any(isinstance(item, _LOOKED_INTO) and _has_tainted(item) for item in value)
    return isinstance(value, Tainted)


def _tainted(
    value: object, path: tuple[str | int, ...], hidden: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], tuple[Origin, ...]]]:
    """(path, origins) of each tainted scalar or key below `value`, not below the keys of `hidden`."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in hidden:
                continue
            if isinstance(key, Tainted):
                yield (*path, "(a key)"), key.origins
            if isinstance(item, _LOOKED_INTO):
                yield from _tainted(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _tainted(item, (*path, index))
    elif isinstance(value, Tainted):
        yield path, value.origins


def _in_place(resource: Resource, path: tuple[str | int, ...], origins: tuple[Origin, ...]) -> bool:
    """Whether a leaf of a Secret stands where the encrypted file that declares the Secret has it."""
    if not is_secret(resource) or path[0] not in _OWN:
        return False
    declared = {(resource.file, resource.index)}
    if resource.options.get("foreign"):
        # A KSOPS generator file names the encrypted files; the Secret's values tell which one declares it.
        declared = {
            (origin.file, origin.document)
            for key in _HIDDEN
            for place, found in _tainted(resource.body.get(key), (key,))
            for origin in found
            if _own_path(origin.path) == place
        }
    return all(
        (origin.file, origin.document) in declared and _own_path(origin.path) == path for origin in origins
    )


def _own_path(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The path in the object itself, which may be an item of a List."""
    while len(path) > 2 and path[0] == "items" and isinstance(path[1], int):
        path = path[2:]
    return path


def _named(origin: Origin) -> str:
    return f"{origin.file}, {dotted(origin.path)}" if origin.path else origin.file
