"""`pingcheng worklist` on real databases: what it lists, that it closes by itself, how it fails."""

import csv
import io
import json
from datetime import date

import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.dashboard.board.resident_reports import ResidentReports
from geofence.plan.reader import read_plan
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from pingcheng import app
from tests.fixtures.town import TRUCK, Town, Truck, street

SPARE = "晋BS0001"
TOWN = Town(street("云中街", (0, 0), (600, 0)), street("魏都大道", (600, 0), (600, 600)))
PLAN = f"""\
name = "小镇"
timezone = "Asia/Shanghai"
effective_from = 2022-03-25
streets = "streets.geojson"

[[operators]]
id = "sweep-1"
name = "机扫一公司"
contact = "司机 13800000000"
spares = ["{SPARE}"]

[[grids]]
id = "JY01"
operator = "sweep-1"
vehicles = ["{TRUCK}"]
windows = ["07:00-08:00", "09:00-10:00"]
days = "mon-fri"
"""


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    features = [
        {
            "type": "Feature",
            "properties": {"id": each.id, "name": each.name, "grids": list(each.grids)},
            "geometry": {"type": "LineString", "coordinates": each.coordinates.tolist()},
        }
        for each in TOWN.sections
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (tmp_path / "streets.geojson").write_text(json.dumps(collection), encoding="utf-8")
    return path


def working_day() -> pd.DataFrame:
    """One street collected in both windows, the other in none."""
    truck = Truck(TOWN, interval_s=10).stand("云中街", 0, "00:01", "07:05")
    truck.drive("云中街", 0, 600, "07:05", "07:11").stand("云中街", 600, "07:11", "09:05")
    truck.drive("云中街", 600, 0, "09:05", "09:11")
    return truck.stand("云中街", 0, "09:11", "23:59").pings()


def spare_pings() -> pd.DataFrame:
    """A spare collects the other street once."""
    spare = Truck(TOWN, SPARE, interval_s=10).stand("魏都大道", 0, "10:50", "11:00")
    return spare.drive("魏都大道", 0, 600, "11:00", "11:06").stand(
        "魏都大道", 600, "11:06", "11:20"
    ).pings()  # fmt: skip


def write(url, pings):
    with open_log(url) as log:
        log.write(Batch(tuples_of(pings.assign(received_time=pings["event_time"])), ()))


def run(*arguments):
    return CliRunner().invoke(app, ["worklist", *map(str, arguments)])


def rows(*arguments):
    result = run(*arguments, "--format", "csv")
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout.removeprefix("\ufeff"))))


def test_a_street_leaves_the_list_when_pings_prove_that_it_was_collected(plan, database_url):
    asked = ("--plan", plan, "--database", database_url, "--date", "2022-03-28")
    write(database_url, working_day())
    (row,) = rows(*asked)
    assert (row["street"], row["windows"]) == ("魏都大道", "07:00-08:00|09:00-10:00")
    assert (row["state"], row["passes_needed"]) == ("open", "2")

    write(database_url, spare_pings())
    still, done = rows(*asked, "--all")
    assert (still["windows"], still["state"], still["passes_needed"]) == (
        "09:00-10:00",
        "open",
        "1",
    )
    assert (done["windows"], done["state"], done["vehicle_id"]) == (
        "07:00-08:00", "made_up", SPARE,
    )  # fmt: skip
    assert done["made_up_at"].startswith("2022-03-28T11:05")
    assert len(rows(*asked)) == 1


def test_what_residents_reported_stands_beside_the_street(plan, tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    write(url, working_day())
    with open_log(url) as log:
        kept = ResidentReports(log, lambda: 1_648_450_000_000)
        first, second = (
            kept.keep(date(2022, 3, 28), "JY01", window, "魏都大道")
            for window in ("07:00-08:00", "09:00-10:00")
        )
        kept.keep(date(2022, 3, 28), "JY01", "07:00-08:00", "魏都大道")
        kept.keep(date(2022, 3, 27), "JY01", "07:00-08:00", "魏都大道")
    asked = ("--plan", plan, "--database", url, "--date", "2022-03-28")
    (row,) = rows(*asked)
    assert (row["reports"], row["references"]) == ("3", f"{first}|{second}")
    assert "居民反映" in run(*asked).stdout


def test_the_stored_plan_in_force_is_taken_and_no_contact_is_shown(plan, database_url):
    from analytics.history.history import History

    write(database_url, working_day())
    asked = ("--database", database_url, "--date", "2022-03-28")
    refused = run(*asked)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error: ")
    assert refused.stderr.count("\n") == 1
    with open_log(database_url) as log:
        History(log).store_plan(read_plan(plan), 1_648_000_000_000)
    result = run(*asked, "--language", "en")
    assert result.exit_code == 0, result.stderr
    assert "机扫一公司: second collection, 2022-03-28" in result.stdout
    assert "1 streets to collect again, 2 passes; 0 misses made up" in result.stdout
    assert "13800000000" not in result.output
    assert "待补收街道 1 条" in run(*asked).stdout


def test_geojson_goes_into_a_file(plan, tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    write(url, working_day())
    out = tmp_path / "open.geojson"
    asked = ("--plan", plan, "--database", url, "--date", "2022-03-28", "--format", "geojson")
    result = run(*asked, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    (feature,) = json.loads(out.read_text(encoding="utf-8"))["features"]
    assert feature["properties"]["street"] == "魏都大道"
    assert list(tmp_path.glob("*.part")) == []
    refused = run(*asked, "--out", tmp_path / "nowhere" / "open.geojson")
    assert refused.exit_code == 1
    assert "nowhere" in refused.stderr


def test_windows_of_which_nothing_is_known_are_told_and_not_listed(plan, tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    write(url, spare_pings())
    result = run("--plan", plan, "--database", url, "--date", "2022-03-28")
    assert result.exit_code == 0
    assert "note: of 4 streets in windows that are over nobody can say" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--date", "2022-03-27"), 1, "no grid of the plan has service on 2022-03-27"),
        (("--date", "2022-03-29"), 1, "no ping that bears on 2022-03-29"),
        (("--date", "2022-03-24"), 1, "valid from 2022-03-25"),
        ((), 1, "no "),
        (("--date", "1822-03-28"), 2, "no date of this century"),
        (("--date", "2022-03-28", "--operator", "nobody"), 2, "sweep-1"),
        (("--date", "2022-03-28", "--format", "pdf"), 2, "pdf"),
    ],
)
def test_what_cannot_be_listed_is_told_in_one_line(plan, tmp_path, arguments, code, told):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    write(url, working_day())
    result = run("--plan", plan, "--database", url, *arguments)
    assert result.exit_code == code
    assert told in result.stderr
    assert result.stdout == ""


def test_a_log_that_is_not_there_is_told(plan, tmp_path):
    result = run("--plan", plan, "--database", f"sqlite:///{tmp_path / 'none.db'}")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert not (tmp_path / "none.db").exists()
