"""Turns at the workers, without a server."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from cmp.server.turns import Turns


def test_another_projects_render_waits_for_one_of_ours_at_most() -> None:
    async def main() -> list[str]:
        turns, order = Turns(2), []
        gates = [asyncio.Event() for _ in range(6)]

        async def render(project: str, gate: asyncio.Event | None = None) -> None:
            await turns.take(project)
            order.append(project)
            if gate is not None:
                await gate.wait()
            turns.give_back(project)

        ours = [asyncio.create_task(render("a", gate)) for gate in gates]
        await asyncio.sleep(0)
        theirs = asyncio.create_task(render("b"))
        await asyncio.sleep(0)
        gates[0].set()
        await theirs
        found = order[:]
        for gate in gates:
            gate.set()
        await asyncio.gather(*ours)
        return found

    assert asyncio.run(main())[:3] == ["a", "a", "b"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_project_that_is_alone_gets_all(count: int) -> None:
    async def main() -> None:
        turns = Turns(count)
        for _ in range(count):
            await asyncio.wait_for(turns.take("a"), 10)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(turns.take("a"), 0.01)
        turns.give_back("a")
        await asyncio.wait_for(turns.take("a"), 10)

    asyncio.run(main())


@pytest.mark.parametrize("seed", range(40))
def test_no_turn_is_lost_and_none_given_twice(seed: int) -> None:
    """Random arrivals, ends and cancellations, checked after every step against the rule itself."""

    async def main() -> None:
        chance = random.Random(seed)
        count = chance.randint(1, 4)
        turns = Turns(count)
        waiting: list[tuple[str, asyncio.Task[None]]] = []
        holding: list[str] = []
        for _ in range(200):
            what = chance.random()
            if what < 0.5:
                project = chance.choice("abc")
                waiting.append((project, asyncio.create_task(turns.take(project))))
            elif what < 0.8 and holding:
                turns.give_back(holding.pop(chance.randrange(len(holding))))
            elif waiting:
                waiting[chance.randrange(len(waiting))][1].cancel()
            for _ in range(3):
                await asyncio.sleep(0)
            holding += [project for project, task in waiting if task.done() and not task.cancelled()]
            waiting = [each for each in waiting if not each[1].done()]
            assert len(holding) <= count
            held = Counter(holding)
            for project, _ in waiting if len(holding) < count else ():
                # A free turn is left only for others, by a project that would hold all but none.
                assert count > 1
                assert held[project] >= count - 1
                assert {each for each, _ in waiting} != {project}
        for project in holding:
            turns.give_back(project)
        while waiting:
            for _ in range(3):
                await asyncio.sleep(0)
            for project, task in [each for each in waiting if each[1].done()]:
                assert not task.cancelled()
                turns.give_back(project)
            waiting = [each for each in waiting if not each[1].done()]

    asyncio.run(asyncio.wait_for(main(), 60))
