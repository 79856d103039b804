"""`.sops.yaml`: what it may say, which rule a file gets, what is refused."""

from __future__ import annotations

import pytest

from cmp.sops.config import ConfigError, CreationRule, KeyGroup, SopsConfig, parse

RULES = b"""
creation_rules:
- path_regex: secrets/.*\\.yaml$
  age: "age1a, age1b,"
  encrypted_regex: ^(data|stringData)$
  mac_only_encrypted: true
- path_regex: ^groups/
  key_groups:
  - merge:
    - age: [age1c]
    - age: [age1d, "age1e,age1f"]
    age: [age1c, age1g]
  - pgp: [ABCD]
    age: [age1h]
    kms: [{arn: "arn:aws:kms"}]
  shamir_threshold: 2
- age: [age1z]
  unencrypted_suffix: _plain
destination_rules: [{path_regex: x}]
stores:
  yaml: {indent: 2}
  json: {indent: 4}
  json_binary: {indent: 0}
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "overlays/secrets/a.yaml",
            CreationRule(
                (KeyGroup(("age1a", "age1b")),),
                "secrets/.*\\.yaml$",
                0,
                ("encrypted_regex", "^(data|stringData)$"),
                True,
            ),
        ),
        (
            "groups/x",
            CreationRule(
                (
                    KeyGroup(("age1c", "age1d", "age1e", "age1f", "age1g")),
                    KeyGroup(("age1h",), ("kms", "pgp")),
                ),
                "^groups/",
                2,
            ),
        ),
        ("else", CreationRule((KeyGroup(("age1z",)),), "", 0, ("unencrypted_suffix", "_plain"))),
        ("secrets/a.yaml\n", CreationRule((KeyGroup(("age1z",)),), "", 0, ("unencrypted_suffix", "_plain"))),
    ],
)
def test_first_rule_that_matches(path, expected):
    assert parse(RULES).rule_for(path) == expected


def test_indents():
    assert parse(RULES).indents == {"yaml": 2, "json": 4, "binary": 0}
    assert parse(b"stores: {yaml: {indent: 0}, json: {indent: -1}}").indents == {}
    assert parse(b"").indents == {}


@pytest.mark.parametrize("data", [b"", b"{}", b"# nothing\n", b"stores: {}\n", b"creation_rules: null\n"])
def test_no_rules(data):
    assert parse(data).rules is None


def test_no_rule_matches():
    with pytest.raises(ConfigError, match="no creation rule"):
        parse(b"creation_rules: [{path_regex: ^x$, age: a}]").rule_for("y")
    with pytest.raises(ConfigError):
        SopsConfig(()).rule_for("y")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"[", "not valid YAML"),
        (b"- a", "expected a mapping, found a list"),
        (b"creation_rules: {}", "expected a list, found a mapping"),
        (b"creation_rules: [a]", "expected a mapping, found a string"),
        (b"creation_rules: [{encrypted_regexp: x}]", "'encrypted_regexp' is not a setting"),
        (b"creation_rules: [{key_groups: [{pgpp: [x]}]}]", "'pgpp' is not a setting"),
        (b"creation_rules: [{encrypted_regex: a, encrypted_suffix: b}]", "takes one of them"),
        (b"creation_rules: [{encrypted_regex: (}]", "regular expression"),
        (b"creation_rules: [{path_regex: '['}]", "regular expression"),
        (b"creation_rules: [{age: {a: b}}]", "expected a list, found a mapping"),
        (b"creation_rules: [{age: [[a]]}]", "expected a string, found a list"),
        (b"creation_rules: [{shamir_threshold: two}]", "expected a whole number, found a string"),
        (b"creation_rules: [{mac_only_encrypted: 1}]", "expected true or false, found a number"),
        (b"creation_rules: [{path_regex: [a]}]", "expected a string, found a list"),
        (b"stores: {yaml: {indent: -1}}", "negative"),
        (b"stores: {json: {indent: -2}}", "negative"),
        (b"creation_rules: [{key_groups: [" + b"{merge: [" * 30 + b"]}" * 30 + b"]}]", "too deeply"),
    ],
)
def test_refused(data, says):
    with pytest.raises(ConfigError, match=says):
        parse(data)


def test_the_nearest_setting_is_named():
    with pytest.raises(ConfigError) as caught:
        parse(b"creation_rules: [{encypted_regex: x}]")
    assert "encrypted_regex" in caught.value.hint
    assert caught.value.where.field == "creation_rules[0]"
    assert (caught.value.where.line, caught.value.where.column) == (1, 19)


def test_an_error_says_where_the_setting_stands():
    with pytest.raises(ConfigError) as caught:
        parse(b"stores:\n  yaml:\n    indent: two\n")
    where = caught.value.where
    assert (where.field, where.line, where.column) == ("stores.yaml.indent", 3, 5)
