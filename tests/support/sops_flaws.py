"""What sops 3.13.3 itself cannot carry through printing a YAML file and reading it again.

Each flaw is in upstream's code and shows without ours: sops loses or moves a comment of such a document, or
cannot open its own file. They are told from the document alone, never from what either program has printed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cmp.sops.document import Branch, Comment
from cmp.sops.rules import Rule
from cmp.sops.walk import walk

if TYPE_CHECKING:
    from cmp.sops.document import Value

# stores/yaml (appendTreeBranch) makes a lone comment the head of an empty mapping, go-yaml prints it between
# `{` and `}`, and its parser (decode.go, mapping) takes line and foot but no head from the end of a mapping.
EMPTY_MAPPING = "a comment in an empty mapping is lost"
# The same for a list is printed behind `[]`, and so belongs to what stands around the list when it is read
# again: a sealed comment does not open there, as its path is another.
EMPTY_LIST = "a comment in an empty list moves out of it"
# go-yaml's emitter (emitterc.go, yaml_emitter_analyze_event) holds one head comment. The head of a list waits
# for the list's first item; when that item has a head of its own, it takes the place of the list's.
TWO_HEADS = "the head comment of a list is lost when its first item has one too"
# stores/yaml (appendSequence) prints an encrypted comment in a list as a list item, so it is not a comment
# when read again and no longer keeps the rule's marker in force for the next item (getsops/sops issue 2281).
SEALED_IN_LIST = "an encrypted comment in a list ends the reach of the comment rule (issue 2281)"
# The first comment of a mapping that is a list item is printed above the dash: a marker for one key is then
# one for the item.
MARKER_ABOVE_DASH = "a marker above the first key of a list item moves to the whole item"

# go-yaml (emitterc.go, yaml_emitter_write_block_scalar_hints) writes the whole step of indentation as the
# hint of a block that begins with a blank or a break, also where the block is indented by another width.
WRONG_HINT = "a block that begins with a blank or a break gets a wrong indentation hint"
# The line comment of a list item that is a collection waits in go-yaml's emitter (emitterc.go,
# yaml_emitter_process_line_comment) for what is printed next: behind another item, or in front of a `[]`,
# which then stands in the first column, so that nothing can read the file.
WAITING_INLINE = "a comment behind a collection in a list is printed with what comes next"

# Those that only cost a comment or its place, and those after which sops cannot open the file.
LOSING = frozenset([EMPTY_MAPPING, EMPTY_LIST, TWO_HEADS, WAITING_INLINE])
BREAKING = frozenset([SEALED_IN_LIST, MARKER_ABOVE_DASH, WAITING_INLINE, WRONG_HINT])

# The smallest document that meets each, with its rule.
EXAMPLES = {
    EMPTY_MAPPING: ("a: {}  # note\nb: 1\n", {}),
    EMPTY_LIST: ("a:\n  b: []  # note\nc: 1\n", {"encrypted_regex": "^c$"}),
    TWO_HEADS: ("a:\n  # of the list\n  -\n    # of the item\n    b: 1\n", {"encrypted_regex": "^b$"}),
    SEALED_IN_LIST: ("a:\n  # secret\n  # note\n  - b\n", {"encrypted_comment_regex": "secret"}),
    WAITING_INLINE: ("a:\n- {b: 1} # note\n- []\n", {"encrypted_regex": "none"}),
    WRONG_HINT: ("a:\n- b: |2\n     blank\n", {"encrypted_regex": "none"}),
    MARKER_ABOVE_DASH: ("a:\n-\n  # secret\n  b: 1\n  c: 2\n", {"encrypted_comment_regex": "secret"}),
}


def flaws(branches: list[Branch], rule: Rule) -> set[str]:
    """The flaws that a document with its cleartext comments meets, under the rule it is encrypted with."""
    found: set[str] = set()
    for branch in branches:
        sealed = _walked(branch, rule, found)
        _look(branch, rule, sealed, found, in_list=False, top=True)
    return found


def _walked(branch: Branch, rule: Rule, found: set[str]) -> set[int]:
    """The ids of the comments that the rule encrypts; texts that stay readable are looked at on the way."""
    sealed: set[int] = set()

    def visit(value: Value, path: tuple[str, ...], comments: list[list[str]]) -> Value:
        is_comment = isinstance(value, Comment)
        encrypted = rule.encrypts(path, comments, is_comment)
        if is_comment and encrypted:
            sealed.add(id(value))
        elif isinstance(value, str) and not encrypted and "\n" in value and value[0] in " \n":
            found.add(WRONG_HINT)
        return value

    walk(branch, visit)
    return sealed


def _look(
    value: Value, rule: Rule, sealed: set[int], found: set[str], in_list: bool, top: bool = False
) -> None:
    if not isinstance(value, list):
        return
    comments = [each for each in _parts(value) if isinstance(each, Comment)]
    entries = [each for each in _parts(value) if not isinstance(each, Comment)]
    if not entries and not top and any(map(_matters(sealed), comments)):
        found.add(EMPTY_MAPPING if isinstance(value, Branch) else EMPTY_LIST)
    if not isinstance(value, Branch):
        if rule.name == "encrypted_comment_regex" and any(id(each) in sealed for each in comments):
            found.add(SEALED_IN_LIST)
        if entries and any(map(_matters(sealed), _heads(value, sealed))) and _heads(entries[0], sealed):
            found.add(TWO_HEADS)
        if _inline_before_collection(value, sealed):
            found.add(WAITING_INLINE)
    elif in_list and len(entries) > 1 and _has_marker(value, rule, sealed):
        found.add(MARKER_ABOVE_DASH)
    for entry in entries:
        _look(entry, rule, sealed, found, in_list=not isinstance(value, Branch))


def _inline_before_collection(items: list[Value], sealed: set[int]) -> bool:
    waiting = False
    for item in items:
        if isinstance(item, Comment):
            waiting = waiting or (item.inline and id(item) not in sealed)
        elif (
            waiting and isinstance(item, list) and any(not isinstance(part, Comment) for part in _parts(item))
        ):
            return True
        else:
            waiting = False
    return False


def _has_marker(value: Branch, rule: Rule, sealed: set[int]) -> bool:
    return rule.by_comment and any(rule.matches_comment(each.text) for each in _heads(value, sealed))


def _parts(value: list[Value] | Branch) -> list[Value]:
    """The values and the comments of a collection, in order."""
    if not isinstance(value, Branch):
        return value
    return [item.key if isinstance(item.key, Comment) else item.value for item in value]


def _heads(value: Value, sealed: set[int]) -> list[Comment]:
    """The comments above the first entry. A sealed comment comes back without its place behind a value."""
    found: list[Comment] = []
    for part in _parts(value) if isinstance(value, list) else ():
        if not isinstance(part, Comment):
            return found
        if not part.inline or id(part) in sealed:
            found.append(part)
    return []


def _matters(sealed: set[int]) -> Callable[[Comment], bool]:
    """Whether losing a comment shows: an empty one that is not sealed leaves no trace."""
    return lambda comment: id(comment) in sealed or bool(comment.text.strip())
