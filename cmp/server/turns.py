"""Whose turn it is at the workers: oldest first, and no project holds all of them while another one waits.

The same rule as between processes (`cmp.cli.slots`), inside of one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import NamedTuple


class _Waiter(NamedTuple):
    project: str
    turn: asyncio.Future[None]


class Turns:
    """count: how many may hold one at a time."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._holding: Counter[str] = Counter()
        self._waiting: list[_Waiter] = []

    async def take(self, project: str) -> None:
        """Wait until it is this one's turn; whoever is cancelled holds nothing. project: a name, or ""."""
        waiter = _Waiter(project, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._admit()
        try:
            await waiter.turn
        except BaseException:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
                self._admit()  # others may have waited because of this one
            else:
                self.give_back(project)
            raise

    def give_back(self, project: str) -> None:
        """Let the next one in."""
        self._holding[project] -= 1
        self._admit()

    def _admit(self) -> None:
        while self._holding.total() < self._count:
            waiter = next(filter(self._may, self._waiting), None)
            if waiter is None:
                return
            self._waiting.remove(waiter)
            self._holding[waiter.project] += 1
            if waiter.turn.cancelled():  # its owner has not been told yet: `take` gives it back
                continue
            waiter.turn.set_result(None)

    def _may(self, waiter: _Waiter) -> bool:
        if self._count == 1 or self._holding[waiter.project] < self._count - 1:
            return True
        return all(each.project == waiter.project for each in self._waiting)
