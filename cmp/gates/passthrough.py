"""Ciphertext that leaves on purpose: objects that an operator in the cluster decrypts, and whole age files.

Decided from the document as it is stored, before anything is decrypted. What the MAC covers has to reach the
cluster as it was signed: the operator would refuse anything else.
"""

from __future__ import annotations

from cmp.findings import waiver
from cmp.kustomize.waivers import ALLOW
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.yaml.value import Value

    Path = tuple[str | int, ...]

ID = "undecrypted"
ANNOTATION = ALLOW + ID
MARK = "ENC[AES256_GCM,"
# group -> kind. Closed: of any other kind nobody in the cluster would decrypt the values.
KINDS = {
    # https://github.com/isindir/sops-secrets-operator, api/v1alpha3/sopssecret_types.go
    "isindir.github.com": "SopsSecret",
}
_ARMOR = (b"-----BEGIN AGE ENCRYPTED FILE-----", b"-----END AGE ENCRYPTED FILE-----")
# The first line of every age file (age-encryption.org/v1).
_BINARY = b"age-encryption.org/v1\n"


def is_operators(body: Value) -> bool:
    """Whether an object is of a kind that an operator in the cluster decrypts."""
    if not isinstance(body, dict):
        return False
    version = body.get("apiVersion")
    return isinstance(version, str) and KINDS.get(version.partition("/")[0]) == body.get("kind")


def stored(data: bytes) -> dict[str, Value] | None:
    """The one object of an encrypted file, if it asks to leave as it stands, with a reason; else None."""
    if ANNOTATION.encode() not in data or not any(kind.encode() in data for kind in KINDS.values()):
        return None
    from cmp.yaml import load_all

    documents = [each for each in load_all(data) if each is not None]
    if len(documents) != 1 or not isinstance(documents[0], dict) or not is_operators(documents[0]):
        return None
    reason = waiver(documents[0], ANNOTATION)
    return documents[0] if reason and MARK not in reason else None


def changed(body: dict[str, Value], original: dict[str, Value]) -> str | None:
    """The first field that differs although the MAC covers it; None when none does."""
    block = original.get("sops")
    if body.get("sops") != block:
        return "sops"
    only_encrypted = isinstance(block, dict) and block.get("mac_only_encrypted") is True
    before, after = (
        {
            path: value
            for path, value in _leaves(each, ())
            if path[0] != "sops" and (not only_encrypted or (isinstance(value, str) and MARK in value))
        }
        for each in (original, body)
    )
    # 1 and true are equal to Python alone.
    return next(
        (
            dotted(path)
            for path in (*before, *after)
            if path not in before
            or path not in after
            or before[path] != after[path]
            or isinstance(before[path], bool) is not isinstance(after[path], bool)
        ),
        None,
    )


def _leaves(value: Value, path: Path) -> Iterator[tuple[Path, Value]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


def is_age(content: bytes) -> bool:
    """Whether `content` has, or is, an age file."""
    return _ARMOR[0] in content or content.startswith(_BINARY)


def is_whole_age_file(content: bytes) -> bool:
    """Whether `content` is one age file and nothing else."""
    begin, end = _ARMOR
    text = content.strip()
    if not text.startswith(begin):
        return content.startswith(_BINARY)
    if not text.endswith(end):
        return False
    from cmp.age import armor
    from cmp.errors import CmpError

    try:
        return b"".join(armor.decode([text + b"\n"])).startswith(_BINARY)
    except CmpError:
        return False
