"""The small parts: sealed values, times, shares, rules, metadata, flat keys, INI, dotenv, JSON texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.limits import DEFAULT
from cmp.sops import cipher, errors, gojson, shamir, times
from cmp.sops.document import Branch, Comment, Item, Time, format_float, is_sequence
from cmp.sops.flatten import flatten, unflatten
from cmp.sops.metadata import MasterKey, Metadata, from_branch, to_branch
from cmp.sops.rules import Rule
from cmp.sops.stores import dotenv, ini, json
from cmp.sops.stores.texts import plain_text

KEY = bytes(range(32))


@pytest.mark.parametrize(
    "value",
    ["text", 42, -1, 1.5, -0.0, 1e21, True, False, Time("2020-01-02T03:04:05Z"), Comment(" c"), "\udcff"],
)
def test_a_sealed_value_opens_at_its_place_only(value):
    text = cipher.seal_value(value, KEY, cipher.aad(["a", "b"]))
    assert cipher.looks_sealed(text)
    assert str(cipher.parse(text)) == text
    opened = cipher.open_value(text, KEY, b"a:b:")
    assert opened == value and type(opened) is type(value)
    for key, place in ((KEY, b"a:c:"), (bytes(32), b"a:b:")):
        with pytest.raises(errors.SealError):
            cipher.open_value(text, key, place)


def test_the_empty_text_needs_no_key():
    assert cipher.seal_value("", KEY, b"a:") == ""
    assert cipher.open_value("", KEY, b"a:") == ""


@pytest.mark.parametrize("size", [8, 12, 16, 32, 128])
def test_nonces_of_other_sizes_open(size):
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    out = AESGCM(KEY).encrypt(bytes(size), b"x", b"a:")
    assert cipher.open_value(str(cipher.Sealed(out[:-16], bytes(size), out[-16:], "str")), KEY, b"a:") == "x"


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "ENC[AES256_GCM,data:QQ==,iv:QQ==,tag:QQ==,type:str]",
        "ENC[AES256_GCM,data:QR==,iv:AAAAAAAAAAAAAAAA,tag:AAAAAAAAAAAAAAAAAAAAAA==,type:str]",
        "ENC[AES256_GCM,data:,iv:AAAA,tag:AAAA,type:str]",
        "ENC[AES256_GCM,data:QQ==,iv:AAAA,tag:AAAA]",
        "ENC[AES256_GCM,data:QQ==,iv:AAAA,tag:AAAA,type:str]\n",
        " ENC[AES256_GCM,data:QQ==,iv:AAAA,tag:AAAA,type:str]",
    ],
)
def test_malformed_sealed_values(text):
    with pytest.raises(errors.SealError):
        cipher.open_value(text, KEY, b"a:")


@pytest.mark.parametrize(
    ("word", "data"),
    [
        ("int", b"1.5"),
        ("int", b"9223372036854775808"),
        ("int", b"9" * 5000),
        ("float", b"qqq"),
        ("float", b"1e999"),
        ("bool", b"yes"),
        ("time", b"now"),
    ],
)
def test_cleartext_that_is_not_of_its_type_is_not_shown(word, data):
    with pytest.raises(errors.SealError) as caught:
        cipher.typed(data, word)
    assert data.decode() not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "value"),
    [(b"+Inf", float("inf")), (b"-Inf", float("-inf")), (b"1", 1.0), (b"-0", -0.0), (b".5", 0.5)],
)
def test_floats_as_upstream_writes_them(data, value):
    assert cipher.typed(data, "float") == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e21, "1" + "0" * 21),
        (1e-7, "0.0000001"),
        (1.0, "1"),
        (-0.0, "-0"),
        (123.456, "123.456"),
        (float("-inf"), "-Inf"),
    ],
)
def test_floats_are_hashed_without_exponent(value, text):
    assert format_float(value) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
        ("2020-01-02T03:04:05.120000000Z", "2020-01-02T03:04:05.12Z"),
        ("2020-01-02T03:04:05.1234567899+00:00", "2020-01-02T03:04:05.123456789Z"),
        ("2020-02-29T03:04:05-01:30", "2020-02-29T03:04:05-01:30"),
    ],
)
def test_times(text, canonical):
    assert times.parse_rfc3339(text) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2020-01-02",
        "2020-01-02T03:04:05",
        "2021-02-29T00:00:00Z",
        "2020-13-01T00:00:00Z",
        "2020-01-01T24:00:00Z",
    ],
)
def test_texts_that_are_no_time(text):
    with pytest.raises(times.TimeError):
        times.parse_rfc3339(text)


@given(st.binary(min_size=1, max_size=40), st.integers(2, 6), st.data())
def test_any_enough_shares_give_the_secret(secret, parts, data):
    threshold = data.draw(st.integers(2, parts))
    shares = shamir.split(secret, parts, threshold)
    chosen = data.draw(st.permutations(shares))[:threshold]
    assert shamir.combine(chosen) == secret
    assert shamir.combine(shares) == secret


def test_known_shares():
    # 3x + 0x42 at 1, 2 and 3 over GF(2^8).
    assert shamir.combine([bytes([0x41, 1]), bytes([0x44, 2])]) == b"\x42"


@pytest.mark.parametrize(
    "shares",
    [[], [b"a\x01"], [b"a\x01", b"b\x01"], [b"a\x01", b"bc\x02"], [b"\x01", b"\x02"], [b"a\x00", b"b\x01"]],
)
def test_shares_that_cannot_be_joined(shares):
    with pytest.raises(errors.DataKeyError):
        shamir.combine(shares)


@pytest.mark.parametrize(
    ("name", "value", "path", "encrypted"),
    [
        ("unencrypted_suffix", "_unencrypted", ("a",), True),
        ("unencrypted_suffix", "_unencrypted", ("a_unencrypted", "b"), False),
        ("unencrypted_suffix", "_unencrypted", (), True),
        ("encrypted_suffix", "_enc", ("a", "b_enc"), True),
        ("encrypted_suffix", "_enc", (), False),
        ("encrypted_regex", "^(data|stringData)$", ("data", "x"), True),
        ("encrypted_regex", "^(data|stringData)$", ("metadata",), False),
        ("encrypted_regex", "^data$", ("data\n",), False),
        ("encrypted_regex", "[[:upper:]]", ("aB",), True),
        ("encrypted_regex", r"\pL", ("é",), True),
        ("unencrypted_regex", "^(kind|apiVersion)$", ("kind",), False),
        ("unencrypted_regex", "x", ("\udcff",), True),
    ],
)
def test_rules_by_path(name, value, path, encrypted):
    assert Rule(name, value).encrypts(path) is encrypted


@pytest.mark.parametrize(
    ("name", "comments", "is_comment", "encrypted"),
    [
        ("encrypted_comment_regex", [[], ["enc"]], False, True),
        ("encrypted_comment_regex", [["enc"], []], False, True),
        ("encrypted_comment_regex", [["enc"]], True, False),
        ("encrypted_comment_regex", [["enc", "more"]], True, True),
        ("encrypted_comment_regex", [["other"]], False, False),
        ("unencrypted_comment_regex", [["enc"]], False, False),
        ("unencrypted_comment_regex", [["enc"]], True, False),
        ("unencrypted_comment_regex", [["other"]], True, True),
    ],
)
def test_rules_by_comment(name, comments, is_comment, encrypted):
    assert Rule(name, "enc").encrypts(("a",), comments, is_comment) is encrypted


@pytest.mark.parametrize("pattern", ["(", "a{2000}", "(?=x)", r"\1", "[z-a]"])
def test_a_regex_that_re2_refuses_is_refused(pattern):
    with pytest.raises(errors.MetadataError):
        Rule("encrypted_regex", pattern)


def _metadata(**more):
    entries = {
        "age": [Branch([Item("recipient", "age1x"), Item("enc", "e")])],
        "lastmodified": "2020-01-01T00:00:00Z",
        "mac": "m",
        "version": "3.9.0",
        **more,
    }
    return Branch(Item(key, value) for key, value in entries.items())


@pytest.mark.parametrize(
    ("more", "name", "value"),
    [
        ({}, "rule", "unencrypted_suffix"),
        ({}, "rule_value", "_unencrypted"),
        ({"encrypted_regex": "x"}, "rule", "encrypted_regex"),
        ({"encrypted_regex": "x", "unencrypted_suffix": ""}, "rule_value", "x"),
        ({"mac_only_encrypted": "true"}, "mac_only_encrypted", True),
        ({"shamir_threshold": "2"}, "shamir_threshold", 2),
        ({"shamir_threshold": "2.000000"}, "shamir_threshold", 2),
        ({"shamir_threshold": 2.0}, "shamir_threshold", 2),
        ({"version": 3.7}, "version", "3.7"),
        ({"version": None}, "version", ""),
        ({"lastmodified": Time("2020-01-01T00:00:00Z")}, "last_modified", "2020-01-01T00:00:00Z"),
        ({"lastmodified": "2020-01-01T00:00:00.5+00:00"}, "last_modified", "2020-01-01T00:00:00Z"),
        ({"pgp": [], "kms": None, "unknown": 1}, "mac", "m"),
    ],
)
def test_metadata_of_all_versions(more, name, value):
    assert getattr(from_branch(_metadata(**more)), name) == value


@pytest.mark.parametrize(
    "more",
    [
        {"age": []},
        {"age": "x"},
        {"age": ["x"]},
        {"lastmodified": None},
        {"lastmodified": "yesterday"},
        {"encrypted_regex": "a", "encrypted_suffix": "b"},
        {"mac_only_encrypted": "maybe"},
        {"shamir_threshold": "two"},
        {"mac": []},
    ],
)
def test_metadata_that_cannot_be_used(more):
    with pytest.raises(errors.MetadataError):
        from_branch(_metadata(**more))


def test_flat_lists_come_before_groups_and_groups_hold_every_type():
    group = Branch(
        [Item("pgp", [Branch([Item("fp", "F")])]), Item("age", [Branch([Item("recipient", "r")])])]
    )
    grouped = from_branch(_metadata(age=None, key_groups=[group, group]))
    assert [[key.type for key in keys] for keys in grouped.key_groups] == [["pgp", "age"]] * 2
    assert grouped.key_types() == ["pgp", "age"]
    assert len(from_branch(_metadata(key_groups=[group])).key_groups) == 1


def test_metadata_print_as_the_newest_version_does():
    keys = [MasterKey("pgp", {"fp": "F", "enc": "E", "created_at": "t"}), MasterKey.age("r", "e")]
    one = Metadata([keys], "t", "m", version="v")
    assert [key for key, _ in to_branch(one).entries()] == [
        "age", "lastmodified", "mac", "pgp", "unencrypted_suffix", "version",
    ]  # fmt: skip
    two = to_branch(Metadata([keys[:1], keys[1:]], "t", "m", version="v", shamir_threshold=2))
    groups = two.get("key_groups")
    assert is_sequence(groups)
    assert [[key for key, _ in group.entries()] for group in groups if isinstance(group, Branch)] == [
        ["age", "hc_vault", "pgp"],
        ["age", "hc_vault"],
    ]


def test_metadata_survive_their_flat_form():
    tree = to_branch(
        Metadata(
            [[MasterKey.age("r", "e\nf")], [MasterKey.age("s", "g")]],
            "2020-01-01T00:00:00Z",
            "m",
            version="v",
        )
    )
    flat = flatten(tree, "sops_")
    assert flat.get("sops_key_groups__list_1__map_age__list_0__map_recipient") == "s"
    back = unflatten(Branch(Item(key[5:], value) for key, value in flat.entries()))
    assert from_branch(back).recipients() == ["r", "s"]


@pytest.mark.parametrize(
    "keys",
    [
        ["a", "a"],
        ["a", "a__map_b"],
        ["a__list_0", "a__map_b"],
        ["a__list_1"],
        ["a__list_x"],
        ["a__list_9999999"],
        ["a" + "__list_0__map_a" * 20_000],
    ],
)
def test_flat_keys_that_cannot_be_used(keys):
    with pytest.raises(errors.MetadataError):
        unflatten(Branch(Item(key, "x") for key in keys))


def test_dotenv_is_taken_literally():
    text = b'#c\n\nA=1\nB =" x"\nC=a\\nb\nexport D=e=f\nZ=\xff\r\n'
    (branch,) = dotenv.STORE.load(text, DEFAULT)
    assert list(branch.entries()) == [
        ("A", "1"),
        ("B ", '" x"'),
        ("C", "a\nb"),
        ("export D", "e=f"),
        ("Z", "\udcff\r"),
    ]
    assert dotenv.STORE.emit([branch]) == text.replace(b"\n\n", b"\n")


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("a=1\n[s]\nb=2\n", {"DEFAULT": {"a": "1"}, "s": {"b": "2"}}),
        (
            'a = \'q\'\nb = "q"\nc = `q # r`\nd = """x\ny"""\n',
            {"DEFAULT": {"a": "q", "b": "q", "c": "q # r", "d": "x\ny"}},
        ),
        ("a = x \\\n  y\nb = z\n", {"DEFAULT": {"a": "x y", "b": "z"}}),
        ("a = x # c\nb : y\n`c=d` = e\n", {"DEFAULT": {"a": "x", "b": "y", "c=d": "e"}}),
        ("- = x\n- = y\n", {"DEFAULT": {"#1": "x", "#2": "y"}}),
        ("a = 1\na = 2\n", {"DEFAULT": {"a": "2"}}),
        ("\ufeffa = 1\r\n", {"DEFAULT": {"a": "1"}}),
    ],
)
def test_ini_as_go_reads_it(text, entries):
    (branch,) = ini.STORE.load(text.encode(), DEFAULT)
    sections = {key: value for key, value in branch.entries() if isinstance(value, Branch)}
    assert {key: dict(value.entries()) for key, value in sections.items()} == entries


def test_ini_as_go_writes_it():
    section = Branch(
        [
            Item(Comment("above")),
            Item("a", "1"),
            Item(Comment("behind")),
            Item("long:name", " x "),
            Item("c`", "a\nb"),
            Item("d", "x;y"),
            Item("e", ""),
        ]
    )
    text = ini.STORE.emit([Branch([Item("DEFAULT", Branch()), Item("s", section), Item("t", Branch())])])
    assert text.decode() == (
        '; above\n[s]\n; behind\na           = 1\n`long:name` = " x "\n"""c`"""    = """a\nb"""\n'
        "d           = `x;y`\ne           = \n\n[t]\n"
    )


@pytest.mark.parametrize("text", ["[s\n", "[]\n", "x\n", "=1\n", "`a=1\n", "a = `x\n", "``=x\n", '"a=1\n'])
def test_ini_that_is_refused(text):
    with pytest.raises(errors.ParseError):
        ini.STORE.load(text.encode(), DEFAULT)


@pytest.mark.parametrize("branch", [Branch([Item("a", "x")]), Branch([Item("s", Branch([Item("a", [])]))])])
def test_ini_holds_sections_of_values_only(branch):
    with pytest.raises(errors.EmitError):
        ini.STORE.emit([branch])


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ('{"a": [], "b": {}, "a": [1, {"c": null}]}',
         '{\n\t"a": [],\n\t"b": {},\n\t"a": [\n\t\t1,\n\t\t{\n\t\t\t"c": null\n\t\t}\n\t]\n}\n'),
        ('{"a": "<&>\\u2028\\u0001\\ud800/"}', '{\n\t"a": "\\u003c\\u0026\\u003e\\u2028\\u0001\ufffd/"\n}\n'),
        ('{"a": [1.0, 1e3, 1e21, 1e-7, -0, 9007199254740993, 18446744073709551616]}',
         '{\n\t"a": [\n\t\t1,\n\t\t1000,\n\t\t1e+21,\n\t\t1e-7,\n\t\t0,\n\t\t9007199254740993,\n'
         '\t\t18446744073709552000\n\t]\n}\n'),
    ],
)  # fmt: skip
def test_json_as_go_prints_it(text, out):
    assert json.STORE.emit(json.STORE.load(text.encode(), DEFAULT)).decode() == out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1",
        '{"a": 1} x',
        '{"a": 1,}',
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": "\n"}',
        '{"a": ' + "[" * 3000,
        "{1: 2}",
    ],
)
def test_json_that_is_refused(text):
    with pytest.raises(errors.ParseError) as caught:
        json.STORE.load(text.encode(), DEFAULT)
    assert caught.value.__cause__ is None  # Python's own error carries the document


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-7, "1e-7"), (1.5e-10, "1.5e-10"), (1e21, "1e+21"), (1e20, "1" + "0" * 20), (-0.0, "-0")],
)
def test_json_numbers(value, text):
    assert gojson.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (7, "7"),
        (1.0, "1.0"),
        (1e6, "1E+06"),
        (1.5, "1.5"),
        (Time("2020-01-01T00:00:00.5Z"), "2020-01-01T00:00:00Z"),
    ],
)
def test_values_as_plain_text(value, text):
    assert plain_text(value) == text
