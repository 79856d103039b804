"""What can be wrong with models: declarations, targets, traffic, registries. Never holds a URI."""

from __future__ import annotations

from cmp.errors import CmpError


class ModelError(CmpError):
    """A ModelConfig, a ModelLock or something they point at is wrong."""


class ReferenceSyntaxError(ModelError):
    """A model reference or storage URI that cannot be read; the message never repeats it."""


class TargetError(ModelError):
    """A target matches no object, several, or an object without the field."""


class RegistryError(ModelError):
    """The registry did not answer, or did not answer what was needed."""


class UnreachableError(RegistryError):
    """The registry could not be asked: nobody knows whether the reference still means the same."""
