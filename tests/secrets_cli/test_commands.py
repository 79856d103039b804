"""Each command of `cmpctl secrets` as a person runs it."""

from __future__ import annotations

import json
import stat

import pytest

from cmp import age

PLAIN = "hunter2"


def test_help_has_examples_for_every_command(place):
    listed = place.ok("--help").out
    for name in (
        "keygen",
        "encrypt",
        "decrypt",
        "edit",
        "set",
        "unset",
        "rotate",
        "updatekeys",
        "show-recipients",
    ):
        assert f"  {name} " in listed
        assert "Examples:" in place.ok(name, "--help").out


def test_encrypt_keeps_the_layout(encrypted):
    text = encrypted.read("secret.yaml")
    assert text.startswith(
        "# who may log in\napiVersion: v1\nkind: Secret\nmetadata: {name: login}\nstringData:\n"
    )
    assert '\n  user: "ENC[AES256_GCM,' in text
    assert "\n\n  password: 'ENC[AES256_GCM," in text
    assert PLAIN not in text
    assert "admin" not in text
    assert "the only one" not in text


def test_encrypt_prints_without_in_place(place):
    result = place.ok("encrypt", "secret.yaml")
    assert "ENC[AES256_GCM," in result.out
    assert PLAIN in place.read("secret.yaml")
    place.ok("encrypt", "--output-file", "new.yaml", "secret.yaml")
    assert "ENC[AES256_GCM," in place.read("new.yaml")


def test_encrypt_from_standard_input(place):
    result = place.ok("encrypt", "--filename-override", "some.env", "-", stdin=b"A=hunter2\n")
    assert result.out.startswith("A=ENC[AES256_GCM,")


def test_decrypt(encrypted):
    assert "password: hunter2\n" in encrypted.ok("decrypt", "secret.yaml").out
    assert encrypted.ok("decrypt", "--extract", "stringData.password", "secret.yaml").out == PLAIN
    assert encrypted.ok("decrypt", "--extract", '["stringData"]["user"]', "secret.yaml").out == "admin"
    as_json = json.loads(encrypted.ok("decrypt", "--output-type", "json", "secret.yaml").out)
    assert as_json["stringData"] == {"user": "admin", "password": PLAIN}
    branch = encrypted.ok("decrypt", "--extract", "metadata", "secret.yaml").out
    assert branch == "name: login\n"


def test_extract_of_a_list(place):
    (place.path / "list.yaml").write_text("data:\n- a\n- {b: 1}\n")
    place.ok("encrypt", "-i", "list.yaml")
    assert place.ok("decrypt", "--extract", "data", "list.yaml").out == "- a\n- b: 1\n"
    out = place.ok("decrypt", "--extract", "data", "--output-type", "json", "list.yaml").out
    assert json.loads(out) == ["a", {"b": 1}]
    assert out.endswith("]")  # as sops: a value is not a file


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("true", "true\n"),
        ("false", "false\n"),
        ("null", "null\n"),
        ("7", "7\n"),
        ("-1.0", "-1\n"),
        ("0.5", "0.5\n"),
        ("1e3", "1000\n"),
        ("'true'", "true"),
        ("''", ""),
        ("[]", "[]\n"),
        ("{}", "{}\n"),
    ],
)
def test_extract_of_a_value_that_is_not_a_string(place, written, printed):
    """As sops 3.13.3 prints it: strings without a line break, all else as YAML."""
    (place.path / "list.yaml").write_text(f"data: {written}\nstringData: x\n")
    place.ok("encrypt", "-i", "list.yaml")
    assert place.ok("decrypt", "--extract", '["data"]', "list.yaml").out == printed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"password": "hunter2", "n": 1}\n'),
        ("a.env", "PASSWORD=hunter2\n# note\n"),
        ("a.ini", "[login]\npassword = hunter2\n"),
        ("a.bin", "hunter2\n\x00"),
        ("b.yml", "data: {password: hunter2}\n"),
    ],
)
def test_every_format(place, name, text):
    (place.path / name).write_text(text)
    place.ok("encrypt", "-i", name)
    assert PLAIN not in place.read(name)
    assert PLAIN in place.ok("decrypt", name).out
    place.ok("rotate", name)
    assert PLAIN in place.ok("decrypt", name).out


def test_set_changes_one_line_and_the_metadata(encrypted):
    before = encrypted.read("secret.yaml").splitlines()
    encrypted.ok("set", "secret.yaml", "stringData.password", stdin=b"correct horse\n")
    after = encrypted.read("secret.yaml").splitlines()
    changed = [old.strip().partition(":")[0] for old, new in zip(before, after, strict=True) if old != new]
    assert [name for name in changed if name != "lastmodified"] == ["password", "mac"]
    assert encrypted.ok("decrypt", "--extract", "stringData.password", "secret.yaml").out == "correct horse"


def test_set_new_places_and_json(encrypted):
    encrypted.ok("set", "secret.yaml", "stringData.token", stdin=b"t0ken")
    encrypted.ok("set", "--json", "secret.yaml", "data.list", stdin=b'["a", 1]')
    encrypted.ok("set", "secret.yaml", "data.list[2]", stdin=b"two\nlines\n\n")
    value = json.loads(encrypted.ok("decrypt", "--output-type", "json", "secret.yaml").out)
    assert value["stringData"]["token"] == "t0ken"
    assert value["data"]["list"] == ["a", 1, "two\nlines\n"]
    (encrypted.path / "value").write_text("from a file")
    encrypted.ok("set", "--value-file", "value", "secret.yaml", "stringData.token")
    assert encrypted.ok("decrypt", "--extract", "stringData.token", "secret.yaml").out == "from a file"


def test_unset(encrypted):
    encrypted.ok("unset", "secret.yaml", "stringData.user")
    assert "user" not in encrypted.ok("decrypt", "secret.yaml").out
    result = encrypted.run("unset", "secret.yaml", "stringData.user")
    assert result.code == 1
    assert 'nothing at ["stringData"]["user"]' in result.err
    encrypted.ok("unset", "--idempotent", "secret.yaml", "stringData.user")


def test_rotate_changes_every_ciphertext_and_recipients(encrypted):
    before = {line for line in encrypted.read("secret.yaml").splitlines() if "ENC[" in line}
    result = encrypted.ok("rotate", "--add-age", encrypted.two, "--output", "json", "secret.yaml")
    assert json.loads(result.out) == [
        {"file": "secret.yaml", "sealed": 2, "recipients": [encrypted.one, encrypted.two]}
    ]
    assert not before & set(encrypted.read("secret.yaml").splitlines())
    encrypted.ok("rotate", "--rm-age", encrypted.two, "secret.yaml")
    assert encrypted.two not in encrypted.read("secret.yaml")
    assert encrypted.run("rotate", "--rm-age", encrypted.two, "secret.yaml").code == 1


def test_updatekeys(encrypted):
    assert "up to date" in encrypted.ok("updatekeys", "secret.yaml").err
    config = encrypted.path / ".sops.yaml"
    config.write_text(
        config.read_text().replace(f"age: {encrypted.one}", f"age: {encrypted.two},{encrypted.one}")
    )
    before = encrypted.read("secret.yaml")
    result = encrypted.run("updatekeys", "--dry-run", "secret.yaml")
    assert (result.code, encrypted.read("secret.yaml")) == (1, before)
    assert f"+ {encrypted.two}" in result.err
    assert encrypted.run("updatekeys", "secret.yaml").code == 2, "nobody to ask"
    encrypted.ok("updatekeys", "-y", "secret.yaml")
    after = encrypted.read("secret.yaml")
    kept = [line for line in before.splitlines() if "ENC[" in line]
    assert kept == [line for line in after.splitlines() if "ENC[" in line], "values, MAC and time stay"
    enc = before.partition("BEGIN AGE")[2].partition("END AGE")[0]
    assert enc in after, "a recipient who stays keeps the text"
    config.write_text(config.read_text().replace(f",{encrypted.one}", ""))
    result = encrypted.ok("updatekeys", "-y", "secret.yaml")
    assert f"- {encrypted.one}" in result.err
    assert "rotate" in result.err
    assert encrypted.run("decrypt", "secret.yaml").code == 1


def test_key_groups_and_threshold(place):
    rules = f"""creation_rules:
- key_groups: [{{age: [{place.one}]}}, {{age: [{place.two}]}}]
  shamir_threshold: 2
"""
    (place.path / ".sops.yaml").write_text(rules)
    place.ok("encrypt", "-i", "secret.yaml")
    result = place.run("decrypt", "secret.yaml")
    assert result.code == 1
    assert "2 of its 2 key groups" in result.err
    both = f"{place.read('keys.txt')}\n{age.X25519Identity(bytes([8] * 32)).secret_text()}\n"
    (place.path / "keys.txt").write_text(both)
    assert PLAIN in place.ok("decrypt", "secret.yaml").out
    shown = json.loads(place.ok("show-recipients", "--output", "json", "secret.yaml").out)
    assert (shown[0]["threshold"], len(shown[0]["groups"])) == (2, 2)


def test_show_recipients_needs_no_key(encrypted):
    result = encrypted.ok("show-recipients", "secret.yaml", SOPS_AGE_KEY_FILE="", HOME="/nonexistent")
    assert encrypted.one in result.out
    assert "1/1" in result.out


@pytest.mark.parametrize("flags", [[], ["--pq"]])
def test_keygen(place, flags):
    result = place.ok("keygen", *flags, "-o", "new.txt")
    path = place.path / "new.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (identity,) = age.parse_identities(path.read_bytes())
    assert str(identity.recipient()) in result.err
    assert "SECRET" not in result.err + result.out
    # The first key of a machine: its folder need not be there yet.
    place.ok("keygen", *flags, "-o", "config/age/keys.txt")
    assert stat.S_IMODE((place.path / "config").stat().st_mode) == 0o700
    assert stat.S_IMODE((place.path / "config/age/keys.txt").stat().st_mode) == 0o600
    again = place.run("keygen", "-o", "new.txt")
    assert again.code == 1
    assert "exists already" in again.err
    (printed,) = age.parse_identities(place.ok("keygen", *flags).out)
    assert str(printed.recipient()) != str(identity.recipient())


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["encrypt", "missing.yaml"], 2, "does not exist"),
        (["encrypt", "-i", "-"], 2, "in-place"),
        (["encrypt", "--encrypted-regex", "a", "--unencrypted-regex", "b", "secret.yaml"], 2, "together"),
        (["encrypt", "--age", "age1qqqq", "secret.yaml"], 1, "Bech32"),
        (["encrypt", "--encrypted-regex", "^nothing$", "secret.yaml"], 1, "covers no value"),
        (["encrypt", "--encrypted-regex", "(", "secret.yaml"], 1, "regular expression"),
        (["encrypt", "--config", "keys.txt", "secret.yaml"], 1, "mapping"),
        (["decrypt", "secret.yaml"], 1, "not encrypted"),
        (["set", "secret.yaml", "a..b"], 1, "cannot be read"),
        (["rotate", "secret.yaml"], 1, "not encrypted"),
        (["nonsense"], 2, "no such command"),
    ],
)
def test_refusals(place, arguments, code, says):
    result = place.run(*arguments)
    assert (result.code, result.out) == (code, "")
    assert says in result.err
    assert "Traceback" not in result.err
    assert place.read("secret.yaml").count(PLAIN) == 1


def test_encrypting_twice_is_refused(encrypted):
    before = encrypted.read("secret.yaml")
    result = encrypted.run("encrypt", "-i", "secret.yaml")
    assert result.code == 1
    assert "edit, set or rotate" in result.err
    assert encrypted.read("secret.yaml") == before


def test_without_a_configuration(place):
    (place.path / ".sops.yaml").unlink()
    result = place.run("encrypt", "secret.yaml")
    assert result.code == 2
    assert "--age" in result.err
    assert "ENC[" in place.ok("encrypt", "--age", place.one, "secret.yaml").out
    assert "ENC[" in place.ok("encrypt", "secret.yaml", SOPS_AGE_RECIPIENTS=place.one).out
    (place.path / ".sops.yml").write_text("creation_rules: []\n")
    assert "is ignored" in place.run("encrypt", "secret.yaml").err


def test_rules_for_other_key_types_are_refused(place):
    (place.path / ".sops.yaml").write_text(f"creation_rules: [{{age: {place.one}, pgp: ABCD}}]\n")
    result = place.run("encrypt", "secret.yaml")
    assert result.code == 2
    assert "pgp" in result.err


def test_indentation_of_the_configuration(place):
    config = place.path / ".sops.yaml"
    config.write_text(config.read_text() + "stores: {yaml: {indent: 3}, json: {indent: 1}}\n")
    place.ok("encrypt", "-i", "secret.yaml")
    assert "\nsops:\n   age:\n" in place.read("secret.yaml")
    (place.path / "a.json").write_text('{"a": "b"}')
    place.ok("encrypt", "-i", "a.json")
    assert place.read("a.json").startswith('{\n "a": "ENC[')


def test_the_configuration_of_a_parent_folder_counts(place):
    inner = place.path / "overlays" / "production"
    inner.mkdir(parents=True)
    config = place.path / ".sops.yaml"
    config.write_text(config.read_text().replace("path_regex: \\.yaml$", "path_regex: ^overlays/production/"))
    (inner / "secret.yaml").write_text(place.read("secret.yaml"))
    place.ok("encrypt", "-i", "overlays/production/secret.yaml")
    assert "name: login" in (inner / "secret.yaml").read_text()
    place.ok("encrypt", "-i", "secret.yaml")
    assert "name: login" not in place.read("secret.yaml"), "the second rule encrypts everything"


def test_a_broken_configuration_keeps_no_file_closed(encrypted):
    (encrypted.path / ".sops.yaml").write_text("creation_rules: [{agee: x}]\n")
    result = encrypted.ok("decrypt", "secret.yaml")
    assert PLAIN in result.out
    assert "warning: .sops.yaml" in result.err.replace(str(encrypted.path) + "/", "")
    assert encrypted.run("decrypt", "--config", ".sops.yaml", "secret.yaml").code == 1
    assert encrypted.run("encrypt", "secret.yaml").code == 1
