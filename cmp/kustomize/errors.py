"""Errors of the overlay engine; each is a refusal that upstream makes as well, in our words."""

from __future__ import annotations

from cmp.errors import CmpError


class KustomizeError(CmpError):
    """A kustomization, or something it names, that cannot be built."""


class ResourceError(KustomizeError):
    """A resource file that is not YAML, or holds something that is not a resource.

    on_value: the place is that of the field's value, not of its key.
    """

    on_value = False


class RefusedError(KustomizeError):
    """Something that is never run or fetched: exec and container functions, Helm and remotes not enabled."""
