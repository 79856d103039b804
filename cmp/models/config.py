"""ModelConfig: one declaration of which model is served where and how traffic is split, read strictly."""

from __future__ import annotations

from cmp.errors import located
from cmp.kustomize.resource import LOCAL_CONFIG
from cmp.models import reference, storage
from cmp.models.errors import ModelError
from cmp.models.kinds.dialects import CHOICES
from cmp.models.kinds.table import model_options, traffic_options
from cmp.models.prefix import AMBIGUOUS, place_of
from cmp.nearest import did_you_mean
from cmp.yaml.strict import Node
from cmp.yaml.taint import untaint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from cmp.kustomize.resource import Resource

    # Tells the tokens of a masked render, which stand for encrypted values, from real values.
    MaskTest: TypeAlias = Callable[[str], bool]

GROUP = "cmp.mlops"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

# The fields of each part; `cmp.models.schema` describes the same tables to editors.
TOP_FIELDS = ("apiVersion", "kind", "metadata", "spec")
SPEC_FIELDS = ("models", "traffic", "policy")
MODEL_FIELDS = ("ref", "uri", "targets")
TRAFFIC_FIELDS = ("weights", "targets")
POLICY_FIELDS = ("allowedPrefixes", "mapPrefixes", "requireLock", "requireTags", "schemes")
MAPPING_FIELDS = ("from", "to")
TARGET_FIELDS = ("group", "kind", "name", "namespace")
# Of a model's target only.
CHOICE_FIELDS = ("replaces", "dialect")
TARGET_MAPS = ("entries", "keys", "fieldPaths")
WEIGHT_BOUNDS = (0, 100)
# `NAME_PATTERN` says the same to a schema.
NAME_PATTERN = "^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,47}$"
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_NAME_LENGTH = (
    48  # the longest annotation name is 63: `<model>.` and the longest word of cmp.models.provenance fit
)


class Target:
    """One place to write to: an object by group (optional), kind, name, namespace (optional), and options.

    options: what chooses the field inside the object, such as `container` and `env`; the kind's row in
    `cmp.models.kinds.table` says which are allowed. replaces: whether a value that somebody else has chosen
    may be replaced. dialect: how the place reads a URI, where the kind does not say it. Of a traffic target
    only: entries: model name to entry name. keys: model name to ConfigMap key. paths: model name to field
    path.
    """

    __slots__ = (
        "dialect",
        "entries",
        "group",
        "keys",
        "kind",
        "label",
        "name",
        "namespace",
        "node",
        "options",
        "paths",
        "replaces",
    )

    def __init__(self, node: Node, traffic: bool) -> None:
        self.node = node
        self.label = str(node.path[-1])
        raw = node.value if isinstance(node.value, dict) else {}
        kind = raw.get("kind")
        options = traffic_options if traffic else model_options
        known = options(kind if isinstance(kind, str) else "")
        own = () if traffic else CHOICE_FIELDS
        given = node.fields((*TARGET_FIELDS, *own, *known))
        for key in ("kind", "name"):
            if key not in given:
                raise node.error(f"the field {key!r} is missing")
        self.kind = given["kind"].string()
        self.name = given["name"].string()
        self.group = given["group"].string() if "group" in given else None
        self.namespace = given["namespace"].string() if "namespace" in given else None
        self.replaces = "replaces" in given
        if self.replaces and given["replaces"].value != "any":
            raise given["replaces"].error("expected any", hint="replaces: any, or leave the field out")
        self.dialect = _dialect(given["dialect"]) if "dialect" in given else ""
        self.entries = given["entries"].strings() if "entries" in given else {}
        self.keys = given["keys"].strings() if "keys" in given else {}
        self.paths = given["fieldPaths"].strings() if "fieldPaths" in given else {}
        self.options = {
            key: _option(each) for key, each in given.items() if key in known and key not in TARGET_MAPS
        }

    def __repr__(self) -> str:
        return f"<Target {self.kind}/{self.name}>"


def _dialect(node: Node) -> str:
    """One of the dialects that a target may choose."""
    if node.value not in CHOICES:
        text = node.string()
        raise node.error(f"unknown dialect {text!r}", hint=did_you_mean(text, CHOICES, "they are"))
    return str(node.value)


def _option(node: Node) -> str:
    """A string, or a boolean as one."""
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return node.string()


class Model:
    """One model of a ModelConfig: exactly one of `ref` and `uri`, and its targets by label."""

    __slots__ = ("name", "node", "ref_text", "targets", "uri")

    def __init__(self, name: str, node: Node, is_masked: MaskTest) -> None:
        self.name = name
        self.node = node
        if not _NAME_CHARACTERS.issuperset(name) or not name[:1].isalnum() or len(name) > _NAME_LENGTH:
            raise node.error(
                f"the name of a model is 1 to {_NAME_LENGTH} letters, digits, `-`, `_` or `.`, "
                "beginning with a letter or digit"
            )
        given = node.fields(MODEL_FIELDS)
        # A reference beside a URI would leave open which of them is served.
        if ("ref" in given) == ("uri" in given):
            raise node.error(
                "exactly one of ref and uri is needed"
                + (", found both" if "ref" in given else ", found neither"),
                hint="in an overlay's patch, a null removes the one that the base gives",
            )
        self.uri = check_uri(given["uri"], is_masked) if "uri" in given else ""
        self.ref_text = given["ref"].string() if "ref" in given else ""
        # What stands behind the scheme is the registry's: a build takes it as it is.
        if self.ref_text and not is_masked(self.ref_text):
            with located(file=node.file, object=node.object, field=given["ref"].field):
                reference.checked_scheme(self.ref_text)
        targets = given["targets"].entries() if "targets" in given else {}
        self.targets = [Target(each, traffic=False) for each in targets.values()]

    def __repr__(self) -> str:
        return f"<Model {self.name}>"


class Traffic:
    """How requests are split: weights by model name, and the objects that hold them."""

    __slots__ = ("node", "targets", "weights", "weights_node")

    def __init__(self, node: Node) -> None:
        self.node = node
        given = node.fields(TRAFFIC_FIELDS)
        self.weights_node = given.get("weights")
        self.weights = (
            {name: each.integer(*WEIGHT_BOUNDS) for name, each in self.weights_node.entries().items()}
            if self.weights_node
            else {}
        )
        targets = given["targets"].entries() if "targets" in given else {}
        self.targets = [Target(each, traffic=True) for each in targets.values()]


class Policy:
    """What may be served here: prefixes, whether a lock is required, tags a version must carry."""

    __slots__ = ("allowed_prefixes", "map_prefixes", "node", "require_lock", "require_tags", "schemes")

    def __init__(self, node: Node, is_masked: MaskTest) -> None:
        self.node = node
        given = node.fields(POLICY_FIELDS)
        prefixes = given.get("allowedPrefixes")
        self.allowed_prefixes = (
            tuple(_prefix(each, is_masked) for each in prefixes.items()) if prefixes else ()
        )
        if prefixes is not None and not self.allowed_prefixes:
            raise prefixes.error(
                "an empty list would allow nothing", hint="leave the field out, or name a prefix"
            )
        self.map_prefixes = (
            tuple(_mapping(each, is_masked) for each in given["mapPrefixes"].items())
            if "mapPrefixes" in given
            else ()
        )
        self.require_lock = given["requireLock"].flag() if "requireLock" in given else False
        self.require_tags = given["requireTags"].strings() if "requireTags" in given else {}
        self.schemes = tuple(each.string() for each in given["schemes"].items()) if "schemes" in given else ()


def _prefix(node: Node, is_masked: MaskTest) -> str:
    """A prefix that something can lie below."""
    text = node.string()
    if not is_masked(text) and place_of(text) is None:
        raise node.error("nothing can lie below this prefix", hint=AMBIGUOUS)
    return text


def _mapping(node: Node, is_masked: MaskTest) -> tuple[str, str]:
    given = node.fields(MAPPING_FIELDS)
    for key in MAPPING_FIELDS:
        if key not in given:
            raise node.error(f"the field {key!r} is missing")
    return _prefix(given["from"], is_masked), _prefix(given["to"], is_masked)


class ModelConfig:
    """A ModelConfig resource: models by name, traffic, policy, and the resource it was read from."""

    __slots__ = ("models", "name", "node", "policy", "resource", "traffic")

    def __init__(self, resource: Resource, is_masked: MaskTest) -> None:
        self.resource = resource
        self.name = resource.name
        self.node = top(resource, TOP_FIELDS)
        spec = self.node.fields(TOP_FIELDS).get("spec")
        if spec is None:
            raise self.node.error("the field 'spec' is missing")
        given = spec.fields(SPEC_FIELDS)
        models = given.get("models")
        if models is None or not models.entries():
            raise spec.error("at least one model is needed under 'models'")
        self.models = {name: Model(name, node, is_masked) for name, node in models.entries().items()}
        self.traffic = Traffic(given["traffic"]) if "traffic" in given else None
        self.policy = Policy(given.get("policy") or spec.child("policy", {}), is_masked)
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
        """Raise `ModelError` for a name that is not a model of this ModelConfig."""
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
    node = Node(
        untaint(resource.body), (), resource.file, f"{resource.kind}/{resource.name}", refuse=ModelError
    )
    version = resource.gvk.version
    if version != VERSION:
        raise node.child("apiVersion", None).error(f"unknown version {version!r}", hint=f"use {API_VERSION}")
    node.fields(known)
    metadata = resource.body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    # The engine drops annotated objects from the output; so does plain kustomize.
    if not isinstance(annotations, dict) or annotations.get(LOCAL_CONFIG) != "true":
        raise node.child("metadata", None).error(
            f'a {resource.kind} must carry the annotation {LOCAL_CONFIG}: "true"',
            hint="without it the object would be sent to the cluster",
        )
    return node


def check_uri(node: Node, is_masked: MaskTest) -> str:
    """A storage URI, checked; its text never enters an error."""
    uri = node.string()
    if is_masked(uri):
        return uri
    if uri.startswith("ENC["):
        raise node.error("the URI is still encrypted", hint="was the file's sops block removed by an edit?")
    with located(file=node.file, object=node.object, field=node.field):
        storage.check(uri)
    return uri
