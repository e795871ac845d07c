"""A plan is located on a map, edited by hand, and located anew on a map that has changed since."""

import pytest
from typer.testing import CliRunner

from analytics.plan_editor.plan_folder import PlanFolder
from geofence.plan.reader import read_plan
from pingcheng import app
from tests.fixtures.osm_files import write_osm
from tests.fixtures.small_map import at

ROAD = {"highway": "residential"}
WAYS = {
    1: ([(0, 0), (400, 0), (800, 0)], {**ROAD, "name": "云中街"}),
    2: ([(400, 0), (400, 500)], {**ROAD, "name": "魏都大道"}),
    3: ([(400, 500), (800, 500)], ROAD),
    4: ([(800, 0), (800, 500)], {**ROAD, "name": "御河西路"}),
}
PLAN = """\
name = "平城区"  # the city
timezone = "Asia/Shanghai"
effective_from = 2022-03-01
streets = "streets.geojson"

[[operators]]
id = "嘉益"
name = "嘉益"

# the grid of the notice
[[grids]]
id = "JY01"
operator = "嘉益"
vehicles = ["晋B1"]
windows = ["07:00-10:00"]
streets = ["云中街", "魏都大道", "滨河路"]

[[grids]]
id = "JY02"
operator = "嘉益"
vehicles = ["晋B2"]
windows = ["07:00-10:00"]  # as the others
streets = ["御河西路"]
"""


def write_map(folder, ways):
    places = list(dict.fromkeys(place for line, _ in ways.values() for place in line))
    spots = {number: at(*place) for number, place in enumerate(places, start=1)}
    lines = [
        (way, [places.index(place) + 1 for place in line], tags)
        for way, (line, tags) in ways.items()
    ]
    write_osm(folder / "town.osm", spots, lines)


def locate(folder):
    command = ["plan", "locate", folder / "plan.toml", "--osm", folder / "town.osm"]
    done = CliRunner().invoke(app, [str(each) for each in command])
    assert done.exit_code == 0, done.output
    return done.output


def facts(folder):
    """Name and grids of every section."""
    sections = read_plan(folder / "plan.toml").sections
    return {section.id: (section.name, section.grids) for section in sections}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    write_map(tmp_path, WAYS)
    assert "located     3 of 4 mentions" in locate(tmp_path)
    return tmp_path


@pytest.fixture
def edited(folder):
    """The long street divided between the grids, the road without a name found, two joined."""
    files = PlanFolder(folder / "plan.toml")
    plan = files.edited
    plan.cut("w1-002", at(600, 0))
    plan.assign(["w1-002/2"], "JY02")
    plan.assign(["w3-001"], "JY01", name="滨河路")
    plan.join(["w2-001", "w3-001"])
    plan.rename(["w2-001+w3-001"], "滨河路")
    plan.set_grid("JY01", {"days": "mon-fri"})
    assert files.save() == ["streets.geojson", "plan.toml", "overrides.toml"]
    return folder


DECIDED = {
    "w1-001": ("云中街", ("JY01",)),
    "w1-002/1": ("云中街", ("JY01",)),
    "w1-002/2": ("云中街", ("JY02",)),
    "w2-001+w3-001": ("滨河路", ("JY01",)),
    "w4-001": ("御河西路", ("JY02",)),
}


def test_on_the_same_map_the_next_run_draws_what_was_saved_to_the_last_byte(edited):
    saved = (edited / "streets.geojson").read_bytes()
    assert facts(edited) == DECIDED
    assert "located     4 of 4 mentions" in locate(edited)
    assert (edited / "streets.geojson").read_bytes() == saved
    listed = 'streets = ["云中街", "魏都大道", "滨河路"]\n'
    edited_text = (edited / "plan.toml").read_text(encoding="utf-8")
    assert edited_text == PLAN.replace(listed, f'{listed}days = "mon-fri"\n')


def test_what_the_map_says_otherwise_since_gives_way_to_what_was_decided(edited):
    line, _ = WAYS[3]
    write_map(edited, {**WAYS, 3: (line, {**ROAD, "name": "新街"})})
    locate(edited)
    assert facts(edited) == DECIDED


def test_a_stretch_is_known_by_its_place_where_a_junction_shifts_the_ids_of_its_way(edited):
    line = [(0, 0), (100, 0), (400, 0), (800, 0)]
    write_map(
        edited,
        {**WAYS, 1: (line, WAYS[1][1]), 5: ([(100, 0), (100, 300)], {**ROAD, "name": "新街"})},
    )
    told = locate(edited)
    made = facts(edited)
    assert {each: made[each] for each in ("w1-002/1", "w1-002/2")} == {
        "w1-002/1": ("云中街", ("JY01",)), "w1-002/2": ("云中街", ("JY02",))
    }  # fmt: skip
    assert made["w1-002"] == ("云中街", ("JY01",))  # the stretch that has the id now
    assert "overrides.toml" not in told


def test_what_the_map_has_no_more_is_told_and_all_else_holds(edited):
    write_map(edited, {number: way for number, way in WAYS.items() if number != 2})
    told = locate(edited)
    assert "overrides.toml: join[0] (w2-001, w3-001): the map has no section w2-001" in told
    assert "overrides.toml: assign[1] (w2-001+w3-001)" in told
    assert facts(edited)["w1-002/2"] == ("云中街", ("JY02",))
