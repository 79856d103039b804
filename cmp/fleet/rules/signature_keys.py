"""Signature verification that no key can satisfy."""

from __future__ import annotations

import re

from cmp.findings import Hit, Severity
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-signature-keys"
SEVERITY: Severity = "error"
TITLE = "Signature verification that no key can satisfy"
WHY = "With a placeholder every commit is refused; with an empty list none is checked, though it looks so."
CURE = "The ids of GnuPG keys, 16 or 40 hexadecimal digits, or no signatureKeys at all."

_KEY = re.compile(r"(0[xX])?([0-9A-Fa-f]{16}|[0-9A-Fa-f]{40})")


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per list and per entry."""
    for project in fleet.projects:
        if "signatureKeys" in project.spec:
            keys = project.spec["signatureKeys"]
            ids = [mapping(key).get("keyID") for key in keys] if isinstance(keys, list) else []
            for field, message in _problems("spec.signatureKeys", ids):
                yield Hit(project, field, message)
        policies = mapping(mapping(project.spec.get("sourceIntegrity")).get("git")).get("policies")
        for number, policy in enumerate(policies if isinstance(policies, list) else []):
            gpg = mapping(mapping(policy).get("gpg"))
            if gpg.get("mode") == "none" or "keys" not in gpg:
                continue
            field = f"spec.sourceIntegrity.git.policies[{number}].gpg.keys"
            for place, message in _problems(field, list(gpg["keys"] or [])):
                yield Hit(project, place, message)


def _problems(field: str, ids: list[Any]) -> Iterator[tuple[str, str]]:
    if not ids:
        yield field, "is empty"
    for number, key in enumerate(ids):
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            yield f"{field}[{number}]", "is not a key id"
