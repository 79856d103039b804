"""Which words of a changed line changed, so that a reader's eye finds them."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import groupby

# Longer pairs are shown without: the comparison of words is quadratic.
_MOST_CHARACTERS = 2000
_MOST_WORDS = 200

# Pieces of a line in order; True for those that the other side does not have.
Pieces = list[tuple[str, bool]]


def marked(before: str, after: str) -> tuple[Pieces, Pieces]:
    """Both sides in pieces; one whole piece each where next to nothing is shared, or for long strings.

    A single dot or dash between two changes counts as changed: `1.4.2` to `1.5.0` is one change, not two.
    """
    whole: tuple[Pieces, Pieces] = ([(before, False)], [(after, False)])
    if len(before) + len(after) > _MOST_CHARACTERS:
        return whole
    left, right = _words(before), _words(after)
    if len(left) + len(right) > _MOST_WORDS:
        return whole
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    shared = sum(len("".join(left[i:j])) for tag, i, j, _, _ in blocks if tag == "equal")
    if 3 * shared < max(len(before), len(after)):
        return whole
    changed = [
        tag != "equal" or (0 < at < len(blocks) - 1 and j - i == 1 and not left[i].isalnum())
        for at, (tag, i, j, _, _) in enumerate(blocks)
    ]
    return (
        _merged([("".join(left[i:j]), mark) for mark, (_, i, j, _, _) in zip(changed, blocks, strict=True)]),
        _merged([("".join(right[i:j]), mark) for mark, (_, _, _, i, j) in zip(changed, blocks, strict=True)]),
    )


def _words(text: str) -> list[str]:
    """Runs of letters and digits, and each other character by itself."""
    words: list[str] = []
    for is_word, run in groupby(text, str.isalnum):
        characters = "".join(run)
        words += [characters] if is_word else characters
    return words


def _merged(pieces: Pieces) -> Pieces:
    pieces = [piece for piece in pieces if piece[0]]
    return [("".join(text for text, _ in run), mark) for mark, run in groupby(pieces, lambda piece: piece[1])]
