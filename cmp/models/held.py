"""What a place held before the injection: whether a model's value may take its place without a word."""

from __future__ import annotations

from cmp.models import storage
from cmp.models.reference import is_reference

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
    if old is None or old in ("", new):
        return FREE
    if not isinstance(old, str):
        return OTHER
    if is_several(old):
        return SEVERAL
    # A masked render cannot compare: the real one does.
    masked = is_masked(old) or (isinstance(new, str) and is_masked(new))
    return FREE if masked or is_reference(old, schemes) or storage.is_unfilled(old) else OTHER


def is_several(text: str) -> bool:
    """Whether a string is more than one value: lines, JSON, YAML, a flag or command, a list of URIs."""
    text = text.strip()
    if "\n" in text or ": " in text or text.endswith(":"):
        return True
    # `{{...}}` is a template's expression, which stands for one value.
    if text.startswith(("{", "[", "-")) and not text.startswith("{{"):
        return True
    parts = text.replace(",", " ").replace(";", " ").split()
    places = sum("://" in part for part in parts)
    return places > 1 or (len(text.split()) > 1 and (places == 1 or " -" in text))
