import math

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.log.rows import LOG_COLUMNS
from ingest.log.segments.encoding import (
    ROWS_OF_A_GROUP,
    decode,
    differences,
    encode,
    joined,
    same_bits,
)
from ingest.ping import PING_DTYPES
from ingest.ping_frame import as_instants
from tests.fixtures.fixes import MORNING_MS, VEHICLES, frame, ping

NUMBERS = [name for name, dtype in PING_DTYPES.items() if dtype == "float64"]
any_float = st.floats(width=64) | st.sampled_from([-0.0, 5e-324, 113.29999999999998, 2.0**53])
decimal = st.builds(
    lambda whole, power: whole / 10.0**power, st.integers(-(2**54), 2**54), st.integers(0, 9)
)


def back(encoded):
    return decode(encoded.table, encoded.group_rows, encoded.scales)


def in_order(fixes):
    by_key = {(fix.vehicle_id, fix.event_time_ms): fix for fix in fixes}
    return frame([by_key[key] for key in sorted(by_key)])


def track(longitudes, vehicle=VEHICLES[0], **more):
    fixes = frame([ping(vehicle_id=vehicle)]).loc[[0] * len(longitudes)].reset_index(drop=True)
    times = as_instants(MORNING_MS + 1000 * np.arange(len(longitudes)))
    told = {"longitude": np.asarray(longitudes, np.float64), "event_time": times}
    return fixes.assign(**told, received_time=times, **more)


@given(st.lists(any_float | decimal, max_size=20), st.sampled_from(NUMBERS))
def test_any_numbers_come_back_to_the_last_bit(values, name):
    pings = track(np.zeros(len(values))).assign(**{name: np.array(values, np.float64)})
    assert same_bits(back(encode(pings)), pings)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=8))
def test_any_bits_come_back_also_those_of_a_nan_that_is_not_the_usual_one(bits):
    odd = [*bits, 0x7FF8000000000001, -1]
    pings = track(np.array(odd, np.int64).view(np.float64))
    assert same_bits(back(encode(pings)), pings)


@given(
    st.lists(
        st.builds(
            ping,
            vehicle_id=st.sampled_from([*VEHICLES, "Z", "\U0001f69b"]),
            event_time_ms=st.integers(-(2**40), 2**41),
            satellites=st.none() | st.integers(-(2**15), 2**15 - 1),
            working=st.none() | st.booleans(),
            tasks=st.none() | st.integers(-(2**31), 2**31 - 1),
        ),
        max_size=12,
    ),
    st.integers(-(2**40), 2**41),
)
def test_vehicles_times_and_what_is_missing_come_back_with_their_types(fixes, received_ms):
    pings = in_order(fixes)
    pings = pings.assign(received_time=as_instants([received_ms] * len(pings)))
    found = back(encode(pings))
    pd.testing.assert_frame_equal(found, pings, check_exact=True)
    assert list(found.columns) == list(LOG_COLUMNS)


@pytest.mark.parametrize(
    ("values", "power"),
    [
        ([113.301234, 113.301235], 6),
        ([3.0, 250.0], 0),
        ([0.1, 0.3], 1),
        ([113.123456789, 0.5], 9),
        ([math.nan, math.nan], 0),
        ([113.0 + 1e-13, 113.0], None),
        ([-0.0, 1.0], None),
        ([math.inf], None),
        ([2.0**53], None),
    ],
)
def test_numbers_are_kept_as_whole_ones_where_that_loses_nothing(values, power):
    encoded = encode(track(values))
    assert encoded.scales["longitude"] == [power]


def test_one_truck_whose_positions_were_converted_leaves_those_of_others_whole():
    count = ROWS_OF_A_GROUP + 1
    plain = np.round(113.3 + 1e-6 * np.arange(count), 6)
    pings = pd.concat([track(plain), track(plain / 3.0, VEHICLES[1])], ignore_index=True)
    encoded = encode(pings)
    assert encoded.scales["longitude"] == [6, 6, None, None]
    assert same_bits(back(encoded), pings)


def test_row_groups_are_runs_of_a_vehicle_and_short_runs_lie_together():
    long = np.full(2 * ROWS_OF_A_GROUP + 1, 113.3)
    short = np.full(3, 113.3)
    runs = {"a": short, "b": short, "c": long, "d": short}
    parts = [track(values, name) for name, values in runs.items()]
    encoded = encode(pd.concat(parts, ignore_index=True))
    assert encoded.group_rows[0] == 6
    assert encoded.group_rows[-1] == 3
    assert sum(encoded.group_rows[1:-1]) == len(long)
    assert max(encoded.group_rows) - min(encoded.group_rows[1:-1]) <= 1
    assert [len(each) for each in encoded.groups()] == list(encoded.group_rows)


def test_of_no_pings_there_is_no_row_group():
    assert encode(frame([])).group_rows == ()
    assert same_bits(back(encode(frame([]))), frame([]))


@pytest.mark.parametrize(
    "change",
    [
        {"longitude": np.nextafter(113.3, 114)},
        {"speed_mps": -0.0},
        {"vehicle_id": "another"},
        {"satellites": pd.array([8], "Int16")},
        {"received_time": as_instants([MORNING_MS])},
    ],
)
def test_frames_that_differ_in_a_bit_are_not_the_same(change):
    pings = frame([ping(speed_mps=0.0, satellites=7)])
    assert same_bits(pings, pings.copy())
    assert not same_bits(pings, pings.assign(**change))
    assert not same_bits(pings, pings[:0])
    assert not same_bits(pings, pings.astype({"satellites": "Int32"}))


@given(st.lists(st.lists(any_float | decimal, max_size=4), max_size=4))
@settings(max_examples=25)
def test_parts_that_are_put_together_are_all_pings_in_their_order(values):
    parts = [
        track(each, f"truck {number}").assign(tasks=pd.array([number] * len(each), "Int32"))
        for number, each in enumerate(values)
    ]
    together = joined([encode(part) for part in parts])
    assert same_bits(back(together), pd.concat([frame([]), *parts], ignore_index=True))
    assert sum(together.group_rows) == len(together.table)


CHANGED = st.sampled_from(
    [{"longitude": 113.31}, {"speed_mps": None}, {"speed_mps": 5e-324}, {"satellites": 7},
     {"satellites": None}, {"working": False}, {"tasks": None}, {"vehicle_id": VEHICLES[1]}]
)  # fmt: skip


@given(st.dictionaries(st.integers(0, 9), st.none() | CHANGED, max_size=10), st.data())
@settings(max_examples=25)
def test_pings_that_differ_are_counted_by_how_they_differ(changes, data):
    told = {"speed_mps": 0.0, "satellites": 8, "working": True, "tasks": 3}
    fixes = {number: ping(event_time_ms=MORNING_MS + number, **told) for number in range(10)}
    others = {
        number: msgspec.structs.replace(fixes[number], **change)
        for number, change in changes.items()
        if change is not None
    }
    kept = [fixes[number] for number in fixes if number not in changes]
    moved = sum(each.vehicle_id != VEHICLES[0] for each in others.values())
    gone = len(changes) - len(others) + moved
    left, right = frame(list(fixes.values())), frame([*kept, *others.values()])
    order = data.draw(st.permutations(range(len(right))))
    right = right.iloc[order].reset_index(drop=True)
    assert differences(left, right) == (gone, moved, len(others) - moved)
    assert differences(right, left) == (moved, gone, len(others) - moved)
