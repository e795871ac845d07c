import math
from collections import Counter

import pytest
from hypothesis import given, settings

from ingest.datum import Datum
from ingest.decoding.acceptance import ANYTHING, Acceptance, Area
from ingest.decoding.bounds import FASTEST_MPS, FUTURE_TOLERANCE_MS, LATEST_EVENT_MS
from ingest.decoding.diagnosis import Refused, check_known, judge
from ingest.decoding.rejection import RejectionCode as Code
from ingest.ping import Ping
from ingest.tasks import Task, names_of
from tests.fixtures.fixes import MORNING_MS, ping, pings

TRUCK = "晋BQ0384"
FIX = {"event_time": MORNING_MS, "longitude": 113.3, "latitude": 40.08}
CITY = Area(113, 40, 114, 41)


def judged(received_ms=MORNING_MS, acceptance=ANYTHING, datum=Datum.WGS84, **changes):
    return judge(FIX | changes, TRUCK, received_ms, acceptance, datum)


def refusal(**changes):
    """Give code, field and value of a refused object."""
    with pytest.raises(Refused) as caught:
        judged(**changes)
    return caught.value.code, caught.value.key, caught.value.value


@given(pings)
@settings(max_examples=60)
def test_a_ping_s_own_fields_make_that_ping(ping):
    fields = {name: getattr(ping, name) for name in Ping.__struct_fields__}
    fields["event_time"] = fields.pop("event_time_ms")
    fields["tasks"] = None if ping.tasks is None else list(names_of(ping.tasks))
    assert judge(fields, ping.vehicle_id, ping.event_time_ms, ANYTHING) == ping


# the first fault of an object that has them all, and what mends it: the next one is told then
MENDED_IN_ORDER = [
    (Code.UNKNOWN_VEHICLE, "vehicle_id", {"vehicle_id": TRUCK}),
    (Code.OUTDATED, "event_time", {"event_time": MORNING_MS}),
    (Code.NOT_FINITE, "longitude", {"longitude": 0}),
    (Code.WRONG_TYPE, "latitude", {"latitude": 0}),
    (Code.NULL_ISLAND, "longitude", {"longitude": 1}),
    (Code.IMPLAUSIBLE, "speed_mps", {"speed_mps": 70}),
    (Code.IMPLAUSIBLE, "longitude", {"longitude": 113.3}),
    (Code.IMPLAUSIBLE, "latitude", {"latitude": 40.08}),
]


def test_of_several_faults_the_first_in_the_order_of_the_format_is_told():
    acceptance = Acceptance(frozenset({TRUCK}), CITY, max_age_ms=0)
    fields = {
        "vehicle_id": "机扫1-113", "event_time": MORNING_MS - 1, "longitude": math.nan,
        "latitude": "40", "speed_mps": 71, "heading_deg": 360, "satellites": 7.5, "working": 1,
        "tasks": "BRUSHING",
    }  # fmt: skip
    for code, key, mended in MENDED_IN_ORDER:
        with pytest.raises(Refused) as caught:
            judge(fields, fields["vehicle_id"], MORNING_MS, acceptance)
        assert (caught.value.code, caught.value.key) == (code, key)
        fields |= mended
    assert judge(fields, fields["vehicle_id"], MORNING_MS, acceptance).longitude == 113.3


@pytest.mark.parametrize(
    ("tasks", "mask", "working"),
    [
        (["BRUSHING", "SPRAYING", "BRUSHING"], Task.BRUSHING | Task.SPRAYING, True),
        (["MUSIC"], Task.MUSIC, True),
        ([], 0, False),
    ],
)
@pytest.mark.parametrize("told", [None, True, False])
def test_where_tasks_are_told_working_is_their_shadow(tasks, mask, working, told):
    fields = {"event_time": MORNING_MS, "longitude": 113.3, "latitude": 40.08}
    ping = judge(fields | {"tasks": tasks, "working": told}, TRUCK, MORNING_MS, ANYTHING)
    assert (ping.tasks, ping.working) == (mask, working)


@pytest.mark.parametrize(
    "tasks",
    ["BRUSHING", 32, ["BRUSHING", 1], ["SWEEPING"], ["BRUSHING", "SWEEPING"],
     ["BRUSHING+SPRAYING"]],
)  # fmt: skip
def test_what_is_no_list_of_tasks_is_left_out_and_working_stays_as_it_was_told(tasks):
    ignored = Counter()
    fields = FIX | {"tasks": tasks, "working": True}
    assert judge(fields, TRUCK, MORNING_MS, ANYTHING, ignored=ignored) == ping(working=True)
    assert ignored == {"tasks": 1}


def test_the_refusal_carries_the_value_that_is_at_fault():
    assert refusal(latitude="北") == (Code.WRONG_TYPE, "latitude", "北")
    assert refusal(event_time="昨天") == (Code.TIME_UNREADABLE, "event_time", "昨天")


@pytest.mark.parametrize("key", ["event_time", "longitude", "latitude"])
def test_what_a_fix_needs_may_not_be_null(key):
    assert refusal(**{key: None}) == (Code.MISSING_FIELD, key, None)


def test_a_fix_may_come_from_as_far_in_the_future_as_clocks_are_forgiven():
    latest = MORNING_MS + FUTURE_TOLERANCE_MS
    assert judged(event_time=latest).event_time_ms == latest
    assert refusal(event_time=latest + 1)[0] is Code.TIME_IN_FUTURE


def test_without_a_time_of_reception_a_fix_has_no_age_and_may_lie_in_this_century():
    acceptance = Acceptance(max_age_ms=0)
    assert judged(None, acceptance, event_time=LATEST_EVENT_MS - 1)
    with pytest.raises(Refused, match="time_in_future"):
        judged(None, acceptance, event_time=LATEST_EVENT_MS)


def test_a_fix_may_be_exactly_as_old_as_allowed():
    acceptance = Acceptance(max_age_ms=1000)
    assert judged(MORNING_MS + 1000, acceptance)
    with pytest.raises(Refused, match="outdated"):
        judged(MORNING_MS + 1001, acceptance)


def test_milliseconds_may_be_written_with_a_point_but_not_be_broken():
    assert repr(judged(event_time=float(MORNING_MS)).event_time_ms) == str(MORNING_MS)
    assert refusal(event_time=MORNING_MS + 0.5)[0] is Code.TIME_UNREADABLE


@pytest.mark.parametrize(
    ("key", "told"),
    [*((key, told) for key in ("speed_mps", "heading_deg", "accuracy_m", "hdop", "satellites")
       for told in (-1, -0.1, math.nan, math.inf, -math.inf, "3", True, [], {})),
     ("heading_deg", math.nextafter(360, 400)), ("hdop", 99.9), ("hdop", 99.99),
     ("satellites", 1000), ("satellites", 7.5), ("working", 1), ("working", "true")],
)  # fmt: skip
def test_an_optional_field_that_tells_nothing_is_left_out_and_counted_and_the_fix_is_kept(
    key, told
):
    ignored = Counter()
    fields = FIX | {"speed_mps": 3.0, "working": False} | {key: told}
    fix = judge(fields, TRUCK, MORNING_MS, ANYTHING, ignored=ignored)
    wanted = {"speed_mps": 3.0, "working": False} | {key: None}
    assert fix == ping(**wanted)
    assert ignored == {key: 1}


def test_what_is_left_out_of_a_fix_that_is_refused_is_not_counted():
    ignored = Counter()
    with pytest.raises(Refused):
        judge(FIX | {"hdop": -1, "speed_mps": 71}, TRUCK, MORNING_MS, ANYTHING, ignored=ignored)
    assert not ignored


def test_a_course_of_360_is_north_and_nothing_is_left_out():
    ignored = Counter()
    fix = judge(FIX | {"heading_deg": 360.0}, TRUCK, MORNING_MS, ANYTHING, ignored=ignored)
    assert (fix.heading_deg, ignored) == (0.0, Counter())


def test_satellites_may_be_written_with_a_point_but_are_counted():
    assert repr(judged(satellites=7.0).satellites) == "7"


@pytest.mark.parametrize("key", ["longitude", "speed_mps", "heading_deg", "accuracy_m", "hdop"])
def test_a_negative_zero_is_zero(key):
    assert math.copysign(1, getattr(judged(**{key: -0.0}), key)) == 1


@pytest.mark.parametrize(
    ("key", "limit"),
    [("longitude", 180), ("longitude", -180), ("latitude", 90), ("latitude", -90)],
)
def test_the_ends_of_the_degrees_are_places_and_beyond_is_none(key, limit):
    assert getattr(judged(**{key: limit}), key) == limit
    beyond = math.nextafter(limit, math.inf * limit)
    assert refusal(**{key: beyond}) == (Code.COORDINATE_OUT_OF_RANGE, key, beyond)


def test_a_place_where_one_of_the_degrees_is_zero_is_a_place():
    assert judged(longitude=0).latitude == 40.08
    assert judged(latitude=0).longitude == 113.3


def test_a_truck_may_be_exactly_as_fast_as_trucks_can_be():
    assert judged(speed_mps=FASTEST_MPS).speed_mps == FASTEST_MPS
    assert refusal(speed_mps=math.nextafter(FASTEST_MPS, 99))[0] is Code.IMPLAUSIBLE


@pytest.mark.parametrize(
    ("key", "inside", "outside"),
    [("longitude", 113, 112.99), ("longitude", 114, 114.01),
     ("latitude", 40, 39.99), ("latitude", 41, 41.01)],
)  # fmt: skip
def test_the_edge_of_the_area_belongs_to_it(key, inside, outside):
    acceptance = Acceptance(area=CITY)
    assert getattr(judged(acceptance=acceptance, **{key: inside}), key) == inside
    with pytest.raises(Refused) as caught:
        judged(acceptance=acceptance, **{key: outside})
    assert (caught.value.code, caught.value.key) == (Code.IMPLAUSIBLE, key)


def test_the_place_it_is_at_is_judged_not_the_degrees_it_sent():
    # in GCJ-02 a place seems to lie 0.007 degrees east of where it is: outside of this area
    edge = Acceptance(area=Area(113.299, 40, 114, 41))
    assert judged(acceptance=edge)
    with pytest.raises(Refused, match="implausible"):
        judged(acceptance=edge, datum=Datum.GCJ02)


def test_a_shift_that_carries_a_fix_across_the_date_line_is_refused():
    with pytest.raises(Refused) as caught:
        judged(datum=Datum.BD09, longitude=-180)
    assert (caught.value.code, caught.value.key) == (Code.COORDINATE_OUT_OF_RANGE, "longitude")


def test_only_vehicles_of_the_plan_are_known_if_there_is_a_plan():
    check_known(TRUCK, None)
    check_known(TRUCK, {TRUCK})
    with pytest.raises(Refused) as caught:
        check_known(TRUCK, frozenset())
    assert (caught.value.code, caught.value.value) == (Code.UNKNOWN_VEHICLE, TRUCK)
