import pytest

from analytics.dashboard.state.beginning import begin, latest_reception_ms, sequence_of
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import write_pings
from tests.fixtures.served_town import PINGS, TOWN
from tests.fixtures.town import MONDAY, at, next_day

GROUND = (TOWN.plan, TOWN.network)


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


def states(beginning):
    document = beginning.state.document(at("12:00"), beginning.sequence, live=True)
    return {each["street"]: each["state"] for each in document["streets"]}


def test_a_day_that_the_log_has_is_judged_at_once(log):
    write_pings(log, PINGS)
    begun = begin(log, GROUND, MONDAY, None, at("01:00", next_day()))
    assert states(begun) == {"云中街": "served", "支路": "skipped"}
    with log.transaction(write=False) as connection:
        assert begun.sequence == sequence_of(connection) > 0
    assert begun.received_ms is not None


def test_without_an_instant_it_stands_at_the_latest_ping(log):
    write_pings(log, PINGS[PINGS["event_time"] < PINGS["event_time"].min()])
    assert states(begin(log, GROUND, MONDAY, None, None))["支路"] == "upcoming"


def test_a_date_without_pings_has_a_beginning_too(log):
    begun = begin(log, GROUND, next_day(), None, at("06:00", next_day()))
    assert (begun.sequence, begun.received_ms) == (0, None)


def test_of_no_pings_none_was_received_last():
    assert latest_reception_ms(PINGS.iloc[:0]) is None
