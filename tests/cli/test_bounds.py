"""Deadline, memory, slots and streams of one process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cmp.cli import memory, slots
from cmp.cli.bounds import DeadlineReached, start_timer, stop_timer

ROOT = Path(__file__).parents[2]
Renders = Callable[..., list[subprocess.Popen[bytes]]]
GIB = 1 << 30
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: %s}\n"


def run(module: str, *arguments: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "CMP_STATE_DIR": str(cwd), **environ}
    command = [sys.executable, "-m", f"cmp.cli.{module}", *arguments]
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)


# -- memory


@pytest.mark.parametrize(
    ("container", "count", "wanted"),
    [
        (0, 2, 4 * GIB),
        (2 * GIB, 2, (2 * GIB - (128 << 20)) // 2),
        (2 * GIB, 0, 2 * GIB - (128 << 20)),
        (64 * GIB, 2, 4 * GIB),
        (512 << 20, 4, 256 << 20),
        (64 << 20, 1, 256 << 20),
    ],
)
def test_a_render_gets_its_share_of_the_container(container: int, count: int, wanted: int) -> None:
    assert memory.share(count, container=container) == wanted


@pytest.mark.parametrize(
    ("groups", "files", "wanted"),
    [
        ("0::/\n", {"memory.max": "2147483648\n"}, 2 * GIB),
        ("0::/\n", {"memory.max": "max\n"}, 0),
        ("0::/a/b\n", {"a/memory.max": "1000\n", "a/b/memory.max": "max\n"}, 1000),
        ("0::/a/b\n", {"a/memory.max": "1000\n", "a/b/memory.max": "900\n", "memory.max": "5000"}, 900),
        ("4:memory:/x\n", {"memory/x/memory.limit_in_bytes": "700\n"}, 700),
        ("4:cpu,memory:/x\n", {"memory/memory.limit_in_bytes": "9223372036854771712\n"}, 0),
        ("4:memory:/../x\n", {"memory/memory.limit_in_bytes": "800\n"}, 800),
        ("", {}, 0),
    ],
)
def test_the_limit_of_the_control_group(
    tmp_path: Path, groups: str, files: dict[str, str], wanted: int
) -> None:
    for name, text in files.items():
        (tmp_path / "cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "cgroup" / name).write_text(text)
    (tmp_path / "groups").write_text(groups)
    assert memory.container_bytes(str(tmp_path / "cgroup"), str(tmp_path / "groups")) == wanted


MANY = str(1 << 40)


def fan_out(folder: Path) -> Path:
    """Half a gigabyte out of 0.7 MB, and twenty seconds of processor time."""
    app = folder / "app"
    app.mkdir()
    (app / "kustomization.yaml").write_text(
        "resources: [r.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: a, fieldPath: data.k}\n"
        "  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.x], options: {create: true}}]\n"
    )
    deployments = "".join(
        f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{n}}}\n" for n in range(4_000)
    )
    (app / "r.yaml").write_text(CONFIG_MAP % ("x" * 500_000) + deployments)
    return app


STATIC = json.loads(subprocess.run(
    [sys.executable, "-c", "import json;from cmp.argocd.announce import static;print(json.dumps(static()))"],
    env={"PYTHONPATH": str(ROOT), "PATH": os.defpath}, capture_output=True, check=True,
).stdout)  # fmt: skip


@pytest.mark.parametrize(
    "setting",
    [{"CMP_MAX_MEMORY_BYTES": "100000000", "CMP_MAX_OUTPUT_BYTES": MANY}, {"CMP_DEADLINE": "0.05"}, {"CMP_DEADLINE": "x"}, {"CMP_MAX_FILES": "1"}],
    ids=lambda setting: next(iter(setting)) + "=" + next(iter(setting.values())),
)  # fmt: skip
def test_announcements_that_meet_a_bound_are_the_static_ones(tmp_path: Path, setting: dict[str, str]) -> None:
    done = run("ctl", "parameters", cwd=fan_out(tmp_path), CMP_MAX_COPIED_BYTES=MANY, **setting)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == STATIC


def test_the_bound_on_memory_is_an_error_that_names_it(tmp_path: Path) -> None:
    more = {"CMP_MAX_COPIED_BYTES": MANY, "CMP_MAX_OUTPUT_BYTES": MANY, "CMP_DEADLINE": "600"}
    done = run("generate", cwd=fan_out(tmp_path), CMP_MAX_MEMORY_BYTES="100000000", **more)
    assert (done.returncode, done.stdout) == (1, "")
    assert "CMP_MAX_MEMORY_BYTES" in done.stderr


# -- deadline


# `max` looks at no signal and lets no other thread run: only what is outside of Python can end it.
LONG = "max(range(10**12))\n"


def run_code(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_long_call_of_c_ends_with_the_message() -> None:
    done = run_code(
        "import cmp.cli.request as request\nfrom cmp.cli.generate import main\n"
        f"def read(*_): {LONG}\nrequest.read = read\n"
        "main(['.'], {'CMP_DEADLINE': '0.5'})\n"
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "error: the render was stopped after 0.5 seconds (CMP_DEADLINE)",
        "hint: give the sidecar more CPU, or raise CMP_DEADLINE and Argo CD's repo-server timeout",
    ]


def test_a_long_call_of_c_in_cmpctl_ends_with_the_message() -> None:
    done = run_code(
        "import sys, cmp.cli.commands.paths as paths\nfrom cmp.cli.ctl import main\n"
        f"def callback(**_): {LONG}\npaths.command.callback = callback\n"
        "sys.exit(main(['--deadline', '0.5', 'paths']))\n"
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: the command was stopped after 0.5 seconds (--deadline)\n"


def test_a_long_call_of_c_while_an_error_is_written_ends_with_the_message() -> None:
    done = run_code(
        "import sys, cmp.cli.output as output\nfrom cmp.cli.ctl import main\n"
        f"def error_lines(err):\n  if 'stopped' in err.message: return real(err)\n  {LONG}\n"
        "real, output.error_lines = output.error_lines, error_lines\n"
        "sys.exit(main(['--deadline', '0.5', 'validate', '/does/not/exist']))\n"
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: the command was stopped after 0.5 seconds (--deadline)\n"


def test_where_no_process_can_be_started_the_deadline_holds() -> None:
    done = run_code(
        "import os\nfrom cmp.cli.bounds import DeadlineReached, start_timer\n"
        "def refuse(*_, **__): raise BlockingIOError(11, 'no more processes')\nos.posix_spawn = refuse\n"
        f"start_timer(0.3, DeadlineReached(0.3))\n{LONG}"
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Timeout")


# A deadline of minutes, and what the process does when it has run for a while.
SETTLING = (
    "import os, signal\nfrom cmp.cli import bounds\nfrom cmp.cli.bounds import DeadlineReached, start_timer, stop_timer\n"
    "files = set(os.listdir('/proc/self/fd'))\n"
    "bounds.SETTLED = 0.01\nstart_timer(60, DeadlineReached(60))\n"
    "while len(os.listdir('/proc/self/fd')) <= len(files): signal.sigtimedwait([], 0.01)\n"
)


def test_a_process_that_ends_soon_starts_no_other() -> None:
    done = run_code(
        "import sys\nfrom cmp.cli.bounds import DeadlineReached, start_timer, stop_timer\n"
        "sys.addaudithook(lambda event, _: print(event) if event in ('os.fork', 'os.posix_spawn') else None)\n"
        "start_timer(60, DeadlineReached(60))\nstop_timer()\n"
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_a_process_that_has_run_for_a_while_ends_with_the_message() -> None:
    done = run_code(
        SETTLING.replace("(60", "(3") + LONG,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "error: the render was stopped after 3 seconds (CMP_DEADLINE)"


def test_a_call_that_began_at_once_ends_without_a_message() -> None:
    done = run_code(
        "from cmp.cli.bounds import DeadlineReached, start_timer\nstart_timer(1.1, DeadlineReached(1.1))\n"
        + LONG
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Timeout")


def test_the_process_that_tells_knows_nothing_of_the_environment() -> None:
    done = run_code(
        f"{SETTLING}child = bounds._timer.watchdog._teller._pid\n"
        "print(repr(open(f'/proc/{child}/environ').read()))\n"
        "stop_timer()\n"
    )
    assert done.stdout == "''\n"


def test_an_alarm_within_an_import_tries_again() -> None:
    done = run_code(
        "import cmp.cli.edge as edge\nreal, calls = edge.error_text, []\n"
        "def error_text(err):\n"
        "  calls.append(err)\n"
        "  if len(calls) < 3: raise ImportError('partially initialized')\n"
        "  return real(err)\n"
        f"edge.error_text = error_text\n{SETTLING}print(len(calls))\nstop_timer()\n"
    )
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_a_timer_that_was_stopped_leaves_no_process_and_no_file() -> None:
    done = run_code(
        f"{SETTLING}"
        "assert not start_timer(61, DeadlineReached(61)), 'the sooner one stays'\n"
        "stop_timer()\n"
        "assert set(os.listdir('/proc/self/fd')) == files\n"
        "try:\n  os.waitpid(-1, 0)\nexcept ChildProcessError:\n  print('none')\n"
    )
    assert (done.stdout, done.stderr) == ("none\n", "")


def test_a_process_that_was_killed_says_nothing() -> None:
    done = run_code(f"{SETTLING}os.kill(os.getpid(), signal.SIGKILL)\n")
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGKILL, "", "")


def test_the_deadline_of_cmpctl(tmp_path: Path) -> None:
    done = run("ctl", "--deadline", "0.05", "validate", ".", cwd=fan_out(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert "(--deadline)" in done.stderr


@pytest.mark.parametrize("words", [["--deadline", "0"], ["--deadline", "x"]])
def test_a_wrong_deadline_is_wrong_usage(tmp_path: Path, words: list[str]) -> None:
    assert run("ctl", *words, "paths", cwd=tmp_path).returncode == 2


# -- slots


@pytest.fixture
def renders() -> Iterator[Renders]:
    """Starts renders that take a slot; what a failed test leaves of them is ended."""
    everything: list[subprocess.Popen[bytes]] = []

    def start(
        folder: Path, count: int, project: str, log: Path, gate: Path | None = None
    ) -> list[subprocess.Popen[bytes]]:
        code = (  # each holds its slot until the gate with its number is there
            "import os, sys, time\n"
            "from cmp.cli.slots import take\n"
            f"slot = take(2, {str(folder)!r}, {project!r})\n"
            f"with open({str(log)!r}, 'a') as file: file.write({project!r} + '\\n')\n"
            f"while not os.path.exists({str(gate or folder)!r} + sys.argv[1]): time.sleep(0.01)\n"
            "slot.release()\n"
        )
        started = []
        for number in range(count):
            words = [sys.executable, "-c", code, f"-{number}" if gate else ""]
            started.append(subprocess.Popen(words, env={"PYTHONPATH": str(ROOT)}))
            everything.append(started[-1])
            until(lambda number=number: len(list(folder.glob("cmp-slots-*/[hw]*"))) > number or not gate)
        return started

    yield start
    for process in everything:
        process.kill()
        process.wait()


def waiting(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("cmp-slots-*/w*"))


def until(condition, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_another_projects_render_waits_for_one_of_ours_at_most(tmp_path: Path, renders: Renders) -> None:
    log = tmp_path / "log"
    log.touch()
    ours = renders(tmp_path, 6, "a", log, gate=tmp_path / "gate")
    until(lambda: log.read_text().count("a") == 2 and len(waiting(tmp_path)) == 4)
    theirs = renders(tmp_path, 1, "b", log)
    until(lambda: len(waiting(tmp_path)) == 5)
    (tmp_path / "gate-0").touch()
    until(lambda: len(log.read_text().split()) >= 3)  # b's is short: the next of ours may have begun
    assert log.read_text().split()[:3] == ["a", "a", "b"]
    for number in range(1, 6):
        (tmp_path / f"gate-{number}").touch()
    for process in [*ours, *theirs]:
        assert process.wait(120) == 0
    assert log.read_text().split() == ["a", "a", "b", "a", "a", "a", "a"]


def test_the_oldest_is_next(tmp_path: Path, renders: Renders) -> None:
    first = [slots.take(2, str(tmp_path), "a"), slots.take(2, str(tmp_path), "a")]
    log = tmp_path / "log"
    started = []
    for number in range(3):
        started += renders(tmp_path, 1, f"p{number}", log)
        until(lambda number=number: len(waiting(tmp_path)) == number + 1)
    first[0].release()
    for process in started:
        assert process.wait(60) == 0
    assert log.read_text().split() == ["p0", "p1", "p2"]
    first[1].release()


def test_one_that_was_killed_holds_nothing(tmp_path: Path, renders: Renders) -> None:
    log = tmp_path / "log"
    log.touch()
    holding = renders(tmp_path, 2, "a", log, gate=tmp_path / "never")
    until(lambda: log.read_text().count("a") == 2)
    queued = renders(tmp_path, 2, "a", log, gate=tmp_path / "never")
    until(lambda: len(waiting(tmp_path)) == 2)
    for process in [*holding, queued[0]]:
        process.send_signal(signal.SIGKILL)
        process.wait()
    until(lambda: log.read_text().count("a") == 3)
    queued[1].kill()
    queued[1].wait()
    slots.take(2, str(tmp_path), "a").release()
    assert {path.name for path in next(tmp_path.glob("cmp-slots-*")).iterdir()} == {"key", "lock"}


def test_giving_up_leaves_nothing_and_no_name_is_in_the_folder(tmp_path: Path) -> None:
    held = slots.take(1, str(tmp_path), "team-secret-project")
    start_timer(0.2, DeadlineReached(0.2))
    try:
        with pytest.raises(DeadlineReached):
            slots.take(1, str(tmp_path), "team-secret-project")
    finally:
        stop_timer()
    names = [path.name for path in next(tmp_path.glob("cmp-slots-*")).iterdir()]
    assert len(names) == 3
    assert not any("team" in name for name in names)
    held.release()


# -- streams


def tree(folder: Path, size: int = 10) -> Path:
    (folder / "kustomization.yaml").write_text("resources: [r.yaml]\n")
    (folder / "r.yaml").write_text(CONFIG_MAP % ("x" * size))
    return folder


@pytest.mark.parametrize("words", [["cmp.cli.generate"], ["cmp.cli.ctl", "parameters"]])
def test_a_reader_who_leaves_is_not_success(tmp_path: Path, words: list[str]) -> None:
    tree(tmp_path)
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, stdout=writing, stderr=subprocess.PIPE
    )  # fmt: skip
    os.close(writing)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (141, b"")


def test_a_non_blocking_output_gets_all(tmp_path: Path) -> None:
    tree(tmp_path, 1_000_000)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    process = subprocess.Popen(
        [sys.executable, "-m", "cmp.cli.generate"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        stdout=writing,
    )
    os.close(writing)
    got: list[bytes] = []

    def read() -> None:
        while piece := os.read(reading, 4096):
            got.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    assert process.wait() == 0
    reader.join()
    os.close(reading)
    assert len(b"".join(got)) > 1_000_000


MODELS = str(ROOT / "examples/fraud-detection/k8s/overlays/production")


@pytest.mark.parametrize(
    "words",
    [
        ["cmp.cli.generate"],
        ["cmp.cli.ctl", "parameters"],
        ["cmp.cli.ctl", "docs", "traps"],
        ["cmp.cli.ctl", "models", "show", MODELS],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("path", "reason"), [("/dev/full", "no space left"), ("/dev/null", "bad file descr")]
)
def test_an_output_that_takes_nothing_is_an_error(
    tmp_path: Path, words: list[str], path: str, reason: str
) -> None:
    """A full disk, and a stream that is open for reading only."""
    tree(tmp_path)
    with open(path, "rb" if path == "/dev/null" else "wb") as file:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
            stdout=file,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: standard output cannot be written: {reason}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["cmp.cli.generate"],
        ["cmp.cli.ctl", "paths"],
        ["cmp.cli.ctl", "validate"],
        ["cmp.cli.ctl", "models", "lock", "."],
        ["cmp.cli.ctl", "secrets", "init"],
    ],
    ids=" ".join,
)
def test_a_working_directory_that_was_deleted(tmp_path: Path, words: list[str]) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = f"import os, sys, runpy; os.rmdir({str(gone)!r}); sys.argv = ['x', *{words[1:]!r}]; runpy.run_module({words[0]!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=gone,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: the working directory does not exist any more")


@pytest.mark.parametrize("words", [["cmp.cli.generate"], ["cmp.cli.ctl", "parameters"]])
def test_a_closed_output_is_an_error(tmp_path: Path, words: list[str]) -> None:
    tree(tmp_path)
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", *words]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "error: standard output is closed\n")
