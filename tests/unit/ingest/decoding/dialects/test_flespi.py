import json

import pytest

from ingest.decoding.rejection import RejectionCode as Code
from tests.fixtures.dialects import decoded, recorded_payloads, refused
from tests.fixtures.payloads import MESSAGE


def fix_of(**changes):
    [fix], rejections = decoded("flespi", MESSAGE | changes)
    assert rejections == []
    return fix


def test_real_payloads(shared_data):
    first, second, third = recorded_payloads(shared_data, "flespi")
    pings, rejections = decoded("flespi", first)
    assert rejections == []
    assert [(fix.event_time_ms, fix.longitude, fix.latitude, fix.speed_mps, fix.heading_deg,
             fix.satellites) for fix in pings] == [
        (1506956075000, 27.455848, 53.90573, 0.0, 0.0, 10),
        (1506695785000, 27.455986, 53.905569, 0.0, 262.643854, 8),
    ]  # fmt: skip
    pings, rejections = decoded("flespi", second, topic="flespi")
    assert [rejection.code for rejection in rejections] == [Code.NO_FIX]
    assert [(fix.vehicle_id, fix.latitude, fix.hdop) for fix in pings] == [
        ("605630", 57.986744, 21.1)
    ]
    pings, rejections = decoded("flespi", third)
    assert (len(pings), len(rejections)) == (len(json.loads(third)), 0)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"timestamp": 1506956075, "battery.level": 7}, Code.NOT_A_POSITION),
        (MESSAGE | {"position.valid": False}, Code.NO_FIX),
        ({"timestamp": 1506956075, "position.valid": False}, Code.NO_FIX),
        (MESSAGE | {"timestamp": None}, Code.MISSING_FIELD),
        (MESSAGE | {"timestamp": "1506956075"}, Code.WRONG_TYPE),
        ({"timestamp": 1506956075, "position.longitude": 27.4}, Code.MISSING_FIELD),
        ({"timestamp": 1506956075, "position.latitude": 53.9}, Code.MISSING_FIELD),
        ([], Code.EMPTY_BURST),
    ],
)
def test_what_is_no_position_has_a_code(payload, code):
    assert refused("flespi", payload) == [code]


def test_the_time_is_kept_to_the_millisecond():
    assert fix_of(timestamp=1506956075.123).event_time_ms == 1506956075123


def test_speeds_are_in_kilometres_an_hour():
    assert fix_of(**{"position.speed": 36}).speed_mps == pytest.approx(10.0, abs=1e-9)


def test_a_direction_of_360_is_north():
    assert fix_of(**{"position.direction": 360}).heading_deg == 0


def test_a_device_that_does_not_say_whether_its_position_is_valid_is_believed():
    assert fix_of(**{"position.valid": True}) == fix_of()


def test_where_neither_topic_nor_payload_names_the_vehicle_it_is_missing():
    _, [rejection] = decoded("flespi", MESSAGE, topic="gateway")
    assert (rejection.code, rejection.key) == (Code.MISSING_FIELD, "ident")
    assert rejection.vehicle_id == ""
