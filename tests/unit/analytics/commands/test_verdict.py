import json
from datetime import date

import pytest
from typer.testing import CliRunner

from analytics.history.history import History
from geofence.plan.reader import read_plan
from ingest.event import Event, EventKind
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures import recorded_city as city

GRID, WINDOW, DAY = "JY02", "14:30-17:30", "2022-03-28"
STREET = "光庆里"
"""Was collected by half."""
plan_file = city.plan_file


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def show(url, *arguments):
    return run("verdict", "show", GRID, DAY, WINDOW, *arguments, "--database", url)


@pytest.fixture
def sqlite_url(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        History(log).store_plan(city.city(), 1)
        History(log).record(city.judged_whole(), city.NIGHT_MS, 1)
    return url


def test_it_is_told_in_chinese_where_the_plan_is(sqlite_url):
    result = show(sqlite_url, STREET)
    assert result.exit_code == 0
    for part in ("部分漏收 (终定)", "示意图", "信号中断", "缺失", "覆盖"):
        assert part in result.stdout, part


def test_a_grid_is_shown_with_its_streets(sqlite_url):
    result = show(sqlite_url, "--language", "en")
    assert result.exit_code == 0
    streets = {section.name for section in city.city().sections if GRID in section.grids}
    for street in streets:
        assert street in result.stdout
    assert "covered" not in result.stdout


def test_a_log_that_tells_otherwise_is_told_and_is_an_error(sqlite_url):
    with open_log(sqlite_url) as log:
        city.write(log, city.simulated().pings.iloc[:2000])
    result = show(sqlite_url, STREET, "--recompute", "--language", "en")
    assert result.exit_code == 1
    assert "from the record alone  光庆里: partial 0.4928: agrees" in result.stdout
    assert "DIFFERS, other evidence" in result.stdout
    assert "pingcheng report --date 2022-03-28 --out reports revises" in result.stderr


def test_a_map_of_the_evidence_is_geojson_in_wgs_84(sqlite_url, tmp_path):
    out = tmp_path / "street.geojson"
    result = show(sqlite_url, STREET, "--geojson", out)
    assert result.exit_code == 0, result.output
    drawn = json.loads(out.read_text(encoding="utf-8"))
    assert drawn["type"] == "FeatureCollection"
    kinds = [feature["properties"]["kind"] for feature in drawn["features"]]
    assert set(kinds) == {"covered", "missing"}
    lines = {each.id: each.coordinates for each in city.city().sections}
    for feature in drawn["features"]:
        assert feature["geometry"]["type"] == "LineString"
        line = lines[feature["properties"]["section"]]
        for longitude, latitude in feature["geometry"]["coordinates"]:
            assert line[:, 0].min() - 1e-6 <= longitude <= line[:, 0].max() + 1e-6
            assert line[:, 1].min() - 1e-6 <= latitude <= line[:, 1].max() + 1e-6
    missing = [f for f in drawn["features"] if f["properties"]["kind"] == "missing"]
    assert missing[0]["properties"]["to_m"] == pytest.approx(176.68, abs=0.01)


def test_a_map_of_a_grid_draws_each_gap_once(sqlite_url, tmp_path):
    out = tmp_path / "grid.geojson"
    result = run("verdict", "show", "JY03", DAY, "07:00-10:00", "--geojson", out, "--database",
                 sqlite_url)  # fmt: skip
    assert result.exit_code == 0, result.output
    features = json.loads(out.read_text(encoding="utf-8"))["features"]
    gaps = [each["properties"] for each in features if each["properties"]["kind"] == "gap"]
    assert len(gaps) == 2
    assert {each["vehicle_id"] for each in gaps} == {"晋BD048N"}
    assert all(each["started_at"] < each["finished_at"] for each in gaps)


def test_a_map_that_cannot_be_written_is_an_error(sqlite_url, tmp_path):
    result = show(sqlite_url, STREET, "--geojson", tmp_path / "none" / "street.geojson")
    assert (result.exit_code, "cannot be written" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (("JY02", "2022-03-29", WINDOW), "make them with pingcheng report --date 2022-03-29"),
        (("JY2", DAY, WINDOW), "did you mean JY02?"),
        ((GRID, DAY, "14:30-17:00"), "its windows are 07:00-10:00, 09:00-11:30, 14:30-17:30"),
        ((GRID, DAY, WINDOW, "光庆"), "did you mean 光庆里?"),
    ],
)
def test_what_is_not_recorded_is_an_error_that_says_what_there_is(sqlite_url, place, told):
    for command in ("show", "history"):
        result = run("verdict", command, *place, "--database", sqlite_url)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("error: no verdict of ")
        assert told in result.stderr


def test_a_wrong_date_is_wrong_use(sqlite_url):
    result = run("verdict", "show", GRID, "28.3.2022", WINDOW, "--database", sqlite_url)
    assert result.exit_code == 2


def test_a_verdict_by_a_plan_that_is_not_stored_asks_for_it(tmp_path, plan_file):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    plan = read_plan(plan_file)
    with open_log(url) as log:
        History(log).record(city.judged(city.simulated().pings, plan), city.NIGHT_MS, 1)
    absent = show(url, STREET)
    assert (absent.exit_code, "or give it with --plan" in absent.stderr) == (1, True)
    given = show(url, STREET, "--plan", plan_file)
    assert given.exit_code == 0, given.output
    other = plan_file.read_text(encoding="utf-8").replace("Synthetic", "Another")
    plan_file.write_text(other, encoding="utf-8")
    wrong = show(url, STREET, "--plan", plan_file)
    assert (wrong.exit_code, "leave out --plan" in wrong.stderr) == (1, True)


@pytest.mark.parametrize("command", ["show", "history"])
def test_a_log_that_is_not_there_is_told_in_one_line_and_not_made(tmp_path, command):
    url = f"sqlite:///{tmp_path / 'none.db'}"
    result = run("verdict", command, GRID, DAY, WINDOW, "--database", url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert "none.db" in result.stderr
    assert not (tmp_path / "none.db").exists()


def test_events_near_the_street_are_shown_beside_the_proof_and_on_the_map(sqlite_url, tmp_path):
    before = show(sqlite_url, STREET)
    with open_log(sqlite_url) as log:
        records = History(log).evidence(date.fromisoformat(DAY), GRID, WINDOW, STREET)
    run_of_it = next(run for section in records.sections for run in section.covered)
    line = next(each.coordinates for each in city.city().sections if each.name == STREET)
    longitude, latitude = map(float, line[0])
    vehicle = records.pings[0].vehicle_id
    told = {"vehicle_id": vehicle, "event_time_ms": run_of_it.from_ms}
    events = [
        Event(**told, kind=EventKind.BIN_LIFT, longitude=longitude, latitude=latitude,
              reference="桶-17"),
        Event(**told, kind=EventKind.DRIVER_CARD, longitude=longitude, latitude=latitude),
        Event(**told, kind=EventKind.PHOTO, longitude=longitude + 1, latitude=latitude,
              reference="far"),
    ]  # fmt: skip
    with open_log(sqlite_url) as log:
        log.write(Batch((), (), [(each, run_of_it.from_ms) for each in events]))
    out = tmp_path / "street.geojson"
    after = show(sqlite_url, STREET, "--geojson", out)
    assert after.exit_code == 0
    assert after.stdout.startswith(before.stdout)
    assert "吊桶  桶-17" in after.stdout
    assert "far" not in after.stdout
    drawn = json.loads(out.read_text(encoding="utf-8"))["features"]
    assert [each["properties"]["kind"] for each in drawn].count("event") == 1
    assert show(sqlite_url, "--language", "en").stdout.count("桶-17") == 0
