"""Recipients and identities as strings and files (age(1), "Recipients and identities").

Strict: one key per line, `#` only in the first column, nothing trimmed. Plugins (`age1name1…`,
`AGE-PLUGIN-…`) start programs that a file names and are left out on purpose.
"""

from __future__ import annotations

from cmp.age import hybrid, x25519
from cmp.age.armor import is_armored
from cmp.age.errors import AgeError, InvalidKeyError, NoMatchError
from cmp.age.header import INTRO
from cmp.age.keys import Identity, Recipient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.age.header import Stanza
    from cmp.limits import Limits

# age's own bound on a file of identities or recipients.
MAX_FILE_BYTES = 1 << 24


def parse_recipient(text: str) -> Recipient:
    """The recipient of `age1…`, `age1pq1…`, `ssh-ed25519 …` or `ssh-rsa …`; raises `InvalidKeyError`."""
    if text.startswith("age1pq1"):
        return hybrid.HybridRecipient.parse(text)
    if text.startswith("age1"):
        if text.count("1") > 1:
            raise InvalidKeyError(
                "recipients of age plugins are not supported", hint="use a native age or SSH recipient"
            )
        return x25519.X25519Recipient.parse(text)
    if text.startswith("ssh-"):
        from cmp.age import ssh

        return ssh.parse_recipient(text)
    # It may be an identity in the wrong place: never quote it.
    hint = "this looks like a private key: it must not be shared" if text.startswith("AGE-") else ""
    raise InvalidKeyError("the string is not an age recipient", hint=hint)


def parse_recipients(text: str) -> list[Recipient]:
    """The recipients of a file; raises `InvalidKeyError` with the line."""
    recipients = []
    for number, line in _lines(text):
        try:
            recipients.append(parse_recipient(line))
        except InvalidKeyError as error:
            raise error.at(line=number) from None
    if not recipients:
        raise InvalidKeyError("the file holds no recipient")
    return recipients


def parse_identity(text: str) -> x25519.X25519Identity | hybrid.HybridIdentity:
    """The identity of `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`; raises `InvalidKeyError`."""
    if text.startswith(x25519.IDENTITY_PREFIX + "1"):
        return x25519.X25519Identity.parse(text)
    if text.startswith(hybrid.IDENTITY_PREFIX + "1"):
        return hybrid.HybridIdentity.parse(text)
    if text.startswith("AGE-PLUGIN-"):
        raise InvalidKeyError(
            "identities of age plugins are not supported", hint="use a native age or SSH key"
        )
    if text.startswith("age1"):
        raise InvalidKeyError("this is a recipient, the public half; the identity is needed")
    raise InvalidKeyError("the string is not an age identity", hint="it starts with AGE-SECRET-KEY-")


def parse_identities(
    data: str | bytes, ask: Callable[[], bytes] | None = None, limits: Limits | None = None
) -> list[Identity]:
    """The identities of a key file: age keys one per line, an SSH key, or an age file under a passphrase.

    ask: called once, when a protected file is first needed, for its passphrase; without it a protected
    file raises `AgeError`. Raises `InvalidKeyError`, with the line where there is one.
    """
    content = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    if len(content) > MAX_FILE_BYTES:
        raise InvalidKeyError("the identity file is too long")
    if content.startswith(INTRO.rstrip()) or is_armored(content):
        return [LockedIdentities(content, _need(ask), limits)]
    if content.lstrip().startswith(b"-----BEGIN"):
        from cmp.age import ssh

        return [ssh.parse_identity(content, ask)]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        # Not chained: the codec's error carries the file's content.
        raise InvalidKeyError("the identity file is not UTF-8 text") from None
    return _identity_lines(text)


def _identity_lines(text: str) -> list[Identity]:
    identities: list[Identity] = []
    for number, line in _lines(text):
        try:
            identities.append(parse_identity(line))
        except InvalidKeyError as error:
            raise error.at(line=number) from None
    if not identities:
        raise InvalidKeyError("the file holds no identity")
    return identities


class LockedIdentities(Identity):
    """An identity file that is itself an age file under a passphrase, opened when first needed."""

    __slots__ = ("_ask", "_data", "_limits", "_opened")

    def __init__(self, data: bytes, ask: Callable[[], bytes], limits: Limits | None) -> None:
        self._data = data
        self._ask = ask
        self._limits = limits
        self._opened: list[Identity] | None = None

    def identities(self) -> list[Identity]:
        """The identities inside; asks for the passphrase the first time."""
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> list[Identity]:
        from cmp.age.file import decrypt
        from cmp.age.scrypt import TYPE, ScryptIdentity
        from cmp.limits import DEFAULT

        try:
            plain = decrypt(self._data, [ScryptIdentity(self._ask())], self._limits or DEFAULT)
        except NoMatchError as error:
            if error.stanza_types == (TYPE,):
                raise AgeError("the identity file does not open with this passphrase") from None
            raise AgeError("the identity file is encrypted, but not with a passphrase") from None
        except AgeError as error:
            raise InvalidKeyError(f"the protected identity file cannot be read: {error.message}") from error
        try:
            text = plain.decode("utf-8")
        except UnicodeDecodeError:
            raise InvalidKeyError("the protected identity file is not UTF-8 text") from None
        return _identity_lines(text)

    def recipient(self) -> Recipient:
        """The public half of the first identity inside."""
        return self.identities()[0].recipient()

    def unwrap(self, stanzas: list[Stanza], limits: Limits) -> bytes | None:
        """The file key from the first identity inside that opens a stanza."""
        for identity in self.identities():
            file_key = identity.unwrap(stanzas, limits)
            if file_key is not None:
                return file_key
        return None


def _need(ask: Callable[[], bytes] | None) -> Callable[[], bytes]:
    if ask is None:
        raise AgeError(
            "the identity file is protected by a passphrase",
            hint="a passphrase can be asked for on a terminal only",
        )
    return ask


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines that hold keys, numbered from 1; a CR before the LF belongs to the line's end."""
    lines = enumerate(text.split("\n"), 1)
    return [(n, line.removesuffix("\r")) for n, line in lines if line.removesuffix("\r") and line[0] != "#"]
