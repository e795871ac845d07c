"""What an engine does: it observes a fleet, and judges what was seen of it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import Protocol

from analytics.day import Observing
from analytics.tracking.fleet import street_fit
from analytics.verdicts.evaluation import PingSource
from analytics.verdicts.fleet import Fleet
from analytics.verdicts.judge import Judgement
from geofence.network.network import Network, build_network
from geofence.plan.plan import Plan
from geofence.seen.observation import Observation
from geofence.seen.observe import Pings
from geofence.seen.street_fit import StreetFit

Writing = Callable[[Iterable[bytes]], object]
"""Takes evidence, some lines at a time: JSON, a record and a line feed each, by street."""


class LeftOutError(RuntimeError):
    """Not all of a night could be worked out, so that it must not be recorded."""


class Ground:
    """A plan with its network."""

    def __init__(self, plan: Plan, network: Network | None = None) -> None:
        self.plan, self.network = plan, network or build_network(plan.sections)

    def fleet(self, service_date: date) -> Fleet:
        """Give what says what of a fleet may be believed."""
        return Fleet(self.plan, self.network, service_date, self._fit)

    @cached_property
    def _fit(self) -> StreetFit:
        return street_fit(self.network)


class Engine(Protocol):
    """Works nights out. How many work changes when they are done, never what comes out."""

    def observe(self, pings: Pings, network: Network, plan: Plan) -> Iterable[Observation]:
        """Give what was seen of each vehicle, in order of vehicle id."""

    def work_out(
        self, pings: PingSource, ground: Ground, service_date: date, *, evidence: Writing | None
    ) -> Judgement:
        """Judge a date, as `analytics.verdicts.evaluation.evaluate` does, some grids at once.

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
