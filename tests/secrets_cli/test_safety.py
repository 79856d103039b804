"""What must never happen: half a file, a lost file, another mode, cleartext or keys in the open."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from cmp.cli.commands.secrets import editor

PLAIN = "hunter2"


def leftovers(folder) -> list[str]:
    return [name for name in os.listdir(folder) if name.endswith(".tmp")]


def test_the_mode_stays(encrypted):
    path = encrypted.path / "secret.yaml"
    for mode in (0o640, 0o600, 0o664):
        path.chmod(mode)
        encrypted.ok("rotate", "secret.yaml")
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert leftovers(encrypted.path) == []


def test_a_new_file_gets_the_usual_mode(place):
    place.ok("encrypt", "--output-file", "new.yaml", "secret.yaml")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((place.path / "new.yaml").stat().st_mode) == 0o666 & ~mask


def test_a_link_stays_a_link(encrypted):
    link = encrypted.path / "link.yaml"
    link.symlink_to("secret.yaml")
    before = encrypted.read("secret.yaml")
    encrypted.ok("rotate", "link.yaml")
    assert link.is_symlink()
    assert encrypted.read("secret.yaml") != before


@pytest.mark.parametrize(
    "arguments",
    [
        ["rotate", "secret.yaml"],
        ["set", "secret.yaml", "stringData.password"],
        ["unset", "secret.yaml", "stringData.password"],
        ["edit", "secret.yaml"],
        ["decrypt", "secret.yaml"],
    ],
)
def test_without_the_key_nothing_changes(encrypted, arguments):
    before = encrypted.read("secret.yaml")
    result = encrypted.run(*arguments, stdin=b"new", SOPS_AGE_KEY_FILE="/nonexistent", EDITOR="true")
    assert result.code == 1
    assert "no identity opens the file" in result.err
    assert encrypted.read("secret.yaml") == before


def test_a_changed_file_is_refused_and_left_alone(encrypted):
    path = encrypted.path / "secret.yaml"
    path.write_text(path.read_text().replace("name: login", "name: other"))
    before = encrypted.read("secret.yaml")
    for arguments in (["rotate", "secret.yaml"], ["set", "secret.yaml", "a"], ["decrypt", "secret.yaml"]):
        result = encrypted.run(*arguments, stdin=b"x")
        assert result.code == 1
        assert "MAC" in result.err
        assert result.out == ""
    assert encrypted.read("secret.yaml") == before


# The editor.

REPLACE = """
import os, stat, sys
path = sys.argv[1]
folder = os.path.dirname(path)
print("MODES", oct(stat.S_IMODE(os.stat(path).st_mode)), oct(stat.S_IMODE(os.stat(folder).st_mode)), folder)
text = open(path).read()
open(path, "w").write(text.replace("hunter2", "correct horse"))
"""


def test_edit_in_a_private_folder_that_is_gone_afterwards(encrypted):
    before = encrypted.read("secret.yaml").splitlines()
    result = encrypted.ok("edit", "secret.yaml", EDITOR=encrypted.editor(REPLACE))
    _, file_mode, folder_mode, folder = next(
        line for line in result.out.splitlines() if "MODES" in line
    ).split()
    assert (file_mode, folder_mode) == ("0o600", "0o700")
    assert not os.path.exists(folder)
    assert os.path.dirname(folder) != str(encrypted.path)
    after = encrypted.read("secret.yaml").splitlines()
    changed = [old.strip().partition(":")[0] for old, new in zip(before, after, strict=True) if old != new]
    assert [name for name in changed if name != "lastmodified"] == ["password", "mac"]
    assert encrypted.ok("decrypt", "--extract", "stringData.password", "secret.yaml").out == "correct horse"


def test_the_editor_sees_the_layout_that_was_encrypted(encrypted, place):
    encrypted.ok(
        "edit", "secret.yaml", EDITOR=encrypted.editor("import sys; print(open(sys.argv[1]).read())")
    )
    result = encrypted.ok(
        "edit", "secret.yaml", EDITOR=encrypted.editor("import sys; print(open(sys.argv[1]).read())")
    )
    assert "  user: \"admin\"   # the only one\n\n  password: 'hunter2'\n" in result.out
    assert "sops:" not in result.out
    assert "nothing changed" in result.err


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("import sys; sys.exit(3)", "ended with code 3"),
        ("import sys; open(sys.argv[1], 'w').write('a: [hunter2')", "nothing was written"),
        ("import sys; open(sys.argv[1], 'w').write('plain: hunter2')", "covers no value"),
        ("import sys; open(sys.argv[1], 'w').write('')", "nothing was written"),
        ("import sys; open(sys.argv[1], 'w').write('sops: {mac: hunter2}')", "nothing was written"),
    ],
)
def test_a_bad_edit_leaves_the_old_file(encrypted, script, says):
    before = encrypted.read("secret.yaml")
    result = encrypted.run("edit", "secret.yaml", EDITOR=encrypted.editor(script))
    assert result.code == 1
    assert says in result.err
    assert PLAIN not in result.err
    assert encrypted.read("secret.yaml") == before


def test_an_edit_of_a_file_that_changed_meanwhile_is_refused(encrypted):
    script = REPLACE + f"\nopen({str(encrypted.path / 'secret.yaml')!r}, 'a').write('# hello\\n')\n"
    result = encrypted.run("edit", "secret.yaml", EDITOR=encrypted.editor(script))
    assert result.code == 1
    assert "meanwhile" in result.err
    assert encrypted.read("secret.yaml").endswith("# hello\n")


@pytest.mark.parametrize("before", [None, "there before"])
def test_an_output_file_that_changed_meanwhile_is_not_overwritten(place, before):
    output, pipe = place.path / "out.yaml", place.path / "pipe.yaml"
    if before is not None:
        output.write_text(before)
    os.mkfifo(pipe)
    with subprocess.Popen(
        place.command("encrypt", "--output-file", "out.yaml", "pipe.yaml"),
        cwd=place.path,
        env=place.environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        with open(pipe, "w") as file:  # opened once the command reads, which has seen out.yaml by then
            output.write_text("of somebody else")
            file.write(place.read("secret.yaml"))
        errors = process.communicate(timeout=120)[1]
    assert (process.returncode, place.read("out.yaml")) == (1, "of somebody else")
    assert "out.yaml: the file was changed by someone else meanwhile" in errors


def test_an_output_file_keeps_mode_and_link(place):
    target, link = place.path / "target.yaml", place.path / "link.yaml"
    target.write_text("old")
    target.chmod(0o604)
    link.symlink_to("target.yaml")
    place.ok("encrypt", "--output-file", "link.yaml", "secret.yaml")
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o604
    assert place.ok("decrypt", "target.yaml").code == 0


def test_of_four_keygens_at_once_one_has_the_file(place):
    started = [
        subprocess.Popen(
            place.command("keygen", "-o", "new.txt"),
            cwd=place.path,
            env=place.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    said = [process.communicate(timeout=300)[1] for process in started]
    [winner] = [text for process, text in zip(started, said, strict=True) if process.returncode == 0]
    recipient = winner.strip().removeprefix("Public key: ")
    assert f"# public key: {recipient}\n" in place.read("new.txt")
    assert sum("the file exists already" in text for text in said) == 3
    assert stat.S_IMODE((place.path / "new.txt").stat().st_mode) == 0o600


def test_of_eight_values_at_once_none_is_lost(encrypted):
    """Each is there, or whoever set it was told that it is not."""
    started = [
        subprocess.Popen(
            encrypted.command("set", "secret.yaml", f"stringData.k{number}"),
            cwd=encrypted.path,
            env=encrypted.environment,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    with ThreadPoolExecutor(8) as pool:
        said = list(
            pool.map(lambda each: each[1].communicate(f"new{each[0]}", timeout=300)[1], enumerate(started))
        )
    decrypted = encrypted.ok("decrypt", "secret.yaml").out
    done = [number for number, process in enumerate(started) if process.returncode == 0]
    assert done
    for number, text in enumerate(said):
        assert (f"k{number}: new{number}\n" in decrypted) == (number in done), text
        assert number in done or "changed by someone else meanwhile" in text


def test_edit_makes_a_new_file(place):
    script = "import sys; open(sys.argv[1], 'w').write('data:\\n  password: hunter2\\n')"
    place.ok("edit", "new.yaml", EDITOR=place.editor(script))
    assert PLAIN not in place.read("new.yaml")
    assert place.ok("decrypt", "new.yaml").out == "data:\n    password: hunter2\n"


def test_a_terminated_edit_removes_its_folder(encrypted):
    script = "import os, sys, time; print(os.path.dirname(sys.argv[1]), flush=True); time.sleep(30)"
    environment = {**encrypted.environment, "EDITOR": encrypted.editor(script)}
    process = subprocess.Popen(
        encrypted.command("edit", "secret.yaml"),
        cwd=encrypted.path,
        env=environment,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    folder = process.stdout.readline().decode().strip()
    assert os.path.isdir(folder)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(timeout=120)
    process.stdout.close()
    assert not os.path.exists(folder)


def test_editor_choice():
    assert editor.find_editor({"SOPS_EDITOR": "a -w", "EDITOR": "b"}) == ["a", "-w"]
    assert editor.find_editor({"VISUAL": "'my editor' x"}) == ["my editor", "x"]
    with pytest.raises(editor.EditorError, match="quote"):
        editor.find_editor({"EDITOR": "'half"})


def test_memory_folder(tmp_path):
    mounts = f"proc /proc proc rw 0 0\nx / ext4 rw 0 0\ntmpfs {tmp_path} tmpfs rw 0 0\n"
    assert editor.memory_folder(mounts, {"XDG_RUNTIME_DIR": str(tmp_path)}) == str(tmp_path)
    disk = f"x / ext4 rw 0 0\ny {tmp_path} ext4 rw 0 0\n"
    assert editor.memory_folder(disk, {"XDG_RUNTIME_DIR": str(tmp_path)}) is None
    assert editor.memory_folder("", {}) is None


# What can be seen from outside.

_SPY = """
import sys
from concurrent.futures import ThreadPoolExecutor
seen = []
def hook(event, arguments):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        seen.append(repr(arguments))
sys.addaudithook(hook)
from cmp.cli.ctl import main
code = main(["secrets", *sys.argv[1:]])
for line in seen:
    print("CHILD", line, file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["encrypt", "-i", "secret.yaml"], b""),
        (["encrypt", "secret.yaml"], b""),
        (["keygen", "-o", "k2.txt"], b""),
        (["show-recipients", "other.yaml"], b""),
        (["set", "other.yaml", "stringData.password"], b"correct horse"),
        (["set", "--json", "other.yaml", "stringData.password"], b"correct horse"),
        (["rotate", "other.yaml"], b""),
        (["unset", "other.yaml", "stringData.nothing"], b""),
        (["edit", "other.yaml"], b""),
    ],
)
def test_no_secret_in_children_or_messages(place, arguments, stdin):
    (place.path / "other.yaml").write_text(place.ok("encrypt", "secret.yaml").out)
    done = subprocess.run(
        [sys.executable, "-c", _SPY, *arguments],
        input=stdin,
        capture_output=True,
        cwd=place.path,
        env={**place.environment, "EDITOR": place.editor(REPLACE)},
        timeout=300,
        check=False,
    )
    err = done.stderr.decode()
    for secret in (PLAIN, "correct horse", "admin", "the only one", "AGE-SECRET-KEY"):
        assert secret not in err
        assert secret not in done.stdout.decode() or arguments[0] == "decrypt"
    children = [line for line in err.splitlines() if line.startswith("CHILD")]
    assert len(children) == (arguments[0] == "edit")
    assert "Traceback" not in err
