"""What leaves encrypted on purpose: objects of an operator's kind, and whole age files."""

from __future__ import annotations

import base64

import pytest

from cmp import age
from cmp.errors import CmpError
from cmp.render.errors import GateError
from cmp.sops.keys import KeySource

ALLOW = "cmp.mlops/allow-undecrypted"
PASSWORD = "correct horse battery"
SOPS_SECRET = f"""\
apiVersion: isindir.github.com/v1alpha3
kind: SopsSecret
metadata:
  name: a
  annotations: {{{ALLOW}: the operator of the cluster decrypts it}}
spec:
  secretTemplates:
  - name: a
    stringData: {{password: {PASSWORD}}}
"""
ENCRYPTED = "^secretTemplates$"
PLAIN = SOPS_SECRET.replace(f"  annotations: {{{ALLOW}: the operator of the cluster decrypts it}}\n", "")


def kustomization(more=""):
    return f"resources: [s.yaml]\n{more}"


def tree(text, seal, more="", regex=ENCRYPTED):
    return {"kustomization.yaml": kustomization(more), "s.yaml": seal(text, regex=regex)}


@pytest.mark.parametrize(
    "settings", [{}, {"keys": None}, {"masked": True, "keys": None}, {"waivers": frozenset(["undecrypted"])}]
)
def test_ciphertext_and_sops_block_leave_as_they_stand(run, seal, settings):
    files = tree(SOPS_SECRET, seal)
    text = run(files, **settings).text
    assert PASSWORD not in text
    assert text.count("ENC[AES256_GCM,") == files["s.yaml"].count(b"ENC[AES256_GCM,")
    assert "mac: ENC[" in text
    assert "BEGIN AGE ENCRYPTED FILE" in text


def test_the_explanation_names_the_file(run, seal):
    assert "left encrypted: s.yaml" in run(tree(SOPS_SECRET, seal)).explain


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ("namespace: team\n", "metadata.namespace"),
        ("namePrefix: x-\n", "metadata.name"),
        ("commonAnnotations: {a: b}\n", "metadata.annotations.a"),
        ("labels: [{pairs: {a: b}}]\n", "metadata.labels.a"),
        ("patches: [{target: {kind: SopsSecret, name: a}, patch: '- {op: add, path: /spec/suspend, value: true}'}]\n", "spec.suspend"),
        ("patches: [{target: {kind: SopsSecret}, patch: '- {op: remove, path: /sops/mac}'}]\n", "sops"),
        ("patches: [{target: {kind: SopsSecret}, patch: '- {op: replace, path: /spec/secretTemplates/0/name, value: b}'}]\n", "spec.secretTemplates[0].name"),
    ],
)  # fmt: skip
def test_a_change_of_what_the_mac_covers_is_refused(run, seal, more, field):
    with pytest.raises(GateError, match="what the MAC of the encrypted file covers") as info:
        run(tree(SOPS_SECRET, seal, more))
    assert info.value.where.field == field
    assert "allow-cleartext" not in info.value.hint


def test_with_mac_only_encrypted_the_rest_may_change(run, identity):
    from cmp.sops.write.document import NewFile, encrypt

    new = NewFile(
        groups=((str(identity.recipient()),),), rule=("encrypted_regex", ENCRYPTED), mac_only_encrypted=True
    )
    sealed = encrypt(SOPS_SECRET.encode(), "yaml", new, "2026-01-02T03:04:05Z").data
    files = {"kustomization.yaml": kustomization("namespace: team\n"), "s.yaml": sealed}
    assert "namespace: team" in run(files).text
    moved = "patches: [{target: {kind: SopsSecret}, patch: '- {op: copy, from: /spec/secretTemplates/0/name, path: /spec/x}'}]\n"
    with pytest.raises(GateError, match="MAC"):
        run({**files, "kustomization.yaml": kustomization(moved)})


PATCHED = f"patches: [{{target: {{kind: SopsSecret, name: a}}, patch: '- {{op: add, path: /metadata/annotations, value: {{{ALLOW}: because}}}}'}}]\n"


@pytest.mark.parametrize(
    ("text", "more", "hint"),
    [
        (PLAIN, "", ALLOW),
        (PLAIN, PATCHED, ALLOW),
        (PLAIN, f"commonAnnotations: {{{ALLOW}: because}}\n", ALLOW),
        (SOPS_SECRET.replace("the operator of the cluster decrypts it", "'...'"), "", ALLOW),
        (SOPS_SECRET + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n", "", ALLOW),
    ],
)
def test_only_the_stored_file_itself_can_ask_for_it(run, seal, text, more, hint):
    with pytest.raises(GateError) as info:
        run(tree(text, seal, more))
    assert PASSWORD not in str(info.value)
    assert hint in info.value.hint
    assert "allow-cleartext" not in info.value.hint


def test_other_kinds_are_decrypted_whatever_they_ask_for(run, seal):
    secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s, annotations: {{{ALLOW}: because}}}}\nstringData: {{k: {PASSWORD}}}\n"
    text = run(tree(secret, seal, regex="^stringData$")).text
    assert PASSWORD in text
    assert "ENC[" not in text
    other = SOPS_SECRET.replace("isindir.github.com", "evil.github.com")
    with pytest.raises(GateError, match="shown in clear"):
        run(tree(other, seal))


def test_cmp_waivers_covers_it(run, seal):
    with pytest.raises(GateError) as info:
        run(tree(SOPS_SECRET, seal), waivers=frozenset(["placeholder"]))
    assert "CMP_WAIVERS does not allow undecrypted" in info.value.hint


NO_IDENTITY = KeySource(list, "a folder without keys")
OTHER_IDENTITY = KeySource(lambda: [age.X25519Identity.generate()], "another key")


@pytest.mark.parametrize("keys", [None, NO_IDENTITY, OTHER_IDENTITY])
def test_without_a_key_the_hint_says_how_it_may_leave(run, seal, keys):
    with pytest.raises(CmpError) as info:
        run(tree(PLAIN, seal), keys=keys)
    assert ALLOW in info.value.hint
    with pytest.raises(CmpError) as info:
        run(tree(PLAIN, seal), keys=keys, waivers=frozenset(["placeholder"]))
    assert ALLOW not in info.value.hint
    with pytest.raises(CmpError) as info:
        run(tree(PLAIN.replace("SopsSecret", "Secret"), seal), keys=keys)
    assert ALLOW not in info.value.hint


def test_sops_text_in_a_core_secret_never_leaves(run, seal):
    content = base64.b64encode(seal(SOPS_SECRET, regex=ENCRYPTED)[:-40]).decode()
    secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s, annotations: {{{ALLOW}: because}}}}\ndata: {{s.age: {content}}}\n"
    with pytest.raises(CmpError) as info:
        run({"kustomization.yaml": kustomization(), "s.yaml": secret})
    assert ALLOW not in info.value.hint


@pytest.mark.parametrize("armor", [True, False])
@pytest.mark.parametrize(
    ("key", "waivers", "leaves"),
    [
        ("db.age", None, True),
        ("db", None, False),
        ("age", None, False),
        ("db.age", frozenset(), False),
    ],
)
def test_a_whole_age_file_under_its_own_name(run, identity, armor, key, waivers, leaves):
    content = age.encrypt(b"x" * 100, [identity.recipient()], armor=armor)
    files = {
        "kustomization.yaml": f"secretGenerator: [{{name: s, files: [{key}=f]}}]\n",
        "f": content,
    }
    if leaves:
        assert "kind: Secret" in run(files, waivers=waivers).text
        return
    with pytest.raises(GateError, match="still encrypted"):
        run(files, waivers=waivers)


@pytest.mark.parametrize("around", [(b"x", b""), (b"", b"x"), (b"a: b\n", b""), (b"", b"\nx")])
def test_an_age_file_with_something_around_it_stays(run, identity, around):
    content = around[0] + age.encrypt(b"x" * 100, [identity.recipient()], armor=True) + around[1]
    files = {"kustomization.yaml": "secretGenerator: [{name: s, files: [db.age=f]}]\n", "f": content}
    with pytest.raises(GateError, match="still encrypted"):
        run(files)
