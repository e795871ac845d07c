import json

import numpy as np

from geofence.plan.streets import read_features, read_sections
from geofence.plan.table import FaultList
from geofence.survey.streets import DrawnSection
from geofence.survey.streets_file import features_of, render_streets
from tests.fixtures.small_map import at

LINE = np.array([at(0, 0), at(400, 0)])
SECTIONS = [
    DrawnSection(
        "w1-001", "云中街", ("JY01", "JY02"), True, LINE, ("云中街北段",), "云中大街", "residential"
    ),
    DrawnSection("w2-001", "", (), False, LINE[::-1], road_class="service"),
]


def test_what_is_written_is_read_by_a_plan_as_it_was(tmp_path):
    path = tmp_path / "streets.geojson"
    path.write_text(render_streets(features_of(SECTIONS), note="made up"), encoding="utf-8")
    faults = FaultList(path.name)
    features, schematic = read_features(path, faults, "streets")
    first, second = read_sections(features, faults, ["JY01", "JY02"])
    assert (faults.faults, schematic) == ([], False)
    assert (first.id, first.name, first.grids) == ("w1-001", "云中街", ("JY01", "JY02"))
    assert (first.oneway, first.mentions) == (True, ("云中街北段",))
    assert np.allclose(first.coordinates, LINE, atol=1e-7)
    assert (second.name, second.grids, second.oneway) == ("", (), False)


def test_a_feature_says_what_the_map_says_of_it_where_that_is_something_else():
    named, nameless = (feature["properties"] for feature in features_of(SECTIONS))
    assert (named["map_name"], named["road_class"]) == ("云中大街", "residential")
    assert "map_name" not in nameless
    assert "mentions" not in nameless


def test_a_feature_has_a_line_of_its_own_in_the_file():
    text = render_streets(features_of(SECTIONS), note="made up")
    assert json.loads(text)["note"] == "made up"
    assert sum(line.startswith('{"type":"Feature"') for line in text.splitlines()) == 2
