"""A Secret whose values stand readable in git."""

from __future__ import annotations

from cmp.findings import Hit, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "plain-secret"
SEVERITY: Severity = "error"
TITLE = "A Secret in clear in git"
WHY = "Everyone who can read the repository, or ever could, has the password; base64 is not encryption."
CURE = "cmpctl secrets encrypt FILE, then rotate the value: git keeps the old one."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per document or generator entry, with its file."""
    for file, documents in context.files.items():
        for body in documents:
            if body.get("kind") == "Secret" and "sops" not in body and _has_values(body):
                yield Hit({**body, "_file": file}, "data", "the values are not encrypted")
            for entry in body.get("secretGenerator") or ():
                if isinstance(entry, dict) and entry.get("literals"):
                    found = {
                        "kind": "secretGenerator",
                        "metadata": {"name": entry.get("name", "")},
                        "_file": file,
                    }
                    yield Hit(found, "literals", "the values are literals in the kustomization")


def _has_values(body: dict[str, Any]) -> bool:
    return any(isinstance(body.get(field), dict) and body[field] for field in ("data", "stringData"))
