"""Proves of a pattern of Python's `re` that its time is linear in the text, or says what it cannot prove.

The proof is structural. From one start, an engine that backtracks is linear when no repetition without end can
stop at two places: what it repeats and what may follow differ in their first character, or it is possessive.
A search tries every start: then either no match is longer than a constant, or no repetition runs over a
character at which the next try could begin. A repeated group must be possessive, since each of its matches that
could be given back costs some 200 bytes.
"""

from __future__ import annotations

import re
from re import _compiler, _parser  # type: ignore[attr-defined]
from typing import Any

_WIDE = (
    0x0130,
    0x2028,
    0x2029,
    0x3000,
    0x4E00,
    0xD800,
    0xDFFF,
    0xE000,
    0xFEFF,
    0xFFFD,
    0xFFFE,
    0xFFFF,
    0x1F600,
)
_ALPHABET = (*range(0x180), *_WIDE)
_LONGEST = 64  # characters: a search is counted as linear when no match is longer

Chars = frozenset[int]
NONE: Chars = frozenset()


def problems(pattern: str | bytes, flags: int, *, searched: bool) -> list[str]:
    """What keeps the pattern from being proven linear; searched: it is tried at every place of a text."""
    tree = _parser.parse(pattern, flags)
    nodes = list(tree)
    alone = len(nodes) == 1 and str(nodes[0][0]) == "BRANCH"
    return [each for way in (nodes[0][1][1] if alone else [tree]) for each in _of_way(way, tree, searched)]


def _of_way(way: Any, tree: Any, searched: bool) -> list[str]:
    """The problems of a pattern, or of one of its alternatives, as a search tries each by itself."""
    proof = _Proof(tree.state.flags, isinstance(tree.state.str, bytes))
    nodes = list(way)
    if not nodes:
        return []
    first, nullable = proof.sequence(nodes, NONE)
    longest = way.getwidth()[1]
    if searched and longest > _LONGEST and not proof.begins_anchored(nodes) and not proof.one_run(nodes):
        overlap = first & proof.repeated
        if nullable or overlap:
            shown = "".join(map(chr, sorted(overlap)[:5]))
            proof.found.append(f"a search may begin inside of what it repeats ({shown!r})")
    return proof.found


class _Proof:
    def __init__(self, flags: int, of_bytes: bool) -> None:
        self.flags = flags
        self.of_bytes = of_bytes
        self.found: list[str] = []
        self.repeated: Chars = NONE  # all characters that some repetition without end runs over

    def chars(self, node: Any) -> Chars:
        """The characters that a node for one character matches."""
        part = _parser.SubPattern(_parser.State(), [node])
        part.state.flags = self.flags
        part.state.str = b"" if self.of_bytes else ""
        matches = _compiler.compile(part, self.flags).fullmatch
        if self.of_bytes:
            return frozenset(code for code in range(256) if matches(bytes([code])))
        return frozenset(code for code in _ALPHABET if matches(chr(code)))

    def begins_anchored(self, nodes: list[Any]) -> bool:
        """Whether a try fails at once but at the start of the text, or of a line that nothing repeated leaves."""
        op, value = nodes[0]
        if str(op) != "AT":
            return False
        if str(value) == "AT_BEGINNING_STRING":
            return True
        if str(value) != "AT_BEGINNING":
            return False
        return not self.flags & re.MULTILINE or 10 not in self.repeated

    def one_run(self, nodes: list[Any]) -> bool:
        """Whether the pattern is one class, repeated: it cannot fail after it began."""
        return len(nodes) == 1 and "REPEAT" in str(nodes[0][0]) and len(nodes[0][1][2]) == 1

    def sequence(self, nodes: list[Any], follow: Chars, looping: bool = False) -> tuple[Chars, bool]:
        """First characters of the nodes, and whether they may match nothing; follow: what may come behind."""
        first, nullable = NONE, True
        for node in reversed(nodes):
            own, empty = self.node(node, follow if nullable else first, looping)
            first, nullable = (own | first, nullable) if empty else (own, False)
            if nullable:
                follow = follow | first
        return first, nullable

    def node(self, node: Any, follow: Chars, looping: bool) -> tuple[Chars, bool]:
        op, value = node
        name = str(op)
        if name in ("LITERAL", "NOT_LITERAL", "ANY", "IN", "RANGE", "CATEGORY"):
            return self.chars(node), False
        if name == "AT":
            return NONE, True
        if name in ("ASSERT", "ASSERT_NOT"):
            if value[1].getwidth()[1] > _LONGEST:
                self.found.append("a look-around without a bound")
            return NONE, True
        if name == "SUBPATTERN":
            return self.sequence(list(value[3]), follow, looping)
        if name == "ATOMIC_GROUP":
            return self.sequence(list(value), NONE)
        if name == "BRANCH":
            return self.branch(value[1], follow, looping)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self.repeat(name, value[0], value[1], value[2], follow, looping)
        self.found.append(f"{name} is not understood")
        return NONE, True

    def branch(self, ways: list[Any], follow: Chars, looping: bool) -> tuple[Chars, bool]:
        first, nullable = NONE, False
        for way in ways:
            own, empty = self.sequence(list(way), follow, looping)
            if looping and (own & first or (empty and own)):
                self.found.append("a repeated choice of two ways that begin alike")
            first, nullable = first | own, nullable or empty
        return first, nullable

    def repeat(
        self, name: str, least: int, most: int, body: Any, follow: Chars, looping: bool
    ) -> tuple[Chars, bool]:
        possessive = name == "POSSESSIVE_REPEAT"
        endless = most is _parser.MAXREPEAT
        simple = len(body) == 1 and str(body[0][0]) in ("LITERAL", "NOT_LITERAL", "ANY", "IN")
        before = self.repeated
        inner, _ = self.sequence(list(body), NONE, looping)
        found = len(self.found)
        behind = NONE if possessive else follow | (inner if most > 1 else NONE)
        del self.found[found:]
        inner, empty = self.sequence(list(body), behind, not possessive and (looping or endless))
        if endless:
            if empty:
                self.found.append("a repetition of what may be empty")
            if not possessive and inner & follow:
                shown = "".join(map(chr, sorted(inner & follow)[:5]))
                self.found.append(f"a repetition that can stop at two places ({shown!r})")
            if not possessive and not simple:
                self.found.append("a repeated group that is not possessive")
            self.repeated = before | self.all_chars(body)
        return inner, least == 0 or empty

    def all_chars(self, nodes: Any) -> Chars:
        """Every character that the nodes may run over."""
        found = NONE
        for op, value in nodes:
            name = str(op)
            if name in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
                found |= self.chars((op, value))
            elif name == "SUBPATTERN":
                found |= self.all_chars(value[3])
            elif name == "ATOMIC_GROUP":
                found |= self.all_chars(value)
            elif name == "BRANCH":
                for way in value[1]:
                    found |= self.all_chars(way)
            elif "REPEAT" in name:
                found |= self.all_chars(value[2])
        return found
