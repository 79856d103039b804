"""Errors of the overlay engine; each is a refusal that upstream makes as well, in our words."""

from __future__ import annotations

from cmp.errors import CmpError


class KustomizeError(CmpError):
    """A kustomization, or something it names, that cannot be built."""


class KustomizationFileError(KustomizeError):
    """A kustomization file that is missing, ambiguous, or not a valid Kustomization or Component."""


class ResourceError(KustomizeError):
    """A resource file that is not YAML, or holds something that is no resource.

    document: which document of the file, from 0; None when that is not known. on_value: the place is that of
    the field's value, not of its key.
    """

    document: int | None = None
    on_value = False


class DuplicateIdError(KustomizeError):
    """Two resources with the same group, version, kind, name and namespace.

    document: the second's in its file, from 0.
    """

    document: int | None = None


class NotFoundError(KustomizeError):
    """A reference from a kustomization to a resource or field that does not exist, or is ambiguous."""


class RefusedError(KustomizeError):
    """Something that is never run or fetched: exec and container functions, Helm and remotes not enabled."""
