"""Which identities count: the environment and the files decide, never a repository or a program."""

from __future__ import annotations

import pytest

from cmp import age
from cmp.sops import decrypt, errors
from cmp.sops.keys import FixedDataKey, KeySource, from_environment, read_file
from cmp.sops.metadata import MasterKey, Metadata

A = age.X25519Identity.generate()
B = age.X25519Identity.generate()
TEXT_A = A.secret_text() + "\n"
TEXT_B = B.secret_text() + "\n"


def _recipients(source: KeySource) -> set[str]:
    return {str(identity.recipient()) for identity in source.identities()}


NAMES = {"A": str(A.recipient()), "B": str(B.recipient())}


def _reader(files: dict[str, str]):
    def read(path: str) -> bytes | None:
        return files[path].encode() if path in files else None

    return read


@pytest.mark.parametrize(
    ("environ", "files", "found"),
    [
        ({}, {}, ""),
        ({"SOPS_AGE_KEY": TEXT_A}, {}, "A"),
        ({"SOPS_AGE_KEY": f"  # c\n {TEXT_A.strip()}  {TEXT_B}"}, {}, "AB"),
        ({"SOPS_AGE_KEY_FILE": "/k"}, {"/k": TEXT_A}, "A"),
        ({"SOPS_AGE_KEY_FILE": "/k", "SOPS_AGE_KEY": TEXT_B}, {"/k": TEXT_A}, "AB"),
        ({"HOME": "/h"}, {"/h/.config/sops/age/keys.txt": TEXT_A}, "A"),
        (
            {"HOME": "/h", "XDG_CONFIG_HOME": "/x"},
            {"/h/.config/sops/age/keys.txt": TEXT_A, "/x/sops/age/keys.txt": TEXT_B},
            "B",
        ),
        ({"SOPS_AGE_KEY_CMD": "echo key", "SOPS_AGE_SSH_PRIVATE_KEY_CMD": "echo key"}, {}, ""),
        ({"SOPS_AGE_KEY": "AGE-PLUGIN-X-1QQQQ"}, {}, ""),
        ({"SOPS_AGE_KEY_FILE": "/bad", "SOPS_AGE_KEY": TEXT_B}, {"/bad": "rubbish"}, "B"),
        (
            {"ARGOCD_ENV_SOPS_AGE_KEY": TEXT_A, "ARGOCD_ENV_CMP_PROJECT_KEYS": "/p"},
            {"/p/default.agekey": TEXT_A},
            "",
        ),
    ],
)
def test_sources_without_project_keys(environ, files, found):
    assert _recipients(from_environment(environ, _reader(files))) == {NAMES[name] for name in found}


def test_an_ssh_key_that_age_cannot_encrypt_to_keeps_no_other_identity_from_opening():
    """An old short key in ~/.ssh has no recipient, but it is no reason to fail."""
    from cryptography.hazmat.primitives import serialization as how
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    key = generate_private_key(65537, 1024)
    short = key.private_bytes(how.Encoding.PEM, how.PrivateFormat.OpenSSH, how.NoEncryption()).decode()
    files = {"/h/.ssh/id_rsa": short, "/h/.config/sops/age/keys.txt": TEXT_A}
    source = from_environment({"HOME": "/h"}, _reader(files))
    enc = age.encrypt(bytes(32), [A.recipient()], armor=True).decode()
    assert source.data_key(Metadata([[MasterKey.age(NAMES["A"], enc)]])) == bytes(32)
    other = age.encrypt(bytes(32), [B.recipient()], armor=True).decode()
    with pytest.raises(errors.DataKeyError) as caught:
        source.data_key(Metadata([[MasterKey.age(NAMES["B"], other)]]))
    assert NAMES["A"] in caught.value.hint


PROJECTS = {"/p/team-a.agekey": TEXT_A, "/p/default.agekey": TEXT_B, "/own/keys.txt": TEXT_A}


@pytest.mark.parametrize(
    ("project", "files", "found"),
    [
        ("team-a", PROJECTS, "A"),
        ("team-b", PROJECTS, "B"),
        ("default", PROJECTS, "B"),
    ],
)
def test_project_keys_are_the_only_source(project, files, found):
    environ = {
        "CMP_PROJECT_KEYS": "/p",
        "ARGOCD_APP_PROJECT_NAME": project,
        "SOPS_AGE_KEY": TEXT_A,
        "SOPS_AGE_KEY_FILE": "/own/keys.txt",
        "HOME": "/own",
        "ARGOCD_ENV_ARGOCD_APP_PROJECT_NAME": "team-a",
        "ARGOCD_ENV_CMP_PROJECT_KEYS": "/own",
    }
    assert _recipients(from_environment(environ, _reader(files))) == {NAMES[found]}


@pytest.mark.parametrize(
    "project",
    ["", "../team-a", "a/b", ".", "..", "Team-A", "-a", "a-", "a.b", "x" * 64, "team-a\n", "ä"],
)
def test_a_project_that_is_no_label_is_refused(project):
    environ = {"CMP_PROJECT_KEYS": "/p", "ARGOCD_APP_PROJECT_NAME": project, "SOPS_AGE_KEY": TEXT_A}
    if not project:
        del environ["ARGOCD_APP_PROJECT_NAME"]
    with pytest.raises(errors.KeySourceError, match="ARGOCD_APP_PROJECT_NAME"):
        from_environment(environ, _reader(PROJECTS)).identities()


def test_no_key_for_the_project_is_an_error_whatever_else_is_there():
    environ = {"CMP_PROJECT_KEYS": "/p", "ARGOCD_APP_PROJECT_NAME": "team-b", "SOPS_AGE_KEY": TEXT_A}
    with pytest.raises(errors.KeySourceError, match="team-b"):
        from_environment(environ, _reader({"/p/team-a.agekey": TEXT_A})).identities()


def test_a_broken_project_key_never_falls_back_to_the_default():
    environ = {"CMP_PROJECT_KEYS": "/p", "ARGOCD_APP_PROJECT_NAME": "team-a"}
    files = {"/p/team-a.agekey": "rubbish", "/p/default.agekey": TEXT_B}
    with pytest.raises(errors.KeySourceError, match=r"team-a\.agekey"):
        from_environment(environ, _reader(files)).identities()


def test_a_project_key_that_cannot_be_read_never_falls_back(tmp_path):
    (tmp_path / "team-a.agekey").mkdir()
    (tmp_path / "default.agekey").write_text(TEXT_B)
    environ = {"CMP_PROJECT_KEYS": str(tmp_path), "ARGOCD_APP_PROJECT_NAME": "team-a"}
    with pytest.raises(errors.KeySourceError):
        from_environment(environ, read_file).identities()


def test_another_projects_file_stays_closed(data_folder):
    own = (data_folder / "keys.txt").read_text()
    data = (data_folder / "valid" / "types.yaml").read_bytes()
    files = {"/p/team-a.agekey": own, "/p/team-b.agekey": TEXT_B}
    for project in ("team-a", "team-b"):
        environ = {
            "CMP_PROJECT_KEYS": "/p",
            "ARGOCD_APP_PROJECT_NAME": project,
            "SOPS_AGE_KEY": own,
            "ARGOCD_ENV_SOPS_AGE_KEY": own,
        }
        source = from_environment(environ, _reader(files))
        if project == "team-a":
            assert decrypt(data, "yaml", source)
        else:
            with pytest.raises(errors.DataKeyError) as caught:
                decrypt(data, "yaml", source)
            assert own.splitlines()[-1] not in str(caught.value) + caught.value.hint


def test_files_from_disk(tmp_path):
    path = tmp_path / "keys.txt"
    assert read_file(str(path)) is None
    assert read_file(str(path / "below")) is None
    path.write_text(TEXT_A)
    assert _recipients(from_environment({"SOPS_AGE_KEY_FILE": str(path)}, read_file)) == {NAMES["A"]}
    with pytest.raises(errors.KeySourceError):
        read_file(str(tmp_path))


def test_ssh_keys():
    from cryptography.hazmat.primitives.asymmetric import ed25519
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    for environ, path in (
        ({"HOME": "/h"}, "/h/.ssh/id_ed25519"),
        ({"SOPS_AGE_SSH_PRIVATE_KEY_FILE": "/k"}, "/k"),
    ):
        source = from_environment(environ, _reader({path: pem}))
        metadata = _metadata(public + " a comment", age.parse_recipient(public))
        assert source.data_key(metadata) == KEY
        assert _recipients(source) == {public}


KEY = bytes(range(32))


def _metadata(label: str, *recipients: age.Recipient) -> Metadata:
    enc = age.encrypt(KEY, list(recipients), armor=True).decode()
    return Metadata([[MasterKey.age(label, enc)]])


def test_a_protected_key_file_needs_someone_to_ask():
    locked = age.encrypt(TEXT_A.encode(), [age.ScryptRecipient(b"pass", 10)], armor=True).decode()
    files = {"/k": locked}
    metadata = _metadata(NAMES["A"], A.recipient())
    asked = []

    def ask() -> bytes:
        asked.append(1)
        return b"pass"

    assert from_environment({"SOPS_AGE_KEY_FILE": "/k"}, _reader(files), ask=ask).data_key(metadata) == KEY
    assert asked == [1]
    with pytest.raises(errors.DataKeyError, match="passphrase"):
        from_environment({"SOPS_AGE_KEY_FILE": "/k"}, _reader(files)).data_key(metadata)


def test_the_message_names_what_is_missing():
    metadata = _metadata(NAMES["A"], A.recipient())
    with pytest.raises(errors.DataKeyError) as caught:
        from_environment({"SOPS_AGE_KEY": TEXT_B, "SOPS_AGE_KEY_FILE": "/none"}, _reader({})).data_key(
            metadata
        )
    assert NAMES["A"] in str(caught.value)
    assert "SOPS_AGE_KEY_FILE names a file that does not exist" in str(caught.value)
    assert NAMES["B"] in caught.value.hint
    assert "AGE-SECRET" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize(
    ("types", "words"),
    [(["pgp"], "PGP keys only"), (["kms", "hc_vault", "pgp"], "AWS KMS, HashiCorp Vault and PGP keys only")],
)
def test_a_file_without_age_keys_says_how_to_add_one(types, words):
    metadata = Metadata([[MasterKey(name, {"enc": "x"}) for name in types]])
    with pytest.raises(errors.DataKeyError, match=words) as caught:
        from_environment({"SOPS_AGE_KEY": TEXT_A}, _reader({})).data_key(metadata)
    assert "--add-age" in caught.value.hint


def test_keys_of_other_types_beside_age_are_skipped():
    metadata = _metadata(NAMES["A"], A.recipient())
    metadata.key_groups[0].insert(0, MasterKey("kms", {"arn": "x", "enc": "y"}))
    assert from_environment({"SOPS_AGE_KEY": TEXT_A}, _reader({})).data_key(metadata) == KEY


@pytest.mark.parametrize("threshold", [0, 2, 3])
def test_all_groups_are_joined_whatever_the_threshold_says(threshold):
    """A threshold that is missing or was lowered by hand costs nothing while every group opens."""
    from cmp.sops.shamir import split

    groups = [
        [MasterKey.age("x", age.encrypt(share, [A.recipient()], armor=True).decode())]
        for share in split(KEY, 3, 3)
    ]
    source = from_environment({"SOPS_AGE_KEY": TEXT_A}, _reader({}))
    assert source.data_key(Metadata(groups, shamir_threshold=threshold)) == KEY


def test_a_data_key_of_a_wrong_size_is_refused():
    enc = age.encrypt(b"short", [A.recipient()], armor=True).decode()
    with pytest.raises(errors.DataKeyError, match="size"):
        from_environment({"SOPS_AGE_KEY": TEXT_A}, _reader({})).data_key(
            Metadata([[MasterKey.age("x", enc)]])
        )


def test_reprs_hold_no_keys():
    source = from_environment({"SOPS_AGE_KEY": TEXT_A}, _reader({}))
    source.identities()
    assert "AGE-SECRET" not in repr(source) + repr(source.identities()) + repr(FixedDataKey(KEY))
