"""The memory file that nobody can change, and the budget that everybody shares."""

from __future__ import annotations

import asyncio
import hashlib
import mmap
import os
import random
from types import SimpleNamespace
from typing import Any

import pytest

from cmp.errors import LimitError
from cmp.limits import Limits
from cmp.server import front, journal, transfer, wire
from cmp.server.errors import NoRoomError
from cmp.server.spool import Budget, Spool


def test_a_sealed_file_holds_what_was_added_and_never_changes():
    spool = Spool()
    pieces = [os.urandom(1000), b"", os.urandom(300_000), b"x"]
    spool.write([memoryview(piece) for piece in pieces[:2]])
    spool.write([memoryview(piece) for piece in pieces[2:]])
    data = b"".join(pieces)
    assert spool.seal(b"behind") == hashlib.sha256(data).hexdigest()
    assert spool.size == len(data)
    assert os.pread(spool.fd, len(data) + 10, 0) == data + b"behind"
    for change in (lambda: os.pwrite(spool.fd, b"y", 0), lambda: os.ftruncate(spool.fd, 1)):
        with pytest.raises(PermissionError):
            change()
    with pytest.raises(PermissionError):
        mmap.mmap(spool.fd, 10, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    spool.close()
    spool.close()


def test_a_full_budget_makes_wait_in_line():
    async def run():
        budget = Budget(10)
        order = []

        async def use(name, size):
            with await budget.take(size, 5):
                order.append(name)
                await asyncio.sleep(0)

        first = await budget.take(8, 5)
        others = [asyncio.create_task(use(name, size)) for name, size in (("b", 9), ("c", 1), ("d", 2))]
        await asyncio.sleep(0.01)
        assert order == []  # "c" would fit, but "b" came first
        with first:
            pass
        await asyncio.gather(*others)
        assert order == ["b", "c", "d"]
        assert budget.used == 0

    asyncio.run(run())


def test_who_waited_too_long_is_refused_and_leaves_the_line():
    async def run():
        budget = Budget(10)
        share = await budget.take(8, 5)
        later = asyncio.create_task(budget.take(2, 5))
        with pytest.raises(NoRoomError):
            await budget.take(5, 0.01)
        with await later:
            assert budget.used == 10
        with share:
            pass
        assert budget.used == 0

    asyncio.run(run())


def test_who_is_cancelled_leaves_the_line():
    async def run():
        budget = Budget(10)
        share = await budget.take(10, 5)
        waiting = [asyncio.create_task(budget.take(10, 5)) for _ in range(3)]
        await asyncio.sleep(0.01)
        waiting[0].cancel()
        with share:  # given back: the second one's, cancelled at the same moment
            pass
        waiting[1].cancel()
        with await waiting[2]:
            assert budget.used == 10
        assert budget.used == 0

    asyncio.run(run())


def test_more_than_there_will_ever_be():
    async def run():
        budget = Budget(10)
        with pytest.raises(LimitError, match="CMP_SPOOL_BYTES"):
            await budget.take(11, 5)
        with await budget.take(1, 5) as share:
            budget.grow(share, 10)
            with pytest.raises(NoRoomError):
                budget.grow(share, 11)
        assert budget.used == 0

    asyncio.run(run())


def test_who_is_cancelled_as_its_turn_comes_does_not_go_on():
    async def run():
        budget = Budget(10)
        share = await budget.take(10, 5)
        waiting = asyncio.create_task(budget.take(10, 5))
        await asyncio.sleep(0.01)
        with share:
            pass
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert budget.used == 0

    asyncio.run(run())


def test_a_project_in_line_does_not_keep_another_one_out():
    """Six uploads of one project, two of which fit; the other's waits for what is held, not for the line."""

    async def run():
        budget = Budget(10)
        order = []
        ends = {}

        async def use(name, size):
            with await budget.take(size, 60, name[0]):
                order.append(name)
                ends[name] = asyncio.Event()
                await ends[name].wait()

        async def settled():
            for _ in range(5):
                await asyncio.sleep(0)

        ours = [asyncio.create_task(use(f"a{number}", 5)) for number in range(6)]
        await settled()
        theirs = asyncio.create_task(use("b0", 5))
        await settled()
        assert order == ["a0", "a1"]
        ends["a0"].set()
        await settled()
        assert order == ["a0", "a1", "b0"]
        more = asyncio.create_task(use("b1", 5))
        await settled()
        ends["b0"].set()  # a holds half, b nothing, and both wait: it is a's turn only if b's still fits
        await settled()
        assert order == ["a0", "a1", "b0", "b1"]
        ends["b1"].set()
        await settled()
        assert order[4:] == ["a2"], "alone again, a has all of it"
        for number in range(1, 6):
            ends[f"a{number}"].set()
            await settled()
        await asyncio.gather(*ours, theirs, more)
        assert order[4:] == ["a2", "a3", "a4", "a5"]
        assert (budget.used, budget._held, budget._line) == (0, {}, [])

    asyncio.run(run())


@pytest.mark.parametrize("sizes", [(10, 10), (6, 6), (1, 10), (10, 1)])
def test_two_projects_with_large_uploads_take_turns(sizes):
    """Neither is held back for ever, also where no two uploads fit."""

    async def run():
        budget = Budget(10)
        order = []

        async def use(project, size):
            with await budget.take(size, 60, project):
                order.append(project)
                for _ in range(3):
                    await asyncio.sleep(0)

        await asyncio.gather(*(use("a", sizes[0]) for _ in range(4)), *(use("b", sizes[1]) for _ in range(4)))
        assert sorted(order) == ["a"] * 4 + ["b"] * 4
        assert budget.used == 0

    asyncio.run(run())


def test_no_project_that_waits_is_kept_out_whatever_the_others_do():
    """Random uploads of three projects: whoever may go on does, and nothing is left over."""

    async def run(random):
        budget = Budget(20)
        done = []

        async def use(project, size, steps):
            try:
                async with asyncio.timeout(0.2 if steps == 7 else 60):
                    with await budget.take(size, 60, project):
                        assert budget.used <= 20
                        for _ in range(steps):
                            await asyncio.sleep(0)
                        done.append(project)
            except TimeoutError:
                done.append(project)

        everything = [(random.choice("abc"), random.randint(1, 20), random.randint(0, 7)) for _ in range(60)]
        await asyncio.gather(*(use(*each) for each in everything))
        assert sorted(done) == sorted(project for project, _, _ in everything)
        assert (budget.used, budget._held, budget._line) == (0, {}, [])

    for seed in range(20):
        asyncio.run(run(random.Random(seed)))


def test_the_front_says_whose_upload_it_is(monkeypatch):
    """The environment comes with the metadata, before the archive."""
    metadata = wire.Metadata()
    metadata.size, metadata.environment = 700, {"ARGOCD_APP_PROJECT_NAME": "team-a"}

    async def metadata_of(upload):
        return metadata, b""

    async def run():
        settings: Any = SimpleNamespace(spool_bytes=1000, workers=1, limits=Limits(), deadline=5)
        zygote: Any = None  # never asked: there is no room
        service = front.Service(settings, zygote)
        asked = []

        async def take(size, seconds, project):
            asked.append((size, project))
            raise NoRoomError("full")

        monkeypatch.setattr(transfer, "metadata_of", metadata_of)
        monkeypatch.setattr(service.budget, "take", take)
        call: Any = SimpleNamespace(timeout=0.0)
        upload: Any = None
        with pytest.raises(NoRoomError):
            await service._received("GenerateManifest", call, upload, journal.Entry("GenerateManifest"))
        assert asked == [(700, "team-a")]

    asyncio.run(run())
