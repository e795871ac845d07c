"""The steps of making a report, each timed and told of when it begins."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Steps:
    """Seconds that each kind of step took, in the order in which they first came."""

    def __init__(
        self, clock: Callable[[], float], tell: Callable[[str], None] = lambda _step: None
    ) -> None:
        """Time by `clock`, seconds of any origin; `tell` hears of each step as it begins."""
        self._clock, self._tell = clock, tell
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Do one step."""
        self._tell(name)
        began = self._clock()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + self._clock() - began
