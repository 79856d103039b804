"""What we write the real sops opens, and what it writes we change: random documents of every format.

CMP_SOPS_DOCUMENTS sets the number of random documents per format (20 without it).
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sops_flaws

from cmp.sops import decrypt
from cmp.sops.document import Branch, Comment
from cmp.sops.errors import SopsError
from cmp.sops.metadata import RULES as RULE_KINDS
from cmp.sops.rules import Rule
from cmp.sops.stores import load_encrypted, load_plain
from cmp.sops.write import treepath
from cmp.sops.write.document import NewFile, Opened, encrypt, update_keys

pytestmark = pytest.mark.oracle
NUMBER = int(os.environ.get("CMP_SOPS_DOCUMENTS", "20"))
NOW = "2026-01-02T03:04:05Z"
LATER = "2026-01-02T03:04:06Z"
RULES: tuple[dict[str, Any], ...] = (
    {},
    {"encrypted_regex": "^(data|stringData)$"},
    {"unencrypted_regex": "^a"},
    {"encrypted_suffix": "a"},
    {"mac_only_encrypted": True, "encrypted_regex": "a$"},
    {"unencrypted_comment_regex": "open"},
    {"encrypted_comment_regex": "secret"},
)
FORMATS = ("yaml", "json", "dotenv", "ini", "binary")


def rule_of(fmt: str, seed: int) -> dict:
    count = {"yaml": 7, "dotenv": 7, "json": 5, "ini": 5, "binary": 1}[fmt]
    return RULES[seed % count]


def new_file(people, fmt: str, seed: int) -> NewFile:
    rule = rule_of(fmt, seed)
    named = next(((kind, rule[kind]) for kind in RULE_KINDS if kind in rule), None)
    groups = (
        ((people.names[0],), (people.names[1], people.names[2])) if seed % 4 == 3 else ((people.names[0],),)
    )
    return NewFile(groups, named, 0, rule.get("mac_only_encrypted", False))


def run_all(check) -> Counter:
    """Run `check(seed)` for all seeds, two at a time; it returns what upstream's flaws explain, or ''."""
    with ThreadPoolExecutor(2) as pool:
        return Counter(pool.map(check, range(NUMBER)))


@pytest.fixture(scope="module")
def blamed(documents, people):
    """`blamed(fmt, seed, kinds)`: the flaws among `kinds` that the document meets; fails without any."""

    def call(fmt: str, seed: int, kinds: frozenset[str]) -> str:
        assert fmt == "yaml", f"seed {seed}: {fmt} files have no known flaws"
        met = flaws_met(documents, people, seed) & kinds
        assert met, (
            f"seed {seed}: nothing in the document explains this:\n{documents.make(fmt, seed).decode()}"
        )
        return " and ".join(sorted(met))

    return call


def flaws_met(documents, people, seed: int) -> set[str]:
    """The flaws of upstream's that a YAML document meets; see `sops_flaws`."""
    given = rule_of("yaml", seed)
    name = next((kind for kind in RULE_KINDS if kind in given), "unencrypted_suffix")
    written = encrypt(documents.make("yaml", seed), "yaml", new_file(people, "yaml", seed), NOW).data
    document = Opened(written, "yaml", people.keys(0, 1))
    return sops_flaws.flaws(document.branches, Rule(name, given.get(name, "_unencrypted")))


@pytest.mark.parametrize("flaw", sops_flaws.EXAMPLES)
def test_upstream_has_each_flaw_without_us(flaw, sops, people):
    """sops alone, encrypting and decrypting the smallest document that meets the flaw."""
    text, rule = sops_flaws.EXAMPLES[flaw]
    rules = {"creation_rules": [{"age": people.names[0], **rule}]}
    code, sealed, err, _ = sops(text.encode(), "yaml", "encrypt", config=rules)
    assert code == 0, err
    branches = load_plain(text.encode(), "yaml")
    ((name, value),) = list(rule.items()) or [("unencrypted_suffix", "_unencrypted")]
    assert sops_flaws.flaws(branches, Rule(name, value)) == {flaw}
    code, out, _, _ = sops(sealed, "yaml", "decrypt")
    assert code != 0 or _places(load_plain(out, "yaml")[0]) != _places(branches[0])


def _places(value, path=()) -> list[tuple]:
    """Each comment with the path of what it stands in."""
    found = []
    for item in value if isinstance(value, list) else ():
        comment = getattr(item, "key", item)
        if isinstance(comment, Comment):
            found.append((path, comment.text.strip()))
        elif isinstance(value, Branch):
            found += _places(item.value, (*path, comment))
        else:
            found += _places(item, path)
    return found


@pytest.mark.parametrize("fmt", FORMATS)
def test_sops_opens_what_we_encrypt(fmt, documents, people, sops, tree, blamed):
    def check(seed: int) -> str:
        data = documents.make(fmt, seed)
        plain = load_plain(data, fmt)
        written = encrypt(data, fmt, new_file(people, fmt, seed), NOW).data
        code, out, err, _ = sops(written, fmt, "decrypt")
        assert code == 0, (seed, err, data)
        assert decrypt(written, fmt, people.keys(0, 1)) == out, (seed, data)
        back = load_plain(out, fmt)
        assert tree.values(back) == tree.values(plain), (seed, data)
        found = Opened(written, fmt, people.keys(0, 1)).branches
        assert sorted(tree.comments(found)) == sorted(tree.comments(plain)), (seed, data)
        if tree.comments(back) != tree.comments(plain):
            return blamed(fmt, seed, sops_flaws.LOSING)
        return ""

    outcome = run_all(check)
    print(f"{fmt}: {dict(outcome)}")
    assert outcome[""] >= NUMBER * 0.9


@pytest.mark.parametrize("fmt", FORMATS)
def test_sops_rotates_ours_and_we_rotate_its(fmt, documents, people, sops, tree, blamed):
    def check(seed: int) -> str:
        data = documents.make(fmt, seed)
        plain = tree.values(load_plain(data, fmt))
        ours = encrypt(data, fmt, new_file(people, fmt, seed), NOW).data
        code, _, err, theirs = sops(ours, fmt, "rotate", "--in-place")
        assert code == 0, (seed, err, data)
        code, out, _, _ = sops(theirs, fmt, "decrypt")
        try:
            document = Opened(theirs, fmt, people.keys(0, 1))
        except SopsError:
            assert code != 0, (seed, data)
            return blamed(fmt, seed, sops_flaws.BREAKING)
        assert tree.values(document.branches) == plain, (seed, data)
        assert decrypt(theirs, fmt, people.keys(0, 1)) == out, (seed, data)
        again = document.rotated(LATER, add=[people.names[2]]).data
        code, out, err, _ = sops(again, fmt, "decrypt")
        assert code == 0, (seed, err, data)
        assert out == decrypt(again, fmt, people.keys(0, 1)), (seed, data)
        kept = sealed_texts(load_encrypted(theirs, fmt).branches)
        assert not kept & sealed_texts(load_encrypted(again, fmt).branches), (
            "a rotated value kept its ciphertext"
        )
        return ""

    outcome = run_all(check)
    print(f"{fmt}: {dict(outcome)}")
    assert outcome[""] >= NUMBER * 0.9


def sealed_texts(value) -> set[str]:
    found: set[str] = set()

    def collect(node) -> None:
        if isinstance(node, str):
            found.update([node] if node.startswith("ENC[") else [])
        elif isinstance(node, list):
            for child in node:
                collect(getattr(child, "value", child))

    collect(value)
    return found


@pytest.mark.parametrize("fmt", ["yaml", "json", "dotenv", "ini"])
def test_set_and_unset_as_sops_does(fmt, documents, people, sops, tree, blamed):
    def check(seed: int) -> str:
        data = documents.make(fmt, seed)
        ours = encrypt(data, fmt, new_file(people, fmt, seed), NOW).data
        plain = load_plain(data, fmt)[0]
        keys = [key for key, _ in plain.entries()]
        path: tuple[str, ...] = (keys[seed % len(keys)],)
        if fmt == "ini":
            section = plain.get(keys[-1])
            assert isinstance(section, Branch)
            path = (keys[-1], [key for key, _ in section.entries()][-1])
        place = treepath.show(path)
        problem = ""
        for command in ("set", "unset"):
            if command == "unset" and len(keys) < 2:
                continue
            extra = (place, '"new value"') if command == "set" else (place,)
            code, _, err, theirs = sops(ours, fmt, command, extra=extra)
            assert code == 0, (seed, err)
            document = Opened(ours, fmt, people.keys(0, 1))
            mine = (
                document.with_value(path, "new value", LATER)
                if command == "set"
                else document.without(path, LATER)
            )
            code, out, err, _ = sops(mine.data, fmt, "decrypt")
            assert code == 0, (seed, err, data)
            try:
                expected = load_plain(decrypt(theirs, fmt, people.keys(0, 1)), fmt)
            except SopsError:
                code, _, _, _ = sops(theirs, fmt, "decrypt")
                assert code != 0, (seed, data)
                problem = blamed(fmt, seed, sops_flaws.BREAKING)
                continue
            assert tree.values(load_plain(out, fmt)) == tree.values(expected), (seed, data)
        return problem

    outcome = run_all(check)
    print(f"{fmt}: {dict(outcome)}")
    assert outcome[""] >= NUMBER * 0.95


@pytest.mark.parametrize("fmt", FORMATS)
def test_updatekeys_both_ways(fmt, documents, people, sops, blamed):
    def check(seed: int) -> str:
        data = documents.make(fmt, seed)
        ours = encrypt(data, fmt, new_file(people, fmt, seed), NOW).data
        groups = [[people.names[1]], [people.names[2]]] if seed % 2 else [[people.names[0], people.names[2]]]
        changed = update_keys(ours, fmt, groups, 0, people.keys(0, 1))
        code, out, err, _ = sops(changed, fmt, "decrypt")
        assert code == 0, (seed, err, data)
        assert out == decrypt(ours, fmt, people.keys(0, 1))
        rules = {"creation_rules": [{"key_groups": [{"age": group} for group in groups]}]}
        code, _, err, theirs = sops(ours, fmt, "updatekeys", "--yes", config=rules)
        assert code == 0, (seed, err)
        found = load_encrypted(theirs, fmt).metadata
        mine = load_encrypted(changed, fmt).metadata
        assert (found.recipients(), found.mac) == (mine.recipients(), mine.mac)
        code, theirs_out, _, _ = sops(theirs, fmt, "decrypt")
        if code or theirs_out != out:
            # It prints the file anew, and a comment that moves is sealed for another place.
            return blamed(fmt, seed, sops_flaws.LOSING | sops_flaws.BREAKING)
        assert decrypt(theirs, fmt, people.keys(0, 1, 2)) == theirs_out
        return ""

    outcome = run_all(check)
    print(f"{fmt}: {dict(outcome)}")
    assert outcome[""] >= NUMBER * 0.9


@pytest.mark.parametrize("fmt", ["yaml", "json", "dotenv", "ini"])
def test_an_edit_of_what_sops_wrote_keeps_the_rest(fmt, documents, people, sops, tree, blamed):
    """Unchanged values keep their ciphertext, also where sops sealed them."""

    def check(seed: int) -> str:
        data = documents.make(fmt, seed)
        rules = {"creation_rules": [{"age": people.names[0], **rule_of(fmt, seed)}]}
        code, theirs, err, _ = sops(data, fmt, "encrypt", config=rules)
        assert code == 0, (seed, err, data)
        try:
            document = Opened(theirs, fmt, people.keys())
        except SopsError:
            code, _, _, _ = sops(theirs, fmt, "decrypt")
            assert code != 0, (seed, data)
            return blamed(fmt, seed, sops_flaws.BREAKING)
        branch = document.branches[0]
        last = [key for key, _ in branch.entries()][-1:]
        path = (*last, "new") if fmt == "ini" else ("brand-new",)
        written = document.with_value(path, "value", LATER).data
        before = sealed_texts(load_encrypted(theirs, fmt).branches)
        after = sealed_texts(load_encrypted(written, fmt).branches)
        lost = {text for text in before - after if not text.endswith("type:comment]")}
        assert not lost, (seed, data)
        code, _, err, _ = sops(written, fmt, "decrypt")
        assert code == 0, (seed, err, data)
        return ""

    outcome = run_all(check)
    print(f"{fmt}: {dict(outcome)}")
    assert outcome[""] >= NUMBER * 0.9
