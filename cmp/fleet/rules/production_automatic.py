"""Production that syncs itself, whatever sets `automated`."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.fleet.generators import selected
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.fleet.fleet import Fleet, Set, Subject

ID = "argocd-production-automatic"
SEVERITY: Severity = "error"
TITLE = "Production that syncs itself, whatever sets `automated`"
WHY = (
    "`automated` syncs whatever else it says: prune and selfHeal only add to it, and an Argo CD before 3.1 "
    "ignores `enabled: false`. A rolling sync starts production's syncs itself."
)
CURE = "Leave the key `automated` out; in an ApplicationSet let templatePatch add it where it belongs."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per production Application, and per set whose members nobody can tell."""
    for application in fleet.applications:
        policy = mapping(application.spec.get("syncPolicy"))
        sign = application.production
        if sign and "automated" in policy:
            enabled = mapping(policy["automated"]).get("enabled")
            form = " with enabled: false, which older versions ignore" if enabled is False else ""
            yield Hit(application, "spec.syncPolicy.automated", f"production ({sign}) has `automated`{form}")
    for each in fleet.sets:
        yield from _unknown(each)
        yield from _rolling(each)


def _unknown(each: Set) -> Iterator[Hit[Subject]]:
    """A set that cannot be expanded and has `automated` may make production automatic."""
    spec = each.subject.spec
    if each.expansion.unknown and (_has_automated(spec) or "automated" in str(spec.get("templatePatch", ""))):
        yield Hit(each.subject, "spec", "has `automated`, and what it makes is not all known here")


def _has_automated(value: Any) -> bool:
    if isinstance(value, dict):
        return "automated" in value or any(map(_has_automated, value.values()))
    return isinstance(value, list) and any(map(_has_automated, value))


def _rolling(each: Set) -> Iterator[Hit[Subject]]:
    strategy = mapping(each.subject.spec.get("strategy"))
    if strategy.get("type") != "RollingSync":
        return
    steps = mapping(strategy.get("rollingSync")).get("steps")
    for application, _ in each.applications:
        labels = mapping(mapping(application.body.get("metadata")).get("labels"))
        for number, step in enumerate(steps if isinstance(steps, list) else []):
            held = str(mapping(step).get("maxUpdate", "")) in ("0", "0%")
            if application.production and not held and selected(mapping(step), labels):
                field = f"spec.strategy.rollingSync.steps[{number}]"
                yield Hit(each.subject, field, f"the rolling sync would sync {application.name}, production")
