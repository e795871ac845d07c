import pytest

from ingest.decoding.rejection import RejectionCode as Code
from tests.fixtures.dialects import decoded, recorded_payloads, refused
from tests.fixtures.payloads import LOCATION


def test_real_payloads(shared_data):
    payloads = recorded_payloads(shared_data, "owntracks")
    found = [decoded("owntracks", payload)[0][0] for payload in payloads]
    told = [(fix.event_time_ms, fix.longitude, fix.latitude) for fix in found]
    assert told == [
        (1551874878000, 11.1512805, 46.0681247),
        (1497349316000, 2.29513, 48.85833),
        (1497349316000, 2.29513, 48.85833),
        (1497476456000, 2.295, 48.85),
        (1736161169000, -122.0, 37.0),
        (1736519167000, 13.654704, 47.420051),
    ]
    assert found[2].speed_mps == pytest.approx(61 / 3.6)
    assert [(fix.heading_deg, fix.accuracy_m) for fix in found[2:]] == [
        (271.0, 5.0), (None, None), (None, 5.0), (113.0, 10.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"_type": "lwt", "tst": 1}, Code.NOT_A_POSITION),
        ({"_type": "transition", "lat": 1, "lon": 1, "tst": 1}, Code.NOT_A_POSITION),
        ({"_type": "encrypted", "data": "x"}, Code.NOT_A_POSITION),
        ({}, Code.NOT_A_POSITION),
        (7, Code.NOT_AN_OBJECT),
        (LOCATION | {"tst": "1551874878"}, Code.WRONG_TYPE),
        (LOCATION | {"tst": 1e308}, Code.NOT_FINITE),
        (LOCATION | {"tst": True}, Code.WRONG_TYPE),
        ({"_type": "location", "lat": 1, "lon": 1}, Code.MISSING_FIELD),
        (LOCATION | {"lat": None}, Code.MISSING_FIELD),
        (LOCATION | {"vel": 300}, Code.IMPLAUSIBLE),
        (LOCATION | {"lat": 0, "lon": 0}, Code.NULL_ISLAND),
    ],
)
def test_what_is_no_position_has_a_code(payload, code):
    assert refused("owntracks", payload) == [code]


def test_the_evidence_tells_which_kind_of_message_it_was():
    _, [rejection] = decoded("owntracks", {"_type": "waypoint", "desc": "垃圾站"})
    assert (rejection.key, rejection.value) == ("_type", '"waypoint"')


def test_minus_one_is_unknown_as_ios_means_it():
    [fix], _ = decoded("owntracks", LOCATION | {"vel": -1, "cog": -1})
    assert (fix.speed_mps, fix.heading_deg) == (None, None)


@pytest.mark.parametrize("told", ["3", -2])
def test_a_speed_that_can_be_none_is_left_out_of_its_fix(told):
    [fix], rejections = decoded("owntracks", LOCATION | {"vel": told})
    assert (fix.speed_mps, rejections) == (None, [])


def test_a_course_of_360_is_north():
    [fix], _ = decoded("owntracks", LOCATION | {"cog": 360})
    assert fix.heading_deg == 0


def test_seconds_may_have_a_fraction():
    [fix], _ = decoded("owntracks", LOCATION | {"tst": 1551874878.25})
    assert fix.event_time_ms == 1551874878250


def test_the_two_letters_for_the_map_name_no_vehicle():
    _, [rejection] = decoded("owntracks", LOCATION | {"tid": "bq"}, topic="owntracks")
    assert (rejection.code, rejection.vehicle_id) == (Code.MISSING_FIELD, "")
