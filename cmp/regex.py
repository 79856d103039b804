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
    from typing import Any

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/:@ ")
_DOTTED = _PLAIN | {"."}
# Python's engine compares a pattern at each place of a string: with a longer one RE2 does.
_LONGEST_DOTTED = 256
# Steps of RE2 for one text, instructions times bytes: up to 14 nanoseconds each, in one call that nothing
# interrupts.
_MOST_STEPS = 100_000_000


class RegexError(CmpError):
    """A pattern that does not compile; the message is RE2's and holds the pattern only."""


class Pattern:
    """A compiled pattern with the methods of `re` that we use; each raises `RegexError` for too much work."""

    __slots__ = ("_compiled", "_longest", "pattern")

    def __init__(self, compiled: Any, pattern: str) -> None:
        self._compiled = compiled
        self._longest = _MOST_STEPS // max(compiled.programsize, 1)
        self.pattern = pattern

    def search(self, text: str) -> Any:
        """The first match, or None."""
        return self._compiled.search(self._checked(text))

    def finditer(self, text: str) -> Any:
        """The matches."""
        return self._compiled.finditer(self._checked(text))

    def findall(self, text: str) -> list[Any]:
        """The substrings of all matches, or of their groups."""
        found: list[Any] = self._compiled.findall(self._checked(text))
        return found

    def sub(self, put: Any, text: str) -> str:
        """The text with each match replaced."""
        made: str = self._compiled.sub(put, self._checked(text))
        return made

    def _checked(self, text: str) -> str:
        # RE2 reads UTF-8: what YAML smuggled in as surrogates matches nothing.
        data = text if text.isascii() else text.encode("utf-8", "replace")
        if len(data) > self._longest:
            raise RegexError(
                f"the pattern of {len(self.pattern)} characters is too large for a string of {len(data)}",
                hint="shorten the expression or the string",
            )
        return data if isinstance(data, str) else data.decode("utf-8")


def _is_dotted(pattern: str) -> bool:
    """Whether only dots are special, and perhaps one `.*` at the end, as in `apps.example.com` or `fraud-.*`.

    Python's own engine gives such a pattern the same meaning in linear time, and is imported anyway.
    """
    return len(pattern) <= _LONGEST_DOTTED and _DOTTED.issuperset(pattern.removesuffix(".*"))


def is_plain(pattern: str) -> bool:
    """Whether `pattern` has no special character and so matches only itself."""
    return _PLAIN.issuperset(pattern)


def literal_prefix(pattern: str) -> str:
    """What each string begins with that `^(?:pattern)$` matches; "" where that is not clear at a glance."""
    if "|" in pattern:
        return ""
    end = next((at for at, char in enumerate(pattern) if char not in _PLAIN), len(pattern))
    # A character that may be repeated, or left out, is not certain to be there.
    return pattern[: end - 1] if end and pattern[end : end + 1] in ("?", "*", "+", "{") else pattern[:end]


def words_of(pattern: str) -> frozenset[str] | None:
    """The strings that `^(one|two)$` or `^one$` matches, if all are plain; None for other patterns."""
    if not (pattern.startswith("^") and pattern.endswith("$")):
        return None
    inner = pattern[1:-1]
    words = inner[1:-1].split("|") if inner.startswith("(") and inner.endswith(")") else [inner]
    return frozenset(words) if all(map(is_plain, words)) else None


@lru_cache(maxsize=4096)
def searcher(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether `pattern` matches anywhere in a string (Go's `MatchString`)."""
    if is_plain(pattern):
        return lambda text: pattern in text
    words = words_of(pattern)
    if words is not None:
        return words.__contains__
    if _is_dotted(pattern):
        import re

        found = re.compile(pattern).search
        return lambda text: found(text) is not None
    compiled = compile_pattern(pattern)
    return lambda text: compiled.search(text) is not None


@lru_cache(maxsize=4096)
def full_matcher(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether `^(?:pattern)$` matches a string."""
    if is_plain(pattern):
        return lambda text: pattern == text
    if _is_dotted(pattern):
        import re

        whole = re.compile(pattern).fullmatch
        return lambda text: whole(text) is not None
    compiled = compile_pattern(f"^(?:{pattern})$")
    return lambda text: compiled.search(text) is not None


# How RE2 begins what it says -> what it means, and what to do.
_SAYS = (
    ("missing ]", "a [ is not closed", "write \\[ for the character itself"),
    ("missing )", "a ( is not closed", "write \\( for the character itself"),
    ("unexpected )", "a ) closes nothing", "write \\) for the character itself"),
    ("no argument for repetition", "nothing stands before {}", "for any text write .*, as in `.*\\.yaml`"),
    ("bad repetition operator", "two repetitions follow each other: {}", "keep one of *, + and ?"),
    ("invalid repetition size", "the repetition {} is out of range", "at most {{1000}} is possible"),
    ("invalid perl operator", "{} is not possible", "Go's expressions have no look-ahead and no look-behind"),
    ("invalid escape sequence", "{} is not an escape", "double the backslash for the character itself"),
    ("trailing \\", "it ends in a backslash", "double it for the character itself"),
    (
        "invalid character class",
        "{} is neither a class nor a range",
        "classes are [[:alpha:]], \\d, \\pL; a range is a-z",
    ),
    ("invalid named capture", "the group {} has no valid name", "write (?P<name>...)"),
    ("pattern too large", "it is too large", "shorten it, or repeat less often"),
    ("invalid UTF-8", "it is not valid UTF-8", "save the file as UTF-8"),
)


def _refusal(pattern: str, error: Exception) -> RegexError:
    """RE2's complaint in plain words; what it quotes of the pattern stays."""
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    for start, meaning, hint in _SAYS:
        if text.startswith(start):
            _, _, part = text.partition(": ")
            told = meaning.format(f"`{part}`")
            return RegexError(f"the regular expression {pattern!r} is not valid: {told}", hint=hint.format())
    return RegexError(f"the regular expression {pattern!r} is not valid: {text}")


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Pattern:
    """The compiled RE2 pattern; raises `RegexError`."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return Pattern(re2.compile(pattern, options), pattern)
    except re2.error as error:
        raise _refusal(pattern, error) from error
