from dataclasses import replace

import pytest
import sqlalchemy as sa

from ingest.log.archive_moving import move_days
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rivals import put
from ingest.log.rows import DAY_MS, tuples_of
from ingest.log.segments.records import (
    Segment,
    forget_segments,
    late_rows,
    note_changed,
    segments_between,
)
from ingest.log.tables import changed_days, segments
from tests.fixtures import quick_log
from tests.fixtures.fixes import MORNING_MS, VEHICLES, frame, ping, same

log = quick_log.log
TODAY_MS = MORNING_MS - MORNING_MS % DAY_MS
DAYS = [TODAY_MS + day * DAY_MS for day in range(3)]


def write(log, *fixes, received_ms=None):
    told = frame(fixes) if received_ms is None else frame(fixes, [received_ms] * len(fixes))
    log.write(Batch(tuples_of(told), ()))


def record(log, *found):
    rows = [{column.name: getattr(each, column.name) for column in segments.c} for each in found]
    with log.transaction(write=True) as connection:
        put(connection, segments, rows)


def sealed(day_ms, last_sequence=0, pings=9):
    return Segment(day_ms, f"/s/{day_ms}", "aa", pings, last_sequence)


def noted(log):
    with log.transaction(write=False) as connection:
        rows = connection.execute(sa.select(changed_days).order_by(changed_days.c.day_ms))
        return [tuple(row) for row in rows]


def read(log, how, *arguments):
    with log.transaction(write=False) as connection:
        return how(connection, *arguments)


def test_a_batch_notes_the_days_that_it_changed_and_when_they_were_received(database_url):
    with open_log(database_url) as log:
        write(log, ping(), ping(event_time_ms=DAYS[1] - 1), received_ms=MORNING_MS + 5)
        write(log, ping(event_time_ms=DAYS[1]), received_ms=MORNING_MS + 6)
        assert noted(log) == [(DAYS[0], 2, MORNING_MS + 5, 0), (DAYS[1], 3, MORNING_MS + 6, 0)]
        write(log, ping(accuracy_m=3.0), received_ms=MORNING_MS + 7)
        assert noted(log)[0] == (DAYS[0], 4, MORNING_MS + 7, 0)


def test_of_several_pings_of_a_day_the_last_reception_counts(log):
    fixes = [ping(event_time_ms=DAYS[1] + each) for each in range(3)]
    rows = tuples_of(frame(fixes, [MORNING_MS + each for each in (7, 9, 8)]))
    log.write(Batch(rows, ()))
    assert noted(log) == [(DAYS[1], 3, MORNING_MS + 9, 0)]


@pytest.mark.parametrize("again", [ping(accuracy_m=5.0), ping(accuracy_m=9.0)])
def test_what_only_repeats_or_loses_changes_no_day(log, again):
    write(log, ping(accuracy_m=5.0), received_ms=MORNING_MS)
    before = noted(log)
    write(log, again, received_ms=MORNING_MS + 9)
    log.write(Batch([], ()))
    assert noted(log) == before


def test_of_no_rows_nothing_is_noted(log):
    with log.transaction(write=True) as connection:
        note_changed(connection, [], 7)
    assert noted(log) == []


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "which"),
    [
        (None, None, [0, 1, 2]),
        (DAYS[1], None, [1, 2]),
        (DAYS[1] - 1, None, [0, 1, 2]),
        (None, DAYS[1], [0]),
        (None, DAYS[1] + 1, [0, 1]),
        (DAYS[1] + 5, DAYS[1] + 6, [1]),
    ],
)
def test_segments_of_an_interval_are_those_whose_day_overlaps_it(log, start_ms, end_ms, which):
    every = [sealed(day_ms) for day_ms in DAYS]
    record(log, *every)
    assert read(log, segments_between, start_ms, end_ms) == [every[each] for each in which]


def test_an_archived_day_has_no_segment_whatever_the_table_says(log, tmp_path):
    write(log, ping())
    list(move_days(log, DAYS[1], tmp_path / "days", now_ms=DAYS[2]))
    record(log, sealed(DAYS[0]), sealed(DAYS[1]))
    assert [each.day_ms for each in read(log, segments_between, None, None)] == [DAYS[1]]


LATE = [ping(event_time_ms=DAYS[1] + each, vehicle_id=VEHICLES[each % 2]) for each in range(4)]


@pytest.fixture(params=[1000, 0])
def changed(request, log):
    """A segment since which there was a change: few rows beside its pings, and many."""
    write(log, ping(event_time_ms=DAYS[1] + 9))
    write(log, ping(event_time_ms=DAYS[2]), *LATE, ping(event_time_ms=DAYS[1] - 1))
    record(log, sealed(DAYS[1], last_sequence=1, pings=request.param))
    (segment,) = read(log, segments_between, None, None)
    assert segment.is_late
    return segment


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "vehicles", "which"),
    [
        (None, None, None, [0, 2, 1, 3]),
        (DAYS[1] + 1, DAYS[1] + 3, None, [2, 1]),
        (DAYS[0], DAYS[2] + 5, VEHICLES[:1], [0, 2]),
        (DAYS[2], None, None, []),
    ],
)
def test_late_rows_are_those_of_the_day_that_came_since(
    log, changed, start_ms, end_ms, vehicles, which
):
    found = read(log, late_rows, changed, start_ms, end_ms, vehicles)
    assert same(found, frame([LATE[each] for each in which]))


def test_of_a_day_that_did_not_change_no_late_rows_are_looked_for(log, changed):
    sealed_since = replace(changed, last_sequence=changed.changed_sequence)
    assert not sealed_since.is_late
    assert read(log, late_rows, sealed_since, None, None, None).empty


def test_few_late_rows_are_found_by_their_sequence_and_many_by_the_key(log, changed):
    plans = []

    def explain(connection, _, statement, parameters, *__):
        if statement.startswith("SELECT pings.vehicle_id, pings.event_time_ms"):
            cursor = connection.connection.cursor()
            told = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.append(" ".join(row[3] for row in told))

    with log.transaction(write=False) as connection:
        sa.event.listen(connection, "before_cursor_execute", explain)
        late_rows(connection, changed, None, None, None)
    (plan,) = plans
    assert ("ix_pings_sequence" if changed.pings else "USING PRIMARY KEY") in plan


def test_days_that_are_forgotten_have_no_segment_and_count_a_removal(log):
    write(log, *(ping(event_time_ms=day_ms) for day_ms in DAYS))
    record(log, *(sealed(day_ms) for day_ms in DAYS))
    with log.transaction(write=True) as connection:
        forget_segments(connection, DAYS[:2])
        forget_segments(connection, DAYS[:1])
        forget_segments(connection, [])
    assert [each.day_ms for each in read(log, segments_between, None, None)] == DAYS[2:]
    assert [row[3] for row in noted(log)] == [2, 1, 0]
