"""Whole documents: files of the real program, every way to tamper with one, every type in every store."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tries import examples

from cmp.age import X25519Identity
from cmp.errors import CmpError
from cmp.sops import decrypt, detect, errors
from cmp.sops.decryption import decrypt_branches
from cmp.sops.document import Branch, Comment, Item, Time, to_bytes
from cmp.sops.formats import FORMATS
from cmp.sops.keys import FixedDataKey, KeySource
from cmp.sops.stores import emit_plain, load_plain

KEY = bytes(range(32))
SECRET = "hunter2"  # planted, to be searched for


def _valid(folder):
    return sorted(path for path in (folder / "valid").iterdir() if path.suffix != ".plain")


def test_files_of_the_real_program(data_folder, keys):
    files = _valid(data_folder)
    assert len(files) == 15
    for path in files:
        data = path.read_bytes()
        found = detect(data, path.name)
        assert found is not None, path.name
        assert decrypt(data, found, keys, file=path.name) == path.with_name(path.name + ".plain").read_bytes()


def test_detection_by_content_alone(data_folder, keys):
    for path in _valid(data_folder):
        data = path.read_bytes()
        named, unnamed = detect(data, path.name), detect(data, "secret.enc")
        assert unnamed == named, path.name


@pytest.mark.parametrize("fmt", FORMATS)
def test_plain_files_are_no_sops_files(fmt, data_folder):
    for path in sorted((data_folder / "valid").glob("*.plain")):
        assert detect(path.read_bytes(), f"a.{fmt}") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sops mac lastmodified",
        "kind: ConfigMap\ndata:\n  file: |\n    sops:\n      mac: x\n      lastmodified: y\n",
        "sops: true\nmac: 1\n",
        "sops:\n  version: 3\nmacro: 1\n",
        '{"sops": "mac"}',
        '{"sops": {"macs": 1}}',
        "# sops_mac=\nA=sops_mac\n",
        "[other]\nsops = mac\n",
        "not: [valid sops: mac",
    ],
)
def test_words_alone_make_no_sops_file(text):
    for name in ("a.yaml", "a.json", "a.env", "a.ini", "a.txt", "a"):
        assert detect(text.encode(), name) is None


def test_a_stream_in_which_only_some_documents_are_encrypted_is_refused(data_folder, keys):
    data = (data_folder / "valid" / "stream.yaml").read_bytes()
    plain = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
    for mixed in (data + b"---\n" + plain, plain + b"---\n" + data):
        with pytest.raises(errors.MetadataError, match="document"):
            detect(mixed, "a.yaml")
        with pytest.raises(errors.MetadataError):
            decrypt(mixed, "yaml", keys)


def test_a_document_that_is_indented_as_a_whole_is_found(data_folder, keys):
    data = (data_folder / "valid" / "mac-only.yaml").read_bytes()
    first = data.split(b"\n---\n")[0] + b"\n"
    indented = b"".join(b"  " + line for line in first.splitlines(keepends=True))
    found = detect(indented, "a.yaml")
    assert found is not None and found.name == "yaml"


# What is done to types.yaml, and what must come of it.
TAMPERING = {
    "mac gone": (rb"\n    mac: .*", b"", errors.MacError),
    "mac empty": (rb"mac: .*", b'mac: ""', errors.MacError),
    "mac plain": (rb"mac: .*", b"mac: x", errors.MacError),
    "mac replayed": (rb"lastmodified: .*", b'lastmodified: "2020-01-01T00:00:00Z"', errors.MacError),
    "value gone": (rb"\nnumber: .*", b"", errors.MacError),
    "value emptied": (rb"\nnumber: .*", b'\nnumber: ""', errors.MacError),
    "value nulled": (rb"\nnumber: .*", b"\nnumber: null", errors.MacError),
    "value plain": (rb"\nnumber: .*", b"\nnumber: secret", errors.SealError),
    "number plain": (rb"\nnumber: .*", b"\nnumber: 42", errors.SealError),
    "key renamed": (rb"\nnumber:", b"\nnumbers:", errors.SealError),
    "two rules": (rb"\n    mac:", b"\n    encrypted_regex: x\n    mac:", errors.MetadataError),
    "rule emptied": (rb"unencrypted_suffix: _unencrypted", b"encrypted_regex: ^nothing$", errors.MacError),
    "regex broken": (rb"unencrypted_suffix: _unencrypted", b"encrypted_regex: (", errors.MetadataError),
    "no keys": (rb"\n    age:\n(?:        .*\n)+", b"\n", errors.MetadataError),
    "no time": (rb"\n    lastmodified: .*", b"", errors.MetadataError),
    "mac-only switched on": (rb"\n    mac:", b"\n    mac_only_encrypted: true\n    mac:", errors.MacError),
    "type unknown": (rb"type:int", b"type:nope", errors.SealError),
    "type bytes": (rb"type:int", b"type:bytes", errors.SealError),
    "type comment": (rb"type:int", b"type:comment", errors.SealError),
    "text as int": (rb"(text: ENC.*)type:str", rb"\1type:int", errors.SealError),
    "text as time": (rb"(text: ENC.*)type:str", rb"\1type:time", errors.SealError),
    "text as bool": (rb"(text: ENC.*)type:str", rb"\1type:bool", errors.SealError),
    "text as float": (rb"(text: ENC.*)type:str", rb"\1type:float", errors.SealError),
    "tag short": (rb"(text: ENC.*,tag:)[^=]*==", rb"\1AAAA", errors.SealError),
    "base64 broken": (rb"(text: ENC.*,data:)", rb"\1*", errors.SealError),
    "text behind": (rb"(text: ENC.*\])", rb"\1x", errors.SealError),
    "data key broken": (rb"-----END AGE ENCRYPTED FILE-----", b"", errors.DataKeyError),
    "duplicate key": (rb"\nnumber:", b"\nwhole: 1\nnumber:", errors.ParseError),
    "sops twice": (rb"\nnumber:", b"\nsops: {}\nnumber:", errors.ParseError),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering(what, data_folder, keys):
    pattern, new, expected = TAMPERING[what]
    data = (data_folder / "valid" / "types.yaml").read_bytes()
    changed, count = re.subn(pattern, new, data, count=1)
    assert count == 1
    with pytest.raises(expected) as caught:
        decrypt(changed, "yaml", keys, file="dir/types.yaml")
    assert str(caught.value).startswith("dir/types.yaml")
    _leaks_nothing(caught.value)


def _leaks_nothing(error: BaseException | None) -> None:
    while error is not None:
        assert SECRET not in repr(error.args) + str(error), type(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_swapped_list_items_are_noticed_by_the_mac(data_folder, keys):
    data = (data_folder / "valid" / "types.yaml").read_bytes()
    items = re.findall(rb"\n        - ENC\[.*type:(?:str|int)\]", data)
    assert len(items) == 2
    swapped = data.replace(items[0], b"@").replace(items[1], items[0]).replace(b"@", items[1])
    with pytest.raises(errors.MacError):
        decrypt(swapped, "yaml", keys)


def test_a_sealed_value_outside_of_the_rule_is_refused(seal):
    """With mac_only_encrypted plain values are free to change: one of them could be a sealed text."""
    branch = Branch([Item("data", SECRET), Item("plain", "x")])
    fields = {"rule": "encrypted_regex", "rule_value": "^data$", "mac_only_encrypted": True}
    data = seal([branch], "yaml", key=KEY, **fields)
    changed = re.sub(rb"plain: x", b"plain: ENC[AES256_GCM,data:x]", data)
    assert changed != data
    with pytest.raises(errors.SealError, match="rule does not cover"):
        decrypt(changed, "yaml", FixedDataKey(KEY))


LEAF = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    st.sampled_from([Time("2020-01-02T03:04:05.6Z"), Time("2020-01-02T03:04:05+01:00")]),
)


@given(
    st.dictionaries(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=5), LEAF, max_size=5)
)
@examples(150)
def test_every_type_round_trips(seal, entries):
    branch = Branch(Item(key, value) for key, value in entries.items() if key != "sops")
    for fmt in ("yaml", "json"):
        copy = Branch(Item(item.key, item.value) for item in branch)
        data = seal([copy], fmt, key=KEY)
        (found,) = decrypt_branches(data, fmt, FixedDataKey(KEY))
        assert list(found.entries()) == list(branch.entries())
        assert all(
            type(a) is type(b) for (_, a), (_, b) in zip(found.entries(), branch.entries(), strict=True)
        )


@given(st.binary(max_size=200))
@examples(100)
def test_any_bytes_round_trip_as_binary(seal, content):
    data = seal(load_plain(content, "binary"), "binary", key=KEY)
    found = detect(data, "file.bin")
    assert found is not None and found.name == "binary"
    assert decrypt(data, found, FixedDataKey(KEY)) == content


@pytest.mark.parametrize("fmt", ["yaml", "dotenv"])
def test_comments_are_sealed_and_opened(seal, fmt):
    branch = Branch([Item(Comment(f" {SECRET}")), Item("a", "1")])
    data = seal([branch], fmt, key=KEY)
    assert SECRET.encode() not in data
    assert decrypt(data, fmt, FixedDataKey(KEY)).startswith(f"# {SECRET}\n".encode())


def test_a_comment_that_does_not_open_stays_as_it_is(seal):
    data = b"# added by hand\n" + seal([Branch([Item("a", "1")])], "yaml", key=KEY)
    assert decrypt(data, "yaml", FixedDataKey(KEY)) == b'# added by hand\na: "1"\n'


def test_a_wrong_data_key_opens_nothing(seal):
    data = seal([Branch([Item("a", SECRET)])], "yaml", key=KEY)
    with pytest.raises(errors.SealError):
        decrypt(data, "yaml", FixedDataKey(bytes(32)))


def test_bytes_that_are_not_utf8_are_printed_as_each_format_can(seal):
    value = b"\xff".decode("utf-8", "surrogateescape")
    for fmt, want in {
        "yaml": b"a: !!binary /w==\n",
        "json": b'{\n\t"a": "\\ufffd"\n}\n',
        "dotenv": b"a=\xff\n",
    }.items():
        data = seal([Branch([Item("a", value)])], fmt, key=KEY)
        assert decrypt(data, fmt, FixedDataKey(KEY)) == want
    assert to_bytes(value) == b"\xff"


@given(st.data())
@examples(300)
def test_a_damaged_file_gives_our_errors_or_its_own_cleartext(data_folder, keys, data):
    path = data.draw(st.sampled_from(_valid(data_folder)))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            del content[position : position + data.draw(st.integers(1, 40))]
        else:
            content[position] = data.draw(st.integers(0, 255))
        if not content:
            return
    try:
        found = detect(bytes(content), path.name)
        if found is not None:
            decrypt(bytes(content), found, keys)
    except CmpError as error:
        _leaks_nothing(error)


@given(
    st.sampled_from(FORMATS),
    st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda t: t.encode("utf-8", "replace"))),
)
@examples(500)
def test_stores_raise_nothing_but_our_errors(fmt, data):
    with suppress(CmpError):
        emit_plain(load_plain(data, fmt), fmt)
    detect(b"sops mac " + data, f"a.{fmt}")


def test_one_unwrap_per_file_and_none_for_a_file_read_twice(data_folder, identity):
    class Counting(X25519Identity):
        __slots__ = ()
        calls = 0

        def unwrap(self, stanzas, limits):
            Counting.calls += 1
            return super().unwrap(stanzas, limits)

    counting = Counting.parse(identity.secret_text())
    source = KeySource(lambda: [counting], "test")
    lines = []
    source._log = lambda file, recipient: lines.append((file, recipient))
    data = (data_folder / "valid" / "types.yaml").read_bytes()
    for _ in range(5):
        decrypt(data, "yaml", source, file="types.yaml")
    assert Counting.calls == 1
    assert lines == [("types.yaml", str(identity.recipient()))] * 5
    # Of three groups the second has a stranger's key first, but the label says which one is ours; the third
    # has only that key, and a label may lie.
    decrypt((data_folder / "valid" / "shamir.json").read_bytes(), "json", source)
    assert Counting.calls == 4
