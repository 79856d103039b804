"""Encrypt a data key for key groups: whole for one, in shares for several (upstream: UpdateMasterKeys)."""

from __future__ import annotations

from os import urandom

from cmp import age
from cmp.sops.errors import EmitError
from cmp.sops.keys import DATA_KEY_SIZE
from cmp.sops.metadata import KEY_TYPE_NAMES, MasterKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.sops.metadata import Metadata


def new_data_key() -> bytes:
    """A fresh data key."""
    return urandom(DATA_KEY_SIZE)


def wrap(groups: Sequence[Sequence[str]], threshold: int, key: bytes) -> tuple[list[list[MasterKey]], int]:
    """The key groups for age recipients, and the threshold that goes with them (0 for a single group).

    threshold: 0 means all groups. Raises `EmitError` for empty groups and impossible thresholds, and
    `cmp.age.InvalidKeyError` for a string that is not a recipient.
    """
    if not groups or not all(groups):
        raise EmitError(
            "a key group without a recipient", hint="name a recipient with --age or in .sops.yaml"
        )
    if len(groups) == 1:
        return [[_wrapped(recipient, key) for recipient in groups[0]]], 0
    threshold = threshold or len(groups)
    if not 2 <= threshold <= len(groups):
        raise EmitError(f"a threshold of {threshold} does not go with {len(groups)} key groups")
    from cmp.sops.shamir import split

    shares = split(key, len(groups), threshold)
    wrapped = [[_wrapped(name, share) for name in group] for group, share in zip(groups, shares, strict=True)]
    return wrapped, threshold


def rewrap(metadata: Metadata, groups: Sequence[Sequence[str]], threshold: int, key: bytes) -> None:
    """Put new key groups into `metadata`; in a single group, keys that stay keep their text."""
    before = {
        entry.recipient: entry for group in metadata.key_groups for entry in group if entry.type == "age"
    }
    single = len(metadata.key_groups) == 1
    metadata.key_groups, metadata.shamir_threshold = wrap(groups, threshold, key)
    if single and len(metadata.key_groups) == 1:
        metadata.key_groups = [[before.get(entry.recipient, entry) for entry in metadata.key_groups[0]]]


def age_groups(metadata: Metadata) -> list[list[str]]:
    """The recipients by group; raises `EmitError` when a group holds keys that only SOPS can write to."""
    others = [name for name in metadata.key_types() if name != "age"]
    if others:
        names = ", ".join(KEY_TYPE_NAMES[name] for name in others)
        raise EmitError(
            f"the file has keys of other types ({names}), for which no new data key can be written here",
            hint="use sops itself, or move the file to age recipients with updatekeys first",
        )
    return [[entry.recipient for entry in group] for group in metadata.key_groups]


def _wrapped(recipient: str, part: bytes) -> MasterKey:
    sealed = age.encrypt(part, [age.parse_recipient(recipient)], armor=True)
    return MasterKey.age(recipient, sealed.decode("ascii"))
