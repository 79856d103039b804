"""Identity of a resource: group, version, kind, name, namespace (kyaml/resid/*.go)."""

from __future__ import annotations

from typing import NamedTuple


class Gvk(NamedTuple):
    """Group, version and kind; an empty text stands for none, and in selectors for any."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """`group/version`, or `version` alone for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.kind or '[noKind]'}.{self.version or '[noVer]'}.{self.group or '[noGrp]'}"


class ResId(NamedTuple):
    """A Gvk with name and namespace as written; `namespace` may be empty."""

    gvk: Gvk
    name: str
    namespace: str

    def __str__(self) -> str:
        return f"{self.gvk}/{self.name or '[noName]'}.{self.namespace or '[noNs]'}"


def parse_api_version(api_version: str) -> tuple[str, str]:
    """`(group, version)` of an apiVersion; without a slash the group is empty."""
    group, slash, version = api_version.partition("/")
    return (group, version) if slash else ("", api_version)
