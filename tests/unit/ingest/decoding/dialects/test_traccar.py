import pytest

from ingest.decoding.devices import Devices
from ingest.decoding.rejection import RejectionCode as Code
from ingest.ping import Ping
from tests.fixtures.dialects import TRUCK, decoded, recorded_payloads, refused
from tests.fixtures.payloads import FORWARDED


def fix_of(**changes):
    [fix], rejections = decoded("traccar", {"position": FORWARDED | changes})
    assert rejections == []
    return fix


def test_a_real_payload(shared_data):
    [payload] = recorded_payloads(shared_data, "traccar")
    [fix], rejections = decoded("traccar", payload)
    assert rejections == []
    assert fix == Ping(
        vehicle_id=TRUCK,
        event_time_ms=1_544_697_432_450,  # 2018-12-13T10:37:12.450Z
        longitude=106.682835,
        latitude=-6.173565,
        speed_mps=0.0,
        heading_deg=10.0,
        satellites=18,
    )
    devices = Devices({"867060033461332": TRUCK}, {})
    [by_device], _ = decoded("traccar", payload, topic="traccar", devices=devices)
    assert by_device == fix
    [unmapped], _ = decoded("traccar", payload, topic="traccar")
    assert unmapped.vehicle_id == "867060033461332"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"event": {}, "device": {}}, Code.NOT_A_POSITION),
        ({"position": None}, Code.NOT_A_POSITION),
        ([[]], Code.NOT_AN_OBJECT),
        ({"position": FORWARDED | {"valid": False}}, Code.NO_FIX),
        ({"position": FORWARDED | {"outdated": True}}, Code.NO_FIX),
        ({"position": FORWARDED | {"attributes": {"approximate": True}}}, Code.NO_FIX),
        ({"position": FORWARDED | {"fixTime": 17}}, Code.TIME_BEFORE_2000),
        ({"position": FORWARDED | {"fixTime": "2022-03-28T07:00:00"}}, Code.TIME_WITHOUT_OFFSET),
        ({"position": FORWARDED | {"speed": 140}}, Code.IMPLAUSIBLE),
    ],
)
def test_what_is_no_position_has_a_code(payload, code):
    assert refused("traccar", payload) == [code]


@pytest.mark.parametrize(("key", "value"), [("valid", "false"), ("outdated", "true")])
def test_the_evidence_tells_by_which_word_there_was_no_fix(key, value):
    _, [rejection] = decoded("traccar", {"position": FORWARDED | {key: value == "true"}})
    assert (rejection.code, rejection.key, rejection.value) == (Code.NO_FIX, key, value)


@pytest.mark.parametrize("offset", ["+08:00", "+0800"])
def test_the_offset_of_a_time_may_lack_its_colon(offset):
    assert fix_of(fixTime=f"2022-03-28T15:00:00.250{offset}").event_time_ms == 1_648_450_800_250


def test_speeds_are_in_knots():
    assert fix_of(speed=36).speed_mps == pytest.approx(18.52)  # a knot is 1852 m an hour


def test_an_accuracy_of_zero_is_one_that_the_device_did_not_tell():
    assert fix_of(accuracy=0.0).accuracy_m is None
    assert fix_of(accuracy=4).accuracy_m == 4


def test_a_course_of_360_is_north():
    assert fix_of(course=360.0).heading_deg == 0


def test_hdop_and_satellites_are_attributes_of_some_devices():
    fix = fix_of(attributes={"hdop": 0.9, "sat": 11, "ignition": True})
    assert (fix.hdop, fix.satellites) == (0.9, 11)
    for attributes in (None, [], "sat"):
        assert fix_of(attributes=attributes).satellites is None


@pytest.mark.parametrize("device", [{}, None, "867060033461332"])
def test_where_neither_topic_nor_device_names_the_vehicle_it_is_missing(device):
    payload = {"position": FORWARDED, "device": device}
    _, [rejection] = decoded("traccar", payload, topic="gateway")
    assert (rejection.code, rejection.key) == (Code.MISSING_FIELD, "uniqueId")
    assert rejection.vehicle_id == ""
