"""What a lock must lose once it is encrypted: the digest of a URI would show whether a guess is right."""

from __future__ import annotations

from cmp.models.edit.text import Editor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DIGEST = "uriDigest"


def drop_uri_digests(editor: Editor) -> None:
    """Take the digests of URIs out of the locks of a text under edit."""
    for number, body in enumerate(editor.documents):
        for name, entry in _entries(body).items():
            if isinstance(entry, dict) and DIGEST in entry:
                editor.remove(("spec", "entries", name, DIGEST), number)


def without_uri_digests(text: str) -> str:
    """A YAML text without them; the text itself where it has none."""
    if DIGEST not in text:
        return text
    editor = Editor(text)
    drop_uri_digests(editor)
    return editor.result()


def _entries(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict) or body.get("kind") != "ModelLock":
        return {}
    spec = body.get("spec")
    entries = spec.get("entries") if isinstance(spec, dict) else None
    return entries if isinstance(entries, dict) else {}
