"""The error for what a remote host does not deliver."""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError


class RemoteError(KustomizeError):
    """A file or repository that could not be fetched: network, HTTP status, unknown ref, timeout."""
