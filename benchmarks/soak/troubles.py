"""What befalls a soak while a day comes in: kills, cuts, a full disk, drawn by a seed."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from benchmarks.faults.surroundings.disk import filled

FULL_S = 3.0
STALL_S = 2.0


class Troubles:
    """Does one trouble after the other in a thread of its own while a day comes in; a context.

    The thread lives as long as the week: a broker that it started again ends with it.

    Parameters
    ----------
    kinds
        What to do, by its name.
    every_s
        Seconds between two of them, on average.
    """

    def __init__(
        self, kinds: Mapping[str, Callable[[], None]], every_s: float, chance: random.Random
    ) -> None:
        self.done = Counter[str]()
        self._kinds, self._every_s, self._chance = kinds, every_s, chance
        self._ended, self._by_day = threading.Event(), threading.Lock()
        self._by_day.acquire()
        self._thread = threading.Thread(target=self._run, name="troubles", daemon=True)

    def __enter__(self) -> Self:
        """Begin, but do nothing yet."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ended.set()
        self._by_day.release()
        self._thread.join()

    @contextmanager
    def by_day(self) -> Iterator[None]:
        """Do them while in this context; one that is under way ends within it."""
        self._by_day.release()
        try:
            yield
        finally:
            self._by_day.acquire()

    def _run(self) -> None:
        names = sorted(self._kinds)
        while names:
            self._chance.shuffle(names)  # each kind comes as often as any other
            for name in names:
                if self._ended.wait(self._chance.uniform(0.5, 1.5) * self._every_s):
                    return
                with self._by_day:
                    if self._ended.is_set():
                        return
                    self._kinds[name]()
                    self.done[name] += 1


def fill_disk(folder: Path) -> None:
    """Leave no room on the disk of a folder for a while."""
    with filled(folder):
        time.sleep(FULL_S)
