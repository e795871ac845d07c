import json

import pytest

from geofence.plan.fault import PlanError
from geofence.survey.areas_file import overlaps, read_areas
from tests.fixtures.small_map import at

RING = [list(at(*corner)) for corner in ((0, 0), (900, 0), (900, 900), (0, 900), (0, 0))]
BOW = [list(at(*corner)) for corner in ((0, 0), (900, 900), (900, 0), (0, 900), (0, 0))]


def area(ring=RING, kind="Polygon", **properties):
    rings = [[ring]] if kind == "MultiPolygon" else [ring]
    geometry = {"type": kind, "coordinates": rings}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def read(folder, *features, grids=None):
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return read_areas(path, grids)


def fault(folder, *features, grids=None):
    with pytest.raises(PlanError) as caught:
        read(folder, *features, grids=grids)
    (only,) = caught.value.faults
    return only


def test_an_area_names_its_grid_and_its_exceptions(tmp_path):
    (found,) = read(
        tmp_path, area(grid="CG1", exclude=["Rua A"], add="Rua B; Rua C", operator="Norte")
    )
    assert (found.grid_id, found.operator) == ("CG1", "Norte")
    assert (found.exclude, found.add, found.only) == (("Rua A",), ("Rua B", "Rua C"), ())
    assert found.polygon.area > 0


def test_areas_of_several_parts_are_taken_and_the_id_may_be_called_id(tmp_path):
    (found,) = read(tmp_path, area(kind="MultiPolygon", id="CG1"))
    assert found.grid_id == "CG1"


@pytest.mark.parametrize("number", [7, 7.0])
def test_whole_numbers_are_ids_as_maps_keep_them(tmp_path, number):
    (found,) = read(tmp_path, area(grid=number, operator=number, vehicles=[number]), grids=["7"])
    assert (found.grid_id, found.operator, found.vehicles) == ("7", "7", ("7",))
    (found,) = read(tmp_path, area(grid=number, vehicles=number))
    assert found.vehicles == ("7",)


@pytest.mark.parametrize(
    ("feature", "code", "where"),
    [
        (area(), "key_absent", "features[0] grid"),
        (area(grid=True), "wrong_type", "features[0] grid"),
        (area(grid=7.5), "wrong_type", "features[0] grid"),
        (area(ring=BOW, grid="CG1"), "geojson_kind", "features[0] geometry"),
        (area(ring=[[400.0, 0], [401, 0], [401, 1], [400, 0]], grid="CG1"),
         "coordinate_range", "features[0] coordinates"),
        (area(ring=["x"], grid="CG1"), "wrong_type", "features[0] coordinates"),
        (area(ring=[], grid="CG1"), "empty", "features[0] coordinates"),
        (area(kind="LineString", grid="CG1"), "geojson_kind", "features[0] geometry"),
        (area(grid="CG1", exclude=[1]), "wrong_type", "features[0] exclude"),
        (area(grid="CG9"), "reference_unknown", "features[0] grid"),
    ],
)  # fmt: skip
def test_a_broken_area_is_a_fault_with_its_place(tmp_path, feature, code, where):
    found = fault(tmp_path, feature, grids=["CG1"])
    assert (found.code, found.where, found.file) == (code, where, "areas.geojson")


def test_two_areas_of_one_grid_are_a_fault(tmp_path):
    assert fault(tmp_path, area(grid="CG1"), area(grid="CG1")).code == "id_repeated"


def test_a_file_without_an_area_is_a_fault(tmp_path):
    assert fault(tmp_path).code == "empty"


def ring_from(west_m, east_m):
    corners = ((west_m, 0), (east_m, 0), (east_m, 900), (west_m, 900), (west_m, 0))
    return [list(at(*corner)) for corner in corners]


@pytest.mark.parametrize(
    ("begins_m", "square_km"), [(900, None), (880, None), (800, 0.09), (0, 0.81)]
)
def test_areas_that_overlap_by_more_than_a_border_are_told(tmp_path, begins_m, square_km):
    areas = read(
        tmp_path,
        area(ring_from(0, 900), grid="CG1"),
        area(ring_from(begins_m, begins_m + 900), grid="CG2"),
    )
    found = overlaps(areas)
    if square_km is None:
        assert found == []
    else:
        assert found == [("CG1", "CG2", pytest.approx(square_km, rel=0.01))]
