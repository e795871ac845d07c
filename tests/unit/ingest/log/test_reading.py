import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.log.archive_moving import move_days
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.reading import hours_since, pings_between, pings_since
from ingest.log.rows import tuples_of, vehicles_of
from ingest.log.writing import DAY_MS
from tests.fixtures.fixes import MORNING_MS, VEHICLES, frame, ping, same

HOUR_MS = 3_600_000
TODAY_MS = MORNING_MS - MORNING_MS % DAY_MS
NOW_MS = TODAY_MS + 9 * DAY_MS
YESTERDAY_MS = TODAY_MS - DAY_MS
LOST = "晋B00009"
"""A vehicle of which only an archived day tells."""
EARLY = [ping(vehicle_id=LOST, event_time_ms=YESTERDAY_MS + HOUR_MS)] + [
    ping(vehicle_id=vehicle, event_time_ms=time_ms, accuracy_m=9.0)
    for vehicle in VEHICLES
    for time_ms in (YESTERDAY_MS, YESTERDAY_MS + HOUR_MS, TODAY_MS - 1)
]
LATE = [
    ping(event_time_ms=YESTERDAY_MS + HOUR_MS, accuracy_m=5.0),  # takes the place of an archived
    ping(event_time_ms=YESTERDAY_MS + 2 * HOUR_MS),
    ping(event_time_ms=TODAY_MS),
    ping(event_time_ms=TODAY_MS + HOUR_MS - 1, vehicle_id=VEHICLES[1]),
]


def write(log, *fixes):
    log.write(Batch(tuples_of(frame(fixes)), ()))


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log with yesterday archived, pings that came late for it, and pings of today."""
    folder = tmp_path_factory.mktemp("log")
    with open_log(f"sqlite:///{folder / 'pings.db'}") as log:
        write(log, *EARLY)
        assert len(list(move_days(log, TODAY_MS, folder / "days", now_ms=NOW_MS))) == 1
        write(log, *LATE)
        yield log


def in_order(fixes):
    return frame(sorted(fixes, key=lambda fix: (fix.vehicle_id, fix.event_time_ms)))


def winners():
    late = {(fix.vehicle_id, fix.event_time_ms) for fix in LATE}
    kept = [fix for fix in EARLY if (fix.vehicle_id, fix.event_time_ms) not in late]
    return kept + LATE


def read(log, how, *arguments):
    with log.transaction(write=False) as connection:
        return how(connection, *arguments)


instants = st.none() | st.builds(
    lambda fix, step: fix.event_time_ms + step,
    st.sampled_from(EARLY + LATE),
    st.sampled_from([-1, 0, 1, DAY_MS]),
)


@given(
    instants,
    instants,
    st.none() | st.sets(st.sampled_from([*VEHICLES, LOST, "nobody"]), min_size=1),
)
@settings(deadline=None, max_examples=40)
def test_pings_are_those_of_an_interval_and_of_vehicles_wherever_they_lie(
    log, start_ms, end_ms, vehicles
):
    expected = [
        fix
        for fix in winners()
        if (start_ms is None or fix.event_time_ms >= start_ms)
        and (end_ms is None or fix.event_time_ms < end_ms)
        and (vehicles is None or fix.vehicle_id in vehicles)
    ]
    found = read(log, pings_between, log.files, log.segments, start_ms, end_ms, vehicles)
    assert same(found, in_order(expected))


def test_of_no_vehicles_there_are_no_pings_though_a_day_is_archived(log):
    assert read(log, pings_between, log.files, log.segments, None, None, []).empty


def test_all_that_is_new_since_the_beginning_is_all(log):
    found, last = read(log, pings_since, log.files, 0)
    assert same(found, in_order(winners()))
    assert last >= len(EARLY) + len(LATE)


def test_what_came_late_is_new_since_the_move_and_nothing_archived_is(log):
    found, last = read(log, pings_since, log.files, len(EARLY))
    assert same(found, in_order(LATE))
    assert read(log, pings_since, log.files, last)[0].empty


def test_of_an_archived_day_only_what_is_new_is_given_anew(log):
    found, _ = read(log, pings_since, log.files, len(EARLY) - 1)
    assert len(found) == len(LATE) + 1
    pd.testing.assert_series_equal(found["event_time"], in_order(LATE + EARLY[-1:])["event_time"])


def test_who_is_ahead_of_the_log_goes_on_from_where_they_are(log):
    found, last = read(log, pings_since, log.files, 10**6)
    assert (len(found), last) == (0, 10**6)


def test_of_a_day_in_a_file_all_hours_may_have_changed_and_of_others_those_that_did(log):
    told = read(log, hours_since, 0)
    yesterday = [YESTERDAY_MS + hour * HOUR_MS for hour in range(24)]
    assert told["hour_ms"].tolist() == [*yesterday, TODAY_MS]
    assert told["last_sequence"].tolist()[3:-1] == [len(EARLY)] * 21


@pytest.mark.parametrize("fix", LATE)
def test_who_has_read_up_to_the_last_sequence_of_an_hour_has_all_of_it_and_not_before(log, fix):
    told = read(log, hours_since, 0)
    hour = fix.event_time_ms // HOUR_MS
    (last,) = told["last_sequence"][told["hour_ms"] == hour * HOUR_MS]
    for sequence, is_all in ((int(last) - 1, False), (int(last), True)):
        rest, _ = read(log, pings_since, log.files, sequence)
        assert (hour not in rest["event_time"].astype("int64").floordiv(HOUR_MS).tolist()) == is_all


def test_once_the_file_is_known_only_the_hours_of_what_came_late_are_told(log):
    told = read(log, hours_since, len(EARLY))
    assert told["hour_ms"].tolist() == [
        YESTERDAY_MS + HOUR_MS,
        YESTERDAY_MS + 2 * HOUR_MS,
        TODAY_MS,
    ]
    nothing = read(log, hours_since, told["last_sequence"].max())
    assert nothing.empty
    assert same(nothing, told[:0])


def test_vehicles_are_those_with_pings_in_the_tables_in_order(log):
    assert read(log, vehicles_of) == sorted(VEHICLES)


def test_an_empty_log_has_no_pings_no_hours_and_no_vehicles(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        assert same(read(log, pings_between, log.files, log.segments, None, None, None), frame([]))
        assert same(read(log, pings_between, log.files, log.segments, 0, 1, None), frame([]))
        found, last = read(log, pings_since, log.files, 0)
        assert (len(found), last) == (0, 0)
        assert read(log, hours_since, 0).empty
        assert read(log, vehicles_of) == []
