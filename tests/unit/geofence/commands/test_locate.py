"""`pingcheng plan new` and `plan locate` on a town of three streets, made here."""

import csv
import json

import pytest
from typer.testing import CliRunner

from geofence.plan.reader import read_plan
from ingest.tasks import names_of
from pingcheng import app
from tests.fixtures.osm_files import write_osm
from tests.fixtures.small_map import at

ROAD = {"highway": "residential"}
WAYS = (
    (1, ((0, 0), (400, 0), (800, 0)), {**ROAD, "name": "云中街"}),
    (2, ((400, 0), (400, 500)), {**ROAD, "name": "魏都大道"}),
    (3, ((400, 500), (800, 500)), ROAD),
    (4, ((9000, 0), (9400, 0)), {**ROAD, "name": "远路"}),
)
PLAN = """\
# of the notice of 2022
name = "平城区"
timezone = "Asia/Shanghai"
effective_from = 2022-03-01
streets = "streets.geojson"
schematic = true

[[operators]]
id = "嘉益"
name = "嘉益"

[[grids]]
id = "JY01"
operator = "嘉益"  # till June
vehicles = ["晋B1"]
windows = ["07:00-10:00"]
streets = ["云中街", "魏都大道", "滨河路"]
"""


def write_town(folder, *ways):
    """Write an extract of ways given in metres; equal places are one node."""
    number_of = {}
    for _, places, _ in ways:
        for place in places:
            number_of.setdefault(place, len(number_of) + 1)
    spots = {number: at(*place) for place, number in number_of.items()}
    lines = [(way, [number_of[place] for place in places], tags) for way, places, tags in ways]
    return write_osm(folder / "town.osm", spots, lines)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    write_town(tmp_path, *WAYS)
    return tmp_path


def run(*arguments, code=0):
    done = CliRunner().invoke(app, ["plan", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done


def locate(folder, *more, code=0):
    return run("locate", folder / "plan.toml", "--osm", folder / "town.osm", *more, code=code)


def areas(folder, **properties):
    ring = [list(at(*corner)) for corner in ((-50, -50), (850, -50), (850, 550), (-50, 550))]
    feature = {
        "type": "Feature",
        "properties": {"grid": "JY01", **properties},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def streets_of(folder, grid="JY01"):
    plan = read_plan(folder / "plan.toml")
    return {section.name for section in plan.sections if grid in section.grids}


def test_streets_that_a_plan_mentions_are_drawn_and_the_others_listed(folder):
    done = locate(folder)
    assert "located     2 of 3 mentions" in done.stdout
    assert streets_of(folder) == {"云中街", "魏都大道"}
    with (folder / "unlocated.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["grid_id"], row["mention"], row["reason"]) == ("JY01", "滨河路", "not_found")
    with (folder / "located.csv").open(encoding="utf-8") as file:
        assert {row["mention"] for row in csv.DictReader(file)} == {"云中街", "魏都大道"}
    assert "街道定位" in (folder / "review.html").read_text(encoding="utf-8")


def test_the_rule_of_what_is_drivable_is_printed(folder):
    assert "highway" in locate(folder).stdout.splitlines()[0]


def test_a_plan_is_schematic_no_more_and_keeps_its_comments_and_order(folder):
    locate(folder)
    assert (folder / "plan.toml").read_text(encoding="utf-8") == PLAN.replace(
        "schematic = true\n", ""
    )


def test_the_next_run_draws_the_same_and_asks_for_no_force(folder):
    locate(folder)
    first = (folder / "streets.geojson").read_bytes()
    locate(folder)
    assert (folder / "streets.geojson").read_bytes() == first


def test_streets_that_somebody_else_drew_are_not_overwritten_unasked(folder):
    (folder / "streets.geojson").write_text("{}")
    assert "give --force" in locate(folder, code=1).stderr
    assert (folder / "streets.geojson").read_text() == "{}"
    locate(folder, "--force")
    assert streets_of(folder)


def test_decisions_of_people_survive_the_next_run(folder):
    (folder / "overrides.toml").write_text(
        '[[assign]]\nsection = "w3-001"\ngrids = ["JY01"]\nname = "滨河路"\n', encoding="utf-8"
    )
    done = locate(folder)
    assert "located     3 of 3 mentions" in done.stdout
    assert "滨河路" in streets_of(folder)


def test_roads_far_from_all_grids_are_left_out_unless_all_are_asked_for(folder):
    locate(folder)
    assert "远路" not in (folder / "streets.geojson").read_text(encoding="utf-8")
    locate(folder, "--around-km", "0")
    assert "远路" in (folder / "streets.geojson").read_text(encoding="utf-8")


def test_a_map_of_another_town_ends_with_1_and_writes_nothing(folder):
    write_town(folder, (1, ((0, 0), (90, 0)), ROAD))
    assert "no street of the plan is on this map" in locate(folder, code=1).stderr
    assert not (folder / "streets.geojson").exists()


def test_a_grid_with_an_area_gets_all_streets_inside_but_those_it_leaves_out(folder):
    (folder / "plan.toml").write_text(
        PLAN.replace('streets = ["云中街", "魏都大道", "滨河路"]\n', ""), encoding="utf-8"
    )
    locate(folder, "--areas", areas(folder))
    assert streets_of(folder) == {"云中街", "魏都大道", "无名路 w3"}
    locate(folder, "--areas", areas(folder, exclude="魏都大道", add="远路"))
    assert streets_of(folder) == {"云中街", "远路", "无名路 w3"}


def test_a_plan_is_begun_with_areas_alone(folder):
    (folder / "plan.toml").unlink()
    path = areas(folder, operator="嘉益", vehicles="晋B1;晋B2")
    done = run("new", path, "--timezone", "Asia/Shanghai", "--out", folder)
    assert "pingcheng plan locate" in done.stdout
    locate(folder, "--areas", path)
    plan = read_plan(folder / "plan.toml")
    assert plan.grids[0].vehicles == ("晋B1", "晋B2")
    assert not plan.schematic


def test_a_run_without_the_areas_does_not_take_a_grids_streets_away_unasked(folder):
    locate(folder, "--areas", areas(folder))
    before = (folder / "streets.geojson").read_bytes()
    (folder / "plan.toml").write_text(
        PLAN.replace('streets = ["云中街", "魏都大道", "滨河路"]\n', "")
        + '[[grids]]\nid = "JY02"\noperator = "嘉益"\nvehicles = ["晋B2"]\n'
        'windows = ["07:00-10:00"]\nstreets = ["云中街"]\n',
        encoding="utf-8",
    )
    assert "JY01 would have no street" in locate(folder, code=1).stderr
    assert (folder / "streets.geojson").read_bytes() == before
    locate(folder, "--force")
    assert streets_of(folder) == set()


def test_streets_that_become_others_are_laid_aside(folder):
    locate(folder)
    path = folder / "streets.geojson"
    path.write_text(path.read_text(encoding="utf-8").replace("113.3", "113.30001", 1))
    changed = path.read_bytes()
    assert "streets.before.geojson" in locate(folder).stdout
    assert (folder / "streets.before.geojson").read_bytes() == changed
    assert "before" not in locate(folder).stdout


def test_areas_that_overlap_are_told(folder):
    path = areas(folder)
    collection = json.loads(path.read_text())
    collection["features"].append({**collection["features"][0], "properties": {"grid": "JY02"}})
    path.write_text(json.dumps(collection))
    with (folder / "plan.toml").open("a", encoding="utf-8") as plan:
        plan.write(
            '[[grids]]\nid = "JY02"\noperator = "嘉益"\nvehicles = ["晋B2"]\n'
            'windows = ["07:00-10:00"]\n'
        )
    assert "JY01 and JY02 overlap" in locate(folder, "--areas", path).stderr


def test_a_map_must_be_named(folder):
    assert "--osm" in run("locate", folder / "plan.toml", code=2).stderr


def write_tasks(folder, name, tasks):
    """Write tasks to all sections of a street, as a person does."""
    path = folder / "streets.geojson"
    drawn = json.loads(path.read_text(encoding="utf-8"))
    for feature in drawn["features"]:
        if feature["properties"]["name"] == name:
            feature["properties"]["tasks"] = tasks
    path.write_text(json.dumps(drawn, ensure_ascii=False), encoding="utf-8")


def tasks_of(folder):
    sections = read_plan(folder / "plan.toml").sections
    return {(section.name, names_of(section.tasks)) for section in sections if section.grids}


def test_tasks_of_streets_are_kept_when_a_map_draws_them_anew(folder):
    locate(folder)
    write_tasks(folder, "云中街", ["BRUSHING"])
    write_town(folder, *WAYS, (5, ((200, 0), (200, 300)), ROAD))  # a junction more
    locate(folder)
    wanted = {("云中街", ("BRUSHING",)), ("魏都大道", ())}
    assert tasks_of(folder) == wanted
    locate(folder, "--out", folder / "new")
    assert tasks_of(folder / "new") == wanted


def test_tasks_of_a_street_that_the_map_has_no_more_are_told(folder):
    locate(folder)
    write_tasks(folder, "魏都大道", ["SALTING"])
    write_town(folder, *(way for way in WAYS if way[0] != 2))
    done = locate(folder)
    assert "SALTING: the map has no such street any more" in done.stdout
