"""Identity of a resource: group, version, kind, name, namespace (kyaml/resid/*.go)."""

from __future__ import annotations

from functools import lru_cache

from cmp.kustomize.scope import is_cluster_scoped
from cmp.lighttyping import NamedTuple

DEFAULT_NAMESPACE = "default"
# What stands for the namespace of a cluster-scoped object; no DNS label can be equal to it.
NO_NAMESPACE = "_non_namespaceable_"


class Gvk(NamedTuple):
    """Group, version and kind; an empty text stands for none, and in selectors for any."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """`group/version`, or `version` alone for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def cluster_scoped(self) -> bool:
        """Whether objects of this kind are certain to have no namespace."""
        return is_cluster_scoped(self)

    def selected_by(self, selector: Gvk) -> bool:
        """Whether each part that `selector` names is equal."""
        return (
            (not selector.kind or selector.kind == self.kind)
            and (not selector.group or selector.group == self.group)
            and (not selector.version or selector.version == self.version)
        )

    def __str__(self) -> str:
        return f"{self.kind or '[noKind]'}.{self.version or '[noVer]'}.{self.group or '[noGrp]'}"


class ResId(NamedTuple):
    """A Gvk with name and namespace as written; `namespace` may be empty."""

    gvk: Gvk
    name: str
    namespace: str

    @property
    def effective_namespace(self) -> str:
        """The namespace that ids are compared by: none, `default` for an empty one, or as written."""
        return effective_namespace(self.gvk, self.namespace)

    @property
    def key(self) -> ResId:
        """This id with its effective namespace: two ids are the same object when their keys are equal."""
        return ResId(self.gvk, self.name, effective_namespace(self.gvk, self.namespace))

    def __str__(self) -> str:
        return f"{self.gvk}/{self.name or '[noName]'}.{self.namespace or '[noNs]'}"


def effective_namespace(gvk: Gvk, namespace: str) -> str:
    """The namespace that an object of `gvk` with `namespace` written counts as being in."""
    if is_cluster_scoped(gvk):
        return NO_NAMESPACE
    return namespace or DEFAULT_NAMESPACE


@lru_cache(maxsize=4096)
def parse_api_version(api_version: str) -> tuple[str, str]:
    """`(group, version)` of an apiVersion; without a slash the group is empty."""
    group, slash, version = api_version.partition("/")
    return (group, version) if slash else ("", api_version)


@lru_cache(maxsize=4096)
def make_gvk(api_version: str, kind: str) -> Gvk:
    """The `Gvk` of an apiVersion and a kind, shared between objects."""
    group, version = parse_api_version(api_version)
    return Gvk(group, version, kind)
