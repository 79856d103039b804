"""Errors of the contract with Argo CD: its environment, parameters and Application manifests."""

from __future__ import annotations

from cmp.errors import CmpError


class ContractError(CmpError):
    """The environment or an Application manifest says something that cannot be used."""
