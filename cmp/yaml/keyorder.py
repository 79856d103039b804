"""The order in which go-yaml prints the keys of a mapping (v2 `sorter.go`, keyList.Less)."""

from __future__ import annotations

from functools import cmp_to_key

_CACHE: dict[tuple[str, ...], tuple[str, ...]] = {}
_CACHE_SIZE = 20_000
_CACHE_KEYS = 64  # longer mappings are data, whose key sets do not repeat


def _run(text: str, start: int, number: int) -> tuple[int, int]:
    """The value and the end of the digits at `start`, in Go's wrapping int64."""
    end = start
    while end < len(text) and text[end].isdecimal():
        number = number * 10 + ord(text[end]) - 48
        end += 1
    if not -(2**63) <= number < 2**63:
        number = (number + 2**63) % 2**64 - 2**63
    return number, end


def compare(a: str, b: str) -> int:
    """Negative when `a` goes before `b`.

    Letters go after everything else, runs of digits by value. As upstream's, it is not a strict
    ordering: keys such as `a1x`, `a1-x`, `a10` have no single order, there or here.
    """
    for i, (x, y) in enumerate(zip(a, b)):  # noqa: B905 - the shorter one decides below
        if x == y:
            continue
        x_letter, y_letter = x.isalpha(), y.isalpha()
        if x_letter and y_letter:
            return -1 if x < y else 1
        if x_letter or y_letter:
            return -1 if y_letter else 1
        start = 0
        if x == "0" or y == "0":
            for j in range(i - 1, -1, -1):
                if not a[j].isdecimal():
                    break
                if a[j] != "0":
                    start = 1
                    break
        x_number, x_end = _run(a, i, start)
        y_number, y_end = _run(b, i, start)
        if x_number != y_number:
            return -1 if x_number < y_number else 1
        if x_end != y_end:
            return -1 if x_end < y_end else 1
        return -1 if x < y else 1
    return (len(a) > len(b)) - (len(a) < len(b))


_sort_key = cmp_to_key(compare)


def ordered(mapping: dict[str, object]) -> tuple[str, ...]:
    """The keys of `mapping` in printing order; remembered per set of keys."""
    keys = tuple(mapping)
    known = _CACHE.get(keys)
    if known is None:
        known = tuple(sorted(keys))  # letters alone sort by code point
        if not "".join(keys).isalpha():
            known = tuple(sorted(known, key=_sort_key))
        if len(keys) <= _CACHE_KEYS:
            if len(_CACHE) >= _CACHE_SIZE:
                _CACHE.clear()
            _CACHE[keys] = known
    return known
