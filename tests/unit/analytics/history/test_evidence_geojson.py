"""Evidence drawn for a map."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.history.evidence_geojson import evidence_geojson
from analytics.verdicts.evidence import Covered, Origin
from geofence.network.projection import LocalProjection
from tests.fixtures.street_record import ORIGIN, gap, record, section
from tests.fixtures.town import at

PROJECTION = LocalProjection(ORIGIN.longitude, ORIGIN.latitude)


def features(*records, kind: str = "") -> list[dict]:
    drawn = evidence_geojson(records)
    assert drawn["type"] == "FeatureCollection"
    return [each for each in drawn["features"] if not kind or each["properties"]["kind"] == kind]


def metres(positions) -> np.ndarray:
    """Places of a line in metres east and north of the origin, to the centimetre."""
    longitude, latitude = np.array(positions).reshape(-1, 2).T
    return np.stack(PROJECTION.to_metres(longitude, latitude), axis=1).round(2)


def only(*records, kind: str) -> dict:
    (found,) = features(*records, kind=kind)
    return found


def test_without_a_record_there_is_an_empty_collection():
    assert evidence_geojson([]) == {"type": "FeatureCollection", "features": []}


def test_a_covered_stretch_is_cut_out_of_its_section():
    found = only(record(), kind="covered")
    assert found["geometry"]["type"] == "LineString"
    assert metres(found["geometry"]["coordinates"]).tolist() == [[0, 0], [100, 0]]
    told = found["properties"]
    assert (told["grid_id"], told["window"], told["street"]) == ("JY01", "07:00-10:00", "云中街")
    assert (told["section"], told["from_m"], told["to_m"]) == ("y1", 0.0, 100.0)
    assert (told["verdict"], told["service_date"]) == ("partial", "2022-03-28")


def test_a_stretch_goes_round_the_corners_within_it():
    found = only(record(), kind="missing")
    assert metres(found["geometry"]["coordinates"]).tolist() == [[100, 0], [200, 0], [200, 100]]


def test_a_corner_at_the_end_of_a_stretch_is_drawn_once():
    found = only(record(section(missing=((100.0, 200.0),))), kind="missing")
    assert metres(found["geometry"]["coordinates"]).tolist() == [[100, 0], [200, 0]]


def test_a_stretch_is_drawn_in_the_direction_of_travel():
    back = Covered(100.0, 300.0, at("07:40"), at("07:30"))
    found = only(record(section(covered=(back,), missing=())), kind="covered")
    assert metres(found["geometry"]["coordinates"]).tolist() == [[200, 100], [200, 0], [100, 0]]
    assert found["properties"]["started_at"] == "2022-03-27T23:30:00.000Z"
    assert found["properties"]["finished_at"] == "2022-03-27T23:40:00.000Z"


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "in_time"),
    [
        (at("10:00"), at("10:10") - 1, True),
        (at("10:00"), at("10:10"), False),
        (at("10:10"), at("10:00"), False),
    ],
)
def test_a_stretch_is_in_time_if_all_of_it_was_passed_before_the_end_of_grace(
    from_ms, to_ms, in_time
):
    run = Covered(0.0, 100.0, from_ms, to_ms)
    found = only(record(section(covered=(run,))), kind="covered")
    assert found["properties"]["in_time"] is in_time


def test_a_stretch_in_doubt_is_told_apart_from_one_that_is_missing():
    doubt = Covered(100.0, 150.0, at("08:00"), at("08:01"))
    found = features(record(section(ambiguous=(doubt,))))
    assert [each["properties"]["kind"] for each in found] == ["covered", "ambiguous", "missing"]


def test_a_stretch_without_length_is_a_point():
    found = only(record(section(missing=((50.0, 50.0),))), kind="missing")
    assert found["geometry"]["type"] == "Point"
    assert metres(found["geometry"]["coordinates"]).tolist() == [[50, 0]]


@given(st.floats(0, 300), st.floats(0, 300))
def test_a_stretch_is_as_long_as_its_measures_say(one_m, other_m):
    low, high = sorted((one_m, other_m))
    found = only(record(section(missing=((low, high),))), kind="missing")
    line = metres(found["geometry"]["coordinates"])
    assert np.hypot(*np.diff(line, axis=0).T).sum() == pytest.approx(high - low, abs=0.1)


def test_a_gap_goes_from_the_fix_before_it_to_the_fix_after_it():
    found = only(record(gaps=(gap(),)), kind="gap")
    assert metres(found["geometry"]["coordinates"]).tolist() == [[0, 0], [30, 40]]
    told = found["properties"]
    assert (told["vehicle_id"], told["gap"]) == ("晋BQ0384", "silent")
    assert (told["started_at"], told["finished_at"]) == (
        "2022-03-28T00:00:00.000Z", "2022-03-28T00:10:00.000Z",
    )  # fmt: skip


def test_a_gap_with_one_end_is_a_point_and_its_other_instant_is_null():
    found = only(record(gaps=(gap(started_ms=None, from_xy=None),)), kind="gap")
    assert found["geometry"]["type"] == "Point"
    assert metres(found["geometry"]["coordinates"]).tolist() == [[30, 40]]
    assert found["properties"]["started_at"] is None


def test_a_gap_of_which_nobody_knows_where_has_no_geometry():
    nowhere = gap(started_ms=None, finished_ms=None, from_xy=None, to_xy=None)
    found = only(record(gaps=(nowhere,)), kind="gap")
    assert found["geometry"] is None
    assert found["properties"]["finished_at"] is None


def test_a_gap_of_a_window_is_drawn_once_though_each_of_its_streets_has_it():
    one, other = record(gaps=(gap(),)), record(gaps=(gap(),), street="乙路")
    assert len(features(one, other, kind="gap")) == 1
    noon = record(gaps=(gap(),), window="09:00-11:30")
    assert len(features(one, other, noon, kind="gap")) == 2


def test_what_is_drawn_can_be_written_as_json():
    doubt = Covered(100.0, 150.0, at("08:00"), at("08:01"))
    drawn = evidence_geojson([record(section(ambiguous=(doubt,)), gaps=(gap(),))])
    assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn


@pytest.mark.parametrize(("longitude", "towards"), [(179.9995, 1), (-179.9995, -1)])
def test_a_line_across_180_degrees_is_cut_there_as_rfc_7946_has_it(longitude, towards):
    line = ((0.0, 0.0, 0.0), (200.0, towards * 200.0, 0.0), (300.0, towards * 200.0, 100.0))
    found = only(record(section(line=line), origin=Origin(longitude, -16.8)), kind="covered")
    assert found["geometry"]["type"] == "MultiLineString"
    before, after = found["geometry"]["coordinates"]
    assert before[-1][0] == -after[0][0] == towards * 180.0
    assert before[-1][1] == after[0][1] == pytest.approx(-16.8, abs=1e-6)
    assert (np.sign(before[0][0]), np.sign(after[-1][0])) == (towards, -towards)
