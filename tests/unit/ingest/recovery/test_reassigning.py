import shutil
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.event import Event, EventKind
from ingest.fault import LogError
from ingest.log.archive_moving import move_days
from ingest.log.batch import Batch
from ingest.log.check import faults_of
from ingest.log.pinglog import open_log
from ingest.log.rows import DAY_MS, tuples_of
from ingest.ping import resolve
from ingest.recovery.adoption import adopt
from ingest.recovery.reassigning import Move, Moved, reassign
from tests.fixtures.fixes import MORNING_MS, VEHICLES, colliding_pings, frame, ping, same

WRONG, RIGHT = VEHICLES[:2]
BYSTANDER = "机扫9-999"
MOVE = Move(WRONG, RIGHT, MORNING_MS, MORNING_MS + 1000)
HOUR_MS = 3_600_000


@pytest.fixture
def log(log_url):
    with open_log(log_url) as log:
        yield log


def write(log, fixes):
    log.write(Batch(tuples_of(frame(fixes)), ()))


def with_fields(fix, **changes):
    return type(fix)(**{name: getattr(fix, name) for name in fix.__struct_fields__} | changes)


days = count()


@given(fixes=st.lists(colliding_pings, max_size=12))
@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_log_holds_what_it_would_if_they_had_come_under_the_right_name(log, fixes):
    shift_ms = next(days) * DAY_MS  # a day of its own for each example: to make a log takes long
    move = replace(MOVE, from_ms=MOVE.from_ms + shift_ms, until_ms=MOVE.until_ms + shift_ms)
    fixes = [with_fields(fix, event_time_ms=fix.event_time_ms + shift_ms) for fix in fixes]
    right = [
        with_fields(fix, vehicle_id=RIGHT)
        if fix.vehicle_id == WRONG and move.from_ms <= fix.event_time_ms < move.until_ms
        else fix
        for fix in fixes
    ]
    write(log, fixes)
    received = log.counters().received
    found = reassign(log, move)
    assert found.total == found.stored + found.conflicting + found.duplicate
    wanted = resolve(frame(right))
    day = {"start_ms": move.from_ms, "end_ms": move.from_ms + DAY_MS}
    assert same(log.read_pings(**day), wanted.pings)
    lost = log.conflicting()
    of_day = lost["event_time"].astype("int64").between(move.from_ms, move.from_ms + DAY_MS)
    assert same(lost[of_day].reset_index(drop=True), wanted.conflicting)
    assert (log.counters().received, log.counters().balanced) == (received, True)
    assert reassign(log, move) == Moved(0, 0, 0, 0, 0)


def test_whoever_follows_the_log_learns_of_every_hour_that_changed(log):
    later = MORNING_MS + HOUR_MS
    # of the second hour nothing is new at the other vehicle: it had just that fix
    write(log, [ping(vehicle_id=WRONG), ping(vehicle_id=WRONG, event_time_ms=later),
                ping(vehicle_id=RIGHT, event_time_ms=later)])  # fmt: skip
    _, sequence = log.read_pings_since(0)
    reassign(log, replace(MOVE, until_ms=later + 1))
    changed = log.hours_changed_since(sequence)["hour_ms"].tolist()
    assert changed == [MORNING_MS - MORNING_MS % HOUR_MS + each for each in (0, HOUR_MS)]
    new, _ = log.read_pings_since(sequence)
    assert new["vehicle_id"].tolist() == [RIGHT] * 2
    # of the servers of tests it says that they do not wait for the disk
    assert [each for each in faults_of(log, []) if "fsync" not in each] == []


def test_the_interval_is_half_open_and_others_stay(log):
    edges = [MOVE.from_ms - 1, MOVE.from_ms, MOVE.until_ms - 1, MOVE.until_ms]
    write(log, [ping(vehicle_id=each, event_time_ms=at_ms)
                for each in (WRONG, BYSTANDER) for at_ms in edges])  # fmt: skip
    assert reassign(log, MOVE) == Moved(2, 0, 2, 0, 0)
    assert log.read_pings(vehicles=[RIGHT])["event_time"].astype("int64").tolist() == edges[1:3]
    assert len(log.read_pings(vehicles=[BYSTANDER])) == 4


def test_a_trial_changes_nothing(log):
    write(log, [ping(vehicle_id=WRONG)])
    before = log.counters()
    assert reassign(log, MOVE, dry_run=True) == Moved(1, 0, 1, 0, 0)
    assert log.counters() == before
    assert log.read_pings()["vehicle_id"].tolist() == [WRONG]


def test_what_is_archived_is_never_changed(log, tmp_path):
    write(log, [ping(vehicle_id=WRONG), ping(vehicle_id=WRONG, event_time_ms=MORNING_MS + DAY_MS)])
    end_ms = MORNING_MS - MORNING_MS % DAY_MS + DAY_MS
    list(move_days(log, end_ms, tmp_path / "archive", now_ms=end_ms))
    with pytest.raises(LogError, match="2022-03-25: archived"):
        reassign(log, MOVE)
    live = replace(MOVE, from_ms=end_ms, until_ms=end_ms + DAY_MS)
    assert reassign(log, live) == Moved(1, 0, 1, 0, 0)


def test_events_go_with_the_pings_and_what_the_other_had_is_a_duplicate(log):
    def lift(vehicle, step, reference="a"):
        return Event(vehicle, MORNING_MS + step, EventKind.BIN_LIFT, reference=reference)

    told = [lift(WRONG, 0), lift(WRONG, 1), lift(WRONG, 1000), lift(RIGHT, 1), lift(BYSTANDER, 1)]
    log.write(Batch((), (), [(each, MORNING_MS + 9 - n) for n, each in enumerate(told)]))
    assert reassign(log, MOVE, dry_run=True).events == 2
    assert reassign(log, MOVE) == Moved(0, 0, 0, 0, 0, events=2)
    wanted = [lift(RIGHT, 0), lift(RIGHT, 1), lift(WRONG, 1000), lift(BYSTANDER, 1)]
    assert set(log.read_events(start_ms=0, end_ms=MORNING_MS + DAY_MS)) == set(wanted)
    counters = log.counters()
    assert (counters.received, counters.events, counters.duplicate) == (5, 4, 1)
    assert counters.balanced
    assert not any("counter" in fault for fault in faults_of(log))


def test_after_a_restore_archived_days_are_taken_in_once_the_move_is_said_again(tmp_path):
    before, after = tmp_path / "before.db", tmp_path / "after.db"
    archive = tmp_path / "archive"
    with open_log(f"sqlite:///{before}") as log:
        write(log, [ping(vehicle_id=WRONG, event_time_ms=MORNING_MS + each) for each in range(5)])
    shutil.copy(before, after)  # the backup
    with open_log(f"sqlite:///{before}") as log:
        reassign(log, MOVE)
        list(move_days(log, MORNING_MS + 2 * DAY_MS, archive, now_ms=MORNING_MS + 2 * DAY_MS))
        wanted, counted = log.read_pings(), log.counters()
    with open_log(f"sqlite:///{after}") as log:
        assert list(adopt(log, [archive], MORNING_MS + 3 * DAY_MS)) == []
        (fault,) = faults_of(log, [archive])
        assert "move them again by pingcheng database reassign" in fault
        reassign(log, MOVE)
        list(adopt(log, [archive], MORNING_MS + 3 * DAY_MS))
        assert same(log.read_pings(), wanted)
        assert log.counters() == counted
        assert list(faults_of(log)) == []
