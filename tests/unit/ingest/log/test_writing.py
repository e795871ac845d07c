from collections import Counter

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.log.batch import row_of
from ingest.log.counters import count
from ingest.log.rows import DAY_MS
from ingest.log.tables import SEQUENCE, conflicts, pings
from ingest.log.writing import Gain, add, lock_sequence
from ingest.ping import resolve
from tests.fixtures import quick_log
from tests.fixtures.fixes import MORNING_MS, colliding_pings, frame, ping, same
from tests.fixtures.quick_log import sequences

log = quick_log.log
RECEIVED_MS = MORNING_MS + 2000
NO_DAYS = np.array([], np.int64)
EMPTY = frame([])


def nobody_asks(_):
    raise AssertionError("a row was compared with the archive")


def nothing_archived(_):
    return EMPTY, EMPTY


def added(log, fixes, sequence=0, *, archived=nothing_archived, days_ms=NO_DAYS, received=None):
    rows = [row_of(fix, received or RECEIVED_MS) for fix in fixes]
    with log.transaction(write=True) as connection:
        return add(connection, rows, sequence, days_ms=days_ms, archived=archived)


def after(seconds, **changes):
    return ping(event_time_ms=MORNING_MS + 1000 * seconds, **changes)


def test_new_fixes_are_all_stored_and_numbered_on_without_asking_the_archive(log):
    fixes = [after(second) for second in range(3)]
    assert added(log, fixes, 10, archived=nobody_asks) == (Gain(3, 0), 13)
    assert [*sequences(log).values()] == [11, 12, 13]


def test_no_fixes_change_nothing(log):
    assert added(log, [], 10, archived=nobody_asks) == (Gain(0, 0), 10)


@pytest.mark.parametrize("later_ms", [0, 1])
def test_a_repeated_fix_is_no_gain_no_rival_and_no_news(log, later_ms):
    added(log, [ping()])
    repeated = added(log, [ping()], 1, archived=nobody_asks, received=RECEIVED_MS + later_ms)
    assert repeated == (Gain(0, 0), 1)
    assert sequences(log) == {MORNING_MS: 1}


def test_a_fix_that_turns_out_to_have_come_earlier_is_stored_as_of_then(log):
    added(log, [ping()])
    assert added(log, [ping()], 1, received=RECEIVED_MS - 1) == (Gain(0, 0), 2)
    (received,) = log.read_pings()["received_time"].astype("int64")
    assert received == RECEIVED_MS - 1
    assert sequences(log) == {MORNING_MS: 2}


@pytest.mark.parametrize(
    ("stored", "came"),
    [
        ({}, {"speed_mps": 0.0}),
        ({"working": True}, {}),
        ({"tasks": 0}, {}),
        ({"tasks": 32}, {"tasks": 33}),
        ({"satellites": 7}, {"satellites": 8}),
        ({}, {"latitude": 40.09}),
    ],
)
def test_a_fix_that_differs_in_one_value_contests_the_stored_one(log, stored, came):
    added(log, [ping(**stored)])
    gain, _ = added(log, [ping(**came)], 1)
    assert gain == Gain(0, 1)


def test_a_batch_with_a_new_fix_a_repeated_one_and_a_rival_gives_each_its_due(log):
    added(log, [after(0), after(1)])
    fixes = [after(0), after(1, longitude=113.4), after(2), after(3), after(3, longitude=113.4)]
    gain, last = added(log, fixes, 2)
    assert gain == Gain(2, 2)
    given = sequences(log)
    assert len(given) == 4
    assert max(given.values()) == last


@pytest.mark.parametrize("number", [1, 31, 32, 33, 512, 544, 577])
def test_a_batch_of_any_size_is_stored_to_the_last_fix(log, number):
    fixes = [after(second) for second in range(number)]
    added(log, fixes[::3])
    gain, _ = added(log, fixes, number)
    assert gain.stored == number - len(fixes[::3])
    assert len(log.read_pings()) == number


def test_fixes_of_an_archived_day_are_compared_with_the_archive_and_others_are_not(log):
    day_ms = MORNING_MS - MORNING_MS % DAY_MS
    asked = []

    def archived(keys):
        asked.extend(time_ms for _, time_ms in keys)
        return frame([ping()]), EMPTY

    ends = [day_ms - 1, day_ms, day_ms + DAY_MS - 1, day_ms + DAY_MS]
    fixes = [ping(event_time_ms=time_ms) for time_ms in ends]
    gain, _ = added(log, fixes, archived=archived, days_ms=np.array([day_ms]))
    assert sorted(asked) == ends[1:3]
    assert gain == Gain(4, 0)


def test_a_fix_that_is_in_the_archive_already_is_no_gain(log):
    held = frame([ping()], [RECEIVED_MS]), EMPTY
    day_ms = np.array([MORNING_MS - MORNING_MS % DAY_MS])
    assert added(log, [ping()], archived=lambda _: held, days_ms=day_ms) == (Gain(0, 0), 0)
    assert log.read_pings().empty


@given(st.lists(st.lists(colliding_pings, max_size=5), max_size=4), st.randoms())
@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_gained_does_not_depend_on_how_fixes_are_cut_into_batches(log, batches, rng):
    with log.transaction(write=True) as connection:
        connection.execute(sa.delete(pings))
        connection.execute(sa.delete(conflicts))
    every = [fix for batch in batches for fix in batch]
    expected = resolve(frame(every, [RECEIVED_MS] * len(every)))
    rng.shuffle(batches)
    stored = conflicting = sequence = 0
    for batch in batches:
        gain, sequence = added(log, batch, sequence)
        stored, conflicting = stored + gain.stored, conflicting + gain.conflicting
    assert same(log.read_pings(), expected.pings)
    assert same(log.conflicting(), expected.conflicting)
    assert (stored, conflicting) == (len(expected.pings), len(expected.conflicting))


def test_the_sequence_goes_on_where_the_last_writer_left_it(log):
    with log.transaction(write=True) as connection:
        assert lock_sequence(connection) == 0
        count(connection, Counter({SEQUENCE: 41}))
        assert lock_sequence(connection) == 41
