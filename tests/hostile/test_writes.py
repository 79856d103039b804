"""How files are replaced: killed at any moment, on a full disk, on a read-only file system."""

from __future__ import annotations

import os
import re
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cmp import files
from cmp.errors import CmpError
from cmp.files import content, create_private, update

SIZE = 300_000
LOOP = """
import sys
from cmp.files import content, update
number = 0
while True:
    print(number, flush=True)
    number += 1
    update(sys.argv[1], str(number % 10).encode() * int(sys.argv[2]), content(sys.argv[1]))
"""


def replace(path: str, data: bytes) -> None:
    """Whatever stands there."""
    update(path, data, content(path))


def test_a_kill_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"0" * SIZE)
    target.chmod(0o640)
    for writes in range(10):
        command = [sys.executable, "-c", LOOP, str(target), str(SIZE)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout
            for _ in range(writes + 1):  # killed in the write after so many
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        data = target.read_bytes()
        assert len(data) == SIZE
        assert len(set(data)) == 1
        assert target.stat().st_mode & 0o777 == 0o640


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 64 KiB; a visible skip where nothing may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_a_clear_error(small_disk: Path) -> None:
    target = small_disk / "file"
    target.write_bytes(b"old")
    with pytest.raises(CmpError, match="cannot be written: No space left on device") as caught:
        replace(str(target), b"x" * 200_000)
    assert caught.value.where.file == str(target)
    assert target.read_bytes() == b"old"
    assert os.listdir(small_disk) == ["file"]


def test_a_read_only_file_system_is_a_clear_error(small_disk: Path) -> None:
    target = small_disk / "file"
    target.write_bytes(b"old")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(CmpError, match="cannot be written: Read-only file system"):
        replace(str(target), b"new")
    assert target.read_bytes() == b"old"


def test_a_file_size_limit_is_a_clear_error(tmp_path: Path) -> None:
    """The same without a mount: a process that may not write more than 4 KiB to a file."""
    target = tmp_path / "file"
    target.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(CmpError, match="cannot be written: File too large"):
            replace(str(target), b"x" * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_every_failing_step_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("fsync", "replace", "fchmod"):
        with monkeypatch.context() as patch:
            patch.setattr(os, step, full)
            with pytest.raises(CmpError, match="No space left"):
                replace(str(target), b"new")
        assert target.read_bytes() == b"old"
        assert os.listdir(tmp_path) == ["file"]


def test_file_and_folder_reach_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is not on the disk yet can be lost by a power cut, together with the old file."""
    synced: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(stat.S_ISDIR(os.fstat(fd).st_mode)))
    replace(str(tmp_path / "file"), b"new")
    assert synced == [False, True]


def test_owner_and_mode_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    target.chmod(0o604)
    wanted: list[tuple[int, int]] = []

    def refuse(descriptor: int, owner: int, group: int) -> None:
        wanted.append((owner, group))
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    replace(str(target), b"new")
    status = target.stat()
    assert wanted == [(status.st_uid, status.st_gid)]
    assert stat.S_IMODE(status.st_mode) == 0o604


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_another_owner_keeps_the_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    os.chown(target, 12345, 54321)
    replace(str(target), b"new")
    assert (target.stat().st_uid, target.stat().st_gid) == (12345, 54321)


def test_a_link_stays_a_link_and_a_new_file_gets_the_usual_mode(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("file")
    before = os.umask(0o027)
    try:
        replace(str(link), b"new")
    finally:
        os.umask(before)
    assert link.is_symlink()
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_private_file_is_new_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "key"
    create_private(str(path), b"key")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, tmp_path / "a")] == [0o700, 0o700]
    with pytest.raises(CmpError, match="exists already"):
        create_private(str(path), b"other")
    dangling = tmp_path / "link"
    dangling.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CmpError):
        create_private(str(dangling), b"key")
    assert not (tmp_path / "elsewhere").exists()


# Renames that do not replace a person's file: the metrics' file is rewritten on every render, and a
# clone in the cache is a whole folder.
OTHER_RENAMES = {"cli/metrics.py", "cli/slots.py", "kustomize/remote/git.py"}


def test_nothing_else_replaces_files() -> None:
    package = Path(files.__file__).parent
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"\bos\.(?:replace|rename)\(", path.read_text("utf-8"))
    }
    assert found - OTHER_RENAMES == {"files.py"}


def test_an_edit_of_what_has_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    file, link = tmp_path / "a.yaml", tmp_path / "link.yaml"
    file.write_bytes(b"1")
    file.chmod(0o640)
    link.symlink_to(file)
    update(str(link), b"2", b"1")
    assert (file.read_bytes(), file.stat().st_mode & 0o777, link.is_symlink()) == (b"2", 0o640, True)
    for before in (b"1", None):
        with pytest.raises(CmpError, match="meanwhile"):
            update(str(file), b"3", before)
    with pytest.raises(CmpError, match="meanwhile"):
        update(str(tmp_path / "new"), b"3", b"")
    update(str(tmp_path / "new"), b"3", None)
    assert file.read_bytes() == b"2"


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path, kind: str) -> None:
    """`/dev/null` would be a file from then on, for everybody, and a pipe would never answer."""
    place = tmp_path / "there"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("/dev/null")
    mode = place.stat().st_mode
    with pytest.raises(CmpError, match="not a regular file") as caught:
        content(str(place))
    assert caught.value.where.file == str(place)
    with pytest.raises(CmpError, match="not a regular file"):
        update(str(place), b"new", None)
    assert place.stat().st_mode == mode


def test_of_eight_edits_at_once_one_is_made_and_the_others_say_so(tmp_path: Path) -> None:
    file = tmp_path / "count"
    file.write_bytes(b"")
    code = (
        "import sys\nfrom cmp.files import update\npath, word = sys.argv[1:]\n"
        "before = open(path, 'rb').read()\nprint(flush=True)\nsys.stdin.readline()\n"
        "update(path, before + word.encode(), before)\n"
    )
    command = [sys.executable, "-c", code, str(file)]
    environ = {"PYTHONPATH": str(Path(__file__).parents[2])}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    started = [
        subprocess.Popen([*command, str(number)], env=environ, stderr=subprocess.DEVNULL, **pipes)
        for number in range(8)
    ]
    for process in started:  # all have read the file before the first may write
        assert process.stdout
        process.stdout.readline()
    for process in started:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in started:
        process.communicate()
    [written] = [str(number) for number, process in enumerate(started) if process.returncode == 0]
    assert file.read_text() == written
