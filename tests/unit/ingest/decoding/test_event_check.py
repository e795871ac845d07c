import math

import pytest

from ingest.datum import Datum, to_wgs84
from ingest.decoding.acceptance import ANYTHING, Acceptance, Area
from ingest.decoding.diagnosis import Refused
from ingest.decoding.event_check import judge_event, without_people
from ingest.event import Event, EventKind

TRUCK, NOW_MS = "晋BQ0384", 1_648_500_000_000
TOLD = {"event_time": NOW_MS, "kind": "bin_lift", "reference": "桶-17", "weight_kg": 21}


def judged(acceptance=ANYTHING, datum=Datum.WGS84, **changed):
    return judge_event({**TOLD, **changed}, TRUCK, NOW_MS + 1000, acceptance, datum)


def refused(**changed):
    with pytest.raises(Refused) as caught:
        judged(**changed)
    return caught.value.code.value, caught.value.key


def test_an_event_needs_a_time_and_a_kind_and_nothing_else():
    assert judged(reference=None, weight_kg=None) == Event(TRUCK, NOW_MS, EventKind.BIN_LIFT)
    assert judged() == Event(TRUCK, NOW_MS, EventKind.BIN_LIFT, reference="桶-17", weight_kg=21.0)


@pytest.mark.parametrize(
    ("changed", "code", "key"),
    [
        ({"event_time": None}, "missing_field", "event_time"),
        ({"event_time": "2022-03-28T07:00:00"}, "time_without_offset", "event_time"),
        ({"event_time": NOW_MS + 10**7}, "time_in_future", "event_time"),
        ({"kind": None}, "missing_field", "kind"),
        ({"kind": 4}, "wrong_type", "kind"),
        ({"kind": "Bin_Lift"}, "unknown_kind", "kind"),
        ({"longitude": 113.3}, "missing_field", "latitude"),
        ({"latitude": 40.1}, "missing_field", "longitude"),
        ({"longitude": 113.3, "latitude": 91}, "coordinate_out_of_range", "latitude"),
        ({"reference": 17}, "wrong_type", "reference"),
        ({"reference": "x" * 201}, "value_out_of_range", "reference"),
        ({"reference": "a\nb"}, "value_out_of_range", "reference"),
        ({"reference": "a\u202eb"}, "value_out_of_range", "reference"),
        ({"reference": "\ud800"}, "value_out_of_range", "reference"),
        ({"reference": "a\0b"}, "value_out_of_range", "reference"),
        ({"weight_kg": "21"}, "wrong_type", "weight_kg"),
        ({"weight_kg": True}, "wrong_type", "weight_kg"),
        ({"weight_kg": math.nan}, "not_finite", "weight_kg"),
        ({"weight_kg": -1}, "value_out_of_range", "weight_kg"),
        ({"weight_kg": 200_000}, "value_out_of_range", "weight_kg"),
    ],
)
def test_what_is_broken_is_refused_by_the_field_at_fault(changed, code, key):
    assert refused(**changed) == (code, key)


def test_the_first_fault_in_the_order_of_checks_is_told():
    assert refused(event_time=None, kind="x", longitude=999, reference=1)[0] == "missing_field"
    assert refused(kind="x", longitude=999, reference=1)[0] == "unknown_kind"
    assert refused(longitude=1, reference=1)[0] == "missing_field"
    assert refused(reference=1, weight_kg=-1) == ("wrong_type", "reference")


def test_a_vehicle_place_and_age_are_held_to_the_terms_of_pings():
    here = {"longitude": 113.3, "latitude": 40.1}
    assert refused(acceptance=Acceptance(vehicles={"other"})) == ("unknown_vehicle", "vehicle_id")
    far = Acceptance(area=Area(0, 0, 1, 1))
    assert refused(acceptance=far, **here) == ("implausible", "longitude")
    assert judged(acceptance=far).longitude is None
    assert refused(acceptance=Acceptance(max_age_ms=999)) == ("outdated", "event_time")


def test_a_place_is_taken_to_wgs_84():
    told = judged(datum=Datum.GCJ02, longitude=113.3, latitude=40.1)
    assert (told.longitude, told.latitude) == to_wgs84(113.3, 40.1, Datum.GCJ02)


def test_a_receiver_without_a_fix_costs_the_place_and_not_the_event():
    assert judged(longitude=0, latitude=0) == judged()


def test_an_empty_reference_is_none():
    assert judged(reference="").reference is None


def test_of_a_drivers_card_nothing_is_kept_but_that_there_was_one():
    card = judged(kind="driver_card", reference="6101 0000 1234", weight_kg=7)
    assert card == Event(TRUCK, NOW_MS, EventKind.DRIVER_CARD)
    assert judged(kind="driver_card", reference=["of", "any", "type"]) == card


@pytest.mark.parametrize("kind", ["driver_card", "DRIVER_CARD", "drivercard", None, 7, ["photo"]])
def test_what_is_kept_of_a_card_or_of_what_may_be_one_names_nobody(kind):
    sent = {"event_time": 1, "kind": kind, "reference": "card", "weight_kg": 1, "name": "card"}
    assert without_people(sent) == {"event_time": 1, "kind": kind}


def test_what_is_no_field_of_an_event_is_not_kept():
    assert without_people({**TOLD, "driver": "somebody"}) == TOLD
    assert without_people("somebody") is None
