"""Gate: Secrets that the API server would reject."""

from __future__ import annotations

from cmp.findings import Hit
from cmp.gates.context import decoded, is_key, is_secret
from cmp.paths import child
from cmp.yaml.value import is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

ID = "secret-data"
TITLE = "Secret data that is not base64, stringData that is not a string, or a key that is not allowed"
WHY = (
    "The API server rejects the Secret in the middle of a sync, and its message quotes the value. In "
    "stringData, the usual cause is a number or true/false without quotes. A key with a colon or a "
    "space comes from an env file in YAML form (`PASSWORD: x`): the password is then part of the key."
)
CURE = (
    "Put plain text under stringData, in quotes; under data it has to be base64. An env file has lines "
    "KEY=value."
)
WAIVABLE = True


def check(context: Context) -> Iterator[Hit[Resource]]:
    """A finding per entry."""
    for resource in context.objects:
        if not is_secret(resource):
            continue
        for section, what, fits in (("data", "base64", _is_base64), ("stringData", "a string", _is_text)):
            entries = resource.body.get(section)
            if entries is not None and not isinstance(entries, dict):
                yield Hit(resource, section, f"{section} is not a mapping")
            for key, value in entries.items() if isinstance(entries, dict) else ():
                if not is_key(key):
                    yield Hit(resource, section, f"{section} has a key with a character that no key may have")
                elif not is_null(value) and not fits(value):
                    yield Hit(resource, child(section, key), f"the value is not {what}")


def _is_text(value: Value) -> bool:
    return isinstance(value, str)


def _is_base64(value: Value) -> bool:
    return decoded(value) is not None
