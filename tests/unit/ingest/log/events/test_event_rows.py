import random

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.event import Event, EventKind
from ingest.log.batch import Batch
from ingest.log.check import faults_of
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from ingest.log.tables import events as table
from tests.fixtures.fixes import MORNING_MS, VEHICLES, frame, ping

in_one_folder = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12
)
events = st.builds(
    Event,
    vehicle_id=st.sampled_from(VEHICLES),
    event_time_ms=st.integers(MORNING_MS, MORNING_MS + 2),
    kind=st.sampled_from(list(EventKind)),
    longitude=st.none() | st.just(113.3),
    latitude=st.just(40.1),
    reference=st.none() | st.sampled_from(["桶-17", "A"]),
    weight_kg=st.none() | st.sampled_from([0.0, 21.5]),
)
receptions = st.integers(MORNING_MS, MORNING_MS + 3)


@pytest.fixture
def new_log(new_log_url, no_syncing):  # noqa: ARG001 - asked for, it is in force
    return lambda name="pings": open_log(new_log_url(name), create=False)


def rows_of(log):
    with log.transaction(write=False) as connection:
        return sorted(tuple(row) for row in connection.execute(sa.select(table)))


@given(
    received=st.lists(st.tuples(events, receptions), min_size=8, max_size=25),
    again=st.lists(st.integers(0, 24), max_size=10),
    seed=st.integers(0, 1000),
    size=st.integers(1, 12),
)
@in_one_folder
def test_order_repetition_and_batches_change_nothing_of_what_is_stored(
    new_log, received, again, seed, size
):
    messy = received + [received[index] for index in again if index < len(received)]
    random.Random(seed).shuffle(messy)
    with new_log("tidy") as tidy, new_log() as log:
        tidy.write(Batch((), (), received))
        for first in range(0, len(messy), size):
            log.write(Batch((), (), messy[first : first + size]))
            assert log.counters().balanced
        counters, distinct = log.counters(), {event for event, _ in received}
        assert counters.received == len(messy)
        assert counters.stored == counters.events == len(distinct)
        assert counters.duplicate == len(messy) - len(distinct)
        assert rows_of(log) == rows_of(tidy)
        span = {"start_ms": MORNING_MS, "end_ms": MORNING_MS + 9}
        assert set(log.read_events(**span)) == distinct


def test_events_are_read_by_half_open_time_and_by_vehicle_in_order(new_log):
    told = [
        Event(vehicle, MORNING_MS + step, EventKind.PHOTO, reference=name)
        for vehicle in VEHICLES
        for step in (2, 0, 1)
        for name in "ba"
    ]
    with new_log() as log:
        log.write(Batch((), (), [(each, MORNING_MS) for each in told]))
        found = log.read_events(start_ms=MORNING_MS, end_ms=MORNING_MS + 2)
        assert [(each.vehicle_id, each.event_time_ms) for each in found] == sorted(
            (each.vehicle_id, each.event_time_ms) for each in told if each.event_time_ms % 10 != 2
        )
        assert found == sorted(found, key=lambda one: (one.vehicle_id, one.event_time_ms, one.id))
        one = log.read_events(start_ms=0, end_ms=MORNING_MS + 1, vehicles=[VEHICLES[0], "x"])
        assert {each.vehicle_id for each in one} == {VEHICLES[0]}
        assert log.read_events(start_ms=0, end_ms=MORNING_MS + 9, vehicles=[]) == []


def test_pings_and_events_are_counted_together_and_kept_apart(new_log):
    lift = Event(VEHICLES[0], MORNING_MS, EventKind.BIN_LIFT)
    with new_log() as log:
        for _ in range(2):
            log.write(Batch(tuples_of(frame([ping()])), (), [(lift, MORNING_MS)]))
        assert len(log.read_pings()) == 1
        assert log.counters().conservation() == (
            "received 4 = stored 2 + duplicate 2 + conflicting 0 + rejected 0; "
            "of the stored 1 are events"
        )
        assert log.write_again(Batch((), (), [(lift, MORNING_MS)])) == 0
        assert log.counters().received == 4


def test_an_event_that_is_gone_is_found_by_the_check(new_log):
    with new_log() as log:
        log.write(Batch((), (), [(Event("a", MORNING_MS, EventKind.PHOTO), MORNING_MS)]))
        assert not any("counter" in fault for fault in faults_of(log))
        with log.transaction(write=True) as connection:
            connection.execute(sa.delete(table))
        faults = list(faults_of(log))
    gone = [fault.split(" is ")[0] for fault in faults if "counter" in fault]
    assert gone == ["the counter of stored", "the counter of events"]
