"""The known names nearest to a mistyped one, for hints.

Letter case does not count: for `storageURI` it is `storageUri`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 12


def close(name: str, known: Iterable[str], most: int = 3, cutoff: float = 0.6) -> list[str]:
    """At most `most` of `known`, the most similar first; cutoff: from 0, anything, to 1, equal."""
    from difflib import get_close_matches

    spelt: dict[str, list[str]] = {}
    for each in dict.fromkeys(known):
        spelt.setdefault(each.lower(), []).append(each)
    found = get_close_matches(name.lower(), spelt, n=most, cutoff=cutoff)
    return [each for lower in found for each in spelt[lower]][:most]


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The most similar of `known`, an empty string when none is similar."""
    return next(iter(close(name, known, 1, cutoff)), "")


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "known are") -> str:
    """A hint for an unknown `name`: the nearest one, or `otherwise` and a short list."""
    names = sorted(known)
    guess = nearest(name, names)
    if guess:
        return f"did you mean {guess!r}?"
    if not names:
        return ""
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return f"{otherwise}: {shown}"
