"""`.sops.yaml`: keys and rule of a new document, and how stores print (upstream: config/config.go).

Needed for writing only. A file in a repository never chooses identities, programs or services: keys of types
other than age are read so that they can be named, and refused when they would have to be used.
"""

from __future__ import annotations

from typing import NamedTuple

from cmp.regex import RegexError, searcher
from cmp.sops.errors import SopsError
from cmp.sops.metadata import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.yaml.value import Value

CONFIG_NAME = ".sops.yaml"
IGNORED_NAME = ".sops.yml"
MAX_PARENTS = 100

# Key types other than age, as a creation rule and a key group spell them.
_RULE_KEYS = ("kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri", "pgp")
_GROUP_KEYS = ("kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault", "pgp")
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
_KNOWN_GROUP = frozenset({"merge", "age", *_GROUP_KEYS})


class ConfigError(SopsError):
    """The configuration file is malformed, or has no rule for a file."""

    upstream_exit = 5


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


class Stores(NamedTuple):
    """How stores print. Spaces per level; JSON: -1 is a tab; YAML: 0 is SOPS' default of four."""

    yaml_indent: int = 0
    json_indent: int = -1
    binary_indent: int = -1


class SopsConfig(NamedTuple):
    """A configuration file. `rules` is None when it has no creation rules at all."""

    rules: tuple[CreationRule, ...] | None = None
    stores: Stores = Stores()

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
    top = _mapping(documents[0] if documents else None, "the SOPS configuration")
    rules = _list(top.get("creation_rules"), "creation_rules")
    parsed = None
    if rules is not None:
        parsed = tuple(_rule(rule, f"creation_rules[{index}]") for index, rule in enumerate(rules))
    return SopsConfig(parsed, _stores(top.get("stores")))


def _stores(value: Value) -> Stores:
    stores = _mapping(value, "stores")
    yaml, json, binary = (
        _mapping(stores.get(name), f"stores.{name}") for name in ("yaml", "json", "json_binary")
    )
    found = Stores(
        _integer(yaml.get("indent"), "stores.yaml.indent", 0),
        _integer(json.get("indent"), "stores.json.indent", -1),
        _integer(binary.get("indent"), "stores.json_binary.indent", -1),
    )
    if found.yaml_indent < 0 or found.json_indent < -1 or found.binary_indent < -1:
        raise ConfigError("an indentation of the SOPS configuration is negative").at(field="stores")
    return found


def _rule(value: Value, place: str) -> CreationRule:
    fields = _mapping(value, place)
    _check_known(fields, _KNOWN_RULE, place)
    kinds = [(kind, _text(fields.get(kind), f"{place}.{kind}")) for kind in RULES]
    kinds = [(kind, text) for kind, text in kinds if text]
    if len(kinds) > 1:
        names = " and ".join(kind for kind, _ in kinds)
        raise ConfigError(f"a creation rule has {names}; SOPS takes one of them").at(field=place)
    path_regex = _text(fields.get("path_regex"), f"{place}.path_regex")
    for pattern in (path_regex, *(text for kind, text in kinds if kind.endswith("regex"))):
        _check_regex(pattern, place)
    return CreationRule(
        _groups(fields, place),
        path_regex,
        _integer(fields.get("shamir_threshold"), f"{place}.shamir_threshold", 0),
        kinds[0] if kinds else None,
        _boolean(fields.get("mac_only_encrypted"), f"{place}.mac_only_encrypted"),
    )


def _check_known(fields: dict[str, Value], known: frozenset[str], place: str) -> None:
    """A misspelt key would silently leave out keys or rules."""
    for key in fields:
        if key not in known:
            from difflib import get_close_matches

            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "sops would ignore it; remove it"
            raise ConfigError(f"{key!r} is no setting of SOPS", hint=hint).at(field=place)


def _groups(fields: dict[str, Value], place: str) -> tuple[KeyGroup, ...]:
    groups = _list(fields.get("key_groups"), f"{place}.key_groups")
    if groups:
        return tuple(_group(group, f"{place}.key_groups[{index}]") for index, group in enumerate(groups))
    recipients = _keys(fields.get("age"), f"{place}.age")
    others = tuple(name for name in _RULE_KEYS if _keys(fields.get(name), f"{place}.{name}"))
    return (KeyGroup(tuple(recipients), others),)


def _group(value: Value, place: str, depth: int = 0) -> KeyGroup:
    fields = _mapping(value, place)
    _check_known(fields, _KNOWN_GROUP, place)
    if depth > 20:
        raise ConfigError("key groups are merged too deeply").at(field=place)
    recipients: list[str] = []
    others: list[str] = []
    for index, merged in enumerate(_list(fields.get("merge"), f"{place}.merge") or []):
        group = _group(merged, f"{place}.merge[{index}]", depth + 1)
        recipients += group.age
        others += group.others
    for item in _list(fields.get("age"), f"{place}.age") or []:
        recipients += _keys(item, f"{place}.age")
    others += [name for name in _GROUP_KEYS if fields.get(name)]
    return KeyGroup(tuple(dict.fromkeys(recipients)), tuple(dict.fromkeys(others)))


def _keys(value: Value, place: str) -> list[str]:
    """A comma-separated text or a list of texts."""
    parts = [value] if isinstance(value, str) else _list(value, place) or []
    return [key.strip() for part in parts for key in _text(part, place).split(",") if key.strip()]


def _check_regex(pattern: str, place: str) -> None:
    try:
        searcher(pattern)
    except RegexError as error:
        raise ConfigError(error.message).at(field=place) from error


def _mapping(value: Value, place: str) -> dict[str, Value]:
    value = _plain(value)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{place} is not a mapping").at(field=place)
    return value


def _list(value: Value, place: str) -> list[Value] | None:
    value = _plain(value)
    if value is None:
        return None
    if not isinstance(value, list):
        raise ConfigError(f"{place} is not a list").at(field=place)
    return value


def _text(value: Value, place: str) -> str:
    value = _plain(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConfigError(f"{place} is not a text").at(field=place)
    return value


def _integer(value: Value, place: str, default: int) -> int:
    value = _plain(value)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigError(f"{place} is not a whole number").at(field=place)
    return value


def _boolean(value: Value, place: str) -> bool:
    value = _plain(value)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise ConfigError(f"{place} is not true or false").at(field=place)
    return value


def _plain(value: Value) -> Value:
    from cmp.yaml import is_null

    return None if is_null(value) else value
