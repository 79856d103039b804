"""Writing without the real sops: round trips, kept ciphertexts, refusals, and what a result must prove."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tries import examples

from cmp import age
from cmp.sops import decrypt, stores
from cmp.sops.document import Branch, Comment, Item
from cmp.sops.errors import DataKeyError, EmitError, MetadataError, SealError, SopsError
from cmp.sops.keys import FixedDataKey, KeySource
from cmp.sops.metadata import RULES
from cmp.sops.rules import Rule
from cmp.sops.stores import load_encrypted, load_plain
from cmp.sops.write import printing
from cmp.sops.write.document import NewFile, Opened, encrypt, update_keys
from cmp.sops.write.seal import Sealer, Stash
from cmp.sops.write.wrap import age_groups, wrap

if TYPE_CHECKING:
    from cmp.sops.document import Value

NOW, LATER = "2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z"
FORMATS = ("yaml", "json", "dotenv", "ini", "binary")


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("seed", range(12))
def test_encrypt_then_decrypt(fmt, seed, documents, people, tree):
    data = documents.make(fmt, seed)
    written = encrypt(data, fmt, people.new, NOW)
    found = load_encrypted(written.data, fmt).metadata
    assert (found.last_modified, found.recipients()) == (NOW, [people.names[0]])
    plain = load_plain(decrypt(written.data, fmt, people.keys()), fmt)
    assert tree.values(plain) == tree.values(load_plain(data, fmt))
    assert tree.comments(plain) == tree.comments(load_plain(data, fmt))


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("seed", range(6))
def test_an_edit_that_changes_nothing_keeps_all_ciphertexts(fmt, seed, documents, people):
    first = encrypt(documents.make(fmt, seed), fmt, people.new, NOW).data
    document = Opened(first, fmt, people.keys())
    second = document.with_text(document.text(), LATER).data
    values = [[*_sealed(branch)] for branch in load_encrypted(first, fmt).branches]
    assert values == [[*_sealed(branch)] for branch in load_encrypted(second, fmt).branches]


def _sealed(value):
    if isinstance(value, Branch):
        for item in value:
            yield from _sealed(item.value)
    elif isinstance(value, list):
        for child in value:
            yield from _sealed(child)
    elif not isinstance(value, Comment):
        yield value


def test_the_text_for_an_editor_has_the_layout_of_the_file(people):
    text = b"# top\na:   'x'   # one\n\nb:\n- \"y\"\n\n- |\n      z\n# end\n"
    written = encrypt(text, "yaml", people.new, NOW).data
    assert Opened(written, "yaml", people.keys()).text() == text


def test_other_encodings_and_line_ends_are_printed_anew(people, tree):
    for data in ("a: x\nb: é\n".encode("utf-16"), b"a: x\r\nb: y # z\r\n"):
        written = encrypt(data, "yaml", people.new, NOW).data
        plain = load_plain(decrypt(written, "yaml", people.keys()), "yaml")
        assert tree.values(plain) == tree.values(load_plain(data, "yaml"))


@pytest.mark.parametrize("name", RULES)
def test_every_rule(name, people):
    value = {"suffix": "_x", "regex": "_x$"}.get(name.rpartition("_")[2], "mark")
    if "comment" in name:
        value = "mark"
    data = b"# mark\na_x: one\nb: two\n"
    written = encrypt(data, "yaml", NewFile(((people.names[0],),), (name, value)), NOW).data
    sealed = [
        key
        for key, text in load_encrypted(written, "yaml").branches[0].entries()
        if str(text).startswith("ENC[")
    ]
    assert sealed == (["b"] if name.startswith("un") else ["a_x"])
    assert decrypt(written, "yaml", people.keys()) == data


def test_mac_only_encrypted_lets_plain_values_change(people):
    new = NewFile(((people.names[0],),), ("encrypted_regex", "^a$"), 0, True)
    written = encrypt(b"a: one\nb: two\n", "yaml", new, NOW).data
    assert b"a: one" in decrypt(written.replace(b"b: two", b"b: three"), "yaml", people.keys())
    strict = encrypt(b"a: one\nb: two\n", "yaml", new._replace(mac_only_encrypted=False), NOW).data
    with pytest.raises(Exception, match="MAC"):
        decrypt(strict.replace(b"b: two", b"b: three"), "yaml", people.keys())


def test_a_binary_file_is_encrypted_whole_whatever_the_rule(people):
    new = NewFile(((people.names[0],),), ("encrypted_regex", "^never$"), 0, True)
    written = encrypt(b"\x00\xff", "binary", new, NOW)
    assert written.sealed == 1
    assert decrypt(written.data, "binary", people.keys()) == b"\x00\xff"


@pytest.mark.parametrize(
    ("data", "fmt", "error"),
    [
        (b"sops: {a: 1}\n", "yaml", SopsError),
        (b"a: 1\n---\nsops: x\n", "yaml", SopsError),
        (b"sops_mac=x\n", "dotenv", SopsError),
        (b'{"sops": 1}', "json", SopsError),
        (b"", "yaml", EmitError),
        (b"a_unencrypted: ENC[AES256_GCM,data:x\n", "yaml", EmitError),
        (b'{"a_unencrypted": -0.0, "b": 1}', "json", EmitError),
    ],
)
def test_refused(data, fmt, error, people):
    with pytest.raises(error):
        encrypt(data, fmt, people.new, NOW)


def test_a_comment_rule_that_matches_sealed_comments_is_refused(people):
    new = NewFile(((people.names[0],),), ("unencrypted_comment_regex", "ENC"))
    with pytest.raises(EmitError, match="comment rule"):
        encrypt(b"# note\na: 1\n", "yaml", new, NOW)


def test_a_rule_that_does_not_compile_is_refused(people):
    with pytest.raises(MetadataError):
        encrypt(b"a: 1\n", "yaml", NewFile(((people.names[0],),), ("encrypted_regex", "(")), NOW)


def test_a_result_that_does_not_prove_itself_is_not_returned(people, monkeypatch):
    """A printer that loses a value, whatever the reason, stops the write."""
    real = stores.emit_encrypted

    def lossy(tree, fmt, indent=None):
        return real(tree, fmt, indent).replace(b"keep", b"lost")

    monkeypatch.setattr(printing, "emit_encrypted", lossy)
    with pytest.raises(EmitError):
        encrypt(b'{"keep": "x", "b": 1}', "json", people.new, NOW)


_LEAVES = (
    st.text(max_size=20)
    | st.integers(-(2**63), 2**63 - 1)
    # SOPS prints -0.0 as -0, which is an integer then.
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: str(number) != "-0.0")
    | st.booleans()
    | st.none()
)
_TREES = st.dictionaries(
    st.text(min_size=1, max_size=8).filter(lambda key: key != "sops" and not key.endswith("_unencrypted")),
    st.recursive(
        _LEAVES,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.text(max_size=8).filter(lambda key: not key.endswith("_unencrypted")), inner, max_size=3
            )
        ),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)


@examples(150, suppress_health_check=list(HealthCheck))
@given(_TREES)
def test_any_json_document_reads_back(people, tree, value):
    """Through JSON and, as JSON is YAML, through the YAML store too."""
    data = json.dumps(value).encode()
    for fmt in ("json", "yaml"):
        try:
            plain = load_plain(data, fmt)
        except SopsError:
            continue
        written = encrypt(data, fmt, people.new, NOW).data
        back = load_plain(decrypt(written, fmt, people.keys()), fmt)
        assert tree.values(back) == tree.values(plain)
        assert tree.values(Opened(written, fmt, people.keys()).branches) == tree.values(plain)


# Keys.


def test_key_groups_need_their_threshold(people):
    groups = tuple((name,) for name in people.names)
    data = encrypt(b"a: x\n", "yaml", NewFile(groups, None, 2), NOW).data
    for pair in ((0, 1), (1, 2), (0, 2)):
        assert decrypt(data, "yaml", people.keys(*pair)) == b"a: x\n"
    with pytest.raises(DataKeyError):
        decrypt(data, "yaml", people.keys(1))


@pytest.mark.parametrize(
    ("groups", "threshold"),
    [((), 0), (((),), 0), ((("x",), ()), 0), ((("a",), ("b",)), 1), ((("a",), ("b",)), 3)],
)
def test_impossible_groups(groups, threshold):
    with pytest.raises(EmitError):
        wrap(groups, threshold, bytes(32))


def test_recipients_are_parsed_strictly(people):
    with pytest.raises(age.InvalidKeyError):
        wrap((("nobody",),), 0, bytes(32))
    assert wrap(((people.names[0],),), 5, bytes(32))[1] == 0


def test_update_keys_changes_nothing_but_the_keys(people):
    first = encrypt(b"a: 'x' # y\n", "yaml", people.new, NOW).data
    second = update_keys(first, "yaml", [[people.names[0], people.names[1]]], 0, people.keys())
    assert decrypt(second, "yaml", people.keys(1)) == decrypt(first, "yaml", people.keys())
    before, after = load_encrypted(first, "yaml"), load_encrypted(second, "yaml")
    assert before.branches == after.branches
    assert (before.metadata.mac, before.metadata.last_modified) == (
        after.metadata.mac,
        after.metadata.last_modified,
    )
    assert before.metadata.key_groups[0][0].enc == after.metadata.key_groups[0][0].enc
    third = update_keys(second, "yaml", [[people.names[1]], [people.names[2]]], 0, people.keys())
    assert decrypt(third, "yaml", people.keys(1, 2))
    with pytest.raises(DataKeyError):
        decrypt(third, "yaml", people.keys(0))


def test_rotation_gives_a_new_data_key(people):
    first = encrypt(b"a: x\nb: ''\n", "yaml", people.new, NOW).data
    document = Opened(first, "yaml", people.keys())
    old_key = document.key
    second = document.rotated(LATER, add=people.names[1:2], remove=people.names[:1]).data
    with pytest.raises(SealError):
        decrypt(second, "yaml", FixedDataKey(old_key))
    with pytest.raises(DataKeyError):
        decrypt(second, "yaml", people.keys(0))
    assert decrypt(second, "yaml", people.keys(1)) == b'a: x\nb: ""\n'
    with pytest.raises(EmitError, match="no recipient"):
        Opened(second, "yaml", people.keys(1)).rotated(LATER, remove=["age1stranger"])
    with pytest.raises(EmitError, match="without a recipient"):
        Opened(second, "yaml", people.keys(1)).rotated(LATER, remove=people.names[1:2])


def test_keys_of_other_types_are_not_dropped_silently(people):
    text = encrypt(b'{"a": "x"}', "json", people.new, NOW).data
    with_pgp = text.replace(b'"age": [', b'"pgp": [{"created_at": "", "enc": "x", "fp": "AB"}], "age": [', 1)
    metadata = load_encrypted(with_pgp, "json").metadata
    with pytest.raises(EmitError, match="PGP"):
        age_groups(metadata)
    with pytest.raises(EmitError, match="PGP"):
        Opened(with_pgp, "json", people.keys()).rotated(LATER)


# Single values.


def test_set_and_unset(people):
    data = encrypt(b"a: x\nb:\n  c: 1\n", "yaml", people.new, NOW).data
    with_value = Opened(data, "yaml", people.keys()).with_value(("b", "d"), "new", LATER).data
    assert decrypt(with_value, "yaml", people.keys()) == b"a: x\nb:\n    c: 1\n    d: new\n"
    assert load_encrypted(with_value, "yaml").branches[0].get("a") == load_encrypted(data, "yaml").branches[
        0
    ].get("a")
    without = Opened(with_value, "yaml", people.keys()).without(("a",), LATER).data
    assert decrypt(without, "yaml", people.keys()) == b"b:\n    c: 1\n    d: new\n"


@pytest.mark.parametrize(
    ("version", "kept"),
    [("3.7.1", "3.13.3"), ("", "3.13.3"), ("4.0.0", "4.0.0"), ("3.13.3", "3.13.3"), ("x", "3.13.3")],
)
def test_the_version_never_goes_back(version, kept, people):
    data = encrypt(b"a: x\n", "yaml", people.new, NOW).data.replace(
        b"version: 3.13.3", f"version: '{version}'".encode()
    )
    written = Opened(data, "yaml", people.keys()).with_value(("a",), "y", LATER).data
    assert load_encrypted(written, "yaml").metadata.version == kept


def test_the_stash_gives_each_text_once():
    rule = Rule("unencrypted_suffix", "_unencrypted")
    texts: list[Value] = ["same", "same", "other"]
    plain = [Branch([Item("list", texts)])]
    first = Sealer(rule, bytes(32), False).seal(plain)
    stash = Stash.of(first, plain)
    again = Sealer(rule, bytes(32), False, stash.copy()).seal(plain)
    assert again == first
    texts.append("same")
    longer = Sealer(rule, bytes(32), False, stash).seal(plain)
    sealed = longer[0][0].value
    assert isinstance(sealed, list)
    assert sealed[:3] == first[0][0].value
    assert len({str(each) for each in sealed}) == 4, "a third equal value gets a nonce of its own"


def test_two_hundred_files_cost_one_unwrap_each(people, monkeypatch):
    from cmp.age import x25519

    new = NewFile(((*people.names,),))
    files = [encrypt(b"a: %d\n" % number, "yaml", new, NOW).data for number in range(200)]
    calls = {"exchange": 0, "private_key": 0}
    for name in calls:
        real = getattr(x25519, name)

        def counted(*args, name=name, real=real):
            calls[name] += 1
            return real(*args)

        monkeypatch.setattr(x25519, name, counted)
    keys = KeySource(lambda: [age.X25519Identity(bytes([3] * 32))], "the tests' key")
    for data in files:
        decrypt(data, "yaml", keys)
    # One exchange per file, though every file has three recipients; the key is parsed once.
    assert calls == {"exchange": 200, "private_key": 1}
