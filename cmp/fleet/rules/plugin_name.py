"""An Application that names a plugin which does not exist."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-plugin-name"
SEVERITY: Severity = "error"
TITLE = "An Application that names a plugin which does not exist"
WHY = "Argo CD looks for a socket of that name and reports that no plugin was found; nothing renders."
CURE = "metadata.name of plugin.yaml, with -<version> after it where that has a version."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per source; none where no plugin is known."""
    if not fleet.plugin_names:
        return
    known = ", ".join(sorted(fleet.plugin_names))
    discovers = any(mapping(plugin.spec.get("discover")) for plugin in fleet.plugins)
    for application in fleet.applications:
        for place, source in application.sources:
            if "plugin" not in source or source["plugin"] is None:
                continue
            name = mapping(source["plugin"]).get("name")
            if name and name not in fleet.plugin_names:
                yield Hit(application, f"{place}.plugin.name", f"no plugin is named {name}; known: {known}")
            elif not name and not discovers:
                yield Hit(application, f"{place}.plugin.name", "is missing, and no plugin has discovery")
