"""Recipients wrap a file key into a stanza, identities unwrap it: the two ideas that carry the format."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.age.header import Stanza
    from cmp.limits import Limits

CLASSIC = "classic"
POST_QUANTUM = "post-quantum"
PASSPHRASE = "passphrase"  # noqa: S105 - a kind of recipient


class Recipient:
    """Whom a file is encrypted to.

    kind: files mix no recipients of different kinds (a classic one would undo what a post-quantum one gives),
    and a passphrase must be the only recipient, or it would not tell who wrote the file.
    """

    __slots__ = ()
    kind = CLASSIC

    def wrap(self, file_key: bytes) -> Stanza:
        """A new stanza that holds `file_key`."""
        raise NotImplementedError

    def __str__(self) -> str:
        """The public text form."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Identity:
    """Who can open a file. What it derives from its key is kept: many files cost one derivation."""

    __slots__ = ()

    def unwrap(self, stanzas: list[Stanza], limits: Limits) -> bytes | None:
        """The file key of the first stanza that opens, or None.

        Raises `HeaderError` at the first malformed stanza of a type that this identity handles.
        """
        raise NotImplementedError

    def recipient(self) -> Recipient:
        """The public half."""
        raise NotImplementedError

    def __repr__(self) -> str:
        # Never the key itself: reprs end up in logs and tracebacks.
        return f"<{type(self).__name__}>"
