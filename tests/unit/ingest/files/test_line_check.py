import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.acceptance import ANYTHING, Acceptance, Area
from ingest.decoding.bounds import FUTURE_TOLERANCE_MS, MAX_PAYLOAD_BYTES
from ingest.decoding.diagnosis import Refused
from ingest.decoding.rejection import RejectionCode as Code
from ingest.files.line_check import _diagnose, _read, check_lines, write_lines
from ingest.ping import RECEIVED_COLUMN
from tests.fixtures.fixes import MORNING_MS, frame, ping, same

TRUCK = "晋BQ0384"
FIX = {"vehicle_id": TRUCK, "event_time": MORNING_MS, "longitude": 113.3, "latitude": 40.08}
LINE = json.dumps(FIX).encode()


def check(*lines, acceptance=ANYTHING, received_ms=None):
    return check_lines(lines, "车.ndjson", acceptance, received_ms)


def line_of(**changes):
    return json.dumps(FIX | changes).encode()


def codes(*lines, **options):
    return [each.code for each in check(*lines, **options)[1]]


def outcome(read, *args):
    try:
        return read(*args)
    except Refused as refused:
        return refused.code, refused.key, repr(refused.value)


heads = st.dictionaries(
    st.sampled_from([*FIX, "received_time", "speed_mps", "其他"]),
    st.one_of(
        st.none(), st.booleans(), st.floats(), st.integers(-5, 400), st.just([]),
        st.sampled_from(["", "a b", TRUCK, "2022-03-25T07:00:00Z", "2022-03-25T07:00:00", "昨天"]),
        st.sampled_from([MORNING_MS, MORNING_MS - FUTURE_TOLERANCE_MS, 10**15, -(10**17)]),
    ),
)  # fmt: skip


@given(
    heads.map(lambda wild: json.dumps(FIX | wild).encode()) | st.binary(max_size=9),
    st.sampled_from([ANYTHING, Acceptance(frozenset({TRUCK}), Area(113, 40, 114, 41))]),
    st.sampled_from([None, MORNING_MS, MORNING_MS - FUTURE_TOLERANCE_MS - 1]),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_the_fast_way_and_the_long_way_agree_on_any_line(line, acceptance, received_ms):
    fast, slow = Counter(), Counter()
    assert outcome(_read, line, acceptance, received_ms, fast) == outcome(
        _diagnose, line, acceptance, received_ms, slow
    )
    assert fast == slow


def test_blank_lines_are_skipped_but_counted():
    taken, [rejection] = check(b"", LINE, b" \t", b"{", LINE + b"\r", b"")
    assert len(taken) == 2
    assert (rejection.code, rejection.topic) == (Code.NOT_JSON, "车.ndjson:4")


def test_the_order_and_repetition_of_lines_are_kept():
    times = [MORNING_MS + 1, MORNING_MS, MORNING_MS + 1]
    taken, _ = check(*(line_of(event_time=time) for time in times))
    assert taken["event_time"].astype("int64").tolist() == times


def test_no_line_is_no_ping():
    taken, rejections = check()
    assert same(taken, frame([]).drop(columns=RECEIVED_COLUMN))
    assert rejections == ()


def test_the_evidence_is_the_line_and_names_vehicle_field_and_value():
    line = line_of(latitude=91.5)
    _, [rejection] = check(line, received_ms=MORNING_MS)
    assert (rejection.code, rejection.key, rejection.value) == (
        Code.COORDINATE_OUT_OF_RANGE, "latitude", "91.5",
    )  # fmt: skip
    assert (rejection.payload, rejection.vehicle_id) == (line, TRUCK)
    assert rejection.received_time_ms == MORNING_MS


@pytest.mark.parametrize(
    "line",
    [b"{", b"\xff", b'{"vehicle_id":7}', b'{"vehicle_id":"a b"}', b"[" * 20_000, b"{}",
     b'{"vehicle_id":"\xff"}'],
)  # fmt: skip
def test_a_line_that_names_no_possible_vehicle_is_of_nobody(line):
    _, [rejection] = check(line)
    assert rejection.vehicle_id == ""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"\xff", Code.NOT_UTF8),
        (b"[" * 20_000, Code.TOO_DEEP),
        (b'{"vehicle_id":"' + b"x" * MAX_PAYLOAD_BYTES + b'"}', Code.TOO_LARGE),
        (b"[]", Code.EMPTY_BURST),
        (b"[" + LINE + b"]", Code.NOT_AN_OBJECT),
        (b" [" + LINE + b"]", Code.NOT_AN_OBJECT),
        (b"7", Code.NOT_AN_OBJECT),
        (line_of(vehicle_id=None), Code.MISSING_FIELD),
        (line_of(vehicle_id=""), Code.MISSING_FIELD),
        (line_of(vehicle_id=384), Code.WRONG_TYPE),
        (line_of(vehicle_id="a/b"), Code.BAD_TOPIC),
        (line_of(received_time="昨天"), Code.TIME_UNREADABLE),
        (line_of(received_time="2022-03-25T07:00:00"), Code.TIME_WITHOUT_OFFSET),
        (line_of(received_time=True), Code.TIME_UNREADABLE),
        (line_of(received_time=10**17), Code.TIME_UNREADABLE),
        (line_of(received_time="昨天", latitude=91), Code.COORDINATE_OUT_OF_RANGE),
    ],
)
def test_what_is_no_line_of_a_ping_has_a_code(line, code):
    assert codes(line, LINE) == [code]


def test_a_reception_that_is_told_decides_what_lies_in_the_future_line_by_line():
    later = MORNING_MS + FUTURE_TOLERANCE_MS + 1
    lines = [line_of(event_time=later, received_time=received)
             for received in (later, MORNING_MS, None)]  # fmt: skip
    assert codes(*lines) == [Code.TIME_IN_FUTURE]
    assert codes(*lines, received_ms=MORNING_MS) == [Code.TIME_IN_FUTURE] * 2


def test_receptions_are_kept_as_far_as_lines_tell_them():
    taken, _ = check(line_of(received_time="2022-03-25T07:00:02Z"), LINE)
    wanted = frame([ping(), ping()], [MORNING_MS + 2000, MORNING_MS])
    wanted.loc[1, RECEIVED_COLUMN] = None
    assert same(taken, wanted)
    assert RECEIVED_COLUMN not in check(LINE)[0].columns


def test_a_vehicle_that_the_plan_does_not_know_is_refused():
    acceptance = Acceptance(frozenset({"机扫1-113"}))
    assert codes(LINE, acceptance=acceptance) == [Code.UNKNOWN_VEHICLE]


def test_lines_are_written_without_what_is_missing():
    rows = frame([ping(speed_mps=3.5), ping(satellites=7)]).assign(
        event_time="2022-03-25T07:00:00.000Z", received_time=None, working=["true", "false"],
        tasks=["BRUSHING+SPRAYING", None],
    )  # fmt: skip
    at = {"event_time": "2022-03-25T07:00:00.000Z"}
    assert [json.loads(line) for line in write_lines(rows).splitlines()] == [
        FIX | at | {"speed_mps": 3.5, "working": True, "tasks": ["SPRAYING", "BRUSHING"]},
        FIX | at | {"satellites": 7, "working": False},
    ]
