"""Growth of processor time: what a test of a bound may assert, unlike seconds."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

# Best of so many: what else runs on the machine only adds to it.
_ROUNDS = 3
_SHORT = 0.02


def is_linear(run: Callable[[int], object], size: int) -> bool:
    """Whether `run` takes no square of its size: for four times of it four times as long, not sixteen times.

    Times of less than 20 milliseconds say nothing: they pass.
    """
    gc.disable()  # how often it looks depends on what other tests left
    try:
        small, large = _cost(run, size), _cost(run, 4 * size)
    finally:
        gc.enable()
    return large < _SHORT or large < 9 * small


def _cost(run: Callable[[int], object], size: int) -> float:
    times = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        run(size)
        times.append(time.process_time() - start)
    return min(times)
