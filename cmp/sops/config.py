"""`.sops.yaml`: keys and rule of a new document, and how stores print (upstream: config/config.go).

Needed for writing only. A file in a repository never chooses identities, programs or services: keys of types
other than age are read so that they can be named, and refused when they would have to be used.
"""

from __future__ import annotations

from types import MappingProxyType

from cmp.lighttyping import NamedTuple
from cmp.regex import RegexError, searcher
from cmp.sops.errors import SopsError
from cmp.sops.formats import FORMATS
from cmp.sops.metadata import RULES
from cmp.sops.stores import store
from cmp.yaml.strict import Node, is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_NAME = ".sops.yaml"
IGNORED_NAME = ".sops.yml"
MAX_PARENTS = 100

# Key types other than age, as a creation rule and a key group spell them.
_RULE_KEYS = ("kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri", "pgp")
_GROUP_KEYS = ("kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault", "pgp")
_KNOWN_TOP = frozenset(("creation_rules", "destination_rules", "stores"))
_KNOWN_RULE = frozenset(
    {
        "path_regex",
        "age",
        "aws_profile",
        "key_groups",
        "shamir_threshold",
        "mac_only_encrypted",
        *RULES,
        *_RULE_KEYS,
    }
)
_WHOLE = "a whole number"
_KNOWN_GROUP = frozenset({"merge", "age", *_GROUP_KEYS})


class ConfigError(SopsError):
    """The configuration file is malformed, or has no rule for a file."""


class KeyGroup(NamedTuple):
    """Recipients of one share of the data key; others: key types that only SOPS can write to."""

    age: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class CreationRule(NamedTuple):
    """What a new document gets. rule: (one of `RULES`, its text), or None for SOPS' default."""

    groups: tuple[KeyGroup, ...]
    path_regex: str = ""
    shamir_threshold: int = 0
    rule: tuple[str, str] | None = None
    mac_only_encrypted: bool = False


class SopsConfig(NamedTuple):
    """A configuration file. rules: None when it has no creation rules at all.

    indents: columns per level by format, for the formats that the file says them for. warnings: about keys
    that SOPS does not know and that say nothing.
    """

    rules: tuple[CreationRule, ...] | None = None
    indents: Mapping[str, int] = MappingProxyType({})
    warnings: tuple[str, ...] = ()

    def rule_for(self, path: str) -> CreationRule:
        """The first rule that matches `path`, which is relative to the file's folder (absolute when outside).

        Raises `ConfigError` when there is none.
        """
        for rule in self.rules or ():
            if not rule.path_regex or searcher(rule.path_regex)(path):
                return rule
        raise ConfigError(
            f"no creation rule of {CONFIG_NAME} matches the file",
            hint="add a rule without path_regex at the end, or name recipients with --age",
        )


def parse(data: bytes) -> SopsConfig:
    """The configuration in a file's bytes; raises `ConfigError`."""
    from cmp.yaml import YamlError, load_all

    try:
        documents = load_all(data)
    except YamlError as error:
        raise ConfigError(f"the SOPS configuration is not valid YAML: {error.message}").at(
            line=error.where.line, column=error.where.column
        ) from error
    top = Node(documents[0] if documents else None, refuse=ConfigError, data=data)
    fields = _settings(top)
    rules = _items(fields, "creation_rules")
    warnings = [
        f"{key!r} is not a setting of SOPS: {_near_or(key, _KNOWN_TOP)}"
        for key in (top.value if isinstance(top.value, dict) else ())
        if key not in _KNOWN_TOP
    ]
    parsed = None if rules is None else tuple(_rule(rule, warnings) for rule in rules)
    return SopsConfig(parsed, _indents(fields.get("stores")), tuple(warnings))


def _indents(stores: Node | None) -> Mapping[str, int]:
    found = {}
    fields = _settings(stores)
    for kind in map(store, FORMATS):
        if not kind.setting:
            continue
        settings = _settings(fields.get(kind.setting))
        indent = settings["indent"].whole(_WHOLE) if "indent" in settings else kind.own_indent
        if indent < kind.own_indent:
            raise settings["indent"].error("an indentation of the SOPS configuration is negative")
        if indent != kind.own_indent:
            found[kind.name] = indent
    return MappingProxyType(found)


def _rule(node: Node, warnings: list[str]) -> CreationRule:
    fields = _settings(node)
    _check_known(node, _KNOWN_RULE, warnings)
    kinds = [(kind, text) for kind in RULES if (text := _text(fields, kind))]
    if len(kinds) > 1:
        names = " and ".join(kind for kind, _ in kinds)
        raise node.error(f"a creation rule has {names}; SOPS takes one of them")
    path_regex = _text(fields, "path_regex")
    for pattern in (path_regex, *(text for kind, text in kinds if kind.endswith("regex"))):
        _check_regex(pattern, node)
    return CreationRule(
        _groups(fields, warnings),
        path_regex,
        fields["shamir_threshold"].whole(_WHOLE) if "shamir_threshold" in fields else 0,
        kinds[0] if kinds else None,
        fields["mac_only_encrypted"].flag() if "mac_only_encrypted" in fields else False,
    )


def _near_or(key: str, known: frozenset[str]) -> str:
    """What a key that SOPS does not know may have meant."""
    from cmp.nearest import nearest

    near = nearest(key, known)
    return f"did you mean {near}?" if near else "sops would ignore it; remove it"


def _check_known(node: Node, known: frozenset[str], warnings: list[str]) -> None:
    """A misspelt key would silently leave out keys or rules; an empty one leaves out nothing."""
    for key, value in (node.value if isinstance(node.value, dict) else {}).items():
        if key not in known:
            hint = _near_or(key, known)
            if is_null(value) or value in ("", [], {}):
                warnings.append(f"{node.field}: {key!r} is not a setting of SOPS: {hint}")
                continue
            raise node.unknown(key, f"{key!r} is not a setting of SOPS", hint)


def _groups(fields: dict[str, Node], warnings: list[str]) -> tuple[KeyGroup, ...]:
    groups = _items(fields, "key_groups")
    if groups:
        return tuple(_group(group, warnings) for group in groups)
    others = tuple(name for name in _RULE_KEYS if _keys(fields.get(name)))
    return (KeyGroup(tuple(_keys(fields.get("age"))), others),)


def _group(node: Node, warnings: list[str], depth: int = 0) -> KeyGroup:
    fields = _settings(node)
    _check_known(node, _KNOWN_GROUP, warnings)
    if depth > 20:
        raise node.error("key groups are merged too deeply")
    recipients: list[str] = []
    others: list[str] = []
    for merged in _items(fields, "merge") or ():
        group = _group(merged, warnings, depth + 1)
        recipients += group.age
        others += group.others
    for item in _items(fields, "age") or ():
        recipients += _keys(item)
    others += [name for name in _GROUP_KEYS if name in fields and fields[name].value]
    return KeyGroup(tuple(dict.fromkeys(recipients)), tuple(dict.fromkeys(others)))


def _keys(node: Node | None) -> list[str]:
    """A comma-separated string or a list of strings."""
    if node is None or is_null(node.value):
        return []
    parts = [node] if isinstance(node.value, str) else node.items()
    texts = [each.string(empty=True) for each in parts if not is_null(each.value)]
    return [key.strip() for text in texts for key in text.split(",") if key.strip()]


def _check_regex(pattern: str, node: Node) -> None:
    try:
        searcher(pattern)
    except RegexError as error:
        raise node.error(error.message, error.hint) from error


# To SOPS, a null is a setting that is not there.


def _settings(node: Node | None) -> dict[str, Node]:
    return {} if node is None or is_null(node.value) else node.entries()


def _items(fields: dict[str, Node], name: str) -> list[Node] | None:
    return fields[name].items() if name in fields else None


def _text(fields: dict[str, Node], name: str) -> str:
    return fields[name].string(empty=True) if name in fields else ""
