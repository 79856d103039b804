"""The known names nearest to a mistyped one, for hints.

Letter case does not count: for `storageURI` it is `storageUri`. A comparison takes the square of the lengths:
so there is no hint for a name that is longer than a Kubernetes name, and of many known names some are enough.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 12
_LONGEST = 253
_MOST_KNOWN = 1000


def close(name: str, known: Iterable[str], most: int = 3, cutoff: float = 0.6) -> list[str]:
    """At most `most` of `known`, the most similar first; cutoff: from 0, anything, to 1, equal."""
    from difflib import get_close_matches
    from itertools import islice

    if len(name) > _LONGEST:
        return []
    fit = (each for each in dict.fromkeys(known) if _fits(len(name), len(each), cutoff))
    spelt: dict[str, list[str]] = {}
    for each in islice(fit, _MOST_KNOWN):
        spelt.setdefault(each.lower(), []).append(each)
    found = get_close_matches(name.lower(), spelt, n=most, cutoff=cutoff)
    return [each for lower in found for each in spelt[lower]][:most]


def _fits(one: int, other: int, cutoff: float) -> bool:
    """Whether names of these lengths can be so similar."""
    return other <= _LONGEST and 2 * min(one, other) >= cutoff * (one + other)


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
