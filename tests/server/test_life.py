"""The server as a process: its kin, its line, its end, what it leaves behind, and what it tells."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from example_overlays import EXAMPLES, KEY, documents, rendered
from hostile_data import load

pytest.importorskip("grpc", reason="grpcio is not installed")
import grpc
from cmp_grpc import APP_STREAM_REQUEST, CHUNK, requests
from own_server import OwnServer, children, descriptors, wait_until
from protobuf import encode

from cmp.server.child import _leave_with_caller

REPOSITORY = EXAMPLES / "fraud-detection"
OVERLAY = "k8s/overlays/production"
GENERATOR = "- {{name: n{0}, literals: [a=b]}}\n"
PATCH = "- {{target: {{kind: ConfigMap}}, patch: '- {{op: add, path: /data/k{0}, value: x}}'}}\n"
SLOW = {
    "kustomization.yaml": "configMapGenerator:\n"
    + "".join(GENERATOR.format(number) for number in range(4000))
    + "patches:\n"
    + "".join(PATCH.format(number) for number in range(400))
}


@pytest.fixture
def server(tmp_path):
    with OwnServer(tmp_path / "cmp", SOPS_AGE_KEY_FILE=str(KEY)) as made:
        yield made


@pytest.fixture
def slow(tmp_path):
    """A repository that takes longer than anybody waits."""
    (tmp_path / "slow").mkdir()
    for name, text in SLOW.items():
        (tmp_path / "slow" / name).write_text(text)
    return tmp_path / "slow"


@pytest.fixture
def small(tmp_path):
    """A repository with one object."""
    (tmp_path / "small").mkdir()
    (tmp_path / "small/kustomization.yaml").write_text("configMapGenerator: [{name: a, literals: [k=v]}]\n")
    return tmp_path / "small"


def call(client, repository, path=".", env=None, timeout=60):
    """A future of a render."""
    stub = client._channel.stream_unary(
        "/plugin.ConfigManagementPluginService/GenerateManifest",
        request_serializer=lambda value: encode(APP_STREAM_REQUEST, value),
    )
    return stub.future(requests(repository, path, env or {}), timeout=timeout)


def test_front_zygote_and_child(server, slow):
    """One thread in front, zygote and child, and a child that only lives for its request."""
    with server.connect() as client:
        pending = call(client, slow)
        wait_until(lambda: children(server.zygote))
        [child] = children(server.zygote)
        for pid in (server.process.pid, server.zygote, child):
            assert len(os.listdir(f"/proc/{pid}/task")) == 1
        for pid in (server.process.pid, server.zygote, child):
            limits = Path(f"/proc/{pid}/limits").read_text()
            assert re.search(r"Max core file size +0 ", limits)
        assert "cryptography" not in Path(f"/proc/{server.process.pid}/maps").read_text()
        pending.cancel()
    wait_until(lambda: not children(server.zygote))


def test_the_zygote_has_nothing_of_the_front(server, small):
    """Each render would pay for it: the zygote's memory is that of every child."""
    assert server.generate(small, ".").code == 0
    mapped = Path(f"/proc/{server.zygote}/maps").read_text()
    assert "_socket" in mapped
    assert [name for name in ("_asyncio", "_ssl", "libssl") if name in mapped] == []


def test_a_cancelled_call_ends_its_child_at_once(server, slow, small):
    with server.connect() as client:
        for _ in range(3):
            pending = call(client, slow)
            wait_until(lambda: children(server.zygote))
            pending.cancel()
            wait_until(lambda: not children(server.zygote))
        assert server.generate(small, ".").code == 0
    wait_until(lambda: len(server.lines()) == 4)
    assert [line["outcome"] for line in server.lines()] == ["cancelled"] * 3 + ["done"]


@pytest.mark.parametrize("left", [False, True])
def test_a_caller_who_left_before_the_child_looked_ends_it_too(left):
    """No signal comes for what happened before it was asked for."""
    reading, writing = os.pipe()
    if left:
        os.close(reading)
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            _leave_with_caller(writing)
            code = 4
        except BrokenPipeError:
            code = 5
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    os.close(writing)
    if not left:
        os.close(reading)
    assert os.waitstatus_to_exitcode(status) == (5 if left else 4)


def test_the_callers_deadline_ends_the_child(server, slow):
    with server.connect() as client:
        with pytest.raises(grpc.RpcError) as caught:
            call(client, slow, timeout=1).result()
        late = caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert late or "the caller waits no longer" in caught.value.details()
        wait_until(lambda: not children(server.zygote))


def test_a_child_that_is_killed_is_one_failed_call(server, slow, small):
    with server.connect() as client:
        pending = call(client, slow)
        wait_until(lambda: children(server.zygote))
        os.kill(children(server.zygote)[0], signal.SIGKILL)
        with pytest.raises(grpc.RpcError) as caught:
            pending.result()
        assert caught.value.code() is grpc.StatusCode.UNKNOWN
        assert "SIGKILL" in caught.value.details()
        assert "memory" in caught.value.details()
        assert server.generate(small, ".").code == 0
    assert server.lines()[0]["status"] == -9


def test_waiting_for_a_worker_ends_at_the_deadline(server, slow, small):
    server.workers = 1
    with server.connect() as client:
        first = call(client, slow)
        wait_until(lambda: children(server.zygote))
        with pytest.raises(grpc.RpcError) as caught:
            call(client, small, timeout=2).result()
        late = caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert late or "no other render ended within" in caught.value.details()
        assert not first.done()
        first.cancel()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_another_projects_render_waits_for_one_of_ours_at_most(tmp_path, slow, small):
    """Two workers and six slow renders of one project: the other project's is the next one."""
    project = "ARGOCD_APP_PROJECT_NAME"
    with OwnServer(tmp_path / "cmp", CMP_DEADLINE="1800") as server, server.connect() as client:
        ours = []
        for number in range(6):
            ours.append(call(client, slow, env={project: "ours"}, timeout=1800))
            wait_until(partial(_are_there, server, number + 1, min(number + 1, 2)), 600)
        theirs = call(client, small, env={project: "theirs"}, timeout=1800)
        wait_until(lambda: sealed(server) == 7, 600)
        assert not theirs.done()
        ours[0].cancel()
        assert theirs.result()
        assert not any(each.done() for each in ours[1:])
        for each in ours[1:]:
            each.cancel()
        wait_until(lambda: not children(server.zygote))


def _has_begun(server, pending) -> bool:
    """Whether a render has its child, or is over already."""
    return pending.done() or bool(children(server.zygote))


def _are_there(server, waiting: int, rendering: int) -> bool:
    """Whether so many uploads and so many children are there."""
    return spools(server) == waiting and len(children(server.zygote)) == rendering


def spools(server) -> int:
    """Uploads that the front holds: those that are rendered, and those that wait."""
    return sum("/memfd:mlops-cmp-archive" in each for each in descriptors(server.process.pid))


def sealed(server) -> int:
    """The uploads that are complete, so that they are rendered or wait for their turn."""
    found = 0
    for link in Path(f"/proc/{server.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed in the meantime
            if os.readlink(link).startswith("/memfd:mlops-cmp-archive"):
                file = os.open(link, os.O_RDONLY)
                found += bool(fcntl.fcntl(file, fcntl.F_GET_SEALS) & fcntl.F_SEAL_WRITE)
                os.close(file)
    return found


def test_a_render_ends_at_the_deadline(server, slow):
    server.sidecar["CMP_DEADLINE"] = "2"
    with server.connect() as client:
        with pytest.raises(grpc.RpcError) as caught:
            call(client, slow).result()
        assert "stopped after 2 sec" in caught.value.details()


@pytest.mark.parametrize(
    ("setting", "value", "outcome"),
    [
        ("CMP_DEADLINE", "1", "DeadlineReached"),
        ("CMP_MAX_MEMORY_BYTES", str(400 << 20), "LimitError"),
    ],
)
def test_announcements_that_meet_a_bound_are_the_static_ones(server, slow, small, setting, value, outcome):
    from cmp.argocd.announce import static

    server.sidecar[setting] = value
    if setting == "CMP_MAX_MEMORY_BYTES":
        (small / "noise").write_bytes(bytes(600 << 20))
    found = server.parameters(slow if setting == "CMP_DEADLINE" else small, ".")
    assert [each["name"] for each in found] == 2 * [each["name"] for each in static()]
    assert not any(each.get("array") or each.get("map") or each.get("string") for each in found)
    wait_until(server.lines)
    assert server.lines()[-1]["outcome"] == outcome


def test_a_child_that_cannot_end_itself_is_ended_at_the_deadline(server, slow, small):
    """As inside of a long call of C: one that is stopped gets no signal but the zygote's."""
    server.sidecar["CMP_DEADLINE"] = "2"
    with server.connect() as client:
        pending = call(client, slow)
        wait_until(lambda: children(server.zygote))
        os.kill(children(server.zygote)[0], signal.SIGSTOP)
        with pytest.raises(grpc.RpcError) as caught:
            pending.result()
        assert "stopped after 2 sec" in caught.value.details()
        assert "exit status 1" in caught.value.details()
        wait_until(lambda: not children(server.zygote))
        assert server.generate(small, ".").code == 0


def test_no_more_renders_than_workers(server, small):
    server.workers = 2
    with server.connect() as client:
        pending = [call(client, small) for _ in range(12)]
        most = 0
        while not all(each.done() for each in pending):
            most = max(most, len(children(server.zygote)))
        assert all(each.result() for each in pending)
    assert 1 <= most <= 4  # two at work, two that are about to leave


def test_sigterm_lets_renders_end_and_takes_no_more(server, small):
    with server.connect() as client:
        assert server.generate(small, ".").code == 0
        zygote = server.zygote
        wait_until(lambda: not children(zygote))
        pending = call(client, REPOSITORY, OVERLAY)
        wait_until(lambda: children(zygote))
        server.process.send_signal(signal.SIGTERM)
        assert pending.result()
        assert server.process.wait(timeout=30) == 0
    assert not server.socket.exists()
    assert not Path(f"/proc/{zygote}").exists()
    assert [line["reason"] for line in server.lines("stopped")] == ["SIGTERM"]


def test_sigterm_before_it_listens(server):
    process = subprocess.Popen(
        [sys.executable, "-m", "cmp.server.main", "--socket", str(server.socket)],
        env=server.sidecar,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: children(process.pid))
    [zygote] = children(process.pid)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert '"event": "stopped", "reason": "SIGTERM"' in said
    assert not server.socket.exists()
    wait_until(lambda: not _alive(zygote))


def test_sigterm_lets_answers_be_read_to_their_end(server, slow):
    """An answer that is longer than what the peer's window takes at once."""
    (slow / "kustomization.yaml").write_text(
        "configMapGenerator:\n" + "".join(GENERATOR.format(number) for number in range(3000))
    )
    with server.connect() as client:
        pending = call(client, slow)
        wait_until(lambda: children(server.zygote))
        server.process.send_signal(signal.SIGTERM)
        assert len(pending.result()) > 1 << 18
    assert server.process.wait(timeout=60) == 0


def test_an_upload_that_stops_gives_its_room_back(server, small):
    server.sidecar |= {"CMP_SPOOL_BYTES": "20000", "CMP_DEADLINE": "2"}
    (small / "noise").write_bytes(os.urandom(15_000))
    messages = list(requests(small, ".", {}))
    stop = threading.Event()

    def half():
        yield from messages[:5]
        stop.wait(60)

    with server.connect() as client:
        stub = client._channel.stream_unary(
            "/plugin.ConfigManagementPluginService/GenerateManifest",
            request_serializer=lambda value: encode(APP_STREAM_REQUEST, value),
        )
        pending = stub.future(half())  # without a deadline of its own
        with pytest.raises(grpc.RpcError) as caught:
            pending.result()
        stop.set()
        assert caught.value.code() is grpc.StatusCode.UNKNOWN
        assert "did not come within 2 seconds (CMP_DEADLINE)" in caught.value.details()
        assert call(client, small).result()


def test_what_waits_is_not_in_the_fronts_memory(server, slow, small):
    """Parameters of requests that wait for a worker lie in memory files, which the budget counts."""
    server.workers = 1
    env = {"ARGOCD_APP_PARAMETERS": "x" * 200_000}
    with server.connect() as client:
        first = call(client, slow)
        wait_until(lambda: children(server.zygote))
        before = resident(server.process.pid)
        waiting = [call(client, small, env=env) for _ in range(60)]
        wait_until(lambda: sealed(server) == 61)
        assert resident(server.process.pid) - before < 10 << 20
        for each in [first, *waiting]:
            each.cancel()
        wait_until(lambda: spools(server) == 0)


def test_the_grace_period_has_an_end(server, slow):
    server.sidecar["CMP_GRACE"] = "1"
    with server.connect() as client:
        pending = call(client, slow)
        wait_until(lambda: children(server.zygote))
        zygote = server.zygote
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(grpc.RpcError):
            pending.result()
        assert server.process.wait(timeout=30) == 0
    assert not Path(f"/proc/{zygote}").exists()


@pytest.mark.parametrize("busy", [False, True])
def test_a_zygote_that_dies_ends_the_server_with_a_reason(server, slow, small, busy):
    with server.connect() as client:
        assert server.generate(small, ".").code == 0
        pending = call(client, slow) if busy else None
        if busy:
            wait_until(lambda: children(server.zygote))
        kin = [server.zygote, *children(server.zygote)]
        os.kill(server.zygote, signal.SIGKILL)
        assert server.process.wait(timeout=30) == 1
        if pending is not None:
            with pytest.raises(grpc.RpcError):
                pending.result()
    assert not server.socket.exists()
    assert "SIGKILL" in server.lines("stopped")[0]["reason"]
    wait_until(lambda: not any(_alive(pid) for pid in kin))


def test_a_front_that_dies_takes_everybody_along(server, slow):
    with server.connect() as client:
        pending = call(client, slow)
        wait_until(lambda: children(server.zygote))
        kin = [server.zygote, *children(server.zygote)]
        server.process.kill()
        server.process.wait()
        assert pending.exception()
    wait_until(lambda: not any(_alive(pid) for pid in kin))


def resident(pid):
    """Bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_socket_that_is_in_use(server, small):
    assert server.generate(small, ".").code == 0
    assert server.socket.stat().st_mode & 0o077 == 0
    done = subprocess.run(
        [sys.executable, "-m", "cmp.server.main", "--socket", str(server.socket)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "another process listens" in done.stderr
    assert server.generate(small, ".").code == 0


def test_a_socket_that_is_anothers_by_now_is_left_there(server, small, tmp_path):
    assert server.generate(small, ".").code == 0
    server.socket.unlink()
    first = server.process
    server.start()
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=60) == 0
    assert server.generate(small, ".").code == 0


def start_by_shell(server, script):
    """script: of sh; its arguments are the server's command."""
    server.log = server.folder / "log"
    server.process = subprocess.Popen(
        [
            *("sh", "-c", script, "sh"),
            *(sys.executable, "-m", "cmp.server.main", "--socket", str(server.socket)),
        ],
        env=server.sidecar,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server._started = True
    server._until_it_answers(server.process, server.log)


def test_all_descriptors_that_may_be_had(server):
    """1024 are usual, and 512 connections with a memory file each need more."""
    start_by_shell(server, 'ulimit -Sn 64; exec "$@"')
    limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    [[soft, hard]] = re.findall(r"Max open files +(\w+) +(\w+)", limits)
    assert soft == hard or int(soft) == 1 << 16


def test_no_descriptor_left_says_try_again(server, small):
    start_by_shell(server, 'ulimit -n 20; exec "$@"')
    with server.connect() as client:
        pending = [call(client, small) for _ in range(40)]
        failures = [each.exception() for each in pending]
        codes = {each.code() for each in failures if each is not None}
        assert codes == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert any("too many open files" in each.details() for each in failures if each is not None)
    assert server.generate(small, ".").code == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_standard_streams_that_are_closed(server, small, closed):
    """Else a socket of the server would get the number, and a line of the log would be written to it."""
    start_by_shell(server, f'exec "$@" {closed}')
    for _ in range(2):
        assert server.generate(small, ".").code == 0


def test_a_socket_that_was_left_behind(server, small):
    server.generate(small, ".")
    server.process.kill()
    server.process.wait()
    assert server.socket.exists()
    server.start()
    assert server.generate(small, ".").code == 0


def test_health_and_methods_that_are_none(server):
    with server.connect() as client:
        check = client._channel.unary_unary("/grpc.health.v1.Health/Check")
        assert check(b"") == b"\x08\x01"
        assert check(b"\x0a\x24plugin.ConfigManagementPluginService") == b"\x08\x01"
        with pytest.raises(grpc.RpcError) as caught:
            check(b"\x0a\x05other")
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        watch = client._channel.unary_stream("/grpc.health.v1.Health/Watch")(b"")
        assert next(watch) == b"\x08\x01"
        with pytest.raises(grpc.RpcError) as caught:
            client._channel.unary_unary("/plugin.ConfigManagementPluginService/Nothing")(b"")
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
        server.process.send_signal(signal.SIGTERM)
        assert next(watch) == b"\x08\x02"
    # A second signal would meet a process that is about to leave.
    assert server.process.wait(timeout=60) == 0


def test_the_probe_finds_it(server, small):
    server.generate(small, ".")
    probe = Path(__file__).parents[2] / "sidecar/probe.py"
    subprocess.run([sys.executable, str(probe), str(server.socket)], check=True, timeout=30)


def test_a_rotated_key_file_counts_at_once(server, tmp_path):
    shutil.copy(KEY, tmp_path / "keys.txt")
    server.sidecar["SOPS_AGE_KEY_FILE"] = str(tmp_path / "keys.txt")
    assert server.generate(REPOSITORY, OVERLAY).code == 0
    (tmp_path / "keys.txt").write_text("")
    assert server.generate(REPOSITORY, OVERLAY).code == 1
    shutil.copy(KEY, tmp_path / "keys.txt")
    assert server.generate(REPOSITORY, OVERLAY).code == 0


def test_an_archive_of_a_part_of_the_repository(server):
    """--plugin-use-manifest-generate-paths roots the tar deeper than the repository."""
    env = server.environment(OVERLAY)
    with server.connect() as client:
        found = client.generate(requests(REPOSITORY / "k8s", OVERLAY.removeprefix("k8s/"), env))
    assert [json.loads(each) for each in found] == documents(rendered(REPOSITORY / OVERLAY))


def test_chunks_of_any_size(server, monkeypatch):
    for size in (700, 65536, 3 << 20):
        monkeypatch.setattr("cmp_grpc.CHUNK", size)
        assert server.generate(REPOSITORY, OVERLAY).code == 0
    assert CHUNK == 1024


def test_a_budget_that_is_full_makes_uploads_wait(server, small):
    server.sidecar["CMP_SPOOL_BYTES"] = "20000"  # one of these archives at a time
    with server.connect() as client:
        pending = [call(client, REPOSITORY, OVERLAY) for _ in range(6)]
        assert all(each.result() for each in pending)
    with server.connect() as client:
        (small / "noise").write_bytes(os.urandom(30_000))
        with pytest.raises(grpc.RpcError) as caught:
            call(client, small).result()
    assert caught.value.code() is grpc.StatusCode.UNKNOWN
    assert "CMP_SPOOL_BYTES" in caught.value.details()


def test_a_budget_that_stays_full_says_try_again(server, slow, small):
    server.sidecar |= {"CMP_SPOOL_BYTES": "200000", "CMP_DEADLINE": "4"}
    (slow / "noise").write_bytes(os.urandom(110_000))
    (small / "noise").write_bytes(os.urandom(110_000))
    with server.connect() as client:
        first = call(client, slow)
        wait_until(lambda: children(server.zygote))
        with pytest.raises(grpc.RpcError) as caught:
            call(client, small).result()
        first.cancel()
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize(
    ("limit", "value"), [("UNPACKED_BYTES", "2000"), ("ARCHIVE_ENTRIES", "3"), ("ARCHIVE_BYTES", "500")]
)
def test_archives_beyond_the_bounds(server, limit, value):
    server.sidecar[f"CMP_MAX_{limit}"] = value
    response = server.generate(REPOSITORY, OVERLAY)
    assert response.code == 1
    assert f"CMP_MAX_{limit}" in response.stderr.decode()


def test_a_bomb_costs_a_child_and_nothing_more(server, small):
    bomb = gzip.compress(bytes(1 << 30), 1)
    server.sidecar["CMP_MAX_UNPACKED_BYTES"] = str(16 << 20)
    metadata = {"appRelPath": ".", "checksum": hashlib.sha256(bomb).hexdigest(), "size": len(bomb)}
    messages = [{"metadata": metadata}]
    messages += [{"file": {"chunk": bomb[at : at + 65536]}} for at in range(0, len(bomb), 65536)]
    with server.connect() as client:
        with pytest.raises(grpc.RpcError) as caught:
            client.generate(iter(messages))
        assert "CMP_MAX_UNPACKED_BYTES" in caught.value.details()
        assert server.generate(small, ".").code == 0
    wait_until(lambda: len(server.lines()) == 2)


def test_a_child_has_a_limit_of_memory(server, small):
    server.sidecar["CMP_MAX_MEMORY_BYTES"] = str(400 << 20)
    (small / "noise").write_bytes(bytes(600 << 20))
    response = server.generate(small, ".")
    assert response.code == 1
    assert "CMP_MAX_MEMORY_BYTES" in response.stderr.decode()


def test_nothing_of_a_checkout_is_on_a_disk_and_no_value_in_a_log(server, tmp_path):
    """A secret of a SOPS file is in the answer, which the front carries, and in nothing kept or written."""
    sealed = load("sealed")
    secret = "hunter2-of-the-server"
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "s.yaml").write_text(sealed._sealed(sealed._secret(secret)))
    (tree / "kustomization.yaml").write_text("resources: [s.yaml]\n")
    (tmp_path / "keys.txt").write_text(sealed.KEY["SOPS_AGE_KEY"])
    state = tmp_path / "state"
    state.mkdir()
    server.sidecar |= {
        "SOPS_AGE_KEY_FILE": str(tmp_path / "keys.txt"),
        "TMPDIR": str(state),
        "CMP_STATE_DIR": str(state),
        "CMP_METRICS": "m.prom",
        "CMP_LOG": "json",
        "CMP_DEBUG": "true",
    }
    response = server.generate(tree, ".")
    assert response.code == 0, response.stderr
    assert secret in response.stdout.decode() or _base64(secret) in response.stdout.decode()
    wait_until((state / "m.prom").exists)
    assert {path.name for path in state.iterdir()} <= {"m.prom", ".m.prom.lock", ".m.prom.new"}
    assert {path.name for path in server.folder.iterdir()} == {"mlops-cmp.sock", "log"}
    log = server.log.read_text()
    assert '"event": "decrypt"' in log
    for text in (secret, _base64(secret), sealed.OURS.secret_text()[20:]):
        assert text not in log
        assert text not in (state / "m.prom").read_text()
    wait_until(lambda: not children(server.zygote))
    key = sealed.KEY["SOPS_AGE_KEY"].encode()
    assert _in_memory(server.zygote, str(tmp_path / "keys.txt").encode())  # it would be found
    assert not _in_memory(server.zygote, secret.encode())
    assert not _in_memory(server.zygote, key)
    assert not _in_memory(server.process.pid, key)


def _base64(text):
    import base64

    return base64.b64encode(text.encode()).decode()


def _in_memory(pid, needle):
    """Whether a process has the bytes anywhere."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            place, rights, *_ = line.split()
            if "r" not in rights or "[v" in line:
                continue
            start, end = (int(part, 16) for part in place.split("-"))
            try:
                memory.seek(start)
                if needle in memory.read(end - start):
                    return True
            except (OSError, OverflowError, ValueError):
                continue
    return False


def test_metrics_and_traces_are_those_of_the_command(server, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    server.sidecar |= {"CMP_STATE_DIR": str(state), "CMP_METRICS": "m.prom"}
    assert server.generate(REPOSITORY, OVERLAY).code == 0
    assert server.generate(REPOSITORY, "k8s/nowhere").code == 1
    wait_until(lambda: (state / "m.prom").exists() and "_count 2" in (state / "m.prom").read_text())
    text = (state / "m.prom").read_text()
    assert 'cmp_renders_total{application="argocd_app",project="mlops",outcome="done"} 1' in text
    assert re.search(r"outcome=\"[A-Z][A-Za-z]+\"} 1", text), text  # the class of the error


def test_nothing_is_left_after_many(server, small):
    """A small slice of scripts/soak.py."""
    with server.connect() as client:
        for _ in range(3):
            call(client, small).result()
        wait_until(lambda: not children(server.zygote))
        before = {pid: descriptors(pid) for pid in (server.process.pid, server.zygote)}
        for number in range(30):
            pending = call(client, small, env={"ARGOCD_APP_NAME": "x"})
            if number % 3:
                pending.result()
            else:
                if number % 2:  # while it renders, else while its archive comes
                    wait_until(partial(_has_begun, server, pending))
                pending.cancel()
        wait_until(lambda: not children(server.zygote))
        wait_until(lambda: before == {pid: descriptors(pid) for pid in before})


def test_fifty_at_once(server):
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda _: server.generate(REPOSITORY, OVERLAY), range(50)))
    assert {each.code for each in found} == {0}
    assert len({each.stdout for each in found}) == 1


def test_the_log_line(server, small):
    assert server.generate(small, ".").code == 0
    wait_until(server.lines)
    [line] = server.lines()
    assert line.pop("seconds") > 0
    for name in ("time", "upload_seconds", "wait_seconds", "archive_bytes", "archive"):
        line.pop(name)
    assert line == {
        "event": "request",
        "method": "GenerateManifest",
        "application": "argocd_app",
        "project": "mlops",
        "revision": "0" * 40,
        "outcome": "done",
        "path": ".",
        "files": 1,
        "objects": 1,
        "warnings": [],
    }


def test_hostile_archives_are_refused(server):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("../outside")
        tar.addfile(info)
    data = buffer.getvalue()
    metadata = {"appRelPath": ".", "checksum": hashlib.sha256(data).hexdigest(), "size": len(data)}
    with server.connect() as client, pytest.raises(grpc.RpcError) as caught:
        client.generate(iter([{"metadata": metadata}, {"file": {"chunk": data}}]))
    assert "archive is refused" in caught.value.details()
