"""The keys of ConfigMaps and Secrets, and the keys that a Secret's type asks for.

Values are never part of a message.
"""

from __future__ import annotations

import json

from cmp.validate.apiserver import formats
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

    from cmp.validate.apiserver.shape import Node

_MOST = 1024 * 1024
# ValidateSecret: type -> keys of which all must be there
KEYS = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
# Keys whose value must not be empty.
_NOT_EMPTY = ("ssh-privatekey",)
# ValidateSecret: one of the two is enough.
_BASIC = ("username", "password")
_ACCOUNT_TYPE = "kubernetes.io/service-account-token"
_ACCOUNT = "kubernetes.io/service-account.name"


def decoded(value: object) -> bytes | None:
    """The bytes of base64 as the render's gates read it, None for a string that is not."""
    from cmp.gates.context import decoded as bytes_of  # the gates' import takes longer than a ConfigMap

    return bytes_of(value) if isinstance(value, str) else None


def is_masked(value: str) -> bool:
    """Whether a string stands for an encrypted value."""
    from cmp.sops.mask import is_masked as stands_for  # for Secrets alone

    return stands_for(value)


def check(node: Node) -> Iterator[Problem]:
    """A problem per key."""
    if node.type == "ConfigMap":
        yield from _keys(node, ("data", "binaryData"))
        for key in node.map("binaryData"):
            if key in node.map("data"):
                yield Problem(node.field("data", key), "is a key of binaryData too", "Keep one of them.")
        yield from _base64(node, "binaryData")
        yield from _size(node, ("data", "binaryData"))
    elif node.type == "Secret":
        yield from _keys(node, ("data", "stringData"))
        yield from _base64(node, "data")
        yield from _type(node)
        yield from _size(node, ("data", "stringData"))


def _keys(node: Node, fields: tuple[str, ...]) -> Iterator[Problem]:
    for field in fields:
        for key in node.map(field):
            wrong = formats.config_key(key)
            if wrong:
                yield Problem(node.field(field, key), f"the key {wrong}", "Rename the key.")


def _base64(node: Node, field: str) -> Iterator[Problem]:
    """The bytes of a `[]byte` in JSON."""
    for key, value in node.map(field).items():
        if isinstance(value, str) and decoded(value) is None and not is_masked(value):
            yield Problem(node.field(field, key), "is not base64", "Encode the value.")


def _size(node: Node, fields: tuple[str, ...]) -> Iterator[Problem]:
    """MaxSecretSize: bytes of the decoded values; those of ConfigMaps count with their keys."""
    total = 0
    for field in fields:
        for key, value in node.map(field).items():
            size = len(value.encode("utf-8", "replace")) if isinstance(value, str) else 0
            total += (
                size * 3 // 4 - 2
                if field in ("binaryData",) or (node.type, field) == ("Secret", "data")
                else size
            )
            total += len(key) if node.type == "ConfigMap" else 0
    if total > _MOST:
        yield Problem(
            "data", f"must be {_MOST} bytes at most", "Split the object, or keep the file elsewhere."
        )


def _type(node: Node) -> Iterator[Problem]:
    kind = node.text("type")
    held = {**node.map("data"), **node.map("stringData")}
    for key in KEYS.get(kind, ()):
        if key not in held or (held[key] == "" and key in _NOT_EMPTY):
            yield Problem(node.field("data", key), f"is required for the type {kind}", f"Add the key {key}.")
    if kind == "kubernetes.io/basic-auth" and not any(key in held for key in _BASIC):
        message = f"needs {' or '.join(_BASIC)} for the type {kind}"
        yield Problem(node.field("data"), message, f"Add {' or '.join(_BASIC)}.")
    elif kind == _ACCOUNT_TYPE:
        metadata = node.map("metadata").get("annotations")
        if not isinstance(metadata, dict) or not metadata.get(_ACCOUNT):
            field = f"metadata.annotations[{_ACCOUNT}]"
            yield Problem(field, f"is required for the type {kind}", "Name the ServiceAccount.")
    elif kind in ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"):
        yield from _docker(node, KEYS[kind][0])


def _refused(name: str) -> NoReturn:
    """Go's JSON has no NaN and no Infinity."""
    raise ValueError(name)


def _docker(node: Node, key: str) -> Iterator[Problem]:
    """The value must be JSON; one that cannot be decoded is the business of the gates and the schema."""
    value = node.map("stringData").get(key)
    content = (
        value.encode("utf-8", "replace") if isinstance(value, str) else decoded(node.map("data").get(key))
    )
    stored = node.map("data").get(key)
    if content is None or is_masked(content.decode("utf-8", "replace")):
        return
    if isinstance(stored, str) and is_masked(stored):
        return
    try:
        fits = isinstance(json.loads(content, parse_constant=_refused), dict | None)
    except (ValueError, RecursionError):
        fits = False
    if not fits:
        cure = "Make it with kubectl create secret docker-registry."
        yield Problem(node.field("data", key), "is not a JSON object", cure)
