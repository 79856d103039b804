"""Gate: Secrets that the API server would reject."""

from __future__ import annotations

from cmp.gates.context import is_secret
from cmp.gates.finding import Finding
from cmp.gates.leaves import child, decoded
from cmp.yaml.value import is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.yaml.value import Value

ID = "secret-data"
TITLE = "Secret data that is not base64, or stringData that is not text"
WHY = (
    "The API server rejects the Secret in the middle of a sync, and its message quotes the value. "
    "Numbers and truth values without quotes are the usual case in stringData."
)
CURE = "Put plain text under stringData, in quotes; under data it has to be base64."
WAIVABLE = True


def check(context: Context) -> Iterator[Finding]:
    """A finding per entry."""
    for resource in context.objects:
        if not is_secret(resource):
            continue
        for section, what, fits in (("data", "base64", _is_base64), ("stringData", "a text", _is_text)):
            entries = resource.body.get(section)
            if entries is not None and not isinstance(entries, dict):
                yield Finding(ID, f"{section} is not a mapping", resource, section, CURE)
            for key, value in entries.items() if isinstance(entries, dict) else ():
                if not is_null(value) and not fits(value):
                    yield Finding(ID, f"the value is not {what}", resource, child(section, key), CURE)


def _is_text(value: Value) -> bool:
    return isinstance(value, str)


def _is_base64(value: Value) -> bool:
    return decoded(value) is not None
