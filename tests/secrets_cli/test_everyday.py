"""What people who know sops reach for: exec-env, exec-file, filestatus, set --idempotent, decrypt -o."""

from __future__ import annotations

import json
import stat
import sys

import pytest

SHOW = "import os, sys; print(sorted(key for key in os.environ if key.startswith('CMPT_')), *sys.argv[1:])"


@pytest.fixture
def variables(place):
    (place.path / "v.env").write_text("CMPT_A=one two\nCMPT_B=$(touch x)\n")
    place.ok("encrypt", "-i", "v.env")
    return place


def test_exec_env_gives_variables_and_the_exit_code(variables):
    script = "import os, sys; print(os.environ['CMPT_A'], os.environ['CMPT_B']); sys.exit(7)"
    result = variables.run("exec-env", "v.env", "--", sys.executable, "-c", script)
    assert (result.code, result.out) == (7, "one two $(touch x)\n")
    assert not (variables.path / "x").exists()


def test_exec_env_takes_one_word_for_a_command_line(variables):
    assert variables.ok("exec-env", "v.env", 'echo "[$CMPT_A]"').out == "[one two]\n"


def test_exec_env_pristine_hides_other_variables(variables):
    show = (sys.executable, "-c", SHOW)
    out = variables.ok("exec-env", "--pristine", "v.env", *show, "--flag", CMPT_OTHER="x").out
    assert out == "['CMPT_A', 'CMPT_B'] --flag\n"
    out = variables.ok("exec-env", "v.env", *show, CMPT_OTHER="x").out
    assert out == "['CMPT_A', 'CMPT_B', 'CMPT_OTHER']\n"


def test_exec_env_refuses_nested_values(encrypted):
    result = encrypted.run("exec-env", "secret.yaml", "true")
    assert result.code == 1
    assert "secret.yaml, metadata: a mapping or list cannot be an environment variable" in result.err
    assert "hunter2" not in result.err


def test_a_missing_program_is_one_error(variables):
    result = variables.run("exec-env", "v.env", "no-such-program", "x")
    assert result.code == 1
    assert "no-such-program cannot be started" in result.err


def test_exec_file_gives_a_private_file_that_goes_away(encrypted):
    script = (
        "import os, stat, sys; path = sys.argv[1]; print(path); print('hunter2' in open(path).read());"
        " print(*(oct(stat.S_IMODE(os.stat(each).st_mode)) for each in (path, os.path.dirname(path))))"
    )
    out = encrypted.ok("exec-file", "secret.yaml", "--", sys.executable, "-c", script, "{}").out.splitlines()
    assert out[0].endswith("/secret.yaml")
    assert out[1:] == ["True", "0o600 0o700"]
    import os

    assert not os.path.exists(os.path.dirname(out[0]))
    named = encrypted.ok(
        "exec-file", "--filename", "k.json", "--output-type", "json", "secret.yaml", "cat {}"
    ).out
    assert json.loads(named)["stringData"]["password"] == "hunter2"


def test_exec_file_needs_a_place_for_the_path(encrypted):
    result = encrypted.run("exec-file", "secret.yaml", "cat")
    assert result.code == 1
    assert "{}" in result.err


def test_filestatus(encrypted):
    assert json.loads(encrypted.ok("filestatus", "secret.yaml").out) == {"encrypted": True}
    assert json.loads(encrypted.ok("filestatus", ".sops.yaml").out) == {"encrypted": False}


def test_an_idempotent_set_writes_only_another_value(encrypted):
    before = encrypted.read("secret.yaml")
    encrypted.ok("set", "--idempotent", "secret.yaml", "stringData.password", stdin=b"hunter2\n")
    assert encrypted.read("secret.yaml") == before
    encrypted.ok("set", "--idempotent", "secret.yaml", "stringData.password", stdin=b"hunter3\n")
    assert encrypted.read("secret.yaml") != before


def test_decrypt_to_a_file_of_ones_own(encrypted):
    result = encrypted.ok(
        "decrypt", "-o", "clear.json", "--output-type", "json", "--indent", "1", "secret.yaml"
    )
    assert result.out == ""
    path = encrypted.path / "clear.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith('{\n "apiVersion"')
    again = encrypted.run("decrypt", "-o", "clear.json", "secret.yaml")
    assert again.code == 1
    assert path.read_text().startswith('{\n "apiVersion"')


@pytest.mark.parametrize("lines", ["all", "the metadata"])
def test_windows_line_ends_are_named(variables, lines):
    path = variables.path / "v.env"
    data = path.read_bytes()
    if lines == "all":
        path.write_bytes(data.replace(b"\n", b"\r\n"))
    else:
        path.write_bytes(b"\n".join(each + b"\r" * each.startswith(b"sops_") for each in data.split(b"\n")))
    result = variables.run("decrypt", "v.env")
    assert result.code == 1
    assert "CRLF" in result.err
    assert ".gitattributes" in result.err


def test_an_empty_unknown_setting_is_a_warning_and_a_full_one_an_error(place):
    config = place.read(".sops.yaml")
    for name in ("hc_vault", "aws_kms", "comment"):
        for empty in ("[]", "{}", "''", "~"):
            (place.path / ".sops.yaml").write_text(config + f"  {name}: {empty}\n")
            done = place.ok("encrypt", "secret.yaml")
            assert f"'{name}' is not a setting of SOPS" in done.err
        (place.path / ".sops.yaml").write_text(config + f"  {name}: [x]\n")
        assert place.run("encrypt", "secret.yaml").code == 1


def test_a_command_for_keys_that_is_not_run_is_mentioned(encrypted):
    result = encrypted.run("decrypt", "secret.yaml", SOPS_AGE_KEY_FILE="", SOPS_AGE_KEY_CMD="touch ran")
    assert result.code == 1
    assert "SOPS_AGE_KEY_CMD is set and not used" in result.err
    assert not (encrypted.path / "ran").exists()
