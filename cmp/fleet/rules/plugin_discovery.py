"""A plugin whose discovery matches Applications that do not name it."""

from __future__ import annotations

import os

from cmp.findings import Hit, Severity
from cmp.fleet.errors import ExpansionError
from cmp.fleet.globs import matches
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-plugin-discovery"
SEVERITY: Severity = "error"
TITLE = "A plugin whose discovery matches Applications that do not name it"
WHY = (
    "Discovery is tried before Kustomize and Helm for every Application of the instance that names no type: "
    "one that finds kustomization.yaml takes over all of them."
)
CURE = "No discover: Applications name the plugin. If it must be, a marker file of your own."

# What repositories of others hold.
_COMMON = (
    "kustomization.yaml",
    "kustomization.yml",
    "Kustomization",
    "Chart.yaml",
    "values.yaml",
    "deployment.yaml",
    "service.yml",
    "main.jsonnet",
    "app.json",
    "README.md",
)


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per plugin and way of discovery."""
    for plugin in fleet.plugins:
        discover = mapping(plugin.spec.get("discover"))
        find = mapping(discover.get("find"))
        for field, pattern in (
            ("spec.discover.fileName", discover.get("fileName")),
            ("spec.discover.find.glob", find.get("glob")),
        ):
            seized = _seized(str(pattern)) if pattern else ""
            if seized:
                yield Hit(plugin, field, f"{pattern} matches {seized}, which others have too")
        if find.get("command"):
            yield Hit(plugin, "spec.discover.find.command", "what it matches cannot be told from here")


def _seized(pattern: str) -> str:
    """A common file that a glob matches, at the top or below."""
    name = os.path.basename(pattern.replace("**", "*")) or "*"
    try:
        return next((each for each in _COMMON if matches(name, each)), "")
    except ExpansionError:  # too long a glob to seize what others have
        return ""
