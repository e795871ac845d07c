"""How long something takes on one core, warm."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def pin_to_one_core() -> None:
    """Keep this process and its children on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def best_time(run: Callable[[], Result], runs: int) -> tuple[Result, float]:
    """Run once to warm up, then `runs` times; give the result and the least seconds."""
    result = run()
    least_s = float("inf")
    for _ in range(runs):
        begun = time.perf_counter()
        result = run()
        least_s = min(least_s, time.perf_counter() - begun)
    return result, least_s
