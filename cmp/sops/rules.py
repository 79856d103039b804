"""Which values of a file are encrypted: suffixes, regexes, comments (upstream: sops.go, shouldBeEncrypted).

A rule looks at every component of a path, so a matching parent decides for all below it. A pattern that
does not compile is refused: upstream treats it as one that never matches and leaves everything plain.
"""

from __future__ import annotations

from cmp.regex import RegexError, searcher
from cmp.sops.errors import MetadataError
from cmp.sops.metadata import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Rule:
    """One of `RULES` with its value. Build it once per file: decisions about path components are kept."""

    def __init__(self, name: str, value: str) -> None:
        if name not in RULES:
            raise MetadataError(f"there is no rule {name!r}")
        self.name = name
        self.value = value
        self.by_comment = "_comment_" in name
        self._encrypts_matches = not name.startswith("un")
        self._known: dict[str, bool] = {}
        self._matches = _matcher(name, value)

    def encrypts(
        self, path: Sequence[str], comments: Sequence[Sequence[str]] = ((),), is_comment: bool = False
    ) -> bool:
        """Whether the leaf at `path` is encrypted.

        comments: for each level from the root, the comment lines above the entry that is being looked at, the
        leaf itself last if it `is_comment`.
        """
        if not self.value:
            return True
        if self.by_comment:
            return self._by_comment(comments, is_comment)
        return any(map(self._known_match, path)) == self._encrypts_matches

    def matches_comment(self, text: str) -> bool:
        """Whether a comment rule's pattern matches a comment line."""
        return self._matches(text)

    def _known_match(self, component: str) -> bool:
        known = self._known.get(component)
        if known is None:
            known = self._known[component] = self._matches(component)
        return known

    def _by_comment(self, comments: Sequence[Sequence[str]], is_comment: bool) -> bool:
        last = len(comments) - 1
        for level, lines in enumerate(comments):
            for index, line in enumerate(lines):
                # The line that switches encryption on stays readable itself.
                own = is_comment and level == last and index == len(lines) - 1
                if not (own and self._encrypts_matches) and self._matches(line):
                    return self._encrypts_matches
        return not self._encrypts_matches


def _matcher(name: str, value: str) -> Callable[[str], bool]:
    if name.endswith("_suffix"):
        return lambda text: text.endswith(value)
    try:
        search = searcher(value)
    except RegexError as error:
        raise MetadataError(
            f"{name!r} in the file's metadata is not a valid regular expression",
            hint="nothing tells which values such a file should have encrypted",
        ) from error
    return lambda text: search(
        text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    )
