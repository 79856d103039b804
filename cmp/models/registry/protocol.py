"""What a client of a model registry offers, and what it answers: all that a plug-in has to know of us.

A plug-in is a class that has the methods of `Registry`. Its package names it in the entry-point group
`mlops_cmp.registries`, under the scheme of its references. docs/registries.md describes it.
"""

from __future__ import annotations

from cmp.lighttyping import NamedTuple, Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# The entry-point group of plug-ins.
GROUP = "mlops_cmp.registries"


class Resolution(NamedTuple):
    """What a reference means now.

    registry: the registry's address without credentials. model: the name of the model there, or the id of a
    logged model; empty for a run. version: what cannot mean another model tomorrow: a version number, a
    digest, a commit; empty where there is none. run_id: of the training run, or empty. uri: the storage
    location of exactly this version, which servers read. tags: those of the version, from name to value.
    """

    registry: str
    model: str
    version: str
    run_id: str
    uri: str
    tags: Mapping[str, str]


class Registry(Protocol):
    """A client of the registry, or of all registries, that references of one scheme name.

    `cmpctl models lock` and `check` make one instance for each command and call `resolve` from several
    threads at once.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Read the settings from environment variables; no request is made.

        Raises `cmp.errors.UsageError` for a setting that cannot be used, and `UnreachableError` where a
        setting is missing that says which registry to ask.
        """

    @staticmethod
    def checked(ref: str) -> str:
        """`ref` in its usual form; `ReferenceSyntaxError` says what is wrong with it. No request is made."""

    def resolve(self, ref: str) -> Resolution:
        """What `ref` means now.

        Raises `ReferenceSyntaxError`; `UnreachableError` when nobody can tell what the reference means now
        (no answer, no valid answer, credentials refused); else `RegistryError`, when the registry has told
        that there is no such model or that it may not be used. Messages hold no credentials and no URI.
        """
