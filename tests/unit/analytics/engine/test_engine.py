import pytest

from analytics.engine.engine import LeftOutError, observing_all
from analytics.engine.local import LocalEngine
from ingest.ping import resolve
from tests.fixtures import recorded_city as city


class Losing(LocalEngine):
    """An engine that loses a vehicle."""

    @property
    def left_out(self):
        return self.lost

    lost = ()

    def observe(self, pings, network, plan):
        yield from list(super().observe(pings, network, plan))[1:]
        type(self).lost = ("vehicle 晋B1",)


def test_a_night_that_is_recorded_is_observed_whole():
    day = resolve(city.simulated().pings).pings, city.network(), city.city()
    assert len(observing_all(LocalEngine())(*day)) == 6
    with pytest.raises(LeftOutError, match="died of vehicle 晋B1"):
        observing_all(Losing())(*day)
