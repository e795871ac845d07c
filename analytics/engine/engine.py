"""What an engine does: it observes a fleet, and judges what was seen of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from analytics.day import Observing
from analytics.verdicts.judge import Judgement
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.misfit import Misfit
from geofence.seen.observation import Observation
from geofence.seen.observe import Pings

Writing = Callable[[Iterable[bytes]], object]
"""Takes lines of evidence, some at a time: JSON, a record and a line feed each, by street."""


class LeftOutError(RuntimeError):
    """Not all of a night could be worked out, so that it must not be recorded."""


class Engine(Protocol):
    """Works nights out. How many work changes when they are done, never what comes out."""

    def observe(self, pings: Pings, network: Network, plan: Plan) -> Iterable[Observation]:
        """Give what was seen of each vehicle, in order of vehicle id."""

    def judge(
        self,
        observations: Sequence[Observation],
        plan: Plan,
        network: Network,
        service_date: date,
        misfits: Mapping[str, Misfit],
        *,
        evidence: Writing | None,
    ) -> Judgement:
        """Judge what may be believed, as `analytics.verdicts.judge.judge` does, some grids at once.

        What comes out is without its cases; their `evidence` is written as it comes, in the order
        of the streets.
        """

    @property
    def left_out(self) -> Sequence[str]:
        """What could not be worked out, named for people: of it nothing is known."""


def observing_all(engine: Engine) -> Observing:
    """Have a fleet observed, and refuse to go on without what had to be left out.

    Raises
    ------
    LeftOutError
        As its result does.
    """

    def observing(pings: Pings, network: Network, plan: Plan) -> tuple[Observation, ...]:
        known = len(engine.left_out)
        seen = tuple(engine.observe(pings, network, plan))
        lost = engine.left_out[known:]
        if lost:
            raise LeftOutError(f"worker after worker died of {', '.join(lost)}")
        return seen

    return observing
