"""Passphrases both ways with the real age, which reads them from its terminal; protected key files too."""

from __future__ import annotations

import shutil
import sys

import pytest
import terminal

from cmp import age
from cmp.age.scrypt import ScryptIdentity, ScryptRecipient

pytestmark = pytest.mark.oracle
PLAIN = bytes(range(256)) * 600
SAID = "correct horse ü"


@pytest.mark.parametrize("armor", [False, True])
def test_age_opens_what_we_encrypt(tmp_path, age_tool, armor):
    sealed = tmp_path / "x.age"
    sealed.write_bytes(age.encrypt(PLAIN, [ScryptRecipient(SAID.encode(), 12)], armor=armor))
    code, shown = terminal.run([age_tool, "-d", "-o", str(tmp_path / "x"), str(sealed)], [SAID])
    assert code == 0, shown
    assert (tmp_path / "x").read_bytes() == PLAIN


@pytest.mark.parametrize("armor", [False, True])
def test_we_open_what_age_encrypts(tmp_path, age_tool, armor):
    (tmp_path / "x").write_bytes(PLAIN)
    flags = ["-a"] if armor else []
    command = [age_tool, "-p", *flags, "-o", str(tmp_path / "x.age"), str(tmp_path / "x")]
    code, shown = terminal.run(command, [SAID, SAID])
    assert code == 0, shown
    sealed = (tmp_path / "x.age").read_bytes()
    assert age.decrypt(sealed, [ScryptIdentity(SAID.encode())]) == PLAIN
    with pytest.raises(age.NoMatchError):
        age.decrypt(sealed, [ScryptIdentity(b"correct horse")])


def test_both_refuse_a_wrong_passphrase(tmp_path, age_tool):
    sealed = tmp_path / "x.age"
    sealed.write_bytes(age.encrypt(PLAIN, [ScryptRecipient(SAID.encode(), 12)]))
    code, shown = terminal.run([age_tool, "-d", "-o", str(tmp_path / "x"), str(sealed)], ["wrong"])
    assert code != 0
    assert "incorrect passphrase" in shown


def _key_file(folder, factor=12):
    """An identity in a file under a passphrase, as `age -p key.txt` makes it: (path, identity)."""
    identity = age.X25519Identity(bytes([7] * 32))
    path = folder / "key.age"
    text = f"# a comment\n{identity.secret_text()}\n".encode()
    path.write_bytes(age.encrypt(text, [ScryptRecipient(SAID.encode(), factor)], armor=True))
    return path, identity


def test_age_uses_our_protected_key_file(tmp_path, age_tool):
    path, identity = _key_file(tmp_path)
    (tmp_path / "x.age").write_bytes(age.encrypt(PLAIN, [identity.recipient()]))
    command = [age_tool, "-d", "-i", str(path), "-o", str(tmp_path / "x"), str(tmp_path / "x.age")]
    code, shown = terminal.run(command, [SAID])
    assert code == 0, shown
    assert (tmp_path / "x").read_bytes() == PLAIN


def test_we_use_a_key_file_that_age_protects(tmp_path, age_tool):
    _, identity = _key_file(tmp_path)
    (tmp_path / "key.txt").write_text(identity.secret_text() + "\n")
    code, shown = terminal.run(
        [age_tool, "-p", "-o", str(tmp_path / "locked"), str(tmp_path / "key.txt")], [SAID, SAID]
    )
    assert code == 0, shown
    sealed = age.encrypt(PLAIN, [identity.recipient()])
    found = age.parse_identities((tmp_path / "locked").read_bytes(), SAID.encode)
    assert age.decrypt(sealed, found) == PLAIN


@pytest.mark.parametrize("program", ["sops", "cmpctl", "cmp-generate"])
def test_programs_ask_on_the_terminal_for_a_protected_key_file(tmp_path, program):
    """The same file, opened by sops and by both of our commands."""
    from cmp.sops.write.document import NewFile, encrypt

    path, identity = _key_file(tmp_path)
    plain = b"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b-value}\n"
    new = NewFile(((str(identity.recipient()),),), ("encrypted_regex", "^stringData$"))
    (tmp_path / "s.yaml").write_bytes(encrypt(plain, "yaml", new, "2026-01-02T03:04:05Z").data)
    (tmp_path / "kustomization.yaml").write_text("resources: [s.yaml]\n")
    module = {"cmpctl": "cmp.cli.ctl", "cmp-generate": "cmp.cli.generate"}.get(program, "")
    command = [sys.executable, "-c", f"import sys; from {module} import main; sys.exit(main())"]
    if program == "sops":
        command = [shutil.which("sops") or pytest.skip("the program sops is not on PATH")]
    command += [str(tmp_path)] if program == "cmp-generate" else ["decrypt", str(tmp_path / "s.yaml")]
    if program == "cmpctl":
        command.insert(3, "secrets")
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "SOPS_AGE_KEY_FILE": str(path)}
    code, shown = terminal.run(command, [SAID], env=home)
    assert code == 0, shown
    assert "a: b-value" in shown
    # sops writes its prompt before it turns the echo off.
    assert program == "sops" or SAID not in shown
    code, shown = terminal.run(command, ["wrong"], env=home)
    assert code != 0
    assert "b-value" not in shown


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_age_and_we_open_with_a_protected_ssh_key(tmp_path, age_tool, ssh_keygen, run, kind):
    pytest.importorskip("bcrypt", reason="protected SSH keys need the package bcrypt")
    path = tmp_path / "key"
    size = ["-b", "2048"] if kind == "rsa" else []
    run(ssh_keygen, "-q", "-t", kind, *size, "-N", SAID, "-f", str(path))
    recipient = age.parse_recipient((tmp_path / "key.pub").read_text().strip())
    (tmp_path / "x.age").write_bytes(age.encrypt(PLAIN, [recipient]))
    command = [age_tool, "-d", "-i", str(path), "-o", str(tmp_path / "x"), str(tmp_path / "x.age")]
    code, shown = terminal.run(command, [SAID])
    assert code == 0, shown
    assert (tmp_path / "x").read_bytes() == PLAIN
    theirs = run(age_tool, "-R", str(tmp_path / "key.pub"), stdin=PLAIN)
    (identity,) = age.parse_identities(path.read_bytes(), SAID.encode)
    assert age.decrypt(theirs, [identity]) == PLAIN
