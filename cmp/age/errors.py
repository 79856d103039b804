"""What can be wrong with an age file or key: one class for each outcome the format's vectors tell apart.

No message holds a key, a passphrase, a file key or a line of the input.
"""

from __future__ import annotations

from cmp.errors import CmpError, LimitError


class AgeError(CmpError):
    """Base of everything that this package raises about its input."""


class ArmorError(AgeError):
    """The ASCII armor is malformed."""


class HeaderError(AgeError):
    """The header, or a stanza of a type that an identity handles, is malformed."""


class HeaderLimitError(HeaderError, LimitError):
    """The header asks for more than the operator's limits allow."""


class HeaderMacError(AgeError):
    """A stanza opens, but the header was changed by someone who does not know the file key."""


class NoMatchError(AgeError):
    """The header is well formed and no identity opens any of its stanzas.

    stanza_types: the types found in the header, in order, for a message that says what would open it.
    """

    def __init__(self, message: str, stanza_types: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.stanza_types = stanza_types


class PayloadError(AgeError):
    """The header is fine; the encrypted chunks are changed, cut off, out of order or followed by more."""


class InvalidKeyError(AgeError):
    """A string is not a recipient or not an identity."""
