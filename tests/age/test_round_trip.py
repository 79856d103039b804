"""What we encrypt we decrypt, for every recipient type; what is changed on the way never opens."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tries import examples

from cmp import age
from cmp.age.payload import CHUNK_SIZE
from cmp.limits import Limits


def _ssh_pem(key, passphrase: bytes = b"") -> bytes:
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, lock)


@pytest.fixture(scope="session")
def rsa_key():
    return generate_private_key(65537, 2048)


@pytest.fixture(scope="session", params=["x25519", "hybrid", "scrypt", "ssh-ed25519", "ssh-rsa"])
def pair(request, rsa_key) -> tuple[age.Identity, age.Recipient]:
    """One identity of each type with its recipient; every test below runs for all of them."""
    if request.param == "scrypt":
        return age.ScryptIdentity(b"correct horse"), age.ScryptRecipient(b"correct horse", factor=2)
    makers = {
        "x25519": age.X25519Identity.generate,
        "hybrid": age.HybridIdentity.generate,
        "ssh-ed25519": lambda: age.parse_identities(_ssh_pem(Ed25519PrivateKey.generate()))[0],
        "ssh-rsa": lambda: age.parse_identities(_ssh_pem(rsa_key))[0],
    }
    identity = makers[request.param]()
    return identity, identity.recipient()


@pytest.mark.parametrize("armor", [False, True])
@pytest.mark.parametrize(
    "size", [0, 1, 47, 48, 49, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE]
)
def test_round_trip(pair, size, armor):
    identity, recipient = pair
    plain = bytes(index * 7 % 251 for index in range(size))
    sealed = age.encrypt(plain, [recipient], armor=armor)
    assert sealed.startswith(b"-----BEGIN AGE" if armor else b"age-encryption.org/v1\n")
    assert age.decrypt(sealed, [identity]) == plain


def test_recipient_text_parses_back(pair):
    identity, recipient = pair
    if recipient.kind == "passphrase":
        pytest.skip("a passphrase has no public text form")
    text = str(recipient)
    assert str(age.parse_recipient(text)) == text
    assert age.decrypt(age.encrypt(b"x", [age.parse_recipient(text)]), [identity]) == b"x"


def test_a_stranger_does_not_open_it(pair):
    _, recipient = pair
    sealed = age.encrypt(b"x", [recipient])
    strangers = [
        age.X25519Identity.generate(),
        age.HybridIdentity.generate(),
        age.ScryptIdentity(b"wrong"),
        age.parse_identities(_ssh_pem(Ed25519PrivateKey.generate()))[0],
    ]
    with pytest.raises(age.NoMatchError) as caught:
        age.decrypt(sealed, strangers)
    assert len(caught.value.stanza_types) == 1


def test_every_cut_is_refused(pair):
    identity, recipient = pair
    sealed = age.encrypt(b"some text", [recipient])
    for size in range(len(sealed)):
        with pytest.raises(age.AgeError):
            age.decrypt(sealed[:size], [identity])


def test_every_flipped_bit_is_refused(pair):
    identity, recipient = pair
    sealed = age.encrypt(b"some text", [recipient])
    # A scrypt work factor within the limit would be computed for real: keep it small.
    for index in range(0, len(sealed), 1 if len(sealed) < 500 else 13):
        mutated = bytearray(sealed)
        mutated[index] ^= 1 << index % 8
        with pytest.raises(age.AgeError):
            age.decrypt(bytes(mutated), [identity], Limits(scrypt_factor=9))


def test_several_recipients_each_open_it():
    identities: list[age.Identity] = [age.X25519Identity.generate() for _ in range(3)]
    identities.append(age.parse_identities(_ssh_pem(Ed25519PrivateKey.generate()))[0])
    sealed = age.encrypt(b"x", [identity.recipient() for identity in identities])
    for identity in identities:
        assert age.decrypt(sealed, [age.X25519Identity.generate(), identity]) == b"x"


@pytest.mark.parametrize(
    "recipients",
    [
        [],
        [age.ScryptRecipient(b"a", 1), age.ScryptRecipient(b"b", 1)],
        [age.ScryptRecipient(b"a", 1), age.X25519Identity.generate().recipient()],
        [age.HybridIdentity.generate().recipient(), age.X25519Identity.generate().recipient()],
    ],
)
def test_recipients_that_cannot_share_a_file(recipients):
    with pytest.raises(age.AgeError):
        age.encrypt(b"x", recipients)


def test_a_stream_is_bounded_and_releases_as_it_goes():
    identity = age.X25519Identity.generate()
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield bytes(CHUNK_SIZE)

    sealed = age.encrypt_stream(endless(), [identity.recipient()], armor=True)
    plain = age.decrypt_stream(sealed, [identity], armored=True)
    for _ in range(20):
        assert next(plain) == bytes(CHUNK_SIZE)
    assert taken < 30


def test_released_prefix_of_a_cut_stream():
    identity = age.X25519Identity.generate()
    sealed = age.encrypt(b"a" * (3 * CHUNK_SIZE), [identity.recipient()])
    released = b""
    with pytest.raises(age.PayloadError):
        for chunk in age.decrypt_stream([sealed[:-10]], [identity]):
            released += chunk
    assert released == b"a" * (2 * CHUNK_SIZE)
    with pytest.raises(age.PayloadError):
        age.decrypt(sealed[:-10], [identity])


@examples(150, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300), st.lists(st.integers(1, 50), max_size=6), st.booleans())
def test_any_bytes_in_any_pieces(plain, cuts, armor):
    identity = age.X25519Identity.generate()
    pieces = []
    rest = plain
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    sealed = list(age.encrypt_stream([*pieces, rest], [identity.recipient()], armor=armor))
    single = [bytes([byte]) for byte in b"".join(sealed)]
    assert b"".join(age.decrypt_stream(single, [identity], armored=armor)) == plain


_IDENTITY = age.X25519Identity(bytes(range(32)))
_SEALED = age.encrypt(b"plain text", [_IDENTITY.recipient()])
_ARMORED = age.encrypt(b"plain text", [_IDENTITY.recipient()], armor=True)


@examples(400)
@given(st.data())
def test_mutated_files_only_raise_age_errors(data):
    """Splices of real files and rubbish: our plaintext, or one of our errors, and nothing else."""
    base = data.draw(st.sampled_from([_SEALED, _ARMORED]))
    start = data.draw(st.integers(0, len(base)))
    end = data.draw(st.integers(start, min(len(base), start + 40)))
    lines = st.sampled_from(
        [b"\n", b"-> ", b"---", b" ", b"\r\n", b"-> scrypt ", b"18\n", b"=", b"-----BEGIN"]
    )
    middle = data.draw(st.binary(max_size=20) | st.lists(lines, max_size=5).map(b"".join))
    mutated = base[:start] + middle + base[end:]
    identities = [_IDENTITY, age.ScryptIdentity(b"p"), age.HybridIdentity(bytes(32))]
    try:
        plain = age.decrypt(mutated, identities, Limits(scrypt_factor=4))
    except age.AgeError:
        return
    assert plain == b"plain text"


@examples(200)
@given(st.binary(max_size=200))
def test_rubbish_only_raises_age_errors(data):
    for prefix in (b"", b"age-encryption.org/v1\n", b"age-encryption.org/v1\n-> X25519 "):
        with pytest.raises(age.AgeError):
            age.decrypt(prefix + data, [_IDENTITY])
