"""Argo CD's globs (github.com/gobwas/glob) and the path patterns of git generators, in linear time."""

from __future__ import annotations

import re

from cmp.fleet.errors import ExpansionError
from cmp.regex import RegexError, searcher

_LONGEST = 2000


def matches(pattern: str, text: str, separator: str = "") -> bool:
    """`*` anything but the separator, `**` anything, `?`, `[a-z]`, `[!a]`, `{a,b}`; a broken one: none."""
    if "*" not in pattern and not set("?[{\\") & set(pattern):
        return pattern == text
    if len(pattern) > _LONGEST:
        raise ExpansionError("a glob is too long")
    try:
        return searcher(_regex(pattern, separator))(text)
    except RegexError:
        return False


def negatable(pattern: str, text: str, separator: str = "") -> bool:
    """As AppProjects match: a leading `!` turns the answer round."""
    if pattern.startswith("!"):
        return not matches(pattern[1:], text, separator)
    return pattern == "*" or matches(pattern, text, separator)


def _regex(pattern: str, separator: str) -> str:
    inside = f"[^{re.escape(separator)}]" if separator else "(?s:.)"
    made, at, depth = "", 0, 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            stars = len(pattern[at - 1 :]) - len(pattern[at - 1 :].lstrip("*"))
            at += stars - 1
            made += ("(?s:.)" if stars > 1 else inside) + "*"
        elif char == "?":
            made += inside
        elif char == "[":
            end = pattern.find("]", at + 1)
            if end < 0:
                return "(?!)"
            body = pattern[at:end]
            sign = "^" if body[0] in "!^" else ""
            kept = (body[1:] if sign else body).replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^")
            made, at = made + f"[{sign}{kept}]", end + 1
        elif char == "{":
            made, depth = made + "(?:", depth + 1
        elif char == "}" and depth:
            made, depth = made + ")", depth - 1
        elif char == "," and depth:
            made += "|"
        elif char == "\\" and at < len(pattern):
            made, at = made + re.escape(pattern[at]), at + 1
        else:
            made += re.escape(char)
    return f"^(?:{made})$"


def path_matches(pattern: str, path: str) -> bool:
    """A git generator's path: `*` within a segment, `**` any number of segments."""
    return _segments(pattern.strip("/").split("/"), path.strip("/").split("/"))


def _segments(patterns: list[str], parts: list[str]) -> bool:
    """Which prefixes of the pattern have matched so far, one step a segment."""
    states = _skip({0}, patterns)
    for part in parts:
        following = set()
        for state in states:
            if state < len(patterns):
                if patterns[state] == "**":
                    following.add(state)
                elif matches(patterns[state], part, "/"):
                    following.add(state + 1)
        states = _skip(following, patterns)
    return len(patterns) in states


def _skip(states: set[int], patterns: list[str]) -> set[int]:
    found = set(states)
    for state in sorted(states):
        at = state
        while at < len(patterns) and patterns[at] == "**":
            at += 1
            found.add(at)
    return found
