"""What can be wrong with a SOPS document: one class per outcome, named after what a person must do next.

No message holds a value, a key's text or a line of the file: only paths, classes and key types.
Each class states the exit code that the `sops` program uses for the same outcome.
"""

from __future__ import annotations

from cmp.errors import CmpError


class SopsError(CmpError):
    """Base of everything that is wrong with an encrypted document or its keys."""

    upstream_exit = 1


class ParseError(SopsError):
    """The file cannot be read as its store's format."""

    upstream_exit = 1


class NotEncryptedError(SopsError):
    """There is no SOPS metadata where a SOPS document is expected."""


class MetadataError(SopsError):
    """The `sops` block is malformed, contradicts itself or differs between documents."""


class RuleError(MetadataError):
    """The rule that says which values are encrypted cannot be used, such as a regex that does not compile."""


class SealError(SopsError):
    """A value does not open, or is plain where the rule says that it is encrypted."""

    upstream_exit = 25


class MacError(SopsError):
    """The MAC is missing, does not open or does not match: the file was changed without its keys."""

    upstream_exit = 51


class DataKeyError(SopsError):
    """No identity opens enough of the key groups."""

    upstream_exit = 128


class KeySourceError(SopsError):
    """The operator's key material cannot be read or does not say which key to use."""

    upstream_exit = 128


class EmitError(SopsError):
    """A document that its store's format cannot hold."""

    upstream_exit = 4
