"""templatePatch: a strategic merge patch on an Application, whose lists are replaced."""

from __future__ import annotations

from cmp.fleet.errors import ExpansionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def patched(body: Any, patch: dict[str, Any]) -> dict[str, Any]:
    """A new body; null removes a key, `$patch` replaces or deletes a mapping. Raises `ExpansionError`."""
    directive = patch.get("$patch", "merge")
    rest = {key: value for key, value in patch.items() if key != "$patch"}
    unknown = [key for key in rest if key.startswith("$")]
    if unknown or directive not in ("merge", "replace", "delete"):
        raise ExpansionError(f"the patch directive {(unknown or ['$patch'])[0]} is outside our subset")
    if directive == "delete":
        return {}
    result = dict(body) if isinstance(body, dict) and directive == "merge" else {}
    for key, value in rest.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            made = patched(result.get(key), value)
            if value.get("$patch") == "delete":
                result.pop(key, None)
            else:
                result[key] = made
        else:
            result[key] = value
    return result


def filled(over: Any, under: Any) -> Any:
    """A generator's own template over the set's: what the first leaves empty the second fills."""
    if isinstance(over, dict) and isinstance(under, dict):
        return {key: filled(over.get(key), under.get(key)) for key in {**under, **over}}
    return under if over in (None, "", [], {}, False, 0) else over
