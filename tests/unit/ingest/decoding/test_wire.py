import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.datum import Datum
from ingest.decoding.acceptance import Acceptance, Area
from ingest.decoding.bounds import MAX_BURST
from ingest.decoding.decoder import Decoder
from ingest.decoding.devices import Devices
from ingest.decoding.dialects.native import Native
from ingest.decoding.message import Message
from ingest.decoding.rejection import RejectionCode as Code
from ingest.decoding.routes import NATIVE_PATTERN, Route, Routes
from ingest.decoding.wire import decode_well_formed, encode, topic_of, vehicle_of
from tests.fixtures.fixes import MORNING_MS, VEHICLES, decode, ping, pings

TRUCK = VEHICLES[0]
TOPIC = f"fleet/{TRUCK}/ping"
NOW_MS = MORNING_MS + 60_000
GOOD = {"event_time": "2022-03-25T07:00:00Z", "longitude": 113.3, "latitude": 40.08}


def codes(payload, topic=TOPIC, known=frozenset(VEHICLES)):
    if not isinstance(payload, bytes):
        payload = json.dumps(payload).encode()
    return [rejection.code for rejection in decode(topic, payload, NOW_MS, known)[1]]


def with_field(**fields):
    return {**GOOD, **fields}


@given(st.lists(pings, min_size=1, max_size=5))
def test_what_is_encoded_decodes_to_the_same_pings(fixes):
    fixes = [fix for fix in fixes if fix.vehicle_id == fixes[0].vehicle_id]
    decoded, rejections = decode(topic_of(fixes[0].vehicle_id), encode(fixes), NOW_MS, None)
    assert (decoded, rejections) == (fixes, [])


def test_encoding_is_readable_and_leaves_out_what_is_missing():
    written = encode([ping(speed_mps=3.0, working=False)])
    assert json.loads(written) == with_field(
        event_time="2022-03-25T07:00:00.000Z", speed_mps=3.0, working=False
    )


def test_tasks_are_written_by_their_names_and_to_do_nothing_is_told_too():
    written = json.loads(encode([ping(tasks=40), ping(tasks=0)]))
    assert [each["tasks"] for each in written] == [["SPRAYING", "BRUSHING"], []]


def test_a_whole_burst_that_tells_tasks_is_read_the_fast_way():
    burst = [ping(tasks=40, working=True)] * MAX_BURST
    assert decode_well_formed(encode(burst), TRUCK, NOW_MS, Acceptance()) == burst


def test_tasks_do_not_hide_how_deep_a_message_is_nested():
    burst = encode([ping(tasks=40)] * MAX_BURST)
    for levels in (31, 32):
        ping_of_levels = burst[:-2] + b',"x":' + b"[" * (levels - 2) + b"]" * (levels - 2) + b"}]"
        assert codes(ping_of_levels) == []
    assert set(codes(burst[:-2] + b',"x":' + b"[" * 31 + b"]" * 31 + b"}]")) == {Code.TOO_DEEP}


def test_a_message_holds_one_vehicle_and_at_most_a_burst():
    for wrong in ([], [ping()] * (MAX_BURST + 1), [ping(), ping(vehicle_id=VEHICLES[1])]):
        with pytest.raises(ValueError, match="a message holds"):
            encode(wrong)


@pytest.mark.parametrize(
    "vehicle_id", ["", "a/b", "a+b", "a#", "a b", "a\tb", "a\u200bb", "x" * 129]
)
def test_an_id_that_no_topic_can_carry_is_refused(vehicle_id):
    with pytest.raises(ValueError, match="topic"):
        topic_of(vehicle_id)
    assert vehicle_of(f"fleet/{vehicle_id}/ping") is None


@pytest.mark.parametrize(
    "topic", ["fleet//ping", "fleet/ping", "fleet/a/pings", "fleets/a/ping", "fleet/a/b/ping", ""]
)
def test_a_topic_of_another_kind_is_refused(topic):
    assert codes(GOOD, topic) == [Code.BAD_TOPIC]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", Code.NOT_JSON),
        (b"hello", Code.NOT_JSON),
        (b'{"event_time":1648191600000,', Code.NOT_JSON),
        (b"\xef\xbb\xbf{}", Code.NOT_JSON),
        (b"\xff\xfe", Code.NOT_UTF8),
        (b'{"note":"\xb0\xa1"}', Code.NOT_UTF8),
        (b"[" * 100_000, Code.TOO_DEEP),
        (b"[" * 33 + b"]" * 33, Code.TOO_DEEP),
        (b'{"a":' * 50_000, Code.TOO_DEEP),
        (b"[" * 100_000 + b"]" * 100_000, Code.TOO_DEEP),
        (b'{"a":"' + b"\\\\" * 100_000 + b'[","b":' + b"[" * 32, Code.TOO_DEEP),
        (b'"' + b"x" * 1_000_000 + b'"', Code.TOO_LARGE),
        (b"17", Code.NOT_AN_OBJECT),
        (b"null", Code.NOT_AN_OBJECT),
        (b"NaN", Code.NOT_AN_OBJECT),
        (b"[]", Code.EMPTY_BURST),
        ([GOOD] * (MAX_BURST + 1), Code.BURST_TOO_LONG),
        ([[GOOD]], Code.NOT_AN_OBJECT),
        ({}, Code.MISSING_FIELD),
        ({**GOOD, "event_time": None}, Code.MISSING_FIELD),
        ({"event_time": GOOD["event_time"], "longitude": 113.3}, Code.MISSING_FIELD),
        (with_field(longitude="113.3"), Code.WRONG_TYPE),
        (with_field(latitude=True), Code.WRONG_TYPE),
        (with_field(event_time=True), Code.WRONG_TYPE),
        (with_field(event_time=[1]), Code.WRONG_TYPE),
        (with_field(vehicle_id=384), Code.WRONG_TYPE),
        (with_field(longitude=float("nan")), Code.NOT_FINITE),
        (with_field(latitude=float("inf")), Code.NOT_FINITE),
        (with_field(event_time=float("nan")), Code.NOT_FINITE),
        (b'{"event_time":1648191600000,"longitude":1e999,"latitude":40}', Code.NOT_FINITE),
        (
            b'{"event_time":1648191600000,"longitude":1' + b"0" * 5000 + b',"latitude":40}',
            Code.NOT_FINITE,
        ),
        (with_field(longitude=180.01), Code.COORDINATE_OUT_OF_RANGE),
        (with_field(longitude=40.08, latitude=113.3), Code.COORDINATE_OUT_OF_RANGE),
        (with_field(longitude=11330000), Code.COORDINATE_OUT_OF_RANGE),
        (with_field(longitude=0, latitude=0), Code.NULL_ISLAND),
        (with_field(longitude=-0.0, latitude=0.0), Code.NULL_ISLAND),
        (with_field(event_time="2022-03-25T07:00:00"), Code.TIME_WITHOUT_OFFSET),
        (with_field(event_time="yesterday"), Code.TIME_UNREADABLE),
        (with_field(event_time=1648191600000.5), Code.TIME_UNREADABLE),
        (with_field(event_time=1648191600), Code.TIME_BEFORE_2000),
        (with_field(event_time="1999-12-31T23:59:59Z"), Code.TIME_BEFORE_2000),
        (with_field(event_time=NOW_MS + 300_001), Code.TIME_IN_FUTURE),
        (with_field(event_time="9999-12-31T23:59:59Z"), Code.TIME_IN_FUTURE),
        (with_field(event_time=10**30), Code.TIME_IN_FUTURE),
        (with_field(vehicle_id=VEHICLES[1]), Code.VEHICLE_MISMATCH),
        (with_field(speed_mps=70.5), Code.IMPLAUSIBLE),
    ],
)
def test_garbage_has_a_code(payload, code):
    assert codes(payload) == [code]


@pytest.mark.parametrize(
    ("key", "told"),
    [("working", 1), ("satellites", 7.5), ("speed_mps", {}), ("speed_mps", float("-inf")),
     ("speed_mps", -0.1), ("heading_deg", -1), ("accuracy_m", -1), ("hdop", -1), ("hdop", 99.99),
     ("satellites", -1), ("satellites", 10**12)],
)  # fmt: skip
def test_a_field_that_tells_nothing_is_left_out_of_its_fix_and_counted(key, told):
    ignored = Counter()
    message = Message(TOPIC, json.dumps(with_field(**{key: told})).encode(), NOW_MS)
    assert Decoder().decode(message, ignored) == ([ping()], [])
    assert ignored == {key: 1}


def test_a_course_of_360_is_north():
    [fix], [] = decode(TOPIC, json.dumps(with_field(heading_deg=360)).encode(), NOW_MS)
    assert fix == ping(heading_deg=0.0)


def test_every_code_is_met_on_the_wire():
    # the cases above, the tests of topics and vehicles, test_decoder.py, test_dated_devices.py,
    # those of the dialects, and test_commit.py for what the database refuses; a new code needs a
    # case
    [cases] = test_garbage_has_a_code.pytestmark
    met = {code for _, code in cases.args[1]}
    elsewhere = {
        Code.BAD_TOPIC, Code.UNKNOWN_VEHICLE, Code.RETAINED, Code.OUTDATED, Code.NOT_A_POSITION,
        Code.NO_FIX, Code.DIALECT_FAILED, Code.NOT_STORABLE, Code.UNKNOWN_KIND,
        Code.DEVICE_UNASSIGNED,
        Code.VALUE_OUT_OF_RANGE,  # of events, and in logs of older versions
    }  # fmt: skip
    assert met | elsewhere == set(Code)


def test_a_vehicle_that_the_plan_does_not_know_is_refused_ping_by_ping():
    assert codes([GOOD, GOOD], topic_of("晋B00000")) == [Code.UNKNOWN_VEHICLE] * 2
    assert codes([GOOD, GOOD], topic_of("晋B00000"), known=None) == []


def test_the_evidence_names_the_field_and_the_value():
    _, [rejection] = decode(TOPIC, json.dumps(with_field(latitude=91.5)).encode(), NOW_MS, None)
    assert (rejection.topic, rejection.key, rejection.value) == (TOPIC, "latitude", "91.5")
    assert rejection.received_time_ms == NOW_MS
    assert json.loads(rejection.payload)["latitude"] == 91.5


def test_one_bad_element_does_not_cost_its_neighbours():
    burst = [GOOD, with_field(longitude=None), "junk", with_field(event_time=MORNING_MS + 1)]
    taken, rejections = decode(TOPIC, json.dumps(burst).encode(), NOW_MS, None)
    assert [fix.event_time_ms for fix in taken] == [MORNING_MS, MORNING_MS + 1]
    assert [rejection.code for rejection in rejections] == [Code.MISSING_FIELD, Code.NOT_AN_OBJECT]


@pytest.mark.parametrize(
    "extra",
    [
        b'"address":"\xe8\xbf\x8e\xe5\xae\xbe\xe8\xa1\x97"', b'"x":NaN', b'"x":1e999',
        b'"x":' + b"[" * 30 + b"]" * 30, b'"x":"' + b"[" * 99 + b'"',
        b'"hdop":null',
        b'"satellites":7.0',
    ],
)  # fmt: skip
def test_fields_that_a_ping_does_not_have_are_ignored(extra):
    payload = b'{"event_time":1648191600000.0,"longitude":113.3,"latitude":40.08,' + extra + b"}"
    assert codes(payload) == []


scalars = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5),
    st.sampled_from(["2022-03-25T07:00:00Z", "2022-03-25T07:00:00", MORNING_MS, TRUCK, -0.0, 360]),
)  # fmt: skip
wild_objects = st.dictionaries(
    st.sampled_from(
        ["event_time", "longitude", "latitude", "vehicle_id", "speed_mps", "heading_deg",
         "accuracy_m", "hdop", "satellites", "working", "other"]
    ),
    scalars | st.lists(scalars, max_size=2),
)  # fmt: skip
half_wild = st.builds(
    lambda good, wild: {**good, **wild}, st.sampled_from([GOOD, {}]), wild_objects
)


class SlowNative(Native):
    """The fast way is for the native dialect itself and for nothing made of it."""


@given(
    half_wild | st.lists(half_wild | scalars, max_size=4),
    st.sampled_from([None, Area(113, 40, 114, 41), Area(0, 0, 1, 1)]),
    st.sampled_from([None, 60_000, 59_999]),
    st.sampled_from(Datum),
)
def test_the_fast_way_and_the_long_way_agree_on_any_message(content, area, max_age_ms, datum):
    message = Message(TOPIC, json.dumps(content).encode(), NOW_MS)
    acceptance = Acceptance(frozenset(VEHICLES), area, max_age_ms)
    devices = Devices({}, {TRUCK: datum})
    slow = Routes([Route(NATIVE_PATTERN, SlowNative())])
    assert repr(Decoder(devices=devices, acceptance=acceptance).decode(message)) == repr(
        Decoder(slow, devices, acceptance).decode(message)
    )


@given(st.binary(max_size=60), st.text(max_size=20))
def test_nothing_that_arrives_raises_and_everything_is_counted(payload, topic):
    taken, rejections = decode(topic, payload, NOW_MS, None)
    assert len(taken) + len(rejections) >= 1
    taken, rejections = decode(TOPIC, payload, NOW_MS, None)
    assert len(taken) + len(rejections) >= 1
