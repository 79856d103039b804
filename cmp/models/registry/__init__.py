"""Model registries: the protocol each client follows, and the table of clients by address.

Used by `cmpctl models lock` and `check` only; a render never asks a registry.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from cmp.models.errors import RegistryError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.models.reference import Reference


class Resolution(NamedTuple):
    """What a reference means now.

    registry: the registry's address without credentials. model: registered name, or the id of a logged model
    or run. version, run_id: empty where there is none. uri: a storage location. tags: those of the version.
    """

    registry: str
    model: str
    version: str
    run_id: str
    uri: str
    tags: dict[str, str]


class Registry(Protocol):
    """A client of one registry."""

    @property
    def address(self) -> str:
        """The address without credentials, as locks record it."""

    def resolve(self, ref: Reference) -> Resolution:
        """What `ref` means now; `RegistryError` with the cure when it cannot be told."""


def connect(environ: Mapping[str, str]) -> Registry:
    """The client for the registry of the environment: MLFLOW_REGISTRY_URI, else MLFLOW_TRACKING_URI."""
    address = environ.get("MLFLOW_REGISTRY_URI") or environ.get("MLFLOW_TRACKING_URI") or ""
    if not address:
        raise RegistryError(
            "no registry is configured", hint="set MLFLOW_TRACKING_URI, such as https://mlflow.example.com"
        )
    if address.startswith(("http://", "https://")):
        from cmp.models.registry.mlflow import MlflowRegistry
        from cmp.models.registry.settings import settings_of

        return MlflowRegistry(settings_of(address, environ))
    kind = address.partition(":")[0]
    raise RegistryError(
        f"registries of the kind {kind!r} are not supported",
        hint="give the http or https address of an MLflow server"
        if not kind.startswith("databricks")
        else "Databricks needs credentials for each artefact: use a literal uri of an external location",
    )
