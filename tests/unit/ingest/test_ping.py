"""What many pings stand for: one fix a key, whatever the order and repetition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.ping import KEY_COLUMNS, PING_COLUMNS, PREFERENCE, RECEIVED_COLUMN, conform, resolve
from tests.fixtures.fixes import MORNING_MS, colliding_pings, frame, ping, pings, same


def sorted_as_one(rows):
    """Give what `resolve` must give, by one sort of all columns of all rows."""
    received = [name for name in (RECEIVED_COLUMN,) if name in rows.columns]
    ordered = rows.sort_values(
        [*KEY_COLUMNS, *PREFERENCE, *received], kind="stable", ignore_index=True
    )
    repeated = ordered.duplicated(list(PING_COLUMNS))
    distinct = ordered[~repeated]
    losing = distinct.duplicated(list(KEY_COLUMNS))
    return (
        distinct[~losing].reset_index(drop=True),
        distinct[losing].reset_index(drop=True),
        int(repeated.sum()),
    )


def agrees(rows):
    winners, losers, repeats = sorted_as_one(rows)
    found = resolve(rows)
    assert same(found.pings, winners)
    assert same(found.conflicting, losers)
    assert found.duplicate_count == repeats
    return True


@given(
    fixes=st.lists(colliding_pings | pings, max_size=30),
    received_s=st.lists(st.integers(0, 3), min_size=30, max_size=30),
    with_reception=st.booleans(),
)
def test_the_short_way_gives_what_sorting_every_column_gives(fixes, received_s, with_reception):
    received_ms = [MORNING_MS + 1000 * wait_s for wait_s in received_s[: len(fixes)]]
    rows = frame(fixes, received_ms)
    assert agrees(rows if with_reception else rows.drop(columns=RECEIVED_COLUMN))


@given(fixes=st.lists(colliding_pings, min_size=1, max_size=12), chosen=st.data())
def test_order_and_repetition_make_no_difference(fixes, chosen):
    again = [*fixes, *chosen.draw(st.lists(st.sampled_from(fixes), max_size=6))]
    shuffled = chosen.draw(st.permutations(again))
    one, other = resolve(frame(fixes)), resolve(frame(shuffled))
    assert same(one.pings, other.pings)
    assert same(one.conflicting, other.conflicting)
    assert other.duplicate_count == one.duplicate_count + len(again) - len(fixes)


def test_vehicles_are_in_order_of_their_characters():
    ids = ["机扫1-113", "晋BQ0384", "a", "B", "é", "晋BQ038", "𠮷"]
    found = resolve(frame([ping(vehicle_id=vehicle) for vehicle in ids])).pings
    assert found["vehicle_id"].tolist() == sorted(ids)


def test_more_vehicles_than_a_byte_can_number_keep_their_order():
    ids = [f"{number:04}" for number in range(300)]
    fixes = [ping(vehicle_id=vehicle) for vehicle in reversed(ids)]
    assert resolve(frame([*fixes, *fixes])).pings["vehicle_id"].tolist() == ids


def test_of_a_contested_key_only_the_winner_changes_among_the_others():
    before, after = ping(event_time_ms=MORNING_MS - 1), ping(event_time_ms=MORNING_MS + 1)
    worse, better = ping(accuracy_m=9.0), ping(accuracy_m=3.0)
    found = resolve(frame([after, worse, before, better, worse]))
    assert same(found.pings, frame([before, better, after]))
    assert same(found.conflicting, frame([worse]))
    assert found.duplicate_count == 1


def test_the_rows_given_stay_as_they_are():
    rows = frame([ping(event_time_ms=MORNING_MS + 1), ping(), ping()])
    kept = rows.copy(deep=True)
    found = resolve(rows).pings
    found["longitude"] += 1.0
    assert same(rows, kept)


def test_what_is_in_order_already_can_be_changed_without_changing_what_was_given():
    rows = frame([ping(), ping(event_time_ms=MORNING_MS + 1)])
    kept = rows.copy(deep=True)
    found = resolve(rows).pings
    found.loc[0, "longitude"] = 1.0
    assert same(rows, kept)


def test_no_ping_stands_for_none():
    found = resolve(frame([]))
    assert (len(found.pings), len(found.conflicting), found.duplicate_count) == (0, 0, 0)


@pytest.mark.parametrize("dtype", ["object", "category", "string", "str"])
def test_columns_of_other_types_are_conformed(dtype):
    rows = pd.DataFrame(
        {
            "vehicle_id": pd.Series(["晋BQ0384", "a"], dtype=dtype),
            "event_time": pd.to_datetime([MORNING_MS, MORNING_MS], unit="ms", utc=True),
            "longitude": np.array([113, 114], dtype=np.int32),
            "latitude": np.array([40.5, 40.25], dtype=np.float32),
        }
    )
    fixes = [
        ping(longitude=113.0, latitude=40.5),
        ping(vehicle_id="a", longitude=114.0, latitude=40.25),
    ]
    expected = frame(fixes).drop(columns=RECEIVED_COLUMN)
    assert same(conform(rows), expected)


def test_a_negative_zero_becomes_a_zero_and_the_frame_given_keeps_its_own():
    rows = pd.DataFrame({**frame([ping()]), "longitude": [-0.0]})
    assert not np.signbit(conform(rows)["longitude"]).any()
    assert np.signbit(rows["longitude"]).all()
