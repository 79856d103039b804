"""ModelConfig: one declaration of which model is served where and how traffic is split, read strictly."""

from __future__ import annotations

from cmp.kustomize.resource import LOCAL_CONFIG
from cmp.models import fields, reference, storage
from cmp.models.errors import ReferenceSyntaxError
from cmp.models.nearest import did_you_mean
from cmp.models.strict import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from cmp.kustomize.resource import Resource
    from cmp.models.reference import Reference

    # Tells the tokens of a masked render, which stand for encrypted values, from real values.
    MaskTest: TypeAlias = Callable[[str], bool]

GROUP = "cmp.mlops"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

_TARGET_FIELDS = ("group", "kind", "name", "namespace")
_MAPS = ("entries", "keys", "fieldPaths")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_NAME_LENGTH = (
    48  # the longest annotation name is 63: `<model>.` and the longest word of cmp.models.provenance fit
)


class Target:
    """One place to write to: an object by group (optional), kind, name, namespace (optional), and options.

    options: what chooses the field inside the object, such as `container` and `env`; the kind's row says
    which are allowed, in `cmp.models.fields`. entries: of traffic targets, model name to entry name; keys:
    model name to ConfigMap key; paths: model name to field path.
    """

    __slots__ = ("entries", "group", "keys", "kind", "label", "name", "namespace", "node", "options", "paths")

    def __init__(self, node: Node, traffic: bool) -> None:
        self.node = node
        self.label = node.path[-1]
        raw = node.value if isinstance(node.value, dict) else {}
        kind = raw.get("kind")
        known = fields.options_of(kind if isinstance(kind, str) else "", traffic)
        given = node.fields((*_TARGET_FIELDS, *known))
        for key in ("kind", "name"):
            if key not in given:
                raise node.error(f"the field {key!r} is missing")
        self.kind = given["kind"].text()
        self.name = given["name"].text()
        self.group = given["group"].text() if "group" in given else None
        self.namespace = given["namespace"].text() if "namespace" in given else None
        self.entries = given["entries"].texts() if "entries" in given else {}
        self.keys = given["keys"].texts() if "keys" in given else {}
        self.paths = given["fieldPaths"].texts() if "fieldPaths" in given else {}
        self.options = {
            key: _option(each) for key, each in given.items() if key in known and key not in _MAPS
        }

    def __repr__(self) -> str:
        return f"<Target {self.kind}/{self.name}>"


def _option(node: Node) -> str:
    """A text, or a boolean as one."""
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return node.text()


class Model:
    """One model of a ModelConfig: exactly one of `ref` and `uri`, and its targets by label."""

    __slots__ = ("name", "node", "ref", "ref_text", "targets", "uri")

    def __init__(self, name: str, node: Node, is_masked: MaskTest) -> None:
        self.name = name
        self.node = node
        if not _NAME_CHARACTERS.issuperset(name) or not name[:1].isalnum() or len(name) > _NAME_LENGTH:
            raise node.error(
                f"the name of a model is 1 to {_NAME_LENGTH} letters, digits, `-`, `_` or `.`, "
                "beginning with a letter or digit"
            )
        given = node.fields(("ref", "uri", "targets"))
        if ("ref" in given) == ("uri" in given):
            raise node.error(
                "exactly one of ref and uri is needed"
                + (", found both" if "ref" in given else ", found neither"),
                hint="in an overlay's patch, a null removes the one that the base gives",
            )
        self.uri = check_uri(given["uri"], is_masked) if "uri" in given else ""
        self.ref_text = given["ref"].text() if "ref" in given else ""
        self.ref: Reference | None = None
        if self.ref_text and not is_masked(self.ref_text):
            try:
                self.ref = reference.parse(self.ref_text)
            except ReferenceSyntaxError as error:
                raise error.at(file=node.file, object=node.object, field=given["ref"].field) from error
        targets = given["targets"].entries() if "targets" in given else {}
        self.targets = [Target(each, traffic=False) for each in targets.values()]

    def __repr__(self) -> str:
        return f"<Model {self.name}>"


class Traffic:
    """How requests are split: weights by model name, and the objects that hold them."""

    __slots__ = ("node", "targets", "weights", "weights_node")

    def __init__(self, node: Node) -> None:
        self.node = node
        given = node.fields(("weights", "targets"))
        self.weights_node = given.get("weights")
        self.weights = (
            {name: each.integer(0, 100) for name, each in self.weights_node.entries().items()}
            if self.weights_node
            else {}
        )
        targets = given["targets"].entries() if "targets" in given else {}
        self.targets = [Target(each, traffic=True) for each in targets.values()]


class Policy:
    """What may be served here: prefixes, whether a lock is required, tags a version must carry."""

    __slots__ = ("allowed_prefixes", "map_prefixes", "node", "require_lock", "require_tags", "schemes")

    def __init__(self, node: Node) -> None:
        self.node = node
        given = node.fields(("allowedPrefixes", "mapPrefixes", "requireLock", "requireTags", "schemes"))
        prefixes = given.get("allowedPrefixes")
        self.allowed_prefixes = tuple(each.text() for each in prefixes.items()) if prefixes else ()
        if prefixes is not None and not self.allowed_prefixes:
            raise prefixes.error(
                "an empty list would allow nothing", hint="leave the field out, or name a prefix"
            )
        self.map_prefixes = (
            tuple(_mapping(each) for each in given["mapPrefixes"].items()) if "mapPrefixes" in given else ()
        )
        self.require_lock = given["requireLock"].flag() if "requireLock" in given else False
        self.require_tags = given["requireTags"].texts() if "requireTags" in given else {}
        self.schemes = tuple(each.text() for each in given["schemes"].items()) if "schemes" in given else ()


def _mapping(node: Node) -> tuple[str, str]:
    given = node.fields(("from", "to"))
    for key in ("from", "to"):
        if key not in given:
            raise node.error(f"the field {key!r} is missing")
    return given["from"].text(), given["to"].text()


class ModelConfig:
    """A ModelConfig resource: models by name, traffic, policy, and the resource it was read from."""

    __slots__ = ("models", "name", "node", "policy", "resource", "traffic")

    def __init__(self, resource: Resource, is_masked: MaskTest) -> None:
        self.resource = resource
        self.name = resource.name
        self.node = top(resource, ("apiVersion", "kind", "metadata", "spec"))
        spec = self.node.fields(("apiVersion", "kind", "metadata", "spec")).get("spec")
        if spec is None:
            raise self.node.error("the field 'spec' is missing")
        given = spec.fields(("models", "traffic", "policy"))
        models = given.get("models")
        if models is None or not models.entries():
            raise spec.error("at least one model is needed under 'models'")
        self.models = {name: Model(name, node, is_masked) for name, node in models.entries().items()}
        self.traffic = Traffic(given["traffic"]) if "traffic" in given else None
        self.policy = Policy(given.get("policy") or spec.child("policy", {}))
        self._check_names()

    def _check_names(self) -> None:
        """Every model that traffic names is one of `models`."""
        if self.traffic is None:
            return
        if self.traffic.weights_node is not None:
            self.known(self.traffic.weights, self.traffic.weights_node)
        for target in self.traffic.targets:
            for field, names in (
                ("entries", target.entries),
                ("keys", target.keys),
                ("fieldPaths", target.paths),
            ):
                self.known(names, target.node.child(field, None))

    def known(self, names: Iterable[str], node: Node) -> None:
        """Raise for a name that is no model of this ModelConfig."""
        for name in names:
            if name not in self.models:
                raise node.child(name, None).error(
                    f"no model is named {name!r}", hint=did_you_mean(name, self.models)
                )

    def __repr__(self) -> str:
        return f"<ModelConfig {self.name}>"


def _never(text: str) -> bool:
    """The mask test of a render with keys: nothing is a token."""
    return False


NOT_MASKED: MaskTest = _never


def top(resource: Resource, known: tuple[str, ...]) -> Node:
    """The whole resource as a node, after its apiVersion was checked."""
    node = Node(resource.body, (), resource.file, f"{resource.kind}/{resource.name}")
    version = resource.gvk.version
    if version != VERSION:
        raise node.child("apiVersion", None).error(f"unknown version {version!r}", hint=f"use {API_VERSION}")
    node.fields(known)
    metadata = resource.body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict) or annotations.get(LOCAL_CONFIG) != "true":
        raise node.child("metadata", None).error(
            f'a {resource.kind} must carry the annotation {LOCAL_CONFIG}: "true"',
            hint="without it the object would be sent to the cluster",
        )
    return node


def check_uri(node: Node, is_masked: MaskTest) -> str:
    """A storage URI, checked; its text never enters an error."""
    uri = node.text()
    if is_masked(uri):
        return uri
    if uri.startswith("ENC["):
        raise node.error("the URI is still encrypted", hint="was the file's sops block removed by an edit?")
    try:
        storage.check(uri)
    except ReferenceSyntaxError as error:
        raise error.at(file=node.file, object=node.object, field=node.field) from error
    return uri
