"""The known name nearest to a mistyped one, for hints."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The most similar of `known`, or an empty text when none is similar."""
    import difflib

    found = difflib.get_close_matches(name.lower(), {each.lower(): each for each in known}, n=1, cutoff=0.6)
    return next((each for each in known if found and each.lower() == found[0]), "")


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "known are") -> str:
    """A hint for an unknown `name`: the nearest one, or a short list."""
    names = sorted(known)
    guess = nearest(name, names)
    if guess:
        return f"did you mean {guess!r}?"
    if not names:
        return ""
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"{otherwise}: {shown}"
