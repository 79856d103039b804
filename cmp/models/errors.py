"""What can be wrong with models: declarations, targets, traffic, registries. Never holds a URI."""

from __future__ import annotations

from cmp.errors import CmpError


class ModelError(CmpError):
    """A ModelConfig, a ModelLock or something they point at is wrong."""


class DeclarationError(ModelError):
    """A ModelConfig or ModelLock does not follow its form."""


class ReferenceSyntaxError(ModelError):
    """A model reference or storage URI that cannot be read; the message never repeats it."""


class UnresolvedError(ModelError):
    """A model has no storage URI: not locked, not given."""


class TargetError(ModelError):
    """A target matches no object, several, or an object without the field."""


class TrafficError(ModelError):
    """Weights that do not sum up, do not fit their target, or would be ignored there."""


class PolicyError(ModelError):
    """A URI, lock or version that the ModelConfig's policy does not allow."""


class RegistryError(ModelError):
    """The registry did not answer, or did not answer what was needed."""
