"""What a place held before the injection: whether a model's value may take its place without a word."""

from __future__ import annotations

from cmp.models import storage
from cmp.models.reference import is_reference
from cmp.yaml.value import is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from cmp.models.config import MaskTest
    from cmp.yaml.value import Value

# FREE: nothing of its own stands there. OTHER: one value that somebody has chosen. SEVERAL: more than one.
FREE, OTHER, SEVERAL = "free", "other", "several"


def judge(old: Value, new: Value, is_masked: MaskTest, schemes: Collection[str] = ()) -> str:
    """`FREE`, `OTHER` or `SEVERAL` for the value `old` in a place that is to hold `new`.

    schemes: those of references, besides MLflow's.

    Free is what equals `new`, is empty, a placeholder, a model reference, or a masked render's token.
    """
    if is_null(old) or old == new:
        return FREE
    if not isinstance(old, str):
        return OTHER
    # The name of a model may hold blanks: a reference is one value, however many words it has.
    if not old.strip() or ("\n" not in old and is_reference(old.strip(), schemes)):
        return FREE
    if is_several(old):
        return SEVERAL
    # A masked render cannot compare: the real one does.
    masked = is_masked(old) or (isinstance(new, str) and is_masked(new))
    return FREE if masked or storage.is_unfilled(old) else OTHER


def is_several(text: str) -> bool:
    """Whether a string is more than one value: lines, JSON, YAML, `NAME=VALUE`, a command, several places."""
    text = text.strip()
    if "\n" in text or ": " in text or text.endswith(":") or _is_assignment(text):
        return True
    # `{{...}}` is a template's expression, which stands for one value.
    if text.startswith(("{", "[", "-", '"')) and not text.startswith("{{"):
        return True
    words = text.split()
    if len(words) > 1:
        return " -" in text or "/" in text
    if "/" not in text:
        return False
    parts = text.replace(",", " ").replace(";", " ").replace("|", " ").split()
    several = sum("://" in part for part in parts) > 1 or sum(part.startswith("/") for part in parts) > 1
    return several or (text.startswith("/") and ":/" in text)


def _is_assignment(text: str) -> bool:
    """Whether a text starts with `NAME=`; in a URI or a path, a `=` comes after a colon or a slash."""
    name, equals, _ = text.partition("=")
    return bool(equals) and name.replace("-", "_").replace(".", "_").isidentifier()
