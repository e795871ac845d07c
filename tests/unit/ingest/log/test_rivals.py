import pandas as pd
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.log.batch import Batch
from ingest.log.rivals import fetch, is_in, put, settle, want
from ingest.log.rows import LOG_COLUMNS, rows_of, tuples_of
from ingest.log.tables import SEQUENCE, conflicts, pings
from ingest.ping import KEY_COLUMNS, PING_COLUMNS, resolve
from tests.fixtures import quick_log
from tests.fixtures.fixes import MORNING_MS, VEHICLES, colliding_pings, frame, ping, same
from tests.fixtures.quick_log import sequences

log = quick_log.log
EMPTY = frame([])


def nothing_archived(_):
    return EMPTY, EMPTY


def settled(log, fixes, sequence=0, archived=nothing_archived, received_ms=None):
    with log.transaction(write=True) as connection:
        return settle(connection, frame(fixes, received_ms), sequence, archived)


def test_of_two_new_rivals_one_is_stored_and_one_is_lost(log):
    assert settled(log, [ping(accuracy_m=9.0), ping(accuracy_m=5.0)], sequence=7) == (1, 1, 8)
    assert log.read_pings().accuracy_m.tolist() == [5.0]
    assert log.conflicting().accuracy_m.tolist() == [9.0]
    assert sequences(log) == {MORNING_MS: 8}


def test_a_better_rival_takes_the_place_of_the_stored_one_and_is_news(log):
    settled(log, [ping(accuracy_m=9.0)], sequence=0)
    assert settled(log, [ping(accuracy_m=5.0)], sequence=1) == (0, 1, 2)
    assert log.read_pings().accuracy_m.tolist() == [5.0]
    assert sequences(log) == {MORNING_MS: 2}


def test_a_worse_rival_is_lost_and_no_news(log):
    settled(log, [ping(accuracy_m=5.0)], sequence=0)
    assert settled(log, [ping(accuracy_m=9.0)], sequence=1) == (0, 1, 1)
    assert sequences(log) == {MORNING_MS: 1}


def test_a_loser_that_comes_once_more_is_counted_once_and_keeps_its_first_reception(log):
    early, late = MORNING_MS + 1_000, MORNING_MS + 9_000
    settled(log, [ping(accuracy_m=5.0), ping(accuracy_m=9.0)], received_ms=[late, late])
    again = settled(log, [ping(accuracy_m=9.0)], sequence=1, received_ms=[early])
    assert again == (0, 0, 1)
    lost = log.conflicting()
    assert lost.received_time.tolist() == [pd.Timestamp(early, unit="ms", tz="UTC")]


def test_a_rival_of_an_archived_winner_stands_in_its_place_only_if_it_is_better(log):
    def archived(keys):
        assert keys == [(VEHICLES[0], MORNING_MS)]
        return frame([ping(accuracy_m=5.0)]), EMPTY

    assert settled(log, [ping(accuracy_m=9.0)], archived=archived) == (0, 1, 0)
    assert log.read_pings().empty
    assert settled(log, [ping(accuracy_m=3.0)], archived=archived) == (0, 1, 1)
    assert log.read_pings().accuracy_m.tolist() == [3.0]


def test_a_live_winner_counts_before_the_archived_one_that_it_replaced(log):
    settled(log, [ping(accuracy_m=3.0)])
    kept = frame([ping(accuracy_m=5.0)]), EMPTY
    settled(log, [ping(accuracy_m=4.0)], sequence=1, archived=lambda _: kept)
    assert log.read_pings().accuracy_m.tolist() == [3.0]


@given(st.lists(st.lists(colliding_pings, min_size=1, max_size=4), max_size=4))
@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_rivals_in_any_portions_end_as_resolve_puts_all_of_them_in_order(log, portions):
    with log.transaction(write=True) as connection:
        connection.execute(sa.delete(pings))
        connection.execute(sa.delete(conflicts))
    sequence = new = lost = 0
    for portion in portions:
        here, gone, sequence = settled(log, portion, sequence)
        new, lost = new + here, lost + gone
    expected = resolve(frame([fix for portion in portions for fix in portion]))
    assert same(log.read_pings(), expected.pings)
    assert same(log.conflicting(), expected.conflicting)
    assert (new, lost) == (len(expected.pings), len(expected.conflicting))
    assert set(sequences(log).values()) <= set(range(1, sequence + 1))


def test_only_rows_whose_whole_key_is_wanted_are_fetched(log):
    other = ping(vehicle_id=VEHICLES[1], event_time_ms=MORNING_MS + 1)
    log.write(Batch(tuples_of(frame([ping(), other])), ()))
    with log.transaction(write=True) as connection:
        want(connection, [(VEHICLES[0], MORNING_MS + 1), (VEHICLES[1], MORNING_MS)])
        assert fetch(connection, pings).empty
        want(connection, [(VEHICLES[1], MORNING_MS + 1)])
        assert fetch(connection, pings)["vehicle_id"].tolist() == [VEHICLES[1]]
        want(connection, [])
        assert fetch(connection, pings).empty


def test_a_batch_is_found_by_its_keys_without_reading_all_pings(log):
    plans = []

    def explain(_, cursor, statement, parameters, *__):
        if "JOIN pings" in statement:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in cursor.fetchall())

    sa.event.listen(log._engine, "before_cursor_execute", explain)
    for accuracy_m in (5.0, 6.0):  # the second is compared with the first
        log.write(Batch(tuples_of(frame([ping(accuracy_m=accuracy_m)])), ()))
    assert plans.count("SEARCH pings USING PRIMARY KEY (vehicle_id=? AND event_time_ms=?)") == 2


def test_missing_values_agree_with_each_other_and_with_nothing_else():
    fixes = frame([ping(speed_mps=None), ping(speed_mps=0.0), ping(speed_mps=3.5)])
    others = frame([ping(speed_mps=None), ping(speed_mps=3.5)])
    assert is_in(fixes, others, PING_COLUMNS).tolist() == [True, False, True]


def test_agreement_is_asked_of_the_given_columns_alone():
    fixes = frame([ping(longitude=113.4), ping(event_time_ms=MORNING_MS + 1)])
    others = frame([ping(longitude=113.3)])
    assert is_in(fixes, others, KEY_COLUMNS).tolist() == [True, False]
    assert is_in(fixes, others, LOG_COLUMNS).tolist() == [False, False]


def test_nothing_agrees_with_nothing():
    assert is_in(frame([ping()]), EMPTY, KEY_COLUMNS).tolist() == [False]
    assert is_in(EMPTY, frame([ping()]), KEY_COLUMNS).tolist() == []


def test_a_row_that_is_put_replaces_the_one_of_its_key_and_no_other(log):
    log.write(
        Batch(tuples_of(frame([ping(), ping(event_time_ms=MORNING_MS + 1)], [MORNING_MS] * 2)), ())
    )
    (row,) = rows_of(frame([ping(longitude=114.0)]))
    with log.transaction(write=True) as connection:
        put(connection, pings, [{**row, SEQUENCE: 9}])
        put(connection, pings, [])
    assert log.read_pings().longitude.tolist() == [114.0, 113.3]
    assert sequences(log) == {MORNING_MS: 9, MORNING_MS + 1: 2}
