"""Own lines, and an extract that tells about them, through `pingcheng plan locate`."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from geofence.plan.reader import read_plan
from ingest.datum import wgs84_to_gcj02
from pingcheng import app
from tests.fixtures.osm_files import write_osm
from tests.fixtures.small_map import at

ROAD = {"highway": "residential"}
BLOCK_M, COUNT = 180.0, 7
PLAN = """\
name = "平城区"
timezone = "Asia/Shanghai"
effective_from = 2022-03-01
streets = "streets.geojson"

[[operators]]
id = "嘉益"
name = "嘉益"

[[grids]]
id = "JY01"
operator = "嘉益"
vehicles = ["晋B1"]
windows = ["07:00-10:00"]
streets = ["东3街", "南2路"]
"""


def town():
    """A lattice of streets: of each its name and its ends in metres."""
    far_m = BLOCK_M * (COUNT - 1)
    for number in range(COUNT):
        yield f"东{number}街", (0, BLOCK_M * number), (far_m, BLOCK_M * number)
        yield f"南{number}路", (BLOCK_M * number, 0), (BLOCK_M * number, far_m)


def write_lines(folder, name="MC", *, shifted=False):
    features = []
    for street, *ends in town():
        x, y = np.array([at(*end) for end in ends]).T
        if shifted:
            x, y = wgs84_to_gcj02(x, y)
        geometry = {"type": "LineString", "coordinates": np.column_stack([x, y]).tolist()}
        features.append({"type": "Feature", "properties": {name: street}, "geometry": geometry})
    path = folder / "roads.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def write_extract(folder):
    spots, ways = {}, []
    for number, (street, *ends) in enumerate(town(), start=1):
        for end, place in enumerate(ends):
            spots[2 * number + end] = at(*place)
        ways.append((number, [2 * number, 2 * number + 1], {**ROAD, "name": street}))
    return write_osm(folder / "town.osm", spots, ways)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    return tmp_path


def locate(folder, *more, code=0):
    arguments = ["plan", "locate", folder / "plan.toml", *more]
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == code, done.output
    return done


def first_place(folder):
    plan = read_plan(folder / "plan.toml")
    sections = sorted(section.coordinates.tolist() for section in plan.sections)
    return sections[0][0]


def test_own_lines_are_noded_and_what_was_guessed_is_told(folder):
    done = locate(folder, "--lines", write_lines(folder))
    assert "located     2 of 2 mentions" in done.stdout
    assert "MC" in done.stdout
    plan = read_plan(folder / "plan.toml")
    collected = [section for section in plan.sections if section.grids]
    assert len(collected) == 2 * (COUNT - 1)


def test_a_field_that_is_not_there_is_answered_with_those_that_are(folder):
    done = locate(folder, "--lines", write_lines(folder), "--name-field", "NAME2", code=1)
    assert "MC" in done.stderr


def test_an_extract_tells_that_own_lines_are_shifted_and_they_are_put_right(folder):
    lines = write_lines(folder, shifted=True)
    done = locate(folder, "--lines", lines, "--osm", write_extract(folder))
    assert "gcj02" in done.stdout
    assert first_place(folder) == pytest.approx(at(0, 0), abs=1e-5)


def test_a_datum_that_is_named_is_taken(folder):
    locate(folder, "--lines", write_lines(folder, shifted=True), "--datum", "gcj02")
    assert first_place(folder) == pytest.approx(at(0, 0), abs=1e-5)


def test_a_boundary_keeps_what_lies_inside(folder):
    ring = [list(at(*corner)) for corner in ((-50, 400), (2000, 400), (2000, 700), (-50, 700))]
    area = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    (folder / "boundary.geojson").write_text(json.dumps(area))
    locate(folder, "--lines", write_lines(folder), "--boundary", folder / "boundary.geojson")
    names = {section.name for section in read_plan(folder / "plan.toml").sections}
    assert "东3街" in names
    assert "东6街" not in names


def test_pings_of_the_fleet_tell_the_datum_too(folder):
    rows = ["vehicle_id,event_time,longitude,latitude"]
    for number, (_, (x0, y0), (x1, y1)) in enumerate(town()):
        for step in range(60):
            share = step / 60
            lon, lat = at(x0 + share * (x1 - x0), y0 + share * (y1 - y0))
            rows.append(f"晋B1,2022-03-28T{7 + number // 4:02d}:{step:02d}:{15 * (number % 4):02d}"
                        f"+08:00,{lon:.6f},{lat:.6f}")  # fmt: skip
    (folder / "pings.csv").write_text("\n".join(rows), encoding="utf-8")
    done = locate(
        folder, "--lines", write_lines(folder, shifted=True), "--pings", folder / "pings.csv"
    )
    assert "gcj02" in done.stdout
    assert first_place(folder) == pytest.approx(at(0, 0), abs=1e-5)
