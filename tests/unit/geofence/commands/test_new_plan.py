"""`pingcheng plan new` on one area, made here."""

import json

import pytest
from typer.testing import CliRunner

from geofence.plan.reader import read_roster
from pingcheng import app

RING = [[113.30, 40.09], [113.31, 40.09], [113.31, 40.10], [113.30, 40.09]]


@pytest.fixture
def areas(tmp_path):
    feature = {
        "type": "Feature",
        "properties": {"grid": "JY01", "vehicles": "晋B1;晋B2"},
        "geometry": {"type": "Polygon", "coordinates": [RING]},
    }
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def run(areas, *more, timezone="Asia/Shanghai", code=0):
    options = ["plan", "new", areas, "--timezone", timezone, "--out", areas.parent, *more]
    done = CliRunner().invoke(app, list(map(str, options)))
    assert done.exit_code == code, done.output
    return done


def test_a_plan_is_begun_and_the_next_step_named(areas):
    done = run(areas, "--windows", "07:00-10:00, 14:00-16:00", "--effective-from", "2026-03-01")
    assert "pingcheng plan locate" in done.stdout
    plan = read_roster(areas.parent / "plan.toml")
    assert plan.grids[0].vehicles == ("晋B1", "晋B2")
    assert [window.text for window in plan.grids[0].windows] == ["07:00-10:00", "14:00-16:00"]
    assert plan.effective_from.isoformat() == "2026-03-01"
    assert plan.name == "areas"


def test_a_plan_that_is_there_is_not_begun_again_unasked(areas):
    run(areas)
    assert "already holds plan.toml; give --force" in run(areas, code=1).stderr
    run(areas, "--force")


def test_areas_that_cannot_be_read_end_with_1_and_say_where(areas):
    areas.write_text("{")
    assert "areas.geojson" in run(areas, code=1).stderr


@pytest.mark.parametrize(
    ("more", "timezone", "shown"),
    [
        ((), "Nowhere", "Nowhere"),
        (("--effective-from", "2026-03-01"), "Nowhere", "Nowhere"),
        (("--windows", "7-10"), "Asia/Shanghai", "HH:MM"),
    ],
)
def test_what_is_wrong_use_ends_with_2(areas, more, timezone, shown):
    assert shown in run(areas, *more, timezone=timezone, code=2).stderr
