import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ping import PING_COLUMNS, PING_DTYPES, RECEIVED_COLUMN, Ping
from ingest.ping_frame import as_instants, fill_received, frame_of
from tests.fixtures.fixes import MORNING_MS, ping, pings, same


def pings_of(frame):
    """Turn a frame back, row by row."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [
        Ping(event_time_ms=row.pop("event_time").value // 1_000_000, **row) for row in rows
    ]  # fmt: skip


@given(st.lists(pings, max_size=5))
@settings(max_examples=50, deadline=None)
def test_a_frame_holds_its_pings_row_by_row_in_their_order(fixes):
    assert pings_of(frame_of(fixes)) == fixes


@pytest.mark.parametrize("fixes", [[], [ping()], [ping(satellites=7, working=False)]])
def test_a_frame_has_the_types_of_pings_however_little_its_pings_tell(fixes):
    assert frame_of(fixes).dtypes.astype(str).to_dict() == PING_DTYPES


def test_receptions_are_a_column_of_their_own_at_the_end():
    frame = frame_of([ping(), ping()], [MORNING_MS + 1, MORNING_MS])
    assert tuple(frame.columns) == (*PING_COLUMNS, RECEIVED_COLUMN)
    assert frame[RECEIVED_COLUMN].astype("int64").tolist() == [MORNING_MS + 1, MORNING_MS]


@given(st.lists(st.integers(-(10**14), 10**14), max_size=4))
@settings(max_examples=30)
def test_instants_are_the_milliseconds_they_were_made_of(instants_ms):
    assert as_instants(instants_ms).astype("int64").tolist() == instants_ms


def test_instants_are_of_utc():
    assert str(as_instants([MORNING_MS])[0]) == "2022-03-25 07:00:00+00:00"


def test_only_receptions_that_no_file_tells_are_filled():
    frame = frame_of([ping(), ping()], [MORNING_MS + 1, MORNING_MS + 2])
    frame.loc[1, RECEIVED_COLUMN] = pd.NaT
    assert same(
        fill_received(frame, MORNING_MS), frame_of([ping(), ping()], [MORNING_MS + 1, MORNING_MS])
    )


@pytest.mark.parametrize("fixes", [[], [ping(), ping(vehicle_id="a")]])
def test_where_no_reception_is_told_at_all_every_ping_gets_the_same(fixes):
    filled = fill_received(frame_of(fixes), MORNING_MS)
    assert same(filled, frame_of(fixes, [MORNING_MS] * len(fixes)))


def test_the_frame_that_was_given_stays_as_it_is():
    bare, told = frame_of([ping()]), frame_of([ping()], [MORNING_MS])
    told.loc[0, RECEIVED_COLUMN] = pd.NaT
    fill_received(bare, MORNING_MS)
    fill_received(told, MORNING_MS)
    assert RECEIVED_COLUMN not in bare.columns
    assert told[RECEIVED_COLUMN].isna().all()
