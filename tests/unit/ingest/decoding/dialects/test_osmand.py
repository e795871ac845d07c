import json
from collections import Counter

import pytest

from ingest.decoding.decoder import Decoder
from ingest.decoding.devices import Devices
from ingest.decoding.message import Message
from ingest.decoding.rejection import RejectionCode as Code
from ingest.decoding.routes import routes_of
from tests.fixtures.dialects import NOW_MS, TRUCK, decoded, refused

DEVICE = "861050000000001"
ASKED = {"id": DEVICE, "timestamp": "1648450800", "lat": "40.08", "lon": "113.3"}
COORDS = {"latitude": 40.08, "longitude": 113.3}


def fix_of(**changes):
    [fix], rejections = decoded("osmand", ASKED | changes)
    assert rejections == []
    return fix


def client_fix(coords=COORDS, timestamp="2022-03-28T07:00:00.250Z"):
    """Read a location as newer versions of Traccar Client send it."""
    payload = {"location": {"timestamp": timestamp, "coords": coords}, "device_id": DEVICE}
    [fix], rejections = decoded("osmand", payload)
    assert rejections == []
    return fix


def test_the_parameters_of_a_request_are_texts_in_knots_and_degrees():
    fix = fix_of(speed="36", bearing="271.5", accuracy="5.0", hdop="0.9", batt="77", sat="11")
    assert (fix.event_time_ms, fix.longitude, fix.latitude) == (1_648_450_800_000, 113.3, 40.08)
    assert fix.speed_mps == pytest.approx(18.52)  # a knot is 1852 m an hour
    assert (fix.heading_deg, fix.accuracy_m, fix.hdop, fix.satellites) == (271.5, 5.0, 0.9, 11)


@pytest.mark.parametrize("key", ["id", "deviceid", "device_id"])
def test_the_device_is_named_by_either_word(key):
    payload = {name: value for name, value in ASKED.items() if name != "id"} | {key: DEVICE}
    devices = Devices({DEVICE: TRUCK}, {})
    [fix], _ = decoded("osmand", payload, topic="gateway/osmand", devices=devices)
    assert fix.vehicle_id == TRUCK


@pytest.mark.parametrize(
    "timestamp",
    [
        "1648450800", "1648450800000", 1648450800, "1648450800.0", "1648450800000.0",
        "2022-03-28T07:00:00Z", "2022-03-28T15:00:00+08:00", "2022-03-28T15:00:00+0800",
        "2022-03-28T15:00:00 08:00", "2022-03-28T04:00:00-0300",
    ],
)  # fmt: skip
def test_a_time_is_in_seconds_in_milliseconds_or_iso_8601(timestamp):
    assert fix_of(timestamp=timestamp).event_time_ms == 1_648_450_800_000


def test_a_fraction_of_a_second_is_kept():
    assert fix_of(timestamp="1648450800.25").event_time_ms == 1_648_450_800_250


def test_degrees_may_come_as_one_parameter():
    payload = {"id": DEVICE, "timestamp": "1648450800", "location": "40.08, 113.3"}
    [fix], _ = decoded("osmand", payload)
    assert (fix.latitude, fix.longitude) == (40.08, 113.3)


def test_heading_is_another_word_for_bearing_and_360_is_north():
    assert fix_of(heading="90").heading_deg == 90
    assert fix_of(bearing="360.0").heading_deg == 0


@pytest.mark.parametrize("unknown", ["-1", "-1.0", ""])
def test_what_a_phone_does_not_know_is_unknown(unknown):
    fix = fix_of(speed=unknown, bearing=unknown, accuracy=unknown)
    assert (fix.speed_mps, fix.heading_deg, fix.accuracy_m) == (None, None, None)


@pytest.mark.parametrize(("key", "field"), [("accuracy", "accuracy_m"), ("hdop", "hdop")])
def test_what_no_accuracy_can_be_is_left_out_and_counted(key, field):
    ignored = Counter()
    payload = json.dumps({**ASKED, key: "-1"}).encode()
    [fix], _ = Decoder(routes_of([("in/{vehicle_id}", "osmand")])).decode(
        Message(f"in/{TRUCK}", payload, NOW_MS), ignored
    )
    assert (getattr(fix, field), ignored) == (None, Counter({field: 1}))


def test_the_json_of_traccar_client_is_in_metres_a_second():
    fix = client_fix({**COORDS, "speed": 2.8, "heading": -1, "accuracy": 5})
    assert (fix.event_time_ms, fix.speed_mps) == (1_648_450_800_250, 2.8)
    assert (fix.heading_deg, fix.accuracy_m) == (None, 5)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"valid": "false"}, Code.NO_FIX),
        ({"valid": "0"}, Code.NO_FIX),
        ({"valid": False}, Code.NO_FIX),
        ({"lat": "x"}, Code.WRONG_TYPE),
        ({"lat": "1e999"}, Code.NOT_FINITE),
        ({"lat": "NaN"}, Code.NOT_FINITE),
        ({"lat": "95"}, Code.COORDINATE_OUT_OF_RANGE),
        ({"lat": "0", "lon": "0"}, Code.NULL_ISLAND),
        ({"timestamp": None}, Code.MISSING_FIELD),
        ({"timestamp": "yesterday"}, Code.TIME_UNREADABLE),
        ({"timestamp": "2022-03-28T07:00:00"}, Code.TIME_WITHOUT_OFFSET),
        ({"timestamp": "17"}, Code.TIME_BEFORE_2000),
        ({"speed": "140"}, Code.IMPLAUSIBLE),
    ],
)
def test_what_cannot_be_used_has_a_code(changes, code):
    assert refused("osmand", ASKED | changes) == [code]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"id": DEVICE, "timestamp": "1648450800", "batt": "77"}, Code.NOT_A_POSITION),
        ({"id": DEVICE, "location": {"timestamp": "2022-03-28T07:00:00Z"}}, Code.NOT_A_POSITION),
        ({"id": DEVICE, "location": "40.08"}, Code.WRONG_TYPE),
        ([[]], Code.NOT_AN_OBJECT),
    ],
)
def test_what_is_no_position_has_a_code(payload, code):
    assert refused("osmand", payload) == [code]


def test_a_digit_of_another_script_is_no_number():
    assert refused("osmand", ASKED | {"lat": "٤٠"}) == [Code.WRONG_TYPE]
