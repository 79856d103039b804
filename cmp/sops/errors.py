"""What can be wrong with a SOPS document: one class per outcome, named after what a person must do next.

No message holds a value, a key's text or a line of the file: only paths, classes and key types.
"""

from __future__ import annotations

from cmp.errors import CmpError


class SopsError(CmpError):
    """Base of everything that is wrong with an encrypted document or its keys."""


class ParseError(SopsError):
    """The file cannot be read as its store's format."""


class MetadataError(SopsError):
    """The `sops` block is malformed, contradicts itself or differs between documents."""


class SealError(SopsError):
    """A value does not open, or is plain where the rule says that it is encrypted."""


class MacError(SopsError):
    """The MAC is missing, does not open or does not match: the file was changed without its keys."""


class DataKeyError(SopsError):
    """No identity opens enough of the key groups."""


class KeySourceError(SopsError):
    """The operator's key material cannot be read or does not say which key to use."""


class EmitError(SopsError):
    """A document that its store's format cannot hold."""
