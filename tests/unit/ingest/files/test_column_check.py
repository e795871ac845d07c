import json
import math
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.acceptance import ANYTHING, Acceptance, Area
from ingest.decoding.bounds import (
    EARLIEST_EVENT_MS,
    FUTURE_TOLERANCE_MS,
    LATEST_EVENT_MS,
    is_vehicle_id,
)
from ingest.decoding.diagnosis import Refused, judge
from ingest.decoding.rejection import RejectionCode as Code
from ingest.files.column_check import check_table
from ingest.files.column_reading import ColumnTypeError
from ingest.ping import RECEIVED_COLUMN
from tests.fixtures.fixes import MORNING_MS, frame, ping, same

TRUCK = "晋BQ0384"
FIX = {"vehicle_id": TRUCK, "event_time": MORNING_MS, "longitude": 113.3, "latitude": 40.08}
TYPES = {
    "vehicle_id": pa.string(), "event_time": pa.int64(), "satellites": pa.float64(),
    "working": pa.bool_(), "tasks": pa.string(), "received_time": pa.int64(),
}  # fmt: skip


def table_of(rows):
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table(
        {
            name: pa.array([row.get(name) for row in rows], TYPES.get(name, pa.float64()))
            for name in names
        }
    )


def check(rows, acceptance=ANYTHING, received_ms=None, ignored=None):
    table = rows if isinstance(rows, pa.Table) else table_of(rows)
    return check_table(table, "pings.parquet", range(table.num_rows), acceptance, received_ms,
                       ignored=ignored)  # fmt: skip


def faults_of(rows, **options):
    return [(each.code, each.key) for each in check(rows, **options)[1]]


def judged(row, acceptance, received_ms, ignored):
    """Give the ping of a row by the checks of the wire, or what refuses it."""
    fields = {name: None if missing(name, value) else value for name, value in row.items()}
    if fields["tasks"] is not None:
        fields["tasks"] = [] if fields["tasks"] == "NONE" else fields["tasks"].split("+")
    vehicle_id = fields["vehicle_id"]
    if not vehicle_id:
        return Code.MISSING_FIELD, "vehicle_id"
    if not is_vehicle_id(vehicle_id):
        return Code.BAD_TOPIC, "vehicle_id"
    reception = fields["received_time"]
    try:
        return judge(fields, vehicle_id, received_ms if reception is None else reception,
                     acceptance, ignored=ignored)  # fmt: skip
    except Refused as refused:
        return refused.code, refused.key


def missing(name, value):
    """A frame writes a missing number as NaN, which on the wire is a fault."""
    return name not in {"longitude", "latitude"} and isinstance(value, float) and math.isnan(value)


def around(*limits):
    """Numbers at limits and beside them, and those that are no numbers."""
    beside = [math.nextafter(limit, far) for limit in limits for far in (-math.inf, math.inf)]
    return [*limits, *beside, None, math.nan, math.inf, -math.inf]


EDGES = {
    "vehicle_id": [TRUCK, "机扫1-113", "a b", "", None],
    "event_time": [
        MORNING_MS, MORNING_MS + FUTURE_TOLERANCE_MS, MORNING_MS + FUTURE_TOLERANCE_MS + 1,
        LATEST_EVENT_MS - 1, LATEST_EVENT_MS, EARLIEST_EVENT_MS, EARLIEST_EVENT_MS - 1, 0, None,
    ],
    "longitude": around(0.0, -0.0, 113.0, 114.0, 180.0, -180.0),
    "latitude": around(0.0, -0.0, 40.0, 41.0, 90.0, -90.0),
    "speed_mps": around(0.0, 70.0),
    "heading_deg": around(0.0, 360.0),
    "accuracy_m": around(0.0),
    "hdop": around(0.0, 99.9),
    "satellites": around(0.0, 7.0, 999.0, 1000.0),
    "working": [None, True, False],
    "tasks": [None, "BRUSHING", "MUSIC+BRUSHING", "NONE", "SWEEPING", "BRUSHING+"],
    "received_time": [None, MORNING_MS, MORNING_MS - 1, 10**14],
}  # fmt: skip
WHOLE = dict.fromkeys(EDGES) | FIX
TERMS = [ANYTHING, Acceptance(frozenset({TRUCK}), Area(113, 40, 114, 41))]


def is_judged_as_on_the_wire(table_rows, acceptance, received_ms):
    ignored, left_out = Counter(), Counter()
    expected = [judged(row, acceptance, received_ms, ignored) for row in table_rows]
    taken, rejections = check(table_rows, acceptance, received_ms, left_out)
    assert left_out == ignored
    assert [(each.topic, each.code, each.key) for each in rejections] == [
        (f"pings.parquet:{number}", *fault)
        for number, fault in enumerate(expected)
        if isinstance(fault, tuple)
    ]
    wanted = frame([fix for fix in expected if not isinstance(fix, tuple)])
    return same(taken.drop(columns=RECEIVED_COLUMN), wanted.drop(columns=RECEIVED_COLUMN))


@pytest.mark.parametrize("received_ms", [None, MORNING_MS])
@pytest.mark.parametrize("acceptance", TERMS, ids=["anything", "of the plan"])
def test_a_limit_of_a_column_is_where_it_is_on_the_wire(acceptance, received_ms):
    table_rows = [WHOLE | {name: value} for name, values in EDGES.items() for value in values]
    zeros = [WHOLE | {"longitude": east, "latitude": north}
             for east in (0.0, -0.0) for north in (0.0, -0.0)]  # fmt: skip
    assert is_judged_as_on_the_wire([*table_rows, *zeros], acceptance, received_ms)


@given(
    st.lists(st.fixed_dictionaries({key: st.sampled_from(EDGES[key]) for key in EDGES}),
             min_size=1, max_size=4),
    st.sampled_from(TERMS), st.sampled_from([None, MORNING_MS]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_of_several_faults_of_a_row_the_one_is_told_that_would_be_on_the_wire(
    table_rows, acceptance, received_ms
):
    assert is_judged_as_on_the_wire(table_rows, acceptance, received_ms)


def test_a_rejection_names_the_line_given_for_its_row():
    bad = FIX | {"latitude": 91.0}
    _, rejections = check_table(table_of([bad, FIX, bad]), "车.csv", [2, 5, 9], ANYTHING, None)
    assert [each.topic for each in rejections] == ["车.csv:2", "车.csv:9"]


def test_the_evidence_is_the_whole_row_as_it_was_read():
    row = FIX | {"latitude": 91.5, "speed_mps": None}
    _, [rejection] = check([FIX, row], received_ms=MORNING_MS)
    assert (rejection.key, rejection.value) == ("latitude", "91.5")
    assert (rejection.vehicle_id, rejection.received_time_ms) == (TRUCK, MORNING_MS)
    assert json.loads(rejection.payload) == row
    assert TRUCK.encode() in rejection.payload


def test_bytes_that_are_no_text_are_shown_with_marks_in_their_place():
    table = pa.table(
        {name: pa.array([str(value).encode()]) for name, value in FIX.items()}
        | {"vehicle_id": pa.array(["晋".encode() + b"\xff"])}
    )
    _, [rejection] = check(table)
    assert (rejection.code, rejection.key) == (Code.NOT_UTF8, "vehicle_id")
    assert (rejection.value, rejection.vehicle_id) == ('"晋\ufffd"', "晋\ufffd")
    assert json.loads(rejection.payload)["vehicle_id"] == "晋\ufffd"


def test_a_row_without_a_vehicle_is_of_nobody():
    _, rejections = check([FIX | {"vehicle_id": None}, FIX | {"vehicle_id": ""}])
    assert [(each.code, each.vehicle_id) for each in rejections] == [(Code.MISSING_FIELD, "")] * 2


def test_text_is_judged_by_the_numbers_it_stands_for():
    texts = {"vehicle_id": ["a", "b"], "event_time": ["1648191600000"] * 2,
             "longitude": ["113.3", " 1.133e2"], "latitude": ["40.08", "+40.08"],
             "satellites": ["7.0", ""], "working": ["1", "FALSE"]}  # fmt: skip
    taken, rejections = check(pa.table(texts))
    assert rejections == []
    wanted = frame([ping(vehicle_id="a", satellites=7, working=True),
                    ping(vehicle_id="b", working=False)])  # fmt: skip
    assert same(taken, wanted.drop(columns=RECEIVED_COLUMN))


def test_the_faults_of_a_reception_are_told_after_those_of_the_fix():
    texts = {name: [str(value)] * 2 for name, value in FIX.items()}
    texts |= {"speed_mps": ["71", "7"], "received_time": ["昨天", "昨天"]}
    assert faults_of(pa.table(texts)) == [
        (Code.IMPLAUSIBLE, "speed_mps"), (Code.TIME_UNREADABLE, "received_time"),
    ]  # fmt: skip


def test_a_reception_that_is_told_decides_what_lies_in_the_future_row_by_row():
    later = MORNING_MS + FUTURE_TOLERANCE_MS + 1
    table_rows = [FIX | {"event_time": later, "received_time": received}
                  for received in (later, MORNING_MS, None)]  # fmt: skip
    future = (Code.TIME_IN_FUTURE, "event_time")
    assert faults_of(table_rows) == [future]
    assert faults_of(table_rows, received_ms=MORNING_MS) == [future, future]


def test_a_reception_is_kept_where_the_table_tells_one():
    taken, _ = check([FIX | {"received_time": MORNING_MS + 2000}, FIX])
    assert taken[RECEIVED_COLUMN].isna().tolist() == [False, True]
    assert RECEIVED_COLUMN not in check([FIX])[0].columns


def test_a_table_of_no_row_is_a_frame_of_no_ping():
    taken, rejections = check(table_of([FIX]).slice(0, 0))
    assert same(taken, frame([]).drop(columns=RECEIVED_COLUMN))
    assert rejections == []


def test_numbers_for_vehicles_are_an_error_that_says_what_they_must_be():
    table = table_of([FIX]).set_column(0, "vehicle_id", pa.array([384]))
    with pytest.raises(ColumnTypeError, match="vehicle_id is int64; it must be text"):
        check(table)
