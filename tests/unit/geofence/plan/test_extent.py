import json
from pathlib import Path

import pytest

from geofence.plan.extent import streets_extent
from geofence.plan.fault import PlanError
from geofence.plan.reader import read_extent, read_plan

SAMPLE = Path(__file__).resolve().parents[4] / "geofence" / "sample" / "plan.toml"


def test_the_extent_of_a_plan_holds_all_its_sections_and_no_more():
    points = [point for section in read_plan(SAMPLE).sections for point in section.coordinates]
    longitudes, latitudes = zip(*points, strict=True)
    assert read_extent(SAMPLE) == (
        min(longitudes), min(latitudes), max(longitudes), max(latitudes)
    )  # fmt: skip


def line(*positions):
    return {"type": "Feature", "geometry": {"type": "LineString", "coordinates": positions}}


@pytest.mark.parametrize(
    "features", [[], [line()], [line([1])], [line([200, 40])], [line(["1", "2"])], [{}], 7]
)
def test_streets_that_cannot_be_read_have_no_extent(tmp_path, features):
    path = tmp_path / "streets.geojson"
    path.write_text(json.dumps({"features": features}), encoding="utf-8")
    assert streets_extent(path) is None


def test_a_bom_and_heights_do_no_harm(tmp_path):
    path = tmp_path / "streets.geojson"
    path.write_text(json.dumps({"features": [line([1, 2, 900], [3, 4])]}), encoding="utf-8-sig")
    assert streets_extent(path) == (1, 2, 3, 4)


def test_a_plan_may_lack_its_streets_but_not_itself(tmp_path):
    plan = tmp_path / "plan.toml"
    with pytest.raises(PlanError):
        read_extent(plan)
    plan.write_text('streets = "absent.geojson"', encoding="utf-8")
    assert read_extent(plan) is None
    plan.write_text("streets = 7", encoding="utf-8")
    assert read_extent(plan) is None


def test_a_name_that_no_file_can_have_has_no_extent(tmp_path):
    assert streets_extent(tmp_path / "a\0b") is None
