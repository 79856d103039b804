"""Archives that come again: one index, in the budget's room, for a while, and never another archive's."""

from __future__ import annotations

import asyncio
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
from example_overlays import EXAMPLES, KEY

from cmp.server import indexes
from cmp.server.indexes import AGE, PART, Indexes
from cmp.server.spool import Budget

pytest.importorskip("grpc", reason="grpcio is not installed")
import grpc
from cmp_grpc import requests
from own_server import OwnServer, children, descriptors, wait_until

REPOSITORY = EXAMPLES / "fraud-detection"
OVERLAYS = ["k8s/overlays/staging", "k8s/overlays/production"]


def made(kept, digest, size):
    """An index of so many bytes."""
    assert kept.wanted(digest) is None
    with kept.wanted(digest) as making:
        os.write(making.fd, bytes(size))
        return kept.keep(digest, making)


def within(test):
    async def run():
        loop = asyncio.get_running_loop()
        clock = [1000.0]
        budget = Budget(4000)
        with mock.patch.object(loop, "time", lambda: clock[0]):
            await test(budget, Indexes(budget), clock)

    asyncio.run(run())


def test_the_second_time_makes_an_index_and_the_third_finds_it():
    async def run(budget, kept, _clock):
        assert kept.find("a") is None
        index = made(kept, "a", 100)
        assert kept.find("a") is index
        assert kept.find("b") is None
        assert budget.used == index.size == 100
        with pytest.raises(PermissionError):
            os.write(index.fd, b"x")
        kept.free(1)
        assert (kept.find("a"), budget.used) == (None, 0)

    within(run)


def test_nobody_makes_it_twice_and_a_failure_costs_one_attempt():
    async def run(budget, kept, _clock):
        kept.wanted("a")
        with kept.wanted("a") as making:
            assert kept.wanted("a") is None
            assert budget.used == making.most == 4000 // PART
        assert budget.used == 0
        with pytest.raises(OSError, match="Bad file"):
            os.fstat(making.fd)

    within(run)


def test_while_one_is_made_nobody_begins_another():
    """However many ask: two of one digest, and the first would be lost with its memory."""

    async def run(budget, kept, _clock):
        kept.wanted("a")
        with kept.wanted("a") as making:
            assert [kept.wanted("a") for _ in range(6)] == [None] * 6
            os.write(making.fd, bytes(100))
            kept.keep("a", making)
        kept.free(1)
        assert budget.used == 0

    within(run)


def test_those_that_are_made_count_as_well():
    """All together have one part of the budget."""

    async def run(budget, kept, _clock):
        kept.wanted("a")
        kept.wanted("b")
        with kept.wanted("a"):
            assert kept.wanted("b") is None
            assert budget.used == 4000 // PART
        assert budget.used == 0

    within(run)


def test_no_descriptor_for_one(monkeypatch):
    async def run(budget, kept, _clock):
        kept.wanted("a")
        with monkeypatch.context() as patch:
            patch.setattr(os, "memfd_create", mock.Mock(side_effect=OSError(24, "Too many open files")))
            assert kept.wanted("a") is None
        assert budget.used == 0
        assert kept.wanted("a") is None
        with kept.wanted("a"):
            pass
        assert budget.used == 0

    within(run)


def test_what_nobody_asks_for_is_dropped():
    async def run(budget, kept, clock):
        made(kept, "a", 100)
        made(kept, "b", 200)
        clock[0] += AGE - 1
        assert kept.find("b")
        clock[0] += 2
        assert kept.find("a") is None
        assert budget.used == 200
        # Seen too long ago to be a second time.
        clock[0] += AGE + 1
        assert kept.wanted("c") is None
        clock[0] += AGE + 1
        assert kept.wanted("c") is None
        assert kept.find("b") is None
        assert budget.used == 0

    within(run)


def test_uploads_go_first():
    async def run(budget, kept, _clock):
        made(kept, "a", 500)
        made(kept, "b", 400)
        assert kept.wanted("c") is kept.wanted("d") is None
        with await budget.take(3300, 1) as share:
            assert kept.find("a") is None  # the one that was asked for longest ago
            assert kept.find("b")
            budget.grow(share, 4000)
            assert kept.find("b") is None
            assert kept.wanted("c") is None  # no room
        assert budget.used == 0

    within(run)


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(indexes, "_MOST_REMEMBERED", 5)

    async def run(_budget, kept, _clock):
        for number in range(50):
            kept.wanted(str(number))
        assert len(kept._seen) == 5

    within(run)


@pytest.fixture
def server(tmp_path):
    with OwnServer(tmp_path / "cmp", SOPS_AGE_KEY_FILE=str(KEY)) as started:
        yield started


def test_renders_are_the_same_with_and_without(server):
    """Both overlays of one archive, one after the other and many at once."""
    first = {path: server.generate(REPOSITORY, path).stdout for path in OVERLAYS}
    for path in [*OVERLAYS, *OVERLAYS]:
        assert server.generate(REPOSITORY, path).stdout == first[path]
    wait_until(lambda: len(server.lines()) == 6)
    assert [line.get("index") for line in server.lines()] == [None, "made", *["kept"] * 4]
    assert len({line["archive"] for line in server.lines()}) == 1
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: server.generate(REPOSITORY, OVERLAYS[number % 2]), range(16)))
    assert [each.stdout for each in found] == [first[OVERLAYS[number % 2]] for number in range(16)]
    wait_until(lambda: not children(server.zygote))


def test_many_workers_make_one(server):
    server.workers = 8
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: server.generate(REPOSITORY, OVERLAYS[0]).stdout, range(32)))
    assert len(set(found)) == 1
    wait_until(lambda: len(server.lines()) == 32)
    assert [line.get("index") for line in server.lines()].count("made") == 1
    kept = [each for each in descriptors(server.process.pid) if "/memfd:mlops-cmp-index" in each]
    assert len(kept) == 1


def test_another_archive_has_another_index(server, tmp_path):
    path = tmp_path / "kustomization.yaml"
    for value in ("1", "2", "1", "2", "1", "2"):
        path.write_text(f"configMapGenerator: [{{name: a, literals: [k={value}]}}]\n")
        os.utime(path, (0, 0))
        os.utime(tmp_path, (0, 0))
        assert f'"k":"{value}"' in server.generate(tmp_path, ".").stdout.decode()


def test_an_archive_that_cannot_be_indexed_says_the_same_each_time(server, tmp_path):
    server.sidecar["CMP_MAX_ARCHIVE_ENTRIES"] = "3"
    said = {server.generate(REPOSITORY, OVERLAYS[0]).stderr for _ in range(4)}
    assert len(said) == 1
    assert b"CMP_MAX_ARCHIVE_ENTRIES" in said.pop()
    assert all("index" not in line for line in server.lines())


def test_an_index_that_does_not_fit_is_left_out(server):
    server.sidecar["CMP_SPOOL_BYTES"] = "200000"  # a fourth of it for indexes: less than this one has
    for _ in range(3):
        assert server.generate(REPOSITORY, OVERLAYS[0]).code == 0
    assert all("index" not in line for line in server.lines())


def test_a_checksum_that_only_says_so_finds_nothing(server):
    """The key is what the front computed, not what a caller claims."""
    for _ in range(3):
        assert server.generate(REPOSITORY, OVERLAYS[0]).code == 0
    messages = list(requests(REPOSITORY, OVERLAYS[0], {}))
    other = bytearray(messages[-1]["file"]["chunk"])
    other[-9] ^= 1
    messages[-1] = {"file": {"chunk": bytes(other)}}
    assert messages[0]["metadata"]["checksum"] != hashlib.sha256(other).hexdigest()
    with server.connect() as client, pytest.raises(grpc.RpcError) as caught:
        client.generate(iter(messages))
    assert "SHA-256" in caught.value.details()
