"""Header, stanza, armor and base64 forms that are refused, and the bounds of a header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp import age
from cmp.age import armor, b64, bech32
from cmp.age.header import Stanza, read_header
from cmp.age.source import Source
from cmp.errors import LimitError
from cmp.limits import DEFAULT, Limits

INTRO = b"age-encryption.org/v1\n"
MAC = b"--- " + b64.encode(bytes(32)) + b"\n"
IDENTITY = age.X25519Identity(bytes(range(32)))
SHARE = b64.encode(IDENTITY.recipient().point).decode()


def header_with(*stanzas: Stanza) -> bytes:
    return INTRO + b"".join(stanza.encode() for stanza in stanzas) + MAC


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"age-encryption.org/v2\n" + MAC,
        b"age-encryption.org/v1\r\n" + MAC,
        INTRO,
        INTRO + b"-> a\n",
        INTRO + b"->\n\n" + MAC,
        INTRO + b"-> \n\n" + MAC,
        INTRO + b"-> a \n\n" + MAC,
        INTRO + b"->  a\n\n" + MAC,
        INTRO + b"-> a\x7f\n\n" + MAC,
        INTRO + b"-> \xc3\xa9\n\n" + MAC,
        INTRO + b"=> a\n\n" + MAC,
        INTRO + b"-> a\nAA=\n" + MAC,
        INTRO + b"-> a\nAAB\n" + MAC,
        INTRO + b"-> a\n" + b"A" * 64 + b"\n" + MAC,
        INTRO + b"-> a\n" + b"A" * 68 + b"\n\n" + MAC,
        INTRO + b"---\n",
        INTRO + MAC.rstrip(),
        INTRO + MAC.replace(b" ", b"  "),
        INTRO + b"--- " + b64.encode(bytes(31)) + b"\n",
    ],
)
def test_malformed_header(data):
    with pytest.raises(age.HeaderError):
        read_header(Source([data]), DEFAULT)


@pytest.mark.parametrize("size", [0, 1, 47, 48, 49, 96])
def test_stanza_prints_and_parses(size):
    stanza = Stanza("type", ("a", "!~"), bytes(size))
    source = Source([header_with(stanza) + b"payload"])
    header = read_header(source, DEFAULT)
    (again,) = header.stanzas
    assert (again.type, again.arguments, again.body) == ("type", ("a", "!~"), bytes(size))
    assert header.encode() == header_with(stanza)
    assert source.read(100) == b"payload"


@pytest.mark.parametrize(
    "stanza",
    [
        Stanza("X25519", (), bytes(32)),
        Stanza("X25519", (SHARE, SHARE), bytes(32)),
        Stanza("X25519", (SHARE[:-1],), bytes(32)),
        Stanza("X25519", (SHARE,), bytes(31)),
        Stanza("X25519", (SHARE,), bytes(40)),
        Stanza("X25519", (b64.encode(bytes(32)).decode(),), bytes(32)),
        Stanza("scrypt", (b64.encode(bytes(16)).decode(),), bytes(32)),
        Stanza("scrypt", (b64.encode(bytes(15)).decode(), "1"), bytes(32)),
        Stanza("scrypt", (b64.encode(bytes(16)).decode(), "01"), bytes(32)),
        Stanza("scrypt", (b64.encode(bytes(16)).decode(), "+1"), bytes(32)),
        Stanza("scrypt", (b64.encode(bytes(16)).decode(), "1"), bytes(33)),
        Stanza("mlkem768x25519", (), bytes(32)),
        Stanza("mlkem768x25519", (b64.encode(bytes(1119)).decode(),), bytes(32)),
        Stanza("mlkem768x25519", (b64.encode(bytes(1120)).decode(),), bytes(32)),
        Stanza("mlkem768x25519", (b64.encode(bytes(1120)).decode(),), bytes(33)),
    ],
    ids=lambda stanza: f"{stanza.type}-{len(stanza.arguments)}-{len(stanza.body)}",
)
def test_malformed_stanza_of_a_known_type_is_fatal(stanza):
    identities = [IDENTITY, age.ScryptIdentity(b"p"), age.HybridIdentity(bytes(32))]
    with pytest.raises(age.HeaderError):
        age.decrypt(header_with(stanza) + bytes(40), identities)


def test_unknown_types_are_skipped():
    with pytest.raises(age.NoMatchError) as caught:
        age.decrypt(header_with(Stanza("x25519", (), b""), Stanza("grease", ("a",), b"b")), [IDENTITY])
    assert caught.value.stanza_types == ("x25519", "grease")


def test_no_identities_is_no_match():
    with pytest.raises(age.NoMatchError):
        age.decrypt(age.encrypt(b"", [IDENTITY.recipient()]), [])


@pytest.mark.parametrize(
    ("limits", "data", "name"),
    [
        (Limits(recipients=2), header_with(*[Stanza("a", (), b"")] * 3), "RECIPIENTS"),
        (Limits(age_header_bytes=60), header_with(Stanza("a", (), bytes(60))), "AGE_HEADER_BYTES"),
        (Limits(age_header_bytes=60), INTRO + b"-> " + b"a" * 500, "AGE_HEADER_BYTES"),
        (
            Limits(scrypt_factor=10),
            header_with(Stanza("scrypt", (b64.encode(bytes(16)).decode(), "11"), bytes(32))),
            "SCRYPT_FACTOR",
        ),
        (
            Limits(),
            header_with(Stanza("scrypt", (b64.encode(bytes(16)).decode(), "9" * 5000), bytes(32))),
            "SCRYPT_FACTOR",
        ),
    ],
)
def test_bounds(limits, data, name):
    with pytest.raises(age.HeaderLimitError) as caught:
        age.decrypt(data, [age.ScryptIdentity(b"p")], limits)
    assert isinstance(caught.value, LimitError)
    assert f"CMP_MAX_{name}" in caught.value.hint


BEGIN = armor.BEGIN + b"\n"
END = armor.END + b"\n"


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        (BEGIN + b"AAAA\n" + END, bytes(3)),
        (BEGIN + b"AAA=\n" + END.rstrip(), bytes(2)),
        (BEGIN + b"A" * 64 + b"\n" + END, bytes(48)),
        (b" \n\t\n" + BEGIN + b"AAAA\n" + END + b"\n \n", bytes(3)),
        ((BEGIN + b"AAAA\n" + END).replace(b"\n", b"\r\n"), bytes(3)),
        (BEGIN + END, b""),
    ],
)
def test_armor_that_opens(text, inner):
    assert b"".join(armor.decode([text])) == inner
    assert b"".join(armor.decode(bytes([byte]) for byte in text)) == inner


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"x\n" + BEGIN + b"AAAA\n" + END,
        b" " + BEGIN + b"AAAA\n" + END,
        BEGIN.rstrip() + b" \nAAAA\n" + END,
        BEGIN + b"AAAA\n",
        BEGIN + b"A" * 64 + b"\n",
        BEGIN + b"AAAA\nAAAA\n" + END,
        BEGIN + b"\nAAAA\n" + END,
        BEGIN + b"A" * 64 + b"\n\n" + END,
        BEGIN + b"AAAAA\n" + END,
        BEGIN + b"AAB=\n" + END,
        BEGIN + b"AAA\n" + END,
        BEGIN + b" AAAA\n" + END,
        BEGIN + b"AA\rAA\n" + END,
        BEGIN + b"A" * 68 + b"\n" + END,
        BEGIN + b"AAAA\n" + END + b"x",
        BEGIN + b"AAAA\n" + END + b"\n" * 1025,
        b"\n" * 1025 + BEGIN + b"AAAA\n" + END,
        BEGIN + b"Version: 1\n\nAAAA\n" + END,
        BEGIN + b"AAAA\n" + END.replace(b"END", b"BEGIN"),
    ],
)
def test_armor_that_is_refused(text):
    with pytest.raises(age.ArmorError):
        list(armor.decode([text]))


@given(st.binary(max_size=200))
def test_armor_round_trip(data):
    text = b"".join(armor.encode([data]))
    assert b"".join(armor.decode([text])) == data
    assert all(len(line) <= 64 for line in text.splitlines())


@given(st.binary(max_size=60))
def test_base64_has_one_form(data):
    assert b64.decode(b64.encode(data)) == data
    assert b64.encode(data) == b64.encode(data).strip()


@pytest.mark.parametrize("text", [b"A", b"QR", b"QQ==", b"Q Q", b"QQ\n", b"\xff\xff", b"-_AA"])
def test_base64_refused(text):
    assert b64.decode(text) is None


@given(st.binary(max_size=60), st.sampled_from(["age", "AGE-SECRET-KEY-", "a1b"]))
def test_bech32_round_trip(data, prefix):
    assert bech32.decode(bech32.encode(prefix, data)) == (prefix, data)


@given(st.text(max_size=40))
def test_bech32_only_raises_its_error(text):
    for candidate in (text, "age1" + text):
        try:
            prefix, data = bech32.decode(candidate)
        except age.InvalidKeyError:
            continue
        assert bech32.encode(prefix, data) == candidate


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "age",
        "age1",
        "1qqqqqq",
        "A12uel5l",
        "\u00e9a12uel5l",
        "a12uel5x",
        "age1b" + "q" * 10,
        "a\x7f1qqqqqq",
    ],
)
def test_bech32_refused(text):
    with pytest.raises(age.InvalidKeyError):
        bech32.decode(text)


def test_bech32_known_texts():
    # BIP 173's own valid examples.
    assert bech32.decode("a12uel5l") == ("a", b"")
    assert bech32.decode("A12UEL5L") == ("A", b"")
    prefix, data = bech32.decode("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w")
    assert (prefix, data.hex()) == ("split", "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d")


def test_hybrid_recipients_and_identities_are_checked():
    short = bech32.encode("age1pq", bytes(100))
    long = bech32.encode("AGE-SECRET-KEY-PQ-", bytes(31))
    for parse, text in ((age.parse_recipient, short), (age.parse_identity, long)):
        with pytest.raises(age.InvalidKeyError):
            parse(text)
    # Coefficients above the modulus: bytes of the right size that are not an ML-KEM key.
    with pytest.raises(age.InvalidKeyError, match="not a valid public key"):
        age.encrypt(b"", [age.HybridRecipient(b"\xff" * 1216)])


def test_x25519_keys_of_a_wrong_size():
    for parse, text in (
        (age.parse_recipient, bech32.encode("age", bytes(31))),
        (age.parse_identity, bech32.encode("AGE-SECRET-KEY-", bytes(33))),
    ):
        with pytest.raises(age.InvalidKeyError):
            parse(text)


def test_a_payload_cannot_end_with_an_empty_chunk():
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    from cmp.age.payload import CHUNK_SIZE, open_chunks

    cipher = ChaCha20Poly1305(bytes(32))
    full = cipher.encrypt(bytes(12), bytes(CHUNK_SIZE), None)
    empty = cipher.encrypt(bytes(10) + b"\1\1", b"", None)
    with pytest.raises(age.PayloadError, match="empty chunk"):
        list(open_chunks(bytes(32), Source([full + empty])))
    for cut in (b"", full[:10]):
        with pytest.raises(age.PayloadError, match="cut off"):
            list(open_chunks(bytes(32), Source([cut])))
    last = cipher.encrypt(bytes(11) + b"\1", bytes(CHUNK_SIZE), None)
    with pytest.raises(age.PayloadError, match="goes on"):
        list(open_chunks(bytes(32), Source([last + b"y"])))


def test_scrypt_without_its_stanza_and_without_company():
    recipient = IDENTITY.recipient()
    with pytest.raises(age.NoMatchError):
        age.decrypt(age.encrypt(b"x", [recipient]), [age.ScryptIdentity(b"p")])
    scrypt = age.ScryptRecipient(b"p", 1)
    both = header_with(recipient.wrap(bytes(16)), scrypt.wrap(bytes(16)))
    with pytest.raises(age.HeaderError, match="only stanza"):
        age.decrypt(both + bytes(40), [age.ScryptIdentity(b"p")])
    assert isinstance(age.ScryptIdentity(b"p").recipient(), age.ScryptRecipient)
    assert "p" not in str(scrypt).split()


@pytest.mark.parametrize("arguments", [0, 2])
def test_ssh_rsa_stanza_shape(arguments):
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    from cmp.age.ssh_rsa import SshRsaIdentity

    identity = SshRsaIdentity(generate_private_key(65537, 2048))
    stanza = identity.recipient().wrap(bytes(24))
    malformed = Stanza(stanza.type, stanza.arguments * arguments, stanza.body)
    with pytest.raises(age.HeaderError, match="one argument"):
        age.decrypt(header_with(malformed) + bytes(40), [identity])
    with pytest.raises(age.HeaderError, match="wrong size"):
        age.decrypt(header_with(stanza) + bytes(40), [identity])


def test_ssh_ed25519_stanza_shape():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from cmp.age.ssh_ed25519 import SshEd25519Identity

    identity = SshEd25519Identity(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    stanza = identity.recipient().wrap(bytes(16))
    tag = stanza.arguments[0]
    low_order = b64.encode(bytes(32)).decode()
    for malformed in (
        Stanza(stanza.type, (tag,), stanza.body),
        Stanza(stanza.type, (tag, "AAAA"), stanza.body),
        Stanza(stanza.type, stanza.arguments, stanza.body[:-1]),
        Stanza(stanza.type, (tag, low_order), stanza.body),
    ):
        with pytest.raises(age.HeaderError):
            age.decrypt(header_with(malformed) + bytes(40), [identity])
    with pytest.raises(age.NoMatchError):
        age.decrypt(header_with(Stanza(stanza.type, ("AAAA", low_order), b"")) + bytes(40), [identity])
