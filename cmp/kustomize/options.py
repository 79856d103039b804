"""What the caller of a build decides, and what the build tells its caller: Options, Hooks, Notice."""

from __future__ import annotations

from cmp import KUSTOMIZE
from cmp.errors import Where
from cmp.limits import DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.limits import Limits
    from cmp.yaml.value import Value


class Options:
    """The operator's choices for one build.

    load_restrictions: files must lie below the kustomization that names them. enable_helm, helm_command:
    inflate `helmCharts` with that program. reorder: `legacy` or `none`, when the top layer has no
    `sortOptions`. limits: see `cmp.limits`. remote_allow: hosts that remote resources may come from, empty
    for none; remote_cache: the directory of their cache, `remote_timeout`: seconds for one fetch.
    managed_by_label: as if `buildMetadata` named it; version: what that label has after `kustomize-`.
    """

    __slots__ = (
        "enable_helm",
        "helm_command",
        "limits",
        "load_restrictions",
        "managed_by_label",
        "remote_allow",
        "remote_cache",
        "remote_timeout",
        "reorder",
        "version",
    )

    def __init__(
        self,
        *,
        load_restrictions: bool = True,
        enable_helm: bool = False,
        helm_command: str = "helm",
        reorder: str = "legacy",
        limits: Limits = DEFAULT,
        remote_allow: tuple[str, ...] = (),
        remote_cache: str = "",
        remote_timeout: float = 27.0,
        managed_by_label: bool = False,
        version: str = KUSTOMIZE,
    ) -> None:
        self.load_restrictions = load_restrictions
        self.enable_helm = enable_helm
        self.helm_command = helm_command
        self.reorder = reorder
        self.limits = limits
        self.remote_allow = remote_allow
        self.remote_cache = remote_cache
        self.remote_timeout = remote_timeout
        self.managed_by_label = managed_by_label
        self.version = version


class Notice:
    """Something that upstream lets pass in silence: rule (a stable id), message, where, hint."""

    __slots__ = ("hint", "message", "rule", "where")

    def __init__(self, rule: str, message: str, where: Where | None = None, hint: str = "") -> None:
        self.rule = rule
        self.message = message
        self.where = where or Where()
        self.hint = hint

    def __str__(self) -> str:
        place = str(self.where)
        return f"{place}: {self.message}" if place else self.message

    def warning(self) -> str:
        """As `str()`, with the cure."""
        return f"{self} ({self.hint})" if self.hint else str(self)

    def __repr__(self) -> str:
        return f"Notice({self.rule!r}, {str(self)!r})"


class Hooks:
    """What the engine calls on the way; every method may be overridden, each does nothing here."""

    def edit(self, kustomization: dict[str, Any], path: str) -> dict[str, Any]:
        """The top layer's kustomization, canonical field names, before it is used; returns the one to use."""
        return kustomization

    def before_references(self, resmap: ResMap) -> None:
        """Called once: top layer, after all transformers, before hashes, references and vars."""

    def generator(self, config: Resource, path_of: Callable[[str], str]) -> list[Value] | None:
        """The objects that a `generators` entry of a kind not built in stands for; None: not mine.

        path_of: the path in the tree of a path as the entry's layer writes it; raises `KustomizeError`.
        """
        return None

    def copied(self, source: Resource, path: str, where: Where) -> None:
        """Called for each replacement that copies the field `path` of `source`; `where`: its place."""

    def notice(self, notice: Notice) -> None:
        """Called for each silent no-op, deprecation and the like."""


class Collecting(Hooks):
    """Only collects what the engine notices: all that a plain build needs."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def notice(self, notice: Notice) -> None:
        """Keep it."""
        self.notices.append(notice)
