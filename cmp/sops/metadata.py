"""The `sops` block: keys, rule, MAC and version, of all versions since 3.0 (upstream: stores/stores.go).

Read leniently where versions differ (strings for numbers, empty lists, absent fields), strictly otherwise;
printed as the newest version does: keys sorted, empty lists left out.
"""

from __future__ import annotations

from cmp.sops.document import Branch, Item, Time
from cmp.sops.errors import MetadataError
from cmp.sops.times import TimeError, parse_rfc3339, seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits
    from cmp.sops.document import Value

KEY = "sops"
DEFAULT_SUFFIX = "_unencrypted"

RULES = (
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
)

# Key types in the order in which a group holds them, with their fields; a `?` marks one that is left out
# when it is empty.
KEY_TYPES: dict[str, tuple[str, ...]] = {
    "kms": ("arn", "aws_profile", "context?", "created_at", "enc", "role?"),
    "gcp_kms": ("created_at", "enc", "resource_id"),
    "hckms": ("created_at", "enc", "key_id"),
    "azure_kv": ("created_at", "enc", "name", "vault_url", "version"),
    "hc_vault": ("created_at", "enc", "engine_path", "key_name", "vault_address"),
    "pgp": ("created_at", "enc", "fp"),
    "age": ("enc", "recipient"),
}
# What a person calls them.
KEY_TYPE_NAMES = {
    "kms": "AWS KMS",
    "gcp_kms": "GCP KMS",
    "hckms": "Huawei Cloud KMS",
    "azure_kv": "Azure Key Vault",
    "hc_vault": "HashiCorp Vault",
    "pgp": "PGP",
    "age": "age",
}
_ALWAYS_IN_GROUPS = frozenset({"hc_vault", "age"})


class MasterKey:
    """One key that the data key (or a share of it) is encrypted with: its type and its fields.

    type: a key of `KEY_TYPES`. fields: as in the file; `enc` is the encrypted data key.
    """

    __slots__ = ("fields", "type")

    def __init__(self, type: str, fields: dict[str, Value]) -> None:  # noqa: A002 - the format's word
        self.type = type
        self.fields = fields

    @classmethod
    def age(cls, recipient: str, enc: str = "") -> MasterKey:
        """An age key."""
        return cls("age", {"recipient": recipient, "enc": enc})

    @property
    def enc(self) -> str:
        """The encrypted data key, an armored age file for age keys."""
        return _text(self.fields.get("enc"), "enc")

    @property
    def recipient(self) -> str:
        """The age recipient: a label only, which nothing authenticates."""
        return _text(self.fields.get("recipient"), "recipient")

    def __repr__(self) -> str:
        return f"<MasterKey {self.type}>"


class Metadata:
    """The metadata of one file.

    key_groups: one group holds keys that each open the whole data key, several hold shares of it.
    shamir_threshold: 0 when the file says nothing. last_modified: RFC 3339 seconds, the MAC's
    additional data. mac: sealed. rule: one of `RULES`, rule_value: its text. mac_only_encrypted, version:
    as in the file.
    """

    __slots__ = (
        "key_groups", "last_modified", "mac", "mac_only_encrypted", "rule", "rule_value", "shamir_threshold",
        "version",
    )  # fmt: skip

    def __init__(
        self,
        key_groups: list[list[MasterKey]],
        last_modified: str = "",
        mac: str = "",
        rule: str = RULES[0],
        rule_value: str = DEFAULT_SUFFIX,
        mac_only_encrypted: bool = False,
        shamir_threshold: int = 0,
        version: str = "",
    ) -> None:
        self.key_groups = key_groups
        self.last_modified = last_modified
        self.mac = mac
        self.rule = rule
        self.rule_value = rule_value
        self.mac_only_encrypted = mac_only_encrypted
        self.shamir_threshold = shamir_threshold
        self.version = version

    def key_types(self) -> list[str]:
        """The types of all keys, in the order of `KEY_TYPES`."""
        found = {key.type for group in self.key_groups for key in group}
        return [name for name in KEY_TYPES if name in found]

    def recipients(self) -> list[str]:
        """The age recipients of all groups, in order."""
        return [key.recipient for group in self.key_groups for key in group if key.type == "age"]


class Tree:
    """A document with its metadata; `branches` never holds the metadata itself."""

    __slots__ = ("branches", "metadata")

    def __init__(self, branches: list[Branch], metadata: Metadata) -> None:
        self.branches = branches
        self.metadata = metadata


def from_branch(branch: Branch, limits: Limits | None = None) -> Metadata:
    """The metadata in their nested form; raises `MetadataError`."""
    metadata = Metadata(_key_groups(branch))
    count = sum(map(len, metadata.key_groups))
    if limits is not None:
        limits.check("recipients", count)
    metadata.last_modified = _last_modified(branch.get("lastmodified"))
    metadata.mac = _text(branch.get("mac"), "mac")
    metadata.version = _text(branch.get("version"), "version")
    metadata.mac_only_encrypted = _flag(branch.get("mac_only_encrypted"), "mac_only_encrypted")
    metadata.shamir_threshold = _number(branch.get("shamir_threshold"), "shamir_threshold")
    rules = [(name, text) for name in RULES if (text := _text(branch.get(name), name))]
    if len(rules) > 1:
        names = ", ".join(name for name, _ in rules)
        raise MetadataError(
            f"the file has more than one rule for what is encrypted: {names}",
            hint="keep the one it was encrypted with",
        )
    if rules:
        metadata.rule, metadata.rule_value = rules[0]
    return metadata


def to_branch(metadata: Metadata) -> Branch:
    """The nested form as the newest SOPS prints it."""
    entries: dict[str, Value] = {
        "lastmodified": metadata.last_modified,
        "mac": metadata.mac,
        "version": metadata.version,
    }
    if metadata.shamir_threshold:
        entries["shamir_threshold"] = metadata.shamir_threshold
    if metadata.mac_only_encrypted:
        entries["mac_only_encrypted"] = True
    if metadata.rule_value:
        entries[metadata.rule] = metadata.rule_value
    if len(metadata.key_groups) == 1:
        entries.update(_typed_lists(metadata.key_groups[0], always=frozenset()))
    elif metadata.key_groups:
        entries["key_groups"] = [
            _sorted(_typed_lists(group, _ALWAYS_IN_GROUPS)) for group in metadata.key_groups
        ]
    return _sorted(entries)


def _sorted(entries: dict[str, Value]) -> Branch:
    return Branch(Item(key, entries[key]) for key in sorted(entries))


def _typed_lists(group: list[MasterKey], always: frozenset[str]) -> dict[str, Value]:
    lists: dict[str, Value] = {}
    for name, fields in KEY_TYPES.items():
        keys = [key for key in group if key.type == name]
        if keys or name in always:
            lists[name] = [_key_branch(key, fields) for key in keys]
    return lists


def _key_branch(key: MasterKey, fields: tuple[str, ...]) -> Branch:
    branch = Branch()
    for field in fields:
        name = field.rstrip("?")
        value = key.fields.get(name)
        if value in (None, "") and name != field:
            continue
        branch.append(Item(name, "" if value is None else value))
    return branch


def _key_groups(branch: Branch) -> list[list[MasterKey]]:
    flat = _group(branch)
    if flat:
        return [flat]
    groups = [_group(group) for group in _branches(branch.get("key_groups"), "key_groups")]
    if not groups:
        raise MetadataError("the file's metadata name no keys")
    return groups


def _group(branch: Branch) -> list[MasterKey]:
    return [
        MasterKey(name, dict(fields.entries()))
        for name in KEY_TYPES
        for fields in _branches(branch.get(name), name)
    ]


def _branches(value: Value, name: str) -> list[Branch]:
    if value is None or value == "":
        return []
    if isinstance(value, Branch):
        return [value] if value else []
    if isinstance(value, list) and all(isinstance(item, Branch) for item in value):
        return [item for item in value if isinstance(item, Branch)]
    raise MetadataError(f"{name!r} in the file's metadata is not a list of mappings")


def _last_modified(value: Value) -> str:
    # Old versions read an unquoted time.
    text = value.text if isinstance(value, Time) else value
    try:
        return seconds(parse_rfc3339(text if isinstance(text, str) else ""))
    except TimeError as error:
        raise MetadataError(
            "'lastmodified' in the file's metadata is missing or not an RFC 3339 time"
        ) from error


def _text(value: Value, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (int, float)):
        return str(value)
    raise MetadataError(f"{name!r} in the file's metadata is not a string")


def _number(value: Value, name: str) -> int:
    if value is None or value == "":
        return 0
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    if isinstance(value, str):
        # 3.9 and 3.10 wrote `2.000000` into INI files.
        whole, _, fraction = value.partition(".")
        if whole.isascii() and whole.isdecimal() and len(whole) < 10 and not fraction.strip("0"):
            return int(whole)
    raise MetadataError(f"{name!r} in the file's metadata is not a whole number")


def _flag(value: Value, name: str) -> bool:
    if isinstance(value, (bool, int)):
        return bool(value)
    if value is None or value in ("", "0", "f", "F", "false", "False", "FALSE"):
        return False
    if value in ("1", "t", "T", "true", "True", "TRUE"):
        return True
    raise MetadataError(f"{name!r} in the file's metadata is neither true nor false")
