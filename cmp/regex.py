"""Go's regular expressions, in linear time, for every pattern that a repository supplies.

RE2 (package google-re2) has Go's own syntax and cannot backtrack. It is imported on first use:
most overlays hold only patterns that are plain text, which need no engine at all.
"""

from __future__ import annotations

from functools import lru_cache

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/:@ ")
_DOTTED = _PLAIN | {"."}


class RegexError(CmpError):
    """A pattern that does not compile; the message is RE2's and holds the pattern only."""


def _is_dotted(pattern: str) -> bool:
    """Whether only dots are special, and perhaps one `.*` at the end, as in `apps.example.com` or `fraud-.*`.

    Python's own engine gives such a pattern the same meaning in linear time, and is imported anyway.
    """
    return _DOTTED.issuperset(pattern.removesuffix(".*"))


def is_plain(pattern: str) -> bool:
    """Whether `pattern` has no special character and so matches only itself."""
    return _PLAIN.issuperset(pattern)


@lru_cache(maxsize=4096)
def searcher(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether `pattern` matches anywhere in a text (Go's `MatchString`)."""
    if is_plain(pattern):
        return lambda text: pattern in text
    if _is_dotted(pattern):
        import re

        found = re.compile(pattern).search
        return lambda text: found(text) is not None
    compiled = compile_pattern(pattern)
    return lambda text: compiled.search(text) is not None


@lru_cache(maxsize=4096)
def full_matcher(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether `^(?:pattern)$` matches a text."""
    if is_plain(pattern):
        return lambda text: pattern == text
    if _is_dotted(pattern):
        import re

        whole = re.compile(pattern).fullmatch
        return lambda text: whole(text) is not None
    compiled = compile_pattern(f"^(?:{pattern})$")
    return lambda text: compiled.search(text) is not None


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str):  # type: ignore[no-untyped-def]  # re2 ships no types
    """The compiled RE2 pattern, with Python `re`'s methods; raises `RegexError`."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise RegexError(f"invalid regular expression {pattern!r}: {error}") from error
