"""Master keys other than age through a `sops keyservice` of the operator: the client side, one call.

The keyservice holds what a KMS, a Vault or a PGP key ring asks for; here is only its Unix socket. A file says
which master key its data key is encrypted with, for Vault and KMS even on which server, and a file comes from
a repository. So the operator lists the exact keys that may be asked for; anything else is refused before a
connection is made. Upstream: keyservice/keyservice.proto, keyservice/server.go.
"""

from __future__ import annotations

import os

from cmp.protobuf import WireError, as_bytes, field, fields
from cmp.sops.document import Branch
from cmp.sops.errors import DataKeyError, KeySourceError
from cmp.sops.metadata import KEY_TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.sops.metadata import MasterKey

KEYSERVICE = "CMP_KEYSERVICE"
KEYS = "CMP_KEYSERVICE_KEYS"
SUFFIX = ".masterkeys"
SECONDS = 10.0
_METHOD = "/KeyService/Decrypt"
# Type -> its number among the kinds of keys, then the fields that a request has: number and name.
_MESSAGES: dict[str, tuple[int, tuple[tuple[int, str], ...]]] = {
    "kms": (1, ((1, "arn"), (2, "role"), (4, "aws_profile"))),
    "pgp": (2, ((1, "fp"),)),
    "gcp_kms": (3, ((1, "resource_id"),)),
    "azure_kv": (4, ((1, "vault_url"), (2, "name"), (3, "version"))),
    "hc_vault": (5, ((1, "vault_address"), (2, "engine_path"), (3, "key_name"))),
    "hckms": (7, ((1, "key_id"),)),
}
_CONTEXT = 3
# Fields that stand in the line of a key only where they are set.
_OPTIONAL = ("role", "aws_profile")
_LONGEST_SOCKET = 107


class Keyservice:
    """The operator's keyservice, and the keys that it may be asked for.

    socket: the path of its Unix socket. allowed: gives the lines of those keys (`line_of`), called once; may
    raise `KeySourceError`. call: sends a request to a socket and gives the answer, or raises `DataKeyError`.
    """

    def __init__(
        self,
        socket: str,
        allowed: Callable[[], frozenset[str]],
        call: Callable[[str, bytes], bytes] | None = None,
    ) -> None:
        self._socket = socket
        self._allowed = allowed
        self._call = call or _over_grpc
        self._lines: frozenset[str] | None = None

    def unwrap(self, key: MasterKey) -> bytes:
        """The data key, or the share, that a master key encrypts; `DataKeyError` says why there is none."""
        if self._lines is None:
            self._lines = self._allowed()
        line = line_of(key)
        if line not in self._lines:
            raise DataKeyError(f"the operator does not list the key `{_shown(line)}` for the keyservice")
        try:
            found = [
                as_bytes(content)
                for number, content in fields(self._call(self._socket, request(key)))
                if number == 1
            ]
        except WireError as error:
            raise DataKeyError(f"the keyservice gave an answer of another kind: {error.message}") from None
        if not found or not found[-1]:
            raise DataKeyError("the keyservice gave an empty data key")
        return found[-1]


def line_of(key: MasterKey) -> str:
    """A master key as a line of the operator's list: its type and all that a request says about it."""
    _, named = _MESSAGES[key.type]
    words = [key.type]
    for _, name in named:
        text = _field_text(key, name)
        if name in _OPTIONAL:
            words += [f"{name}={text}"] if text else []
        else:
            words.append(text)
    words += [f"context.{name}={text}" for name, text in sorted(_context(key).items())]
    # A text with a blank in it could pass for two words.
    return (
        " ".join(words)
        if all(word and len(word.split()) == 1 and word.isprintable() for word in words)
        else ""
    )


def request(key: MasterKey) -> bytes:
    """The DecryptRequest for a master key."""
    kind, named = _MESSAGES[key.type]
    body = b"".join(
        field(number, text.encode()) for number, name in named if (text := _field_text(key, name))
    )
    for name, text in sorted(_context(key).items()):
        body += field(_CONTEXT, field(1, name.encode()) + field(2, text.encode()))
    return field(1, field(kind, body)) + field(2, key.enc.encode("utf-8", "replace"))


def parse(data: bytes, file: str) -> frozenset[str]:
    """The lines of a list of master keys, those that start with `#` left out; `KeySourceError`."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise KeySourceError("the list of master keys is not UTF-8").at(file=file) from None
    lines = set()
    for number, raw in enumerate(text.splitlines(), 1):
        words = raw.split()
        if not words or words[0][0] == "#":
            continue
        kind, *rest = words
        required = sum(name not in _OPTIONAL for _, name in _MESSAGES.get(kind, (0, ()))[1])
        plain = [word for word in rest if not _is_option(kind, word)]
        if kind not in _MESSAGES or len(plain) != required:
            known = ", ".join(name for name in KEY_TYPES if name in _MESSAGES)
            raise KeySourceError(
                f"line {number} of the list of master keys is not a key",
                hint=f"a line is a type ({known}) and its fields as they stand in the file's `sops` block",
            ).at(file=file, line=number)
        options = [word for word in rest if _is_option(kind, word)]
        order = {name: place for place, name in enumerate(_OPTIONAL)}
        options.sort(key=lambda word: (order.get(word.partition("=")[0], len(order)), word))
        lines.add(" ".join([kind, *plain, *options]))
    return frozenset(lines)


def socket_path(setting: str) -> str:
    """The path in `CMP_KEYSERVICE`: `/run/sops/keyservice.sock`, also as `unix:///run/...`."""
    path = setting.removeprefix("unix://")
    if not path.startswith("/") or len(os.fsencode(path)) > _LONGEST_SOCKET:
        raise KeySourceError(
            f"{KEYSERVICE} is not the path of a Unix socket",
            hint=f"write {KEYSERVICE}=/path/to/keyservice.sock: a data key never travels over a network",
        )
    return path


def _is_option(kind: str, word: str) -> bool:
    name, equals, _ = word.partition("=")
    return kind == "kms" and bool(equals) and (name in _OPTIONAL or name.startswith("context."))


def _field_text(key: MasterKey, name: str) -> str:
    value = key.fields.get(name)
    return value if isinstance(value, str) else ""


def _context(key: MasterKey) -> dict[str, str]:
    """The encryption context of an AWS key."""
    value = key.fields.get("context") if key.type == "kms" else None
    entries = dict(value.entries()) if isinstance(value, Branch) else {}
    return {str(name): str(text) for name, text in entries.items()}


def _shown(line: str) -> str:
    return (
        (line if len(line) <= 120 else f"{line[:117]}…") if line else "with blanks or nothing in its fields"
    )


def _over_grpc(socket: str, message: bytes) -> bytes:
    """One call, at most `SECONDS` long. What the keyservice says about a failure stays in its own log."""
    try:
        import hpack  # noqa: F401 - whether it is there
    except ImportError:
        raise DataKeyError(
            f"{KEYSERVICE} needs the package hpack: pip install 'mlops-cmp[keyservice]'"
        ) from None
    from cmp.sops.unary import RefusedCallError, call

    try:
        return call(socket, _METHOD, message, SECONDS)
    except TimeoutError:
        raise DataKeyError(f"the keyservice gave no answer within {SECONDS:g} seconds") from None
    except OSError:
        raise DataKeyError(f"the keyservice at {socket} cannot be reached") from None
    except RefusedCallError:
        raise DataKeyError("the keyservice cannot open it; its own log says why") from None
