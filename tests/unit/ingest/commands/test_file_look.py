import shlex

import pytest
from typer.testing import CliRunner

from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures.one_grid_plan import write_one_grid_plan
from tests.fixtures.vendor_files import LAYOUTS, SPEED_MPS, STEPS, write_vendor_file

PLAN = """
name = "away"
timezone = "{zone}"
effective_from = 2022-01-01
streets = "streets.geojson"
[[operators]]
id = "op"
name = "op"
[[grids]]
id = "A"
operator = "op"
vehicles = ["{vehicle}"]
windows = ["07:00-10:00"]
streets = ["a"]
"""
STREET = (
    '{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"id":"a","name":"a",'
    '"grids":["A"]}},"geometry":{{"type":"LineString","coordinates":[[{x},{y}],[{x2},{y}]]}}}}]}}'
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def write_plan(folder, vehicle, fix, zone):
    (folder / "plan.toml").write_text(PLAN.format(zone=zone, vehicle=vehicle), encoding="utf-8")
    place = STREET.format(x=fix.longitude, x2=fix.longitude + 0.01, y=fix.latitude)
    (folder / "streets.geojson").write_text(place, encoding="utf-8")


def printed_command(output):
    lines = output.splitlines()
    return shlex.split(lines[lines.index("To take it in:") + 1])[1:]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_vendors_file_is_taken_in_by_the_command_that_the_first_look_prints(run, tmp_path, name):
    path, vehicle, fixes, zone = write_vendor_file(tmp_path, name)
    write_plan(tmp_path, vehicle, fixes[0], zone or "America/New_York")
    looked = run("file", "describe", path.name, "--plan", "plan.toml")
    assert looked.exit_code == 0, looked.output
    assert f"pings: {STEPS}, refused: 0" in looked.stdout
    assert "of the plan: 1" in looked.stdout
    taken = run(*printed_command(looked.stdout))
    assert taken.exit_code == 0, taken.output
    assert taken.stdout.startswith(f"received {STEPS} = stored {STEPS} ")
    with open_log("sqlite:///pings.db") as log:
        stored = log.read_pings()
    assert stored["vehicle_id"].unique().tolist() == [vehicle]
    assert stored["event_time"].astype("int64").tolist() == [fix.at_ms for fix in fixes]
    for column in ("longitude", "latitude"):
        told = [getattr(fix, column) for fix in fixes]
        assert stored[column].tolist() == pytest.approx(told, abs=2e-6)
    assert stored["speed_mps"].tolist() == pytest.approx([SPEED_MPS] * STEPS, abs=0.03)
    assert set(stored["heading_deg"]) == {45.0}


def test_what_is_proposed_can_be_saved_and_named(run, tmp_path):
    path, vehicle, fixes, zone = write_vendor_file(tmp_path, "spanish")
    write_plan(tmp_path, vehicle, fixes[0], zone)
    told = run("file", "describe", path.name, "--plan", "plan.toml").stdout.splitlines()
    saved = told[told.index("[file_formats.NAME]".rjust(21)) :]
    text = "\n".join(line.strip() for line in saved).replace("NAME", "madrid")
    (tmp_path / "pingcheng.toml").write_text(text, encoding="utf-8")
    taken = run("ingest", "--plan", "plan.toml", "--file", path.name, "--format", "madrid")
    assert taken.exit_code == 0, taken.output
    assert taken.stdout.startswith(f"received {STEPS} = stored {STEPS} ")
    wrong = run("ingest", "--plan", "plan.toml", "--file", path.name, "--format", "toledo")
    assert wrong.exit_code == 2
    assert "madrid" in wrong.stderr


def test_times_without_an_offset_ask_for_a_zone_where_nothing_tells_it(run, tmp_path):
    path, *_ = write_vendor_file(tmp_path, "colombian")
    result = run("file", "describe", path.name)
    assert result.exit_code == 1
    assert "--timezone" in result.stderr
    assert run("file", "describe", path.name, "--timezone", "America/Bogota").exit_code == 0
    assert "Nowhere" in run("file", "describe", path.name, "--timezone", "Nowhere").stderr


def test_a_file_without_a_column_of_vehicles_asks_whose_it_is(run, tmp_path):
    (tmp_path / "day.csv").write_text("time,lat,lon\n2022-03-28T07:00:00Z,40.1,113.3\n")
    asked = run("file", "describe", "day.csv")
    assert asked.exit_code == 1
    assert "--vehicle day" in asked.stderr
    told = run("file", "describe", "day.csv", "--vehicle", "晋BQ0384")
    assert told.exit_code == 0, told.output
    write_one_grid_plan(tmp_path, ["晋BQ0384"])
    taken = run(*printed_command(told.stdout))
    assert (taken.exit_code, taken.stdout.split()[1]) == (0, "1")


def test_a_file_that_tells_no_place_says_what_is_lacking_and_what_it_has(run, tmp_path):
    (tmp_path / "bills.csv").write_text("customer,amount\nA,3\n")
    result = run("file", "describe", "bills.csv")
    assert result.exit_code == 1
    assert "vehicle_id, event_time, longitude, latitude" in result.stderr
    assert "not used: customer, amount" in result.stdout
    assert run("file", "describe", "absent.csv").exit_code == 1
