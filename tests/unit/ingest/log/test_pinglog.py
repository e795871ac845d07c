import random
import sqlite3
from collections import Counter

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.decoding.rejection import RejectionCode, refuse
from ingest.fault import LogError
from ingest.log.batch import Batch, batches_of
from ingest.log.check import faults_of
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from ingest.ping import resolve
from tests.fixtures.fixes import MORNING_MS, VEHICLES, colliding_pings, frame, ping, pings, same

in_one_folder = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20
)


@pytest.fixture
def new_log(new_log_url, no_syncing):  # noqa: ARG001 - asked for, it is in force
    """Open a log without rows at each call, and close it at the next."""
    logs = []

    def make():
        for earlier in logs:
            earlier.close()
        logs[:] = [open_log(new_log_url(), create=False)]
        return logs[0]

    yield make
    for log in logs:
        log.close()


receptions = st.integers(MORNING_MS, MORNING_MS + 3)


@given(
    received=st.lists(st.tuples(colliding_pings | pings, receptions), max_size=30),
    again=st.lists(st.integers(0, 29), max_size=10),
    seed=st.integers(0, 1000),
    rows=st.integers(1, 12),
)
@in_one_folder
def test_the_log_holds_what_resolve_makes_of_all_pings_in_any_order_and_any_batches(
    new_log, received, again, seed, rows
):
    received = received + [received[index] for index in again if index < len(received)]
    everything = frame([fix for fix, _ in received], [time_ms for _, time_ms in received])
    expected = resolve(everything)
    random.Random(seed).shuffle(received)
    log = new_log()
    shuffled = frame([fix for fix, _ in received], [time_ms for _, time_ms in received])
    for batch in batches_of(shuffled, (), rows):
        log.write(batch)
        assert log.counters().balanced
    assert same(log.read_pings(), expected.pings)
    assert same(log.conflicting(), expected.conflicting)
    counters = log.counters()
    assert counters.received == len(received)
    assert counters.stored == len(expected.pings)
    assert counters.conflicting == len(expected.conflicting)
    assert counters.duplicate == expected.duplicate_count


@given(st.lists(st.lists(colliding_pings, max_size=4), max_size=6))
@in_one_folder
def test_following_the_sequence_gives_the_same_pings_as_reading_them_all(new_log, batches):
    log, sequence, followed = new_log(), 0, {}
    for number, fixes in enumerate(batches):
        log.write(Batch(tuples_of(frame(fixes, [MORNING_MS + number] * len(fixes))), ()))
        news, sequence = log.read_pings_since(sequence)
        followed.update({(row.vehicle_id, row.event_time): row for row in news.itertuples()})
    assert log.read_pings_since(sequence)[0].empty
    everything = log.read_pings()
    assert len(followed) == len(everything)
    for row in everything.itertuples():
        assert repr(followed[row.vehicle_id, row.event_time][1:]) == repr(row[1:])


def test_a_better_fix_takes_the_place_of_the_stored_one_which_is_kept_as_a_conflict(new_log):
    log = new_log()
    for accuracy_m in (None, 5.0, 9.0):
        log.write(Batch(tuples_of(frame([ping(accuracy_m=accuracy_m)])), ()))
    assert log.read_pings().accuracy_m.tolist() == [5.0]
    assert log.conflicting().accuracy_m.tolist()[0] == 9.0
    assert len(log.conflicting()) == 2
    _, sequence = log.read_pings_since(0)
    assert sequence == 2


def test_a_change_of_winner_shows_up_as_news_and_a_lost_or_repeated_fix_does_not(new_log):
    log = new_log()
    log.write(Batch(tuples_of(frame([ping(accuracy_m=7.0)])), ()))
    _, sequence = log.read_pings_since(0)
    log.write(Batch(tuples_of(frame([ping(accuracy_m=7.0), ping(accuracy_m=8.0)])), ()))
    news, sequence = log.read_pings_since(sequence)
    assert news.empty
    log.write(Batch(tuples_of(frame([ping(accuracy_m=6.0)])), ()))
    news, _ = log.read_pings_since(sequence)
    assert news.accuracy_m.tolist() == [6.0]


def test_pings_are_read_by_half_open_time_and_by_vehicle(new_log):
    log = new_log()
    fixes = [
        ping(vehicle_id=vehicle, event_time_ms=MORNING_MS + step)
        for vehicle in VEHICLES
        for step in (2, 1, 0)
    ]
    log.write(Batch(tuples_of(frame(fixes)), ()))
    everything = log.read_pings()
    assert same(everything, everything.sort_values(["vehicle_id", "event_time"]))
    part = log.read_pings(
        start_ms=MORNING_MS + 1, end_ms=MORNING_MS + 2, vehicles=[VEHICLES[1], "other"]
    )
    assert same(part, frame([fixes[4]]))
    assert log.read_pings(vehicles=[]).empty


def test_rejections_are_kept_in_order_with_their_evidence(new_log):
    log = new_log()
    bad = [
        refuse(RejectionCode.NOT_JSON, "fleet/晋BQ0384/ping", MORNING_MS, b"\0\xff"),
        refuse(RejectionCode.WRONG_TYPE, "t", MORNING_MS, b"{}", key="hdop", value="a"),
        refuse(RejectionCode.NOT_JSON, "t", MORNING_MS, b""),
    ]
    log.write(Batch(tuples_of(frame([ping()])), tuple(bad)))
    assert [row["payload"] for row in log.quarantine.rejected()] == [b"\0\xff", b"{}", b""]
    assert log.quarantine.rejected()[1]["value"] == '"a"'
    counters = log.counters()
    assert counters.rejected_by_code == {"not_json": 2, "wrong_type": 1}
    assert (counters.received, counters.rejected, counters.balanced) == (4, 3, True)


def test_fields_left_out_are_counted_as_often_as_their_pings_were_received(new_log):
    log = new_log()
    for _ in range(2):  # delivered again, it counts again, as received and duplicate do
        log.write(Batch(tuples_of(frame([ping()])), (), ignored={"heading_deg": 1, "hdop": 2}))
    counters = log.counters()
    assert counters.field_ignored == {"hdop": 4, "heading_deg": 2}
    assert (counters.received, counters.stored, counters.duplicate) == (2, 1, 1)
    assert counters.balanced


CODES = (RejectionCode.NOT_JSON, RejectionCode.TIME_IN_FUTURE, RejectionCode.UNKNOWN_VEHICLE)


def refusal(code, vehicle, hour, size):
    at_ms = MORNING_MS + hour * 3_600_000
    return refuse(code, f"fleet/{vehicle}/ping", at_ms, b"x" * size, vehicle_id=vehicle)


refusals = st.builds(
    refusal,
    st.sampled_from(CODES),
    st.sampled_from(VEHICLES),
    st.integers(0, 30),
    st.integers(0, 900),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.lists(refusals, max_size=12), st.lists(pings, max_size=3)),
        st.tuples(st.just("release"), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("forget"), st.integers(0, 30), st.sampled_from((None, *VEHICLES))),
    ),
    max_size=8,
)


@given(steps=steps, room=st.sampled_from([0, 700, 64_000, 1_000_000]))
@in_one_folder
def test_whatever_is_refused_released_and_forgotten_it_is_kept_or_counted_to_the_last(
    new_log, steps, room
):
    log = new_log()
    log._most_quarantine_bytes = room
    came, released, good = Counter(), Counter(), 0
    for kind, first, second in steps:
        if kind == "write":
            log.write(Batch(tuples_of(frame(second, [MORNING_MS] * len(second))), tuple(first)))
            came.update(str(one.code) for one in first)
            good += len(second)
        elif kind == "release":
            chosen = log.quarantine.rejected()[: first + 1]
            if chosen:
                one = Batch(tuples_of(frame([ping()], [MORNING_MS])), ())
                log.release([row["id"] for row in chosen], one if second else Batch([], ()), 9)
                released.update(row["code"] for row in chosen)
                good += second
        else:
            log.quarantine.forget(MORNING_MS + first * 3_600_000, None, second)
        counters, standing = (
            log.counters(),
            Counter(row["code"] for row in log.quarantine.rejected()),
        )
        assert counters.balanced
        assert counters.received == good + (came - released).total()
        assert counters.rejected_by_code == came - released
        assert standing + Counter(counters.counted_by_code) == came - released
        assert counters.quarantine_bytes <= room
    # in the end alone: it takes ten times as long, and any beginning of the steps is an example
    assert [fault for fault in faults_of(log) if "fsync" not in fault] == []


def test_a_batch_that_fails_leaves_nothing_behind(new_log, monkeypatch):
    log = new_log()
    log.write(Batch(tuples_of(frame([ping()])), ()))
    before = log.counters()
    broken = pd.concat([frame([ping(event_time_ms=MORNING_MS + 1)])])
    monkeypatch.setattr("ingest.log.pinglog.count", _fail)
    with pytest.raises(LogError, match="the disk is full"):
        log.write(Batch(tuples_of(broken), ()))
    assert log.counters() == before
    assert len(log.read_pings()) == 1


def _fail(*_):
    raise sa.exc.SQLAlchemyError("the disk is full")


def test_a_log_outlives_the_one_who_wrote_it(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        log.write(Batch(tuples_of(frame([ping()])), ()))
    with open_log(url) as log:
        log.write(Batch(tuples_of(frame([ping()])), ()))
        assert (log.counters().stored, log.counters().duplicate) == (1, 1)
    with open_log(url, create=False) as log:
        assert len(log.read_pings()) == 1


def test_reading_makes_no_log(tmp_path):
    with pytest.raises(LogError, match="there is no ping log"):
        open_log(f"sqlite:///{tmp_path / 'absent.db'}", create=False)
    assert list(tmp_path.iterdir()) == []
    sqlite3.connect(tmp_path / "other.db").close()
    with pytest.raises(LogError, match="holds no ping log"):
        open_log(f"sqlite:///{tmp_path / 'other.db'}", create=False)


def test_hours_that_changed_are_told_with_their_last_sequence(new_log):
    hour_ms = 3_600_000
    first = MORNING_MS - MORNING_MS % hour_ms

    def batch(*event_ms):
        return Batch([(VEHICLES[0], at, 113.3, 40.1, *[None] * 7, at) for at in event_ms], ())

    log = new_log()
    log.write(batch(first, first + 1000, first + 5 * hour_ms))
    told, last = log.hours_changed_since(0), log.read_pings_since(0)[1]
    assert told["hour_ms"].tolist() == [first, first + 5 * hour_ms]
    assert told["last_sequence"].max() == last
    assert log.hours_changed_since(last).empty
    log.write(batch(first + 2000))
    assert log.hours_changed_since(last)["hour_ms"].tolist() == [first]


def test_a_log_that_was_emptied_for_the_next_test_holds_what_a_new_one_does(new_log, tmp_path):
    def contents(log):
        with log.transaction(write=False) as connection:
            return {
                name: sorted(map(tuple, connection.exec_driver_sql(f'SELECT * FROM "{name}"')))
                for name in sa.inspect(connection).get_table_names()
                if name != "log_identity"
            }

    log = new_log()
    bad = refuse(RejectionCode.NOT_JSON, "t", MORNING_MS, b"")
    log.write(Batch(tuples_of(frame([ping(), ping(accuracy_m=1.0)])), (bad,)))
    with open_log(f"sqlite:///{tmp_path / 'untouched.db'}") as untouched:
        assert contents(log) != contents(untouched)
        assert contents(new_log()) == contents(untouched)


def test_days_are_reckoned_from_the_newest_fix_if_the_servers_clock_is_ahead_of_it(new_log):
    log, day_ms = new_log(), 86_400_000
    assert log.retention_ms(30, MORNING_MS) is None
    log.write(Batch(tuples_of(frame([ping(event_time_ms=MORNING_MS)])), ()))
    assert log.retention_ms(30, MORNING_MS + 40 * day_ms) == MORNING_MS - 30 * day_ms
    assert log.retention_ms(30, MORNING_MS - day_ms) == MORNING_MS - 31 * day_ms


def test_what_is_read_in_many_steps_is_the_log_of_one_instant(new_log):
    log, (first, second) = new_log(), VEHICLES[:2]
    whole = (MORNING_MS, MORNING_MS + 60_000)
    early = [ping(vehicle_id=each, event_time_ms=MORNING_MS) for each in (first, second)]
    log.write(Batch(tuples_of(frame(early)), ()))
    with log.at_one_instant() as read:
        assert len(read(*whole, [first])) == 1
        late = ping(vehicle_id=second, event_time_ms=MORNING_MS + 1000)
        log.write(Batch(tuples_of(frame([late])), ()))
        assert len(read(*whole, [second])) == 1
    assert len(log.read_pings(vehicles=[second])) == 2


def test_a_mistake_of_who_reads_meanwhile_is_not_told_as_one_of_the_log(new_log):
    with pytest.raises(ValueError, match="of ours"), new_log().at_one_instant():
        raise ValueError("of ours")
