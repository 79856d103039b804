"""The scrypt recipient type: passphrases (age spec, "The scrypt recipient type")."""

from __future__ import annotations

from os import urandom

from cmp.age import b64
from cmp.age.errors import HeaderError, HeaderLimitError, InvalidKeyError
from cmp.age.header import Stanza
from cmp.age.keys import PASSPHRASE, Identity, Recipient
from cmp.age.primitives import check_body_size, unwrap, wrap
from cmp.limits import exceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits

TYPE = "scrypt"
SALT_SIZE = 16
# 2^18 takes about a second and 256 MiB.
DEFAULT_WORK_FACTOR = 18
_LABEL = b"age-encryption.org/v1/scrypt"
_DIGITS = frozenset("0123456789")


def derive(passphrase: bytes, salt: bytes, factor: int) -> bytes:
    """The wrapping key of a passphrase."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=_LABEL + salt, length=32, n=1 << factor, r=8, p=1).derive(passphrase)


class ScryptRecipient(Recipient):
    """A passphrase that opens the file; a file has no other recipient then."""

    __slots__ = ("_factor", "_passphrase")
    kind = PASSPHRASE

    def __init__(self, passphrase: bytes, factor: int = DEFAULT_WORK_FACTOR) -> None:
        if not passphrase:
            raise InvalidKeyError("the passphrase is empty")
        if not 1 <= factor <= 30:
            raise InvalidKeyError("a scrypt work factor lies between 1 and 30")
        self._passphrase = passphrase
        self._factor = factor

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza with a fresh salt."""
        salt = urandom(SALT_SIZE)
        body = wrap(derive(self._passphrase, salt, self._factor), file_key)
        return Stanza(TYPE, (b64.encode(salt).decode("ascii"), str(self._factor)), body)

    def __str__(self) -> str:
        return "a passphrase"


class ScryptIdentity(Identity):
    """A passphrase. A wrong one is "no match", so that several can be tried."""

    __slots__ = ("_passphrase",)

    def __init__(self, passphrase: bytes) -> None:
        if not passphrase:
            raise InvalidKeyError("the passphrase is empty")
        self._passphrase = passphrase

    def recipient(self) -> ScryptRecipient:
        """The same passphrase, for encrypting."""
        return ScryptRecipient(self._passphrase)

    def unwrap(self, stanzas: list[Stanza], limits: Limits) -> bytes | None:
        """The file key, if the file is encrypted with this passphrase alone."""
        mine = [stanza for stanza in stanzas if stanza.type == TYPE]
        if not mine:
            return None
        if len(stanzas) != 1:
            # With another recipient beside it, a passphrase would no longer tell who wrote the file.
            raise HeaderError("a scrypt stanza of the age header must be the only stanza")
        salt, factor = _arguments(mine[0], limits)
        check_body_size(mine[0].body)
        return unwrap(derive(self._passphrase, salt, factor), mine[0].body)


def _arguments(stanza: Stanza, limits: Limits) -> tuple[bytes, int]:
    """Salt and work factor, both checked before anything is computed."""
    if len(stanza.arguments) != 2:
        raise HeaderError("a scrypt stanza of the age header needs two arguments")
    salt = b64.decode(stanza.arguments[0].encode("ascii"))
    if salt is None or len(salt) != SALT_SIZE:
        raise HeaderError("a scrypt stanza of the age header has a malformed salt")
    digits = stanza.arguments[1]
    if not _DIGITS.issuperset(digits) or digits[0] == "0":
        raise HeaderError("a scrypt stanza of the age header has a malformed work factor")
    # Digits beyond three are above any limit; they must not reach `int`, which is slow on long strings.
    if len(digits) > 3 or int(digits) > limits.scrypt_factor:
        error = exceeded("scrypt_factor", limits.scrypt_factor)
        raise HeaderLimitError(error.message, hint=error.hint)
    return salt, int(digits)
