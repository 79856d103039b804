"""Production that follows HEAD or a main branch."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-production-revision"
SEVERITY: Severity = "error"
TITLE = "Production that follows HEAD or a main branch"
WHY = "The next manual sync, made for whatever reason, would deploy whatever was merged last."
CURE = "A tag (v2.3.1), a constraint on tags (v2.*), or a release branch (release/iris)."

_EVERYTHING = frozenset(("", "head", "main", "master", "trunk", "develop", "development"))


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per source of a production Application."""
    for application in filter(lambda each: each.production, fleet.applications):
        hydrated = "hydrateTo" in mapping(application.spec.get("sourceHydrator"))
        for field, source in application.sources:
            if hydrated and field.endswith("drySource"):
                continue
            revision = str(source.get("targetRevision") or "")
            last = revision.removeprefix("refs/heads/").removeprefix("origin/").lower()
            if last in _EVERYTHING or (source.get("chart") and revision == "*"):
                shown = revision or "HEAD, as none is given"
                yield Hit(application, f"{field}.targetRevision", f"production follows {shown}")
