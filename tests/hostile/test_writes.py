"""Every way `cmpctl` replaces a file: killed at any moment, on a full disk, on a read-only file system."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cmp.cli.commands.secrets import files as secrets
from cmp.errors import CmpError
from cmp.models.edit import files as models

WRITERS: dict[str, Callable[[str, bytes], None]] = {"secrets": secrets.write, "models": models.replace}
MODULES = {
    "secrets": "from cmp.cli.commands.secrets.files import write",
    "models": "from cmp.models.edit.files import replace as write",
}
SIZE = 300_000
LOOP = """
import sys
%s
print("ready", flush=True)
number = 0
while True:
    number += 1
    write(sys.argv[1], str(number %% 10).encode() * int(sys.argv[2]))
"""


@pytest.mark.parametrize("name", WRITERS)
def test_a_kill_leaves_the_old_file_or_the_new_one(name: str, tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"0" * SIZE)
    target.chmod(0o640)
    for attempt in range(10):
        command = [sys.executable, "-c", LOOP % MODULES[name], str(target), str(SIZE)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(0.004 * attempt)
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


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_a_clear_error(name: str, small_disk: Path) -> None:
    target = small_disk / "file"
    target.write_bytes(b"old")
    with pytest.raises(CmpError, match="cannot be written: No space left on device") as caught:
        WRITERS[name](str(target), b"x" * 200_000)
    assert caught.value.where.file == str(target)
    assert target.read_bytes() == b"old"
    assert os.listdir(small_disk) == ["file"]


@pytest.mark.parametrize("name", WRITERS)
def test_a_read_only_file_system_is_a_clear_error(name: str, small_disk: Path) -> None:
    target = small_disk / "file"
    target.write_bytes(b"old")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(CmpError, match="cannot be written: Read-only file system"):
        WRITERS[name](str(target), b"new")
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_size_limit_is_a_clear_error(name: str, tmp_path: Path) -> None:
    """The same without a mount: a process that may not write more than 4 KiB to a file."""
    target = tmp_path / "file"
    target.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(CmpError, match="cannot be written: File too large"):
            WRITERS[name](str(target), b"x" * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]
