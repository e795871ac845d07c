import random

import numpy as np
import pandas as pd
import pytest

from analytics.history.evidence_geojson import evidence_geojson
from analytics.history.street_events import NEAR_M, events_on
from analytics.history.text import VerdictText
from analytics.wording.words import Language
from geofence.network.projection import LocalProjection
from geofence.plan.plan import ServiceRules
from ingest.event import Event, EventKind
from ingest.ping import conform
from tests.fixtures.street_record import ORIGIN, record
from tests.fixtures.town import TRUCK, at

PROJECTION = LocalProjection(ORIGIN.longitude, ORIGIN.latitude)
NO_PINGS = conform(
    pd.DataFrame({name: [] for name in ("vehicle_id", "event_time", "longitude", "latitude")})
)


def lift(clock="07:35", x=None, y=None, **changes):
    place = (None, None)
    if x is not None:
        place = tuple(
            float(each[0]) for each in PROJECTION.to_degrees(np.array([x]), np.array([y]))
        )
    values = {"vehicle_id": TRUCK, "event_time_ms": at(clock), "kind": EventKind.BIN_LIFT,
              "longitude": place[0], "latitude": place[1], "reference": "桶-17"}  # fmt: skip
    return Event(**{**values, **changes})


def drive(*fixes, vehicle=TRUCK):
    """Fixes of a truck: local time, metres east and north."""
    x, y = np.array([fix[1:] for fix in fixes], float).T
    longitude, latitude = PROJECTION.to_degrees(x, y)
    times = pd.to_datetime([at(fix[0]) for fix in fixes], unit="ms", utc=True)
    return conform(
        pd.DataFrame(
            {"vehicle_id": vehicle, "event_time": times, "longitude": longitude,
             "latitude": latitude}
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("x", "y", "metres"),
    [(100, 0, 0), (100, 30, 30), (-21, 28, 35), (210, 50, 10), (200, 135, 35)],
)
def test_an_event_near_the_street_is_found_with_its_distance(x, y, metres):
    (found,) = events_on(record(), [lift(x=x, y=y)], NO_PINGS)
    assert found.distance_m == pytest.approx(metres, abs=0.05)
    assert found.is_told


def test_an_event_further_away_is_none_of_the_street():
    assert events_on(record(), [lift(x=100, y=NEAR_M + 1)], NO_PINGS) == ()
    assert events_on(record(), [lift(x=120, y=80)], NO_PINGS) == ()


def test_without_a_place_it_happened_where_the_fixes_around_it_put_the_vehicle():
    track = drive(("07:34", 0, 0), ("07:36", 100, 0))
    (found,) = events_on(record(), [lift("07:35:30")], track)
    assert (found.is_told, found.distance_m) == (False, pytest.approx(0, abs=0.05))
    x, y = PROJECTION.to_metres(np.array([found.longitude]), np.array([found.latitude]))
    assert (x[0], y[0]) == (pytest.approx(75, abs=0.05), pytest.approx(0, abs=0.05))
    aside = drive(("07:34", 0, 60), ("07:36", 100, 60))
    assert events_on(record(), [lift()], aside) == ()


def test_at_the_instant_of_a_fix_it_happened_there_whatever_lies_around():
    track = drive(("07:00", 5000, 0), ("07:35", 100, 0), ("09:00", 5000, 0))
    (found,) = events_on(record(), [lift("07:35")], track)
    assert found.distance_m == pytest.approx(0, abs=0.05)


def test_out_of_sight_before_the_first_fix_or_after_the_last_nobody_knows_where_it_happened():
    quick = record(parameters=ServiceRules(gap_s=120))
    track = drive(("07:34", 0, 0), ("07:36:01", 100, 0))
    assert events_on(quick, [lift("07:35"), lift("07:33"), lift("07:37")], track) == ()
    other = drive(("07:34", 0, 0), ("07:36", 100, 0), vehicle="other")
    assert events_on(quick, [lift("07:35")], other) == ()


def test_events_of_other_vehicles_and_times_and_cards_are_left_out():
    here = {"x": 100, "y": 0}
    left_out = [
        lift("06:59:59", **here),
        lift("14:30", **here),
        lift(vehicle_id="other", **here),
        lift(kind=EventKind.DRIVER_CARD, reference=None, **here),
    ]
    assert events_on(record(), left_out, NO_PINGS) == ()
    assert (
        len(events_on(record(), [lift("07:00", **here), lift("14:29:59", **here)], NO_PINGS)) == 2
    )


def test_the_order_of_events_does_not_matter():
    events = [lift("07:35", x=100, y=number) for number in range(9)] + [lift("07:31", x=0, y=0)]
    found = events_on(record(), events, NO_PINGS)
    assert found[0].event == events[-1]
    random.Random(1).shuffle(events)
    assert events_on(record(), events, NO_PINGS) == found


def test_it_is_told_in_a_line_and_its_reference_turns_no_text():
    event = lift(x=100, y=12, weight_kg=21.5, reference="a\u202eb")
    found = events_on(record(), [event], NO_PINGS)
    track = drive(("07:35", 100, 0))
    text = VerdictText(Language.EN, "Asia/Shanghai")
    assert list(text.events(found)) == [
        "events beside the fixes, no part of the proof",
        f"  07:35:00  {TRUCK}  bin lifted  a\\u202eb  21.5 kg  12 m from the street",
    ]
    (_, line) = text.events(events_on(record(), [lift(reference=None)], track))
    assert line == f"  07:35:00  {TRUCK}  bin lifted  0 m from the street  by its fixes"
    assert list(text.events(())) == []
    chinese = "".join(VerdictText(Language.ZH, "Asia/Shanghai").events(found))
    assert "吊桶" in chinese


@pytest.mark.parametrize("kind", sorted(set(EventKind) - {EventKind.DRIVER_CARD}))
def test_every_kind_has_words(kind):
    found = events_on(record(), [lift(x=0, y=0, kind=kind)], NO_PINGS)
    for language in Language:
        assert len(list(VerdictText(language, "Asia/Shanghai").events(found))) == 2


def test_it_is_a_point_on_the_map_of_the_evidence():
    found = events_on(record(), [lift(x=100, y=12)], NO_PINGS)
    drawn = evidence_geojson([record()], [("云中街", each) for each in found])
    point = drawn["features"][-1]
    assert point["geometry"]["type"] == "Point"
    assert point["properties"] == {
        "kind": "event", "event": "bin_lift", "street": "云中街", "vehicle_id": TRUCK,
        "at": "2022-03-27T23:35:00.000Z", "reference": "桶-17", "weight_kg": None,
        "place": "told", "distance_m": 12.0,
    }  # fmt: skip
