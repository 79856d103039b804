"""What makes an Application production's: any one sign is enough, as a missing one must not open a door."""

from __future__ import annotations

import re

from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PRODUCTION = frozenset(("production", "prod", "prd"))
# pre-prod, non-production: the word before takes it back.
_NOT = frozenset(("pre", "non", "not", "no"))


def production_sign(application: dict[str, Any]) -> str:
    """The sign in words, empty for an Application without one."""
    metadata, spec = mapping(application.get("metadata")), mapping(application.get("spec"))
    label = str(mapping(metadata.get("labels")).get("environment", ""))
    if label.lower() in _PRODUCTION:
        return f"its label environment is {label}"
    destination = mapping(spec.get("destination"))
    for place, text in (
        ("its name", metadata.get("name")),
        ("its project", spec.get("project")),
        ("its destination's namespace", destination.get("namespace")),
        ("its destination's cluster", destination.get("name")),
        *(("its path", source.get("path")) for source in every_source(spec)),
    ):
        if isinstance(text, str) and names_production(text):
            return f"{place} is {text}"
    return ""


def names_production(text: str) -> bool:
    """Whether one of the words of a name or path is production's."""
    words = [word for word in re.split(r"[^a-z0-9]+", text.lower()) if word]
    return any(
        word in _PRODUCTION and (at == 0 or words[at - 1] not in _NOT) for at, word in enumerate(words)
    )


def sources(spec: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(field, source) of what an Application renders: `source`, `sources`, a hydrator's dry source."""
    found = []
    if isinstance(spec.get("source"), dict):
        found.append(("spec.source", spec["source"]))
    items = spec.get("sources")
    for number, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            found.append((f"spec.sources[{number}]", item))
    dry = mapping(spec.get("sourceHydrator")).get("drySource")
    if isinstance(dry, dict):
        found.append(("spec.sourceHydrator.drySource", dry))
    return found


def every_source(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """All sources, the hydrated one too."""
    synced = mapping(spec.get("sourceHydrator")).get("syncSource")
    return [source for _, source in sources(spec)] + ([synced] if isinstance(synced, dict) else [])
