import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.log import rows
from ingest.log.rows import (
    LOG_COLUMNS,
    epoch_ms,
    frame_of_rows,
    key_of,
    read_frame,
    rows_of,
    rows_with_hash,
    select_columns,
    tuples_of,
)
from ingest.log.segments.encoding import same_bits
from ingest.log.tables import conflicts, metadata, pings
from ingest.ping_frame import as_instants
from tests.fixtures.fixes import MORNING_MS, VEHICLES, colliding_pings, frame, ping, same
from tests.fixtures.fixes import pings as any_pings

some_pings = st.lists(any_pings | colliding_pings, max_size=8)


@pytest.fixture
def connection():
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@given(some_pings)
@settings(max_examples=40)
def test_a_frame_reads_back_from_its_rows_to_the_last_bit(fixes):
    pings_of_the_frame = frame(fixes)
    assert same(frame_of_rows(tuples_of(pings_of_the_frame)), pings_of_the_frame)


@given(some_pings, st.integers(1, 4))
@settings(max_examples=40)
def test_rows_that_come_some_at_a_time_make_the_frame_of_all_of_them(fixes, size):
    told = tuples_of(frame(fixes))
    # as SQLite gives truth values
    told = [(*row[:9], row[9] if row[9] is None else int(row[9]), *row[10:]) for row in told]
    parts = [told[start : start + size] for start in range(0, len(told), size)]
    assert same_bits(rows._frame(parts), frame(fixes))


@given(some_pings)
@settings(max_examples=40)
def test_a_row_holds_only_values_that_every_driver_takes(fixes):
    for row in tuples_of(frame(fixes)):
        assert {type(value) for value in row} <= {str, int, float, bool, type(None)}


def test_a_row_is_in_the_order_of_the_columns_with_times_in_epoch_milliseconds():
    fix = ping(
        speed_mps=3.5, heading_deg=90.0, accuracy_m=5.0, hdop=0.9, satellites=7, working=True,
        tasks=3,
    )  # fmt: skip
    told = 3.5, 90.0, 5.0, 0.9, 7, True, 3
    expected = ("晋BQ0384", MORNING_MS, 113.3, 40.08, *told, MORNING_MS + 1)
    assert tuples_of(frame([fix], [MORNING_MS + 1])) == [expected]


def test_what_a_tracker_did_not_tell_is_none_and_zero_and_false_are_not():
    (row,) = rows_of(frame([ping(speed_mps=0.0, satellites=0, working=False)], [MORNING_MS]))
    assert row == {
        "vehicle_id": "晋BQ0384",
        "event_time_ms": MORNING_MS,
        "longitude": 113.3,
        "latitude": 40.08,
        "speed_mps": 0.0,
        "heading_deg": None,
        "accuracy_m": None,
        "hdop": None,
        "satellites": 0,
        "working": False,
        "tasks": None,
        "received_time_ms": MORNING_MS,
    }


def test_truth_values_that_a_database_gives_as_numbers_become_truth_values_again():
    told = [
        (VEHICLES[0], MORNING_MS + number, 113.3, 40.08, *[None] * 5, truth, None, MORNING_MS)
        for number, truth in enumerate((1, 0, None))
    ]
    assert frame_of_rows(told)["working"].tolist() == [True, False, pd.NA]


def test_no_rows_are_a_frame_with_all_columns_and_their_types():
    empty = frame_of_rows([])
    assert tuple(empty.columns) == LOG_COLUMNS
    assert same(empty, frame([]))
    assert tuples_of(empty) == rows_of(empty) == []


@given(st.lists(st.integers(946_684_800_000, 4_102_444_799_999), max_size=9))
@settings(max_examples=30)
def test_instants_turn_back_into_the_milliseconds_they_came_from(times_ms):
    assert epoch_ms(pd.Series(as_instants(times_ms))).tolist() == times_ms


@given(colliding_pings, colliding_pings)
@settings(max_examples=60)
def test_two_losers_have_one_hash_exactly_if_they_say_the_same(first, second):
    # which key they have and when they were received is no part of what they say
    left, right = (
        rows_with_hash(frame([fix], [received_ms]))[0]
        for fix, received_ms in ((first, MORNING_MS), (second, MORNING_MS + 9))
    )
    said_the_same = tuples_of(frame([first]))[0][2:-1] == tuples_of(frame([second]))[0][2:-1]
    assert (left["content_hash"] == right["content_hash"]) == said_the_same


@pytest.mark.parametrize(
    "change",
    [
        {"longitude": 113.30000000000001},
        {"latitude": 40.09},
        {"speed_mps": 0.0},
        {"heading_deg": 0.0},
        {"accuracy_m": 1.0},
        {"hdop": 1.0},
        {"satellites": 1},
        {"working": False},
        {"tasks": 0},
    ],
)
def test_a_loser_that_differs_in_any_one_value_has_another_hash(change):
    told, other = rows_with_hash(frame([ping(), ping(**change)]))
    assert told["content_hash"] != other["content_hash"]


def test_the_hash_of_a_loser_is_the_one_that_logs_hold_already():
    (row,) = rows_with_hash(frame([ping(accuracy_m=5.0, satellites=7, working=True)]))
    assert row["content_hash"].hex() == "9b01c413fc52f555627ed5b9a8f06d83"


def test_what_is_stored_is_read_back_in_the_order_of_the_keys(connection, monkeypatch):
    fixes = [
        ping(vehicle_id=vehicle, event_time_ms=MORNING_MS + step, working=step == 1)
        for vehicle in VEHICLES
        for step in (0, 1)
    ]
    told = frame(fixes)
    numbered = [dict(row, sequence=number) for number, row in enumerate(rows_of(told))]
    connection.execute(sa.insert(pings), numbered[::-1])
    query = select_columns(pings).order_by(*key_of(pings))
    assert same(read_frame(connection, query), told)
    monkeypatch.setattr(rows, "_ROWS_AT_ONCE", 3)
    assert same_bits(read_frame(connection, query), told)
    assert same(read_frame(connection, select_columns(conflicts)), frame([]))
