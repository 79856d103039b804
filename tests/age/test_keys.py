"""Key texts and key files: strict, and never quoted in an error."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from cmp import age
from cmp.age.ssh_ed25519 import montgomery
from cmp.limits import Limits

ONE = age.X25519Identity(bytes(range(32)))
TWO = age.HybridIdentity(bytes(range(32)))
ONE_TEXT, TWO_TEXT = ONE.secret_text(), TWO.secret_text()


def locked_file(factor: int = 2, passphrase: bytes = b"pass", plain: str = ONE_TEXT + "\n") -> bytes:
    return age.encrypt(plain.encode(), [age.ScryptRecipient(passphrase, factor)], armor=True)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (ONE_TEXT, 1),
        (ONE_TEXT + "\n", 1),
        (f"# created: now\n# public key: {ONE.recipient()}\n{ONE_TEXT}\n\n{TWO_TEXT}\n", 2),
        (f"#\r\n{ONE_TEXT}\r\n\r\n", 1),
    ],
)
def test_identity_files(text, count):
    assert len(age.parse_identities(text)) == count
    assert len(age.parse_identities(text.encode())) == count


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        f" {ONE_TEXT}",
        f"{ONE_TEXT} ",
        f"{ONE_TEXT} # mine",
        f"{ONE_TEXT} {ONE_TEXT}",
        f" # comment\n{ONE_TEXT}",
        ONE_TEXT.lower(),
        ONE_TEXT[:-1],
        ONE_TEXT[:-1] + ("Q" if ONE_TEXT[-1] != "Q" else "P"),
        str(ONE.recipient()),
        "AGE-PLUGIN-YUBIKEY-1QQQQQQQQQ",
        "\ufeff" + ONE_TEXT,
        "ssh-ed25519 AAAA",
    ],
)
def test_identity_files_refused(text):
    with pytest.raises(age.InvalidKeyError) as caught:
        age.parse_identities(text)
    for secret in (ONE_TEXT, TWO_TEXT, ONE_TEXT[20:40]):
        assert secret not in str(caught.value) + caught.value.hint + caught.value.excerpt
        assert secret.lower() not in str(caught.value)


def test_identity_file_that_is_no_text():
    with pytest.raises(age.InvalidKeyError) as caught:
        age.parse_identities(b"\xff" + ONE_TEXT.encode())
    assert caught.value.__cause__ is None


def test_error_says_the_line():
    with pytest.raises(age.InvalidKeyError) as caught:
        age.parse_identities(f"#\n{ONE_TEXT}\nrubbish\n")
    assert caught.value.where.line == 3


def test_key_texts_are_their_own_inverse():
    assert age.parse_identity(ONE_TEXT).secret_text() == ONE_TEXT
    assert age.parse_identity(TWO_TEXT).secret_text() == TWO_TEXT
    assert len(str(TWO.recipient())) == 1959


def test_reprs_hold_no_key():
    for value in (ONE, TWO, age.ScryptIdentity(b"pass"), age.ScryptRecipient(b"pass")):
        assert repr(value) == f"<{type(value).__name__}>"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not an age recipient"),
        (ONE_TEXT, "not an age recipient"),
        (str(ONE.recipient()).upper(), "not an age recipient"),
        (str(ONE.recipient()) + " ", "Bech32|character"),
        (str(ONE.recipient())[:-2], "checksum"),
        ("age1yubikey1qqqqqqqqq", "plugins"),
        ("age1tag1qqqqqqqqq", "plugins"),
        ("ssh-ed25519", "no key"),
        ("ssh-ed25519 !!!!", "malformed"),
        ("ssh-ed25519 AAAA", "malformed"),
        ("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN", "malformed"),
        ("ssh-dss AAAAB3NzaC1kc3M=", "only"),
    ],
)
def test_recipients_refused(text, says):
    with pytest.raises(age.InvalidKeyError, match=says):
        age.parse_recipient(text)


def test_recipient_files():
    text = f"# team\n{ONE.recipient()}\n\n{TWO.recipient()}\n"
    assert [str(one) for one in age.parse_recipients(text)] == [str(ONE.recipient()), str(TWO.recipient())]
    with pytest.raises(age.InvalidKeyError):
        age.parse_recipients("# nobody\n")
    with pytest.raises(age.InvalidKeyError) as caught:
        age.parse_recipients("#\nnobody\n")
    assert caught.value.where.line == 2


def test_low_order_recipient_is_refused():
    with pytest.raises(age.InvalidKeyError, match="low order"):
        age.encrypt(b"", [age.X25519Recipient(bytes(32))])


def test_empty_passphrase_and_absurd_factor():
    for make in (
        lambda: age.ScryptIdentity(b""),
        lambda: age.ScryptRecipient(b""),
        lambda: age.ScryptRecipient(b"a", 31),
    ):
        with pytest.raises(age.InvalidKeyError):
            make()


class Asker:
    """Answers with a passphrase and counts the questions."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked = 0

    def __call__(self) -> bytes:
        self.asked += 1
        return self.answer


def test_protected_identity_file_asks_once_and_late():
    ask = Asker(b"pass")
    (identity,) = age.parse_identities(locked_file(), ask)
    assert ask.asked == 0
    sealed = age.encrypt(b"x", [ONE.recipient()])
    assert age.decrypt(sealed, [identity]) == age.decrypt(sealed, [identity]) == b"x"
    assert str(identity.recipient()) == str(ONE.recipient())
    assert ask.asked == 1


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (locked_file(passphrase=b"other"), age.AgeError, "this passphrase"),
        (age.encrypt(b"", [ONE.recipient()]), age.AgeError, "not with a passphrase"),
        (locked_file()[:-80], age.InvalidKeyError, "cannot be read"),
        (locked_file(plain="rubbish"), age.InvalidKeyError, "not an age identity"),
        (locked_file(factor=6), age.InvalidKeyError, "scrypt"),
    ],
)
def test_protected_identity_file_refused(data, error, says):
    (identity,) = age.parse_identities(data, Asker(b"pass"), Limits(scrypt_factor=5))
    with pytest.raises(error, match=says):
        age.decrypt(age.encrypt(b"x", [ONE.recipient()]), [identity])


def test_protected_files_without_a_terminal():
    with pytest.raises(age.AgeError):
        age.parse_identities(locked_file())


def ssh_pem(key, passphrase: bytes = b"", form=PrivateFormat.OpenSSH) -> bytes:
    return key.private_bytes(
        Encoding.PEM, form, BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    )


def ssh_public(key) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def test_protected_ssh_key_asks_only_when_its_tag_is_named():
    pytest.importorskip("bcrypt", reason="protected SSH keys need the package bcrypt")
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    ask = Asker(b"pass")
    (identity,) = age.parse_identities(ssh_pem(key, b"pass"), ask)
    assert str(identity.recipient()) == ssh_public(key)
    with pytest.raises(age.NoMatchError):
        age.decrypt(age.encrypt(b"x", [age.parse_recipient(ssh_public(other))]), [identity])
    assert ask.asked == 0
    sealed = age.encrypt(b"x", [age.parse_recipient(ssh_public(key) + " a comment")])
    assert age.decrypt(sealed, [identity]) == age.decrypt(sealed, [identity]) == b"x"
    assert ask.asked == 1
    (wrong,) = age.parse_identities(ssh_pem(key, b"pass"), Asker(b"wrong"))
    with pytest.raises(age.AgeError):
        age.decrypt(sealed, [wrong])
    with pytest.raises(age.AgeError):
        age.parse_identities(ssh_pem(key, b"pass"))


def test_pem_forms_of_rsa_keys():
    key = rsa.generate_private_key(65537, 2048)
    sealed = age.encrypt(b"x", [age.parse_recipient(ssh_public(key))])
    for form in (PrivateFormat.OpenSSH, PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8):
        assert age.decrypt(sealed, age.parse_identities(ssh_pem(key, form=form))) == b"x"
    with pytest.raises(age.InvalidKeyError, match="old format"):
        age.parse_identities(ssh_pem(key, b"pass", PrivateFormat.TraditionalOpenSSL))


def test_ssh_keys_that_age_cannot_use():
    with pytest.raises(age.InvalidKeyError, match="2048"):
        age.parse_recipient(ssh_public(rsa.generate_private_key(65537, 1024)))
    with pytest.raises(age.InvalidKeyError, match="only"):
        age.parse_identities(ssh_pem(ec.generate_private_key(ec.SECP256R1())))
    good = ssh_pem(Ed25519PrivateKey.generate())
    for bad in (
        good[:120],
        good.replace(b"b3Bl", b"b3Bm"),
        good[:60] + b"!" + good[61:],
        b"-----BEGIN X\n",
        b"-----BEGIN " + b"A" * 20000,
    ):
        with pytest.raises(age.InvalidKeyError):
            age.parse_identities(bad)


def test_two_ssh_keys_with_one_tag_are_no_error():
    """The tag has 32 bits only: a stanza that names our tag and does not open is somebody else's."""
    key = Ed25519PrivateKey.generate()
    mine = age.parse_identities(ssh_pem(key))[0]
    sealed = age.encrypt(b"x", [Ed25519Stranger(mine.recipient())])
    with pytest.raises(age.NoMatchError):
        age.decrypt(sealed, [mine])


class Ed25519Stranger(age.Recipient):
    """Wraps for a recipient under another file key, keeping the tag."""

    def __init__(self, inner: age.Recipient) -> None:
        self.inner = inner

    def wrap(self, file_key):
        stanza = self.inner.wrap(file_key)
        stanza.body = bytes([stanza.body[0] ^ 1]) + stanza.body[1:]
        return stanza


def test_montgomery_form_of_ed25519_points():
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    for _ in range(5):
        key = Ed25519PrivateKey.generate()
        from hashlib import sha512

        scalar = sha512(key.private_bytes_raw()).digest()[:32]
        expected = X25519PrivateKey.from_private_bytes(scalar).public_key().public_bytes_raw()
        assert montgomery(key.public_key().public_bytes_raw()) == expected
    with pytest.raises(age.InvalidKeyError, match="not a point"):
        montgomery((2).to_bytes(32, "little"))
    with pytest.raises(age.InvalidKeyError, match="low order"):
        wire = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + (1).to_bytes(32, "little")
        from cmp.age.ssh_ed25519 import SshEd25519Recipient

        age.encrypt(b"", [SshEd25519Recipient(wire)])


def test_importing_age_does_not_import_cryptography():
    code = "import sys, cmp.age; sys.exit(any(m.startswith('cryptography') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_many_files_derive_a_key_once(monkeypatch):
    from cmp.age import x25519

    derived = []
    real = x25519.private_key

    def private_key(scalar):
        derived.append(scalar)
        return real(scalar)

    monkeypatch.setattr(x25519, "private_key", private_key)
    identity = age.X25519Identity.generate()
    recipient = identity.recipient()
    files = [age.encrypt(b"x", [recipient]) for _ in range(20)]
    before = len(derived)
    for data in files:
        age.decrypt(data, [identity])
    assert len(derived) == before


def test_a_key_file_that_is_far_too_long(monkeypatch):
    from cmp.age import keyfile

    monkeypatch.setattr(keyfile, "MAX_FILE_BYTES", 100)
    with pytest.raises(age.InvalidKeyError, match="too long"):
        age.parse_identities("#" * 101)


def test_protected_file_without_text_and_without_a_match():
    (binary,) = age.parse_identities(age.encrypt(b"\xff", [age.ScryptRecipient(b"pass", 1)]), Asker(b"pass"))
    sealed = age.encrypt(b"x", [TWO.recipient()])
    with pytest.raises(age.InvalidKeyError, match="not UTF-8"):
        age.decrypt(sealed, [binary])
    (other,) = age.parse_identities(locked_file(), Asker(b"pass"))
    with pytest.raises(age.NoMatchError):
        age.decrypt(sealed, [other])
