import pytest

from ingest.decoding.rejection import RejectionCode as Code
from tests.fixtures.dialects import TRUCK, decoded, refused

FIX = {"event_time": "2022-03-28T07:00:00Z", "longitude": 113.3, "latitude": 40.08}


def test_fields_are_those_of_a_ping_and_keep_their_units():
    sent = FIX | {"speed_mps": 3.5, "heading_deg": 90, "accuracy_m": 4, "hdop": 0.9,
                  "satellites": 11, "working": True}  # fmt: skip
    [fix], _ = decoded("native", sent)
    assert (fix.speed_mps, fix.heading_deg, fix.accuracy_m) == (3.5, 90.0, 4.0)
    assert (fix.hdop, fix.satellites, fix.working) == (0.9, 11, True)


def test_a_payload_that_names_its_vehicle_needs_no_topic_to_do_so():
    [fix], _ = decoded("native", FIX | {"vehicle_id": TRUCK}, topic="gateway")
    assert fix.vehicle_id == TRUCK


def test_a_payload_may_not_contradict_its_topic_though_no_devices_file_knows_the_name():
    assert refused("native", FIX | {"vehicle_id": "机扫1-113"}) == [Code.VEHICLE_MISMATCH]


@pytest.mark.parametrize("named", [{}, {"vehicle_id": None}, {"vehicle_id": ""}])
def test_where_neither_topic_nor_payload_names_the_vehicle_it_is_missing(named):
    _, [rejection] = decoded("native", FIX | named, topic="gateway")
    assert (rejection.code, rejection.key) == (Code.MISSING_FIELD, "vehicle_id")
    assert rejection.vehicle_id == ""


def test_an_element_of_a_burst_that_is_no_object_is_told_as_it_is():
    [_], [rejection] = decoded("native", [FIX, ["垃圾"]])
    assert (rejection.code, rejection.value) == (Code.NOT_AN_OBJECT, '["垃圾"]')
