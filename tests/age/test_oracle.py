"""Both ways with the real age program and SSH keys made by the real ssh-keygen."""

from __future__ import annotations

import shutil

import pytest

from cmp import age

pytestmark = pytest.mark.oracle
PLAIN = bytes(range(256)) * 600


@pytest.fixture
def make_key(tmp_path, run, request):
    """A key file of a kind, made by the real tools: (its path, its identity, its recipient)."""

    def make(kind: str):
        path = tmp_path / "key"
        if kind.startswith("ssh-"):
            tool = request.getfixturevalue("ssh_keygen")
            size = ["-b", "2048"] if kind == "ssh-rsa" else []
            run(
                tool,
                "-q",
                "-t",
                kind.removeprefix("ssh-"),
                *size,
                "-N",
                "",
                "-f",
                str(path),
                "-C",
                "a comment",
            )
            recipient = age.parse_recipient((tmp_path / "key.pub").read_text().strip())
        else:
            keygen = shutil.which("age-keygen")
            if keygen is None:
                pytest.skip("the program age-keygen is not on PATH")
            run(keygen, *(["-pq"] if kind == "hybrid" else []), "-o", str(path))
            recipient = age.parse_recipient(run(keygen, "-y", str(path)).decode().strip())
        (identity,) = age.parse_identities(path.read_bytes())
        assert str(identity.recipient()) == str(recipient)
        return path, identity, recipient

    return make


@pytest.mark.parametrize("kind", ["x25519", "hybrid", "ssh-ed25519", "ssh-rsa"])
@pytest.mark.parametrize("armor", [False, True])
def test_both_ways(make_key, run, age_tool, kind, armor):
    path, identity, recipient = make_key(kind)
    ours = age.encrypt(PLAIN, [recipient], armor=armor)
    assert run(age_tool, "-d", "-i", str(path), stdin=ours) == PLAIN
    theirs = run(age_tool, "-r", str(recipient), *(["-a"] if armor else []), stdin=PLAIN)
    assert age.decrypt(theirs, [identity]) == PLAIN
    if armor:
        # Same form, not only same meaning: both print 64 columns and end with one line feed.
        assert ours.splitlines()[0] == theirs.splitlines()[0]
        assert ours.endswith(b"FILE-----\n")
        assert theirs.endswith(b"FILE-----\n")


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_protected_ssh_keys(tmp_path, run, ssh_keygen, kind):
    pytest.importorskip("bcrypt", reason="protected SSH keys need the package bcrypt")
    path = tmp_path / "key"
    run(
        ssh_keygen,
        "-q",
        "-t",
        kind,
        *(["-b", "2048"] if kind == "rsa" else []),
        "-N",
        "pass",
        "-f",
        str(path),
    )
    recipient = age.parse_recipient((tmp_path / "key.pub").read_text().strip())
    (identity,) = age.parse_identities(path.read_bytes(), lambda: b"pass")
    assert age.decrypt(age.encrypt(b"x", [recipient]), [identity]) == b"x"
