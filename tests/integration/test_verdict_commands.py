"""`pingcheng verdict` and `pingcheng plan store` on real databases: what they tell and prove."""

import json
import socket
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from analytics.history.history import History
from geofence.plan.plan import Exemption
from geofence.plan.reader import read_plan
from geofence.plan.writer import render_plan
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures import recorded_city as city

GRID, WINDOW, DAY = "JY02", "14:30-17:30", "2022-03-28"
STREET = "光庆里"
"""Was collected by half."""


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def url(database_url):
    """A log with a mixed day, judged and recorded."""
    with open_log(database_url) as log:
        city.write(log, city.simulated().pings)
        history = History(log)
        history.store_plan(city.city(), 1)
        history.record(city.judged(log.read_pings()), city.NIGHT_MS, city.sequence(log))
    return database_url


@pytest.fixture
def sqlite_url(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        History(log).store_plan(city.city(), 1)
        History(log).record(city.judged_whole(), city.NIGHT_MS, 1)
    return url


def show(url, *arguments):
    return run("verdict", "show", GRID, DAY, WINDOW, *arguments, "--database", url)


def test_a_street_is_shown_with_all_that_proves_it(url):
    result = show(url, STREET, "--language", "en")
    assert result.exit_code == 0, result.output
    for part in (
        f"{GRID} {DAY} {WINDOW} {STREET}", "partial (final)", "SCHEMATIC", "first judged",
        "2022-03-28 14:30:00+08:00 – 2022-03-28 17:30:00+08:00", city.city().version,
        "served_ratio 0.9", "missing        211.1 m (50.7%)", "fixes, 2022-03-28 14:30:03",
        "gaps  none", "    missing  0.0 – 176.7 m  (176.7 m)", "covered  204.0 → 0.0 m  14:54:33",
    ):  # fmt: skip
        assert part in result.stdout, part


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


def test_a_street_and_a_grid_are_proved_again_from_record_and_log(url):
    result = show(url, STREET, "--recompute", "--language", "en")
    assert result.exit_code == 0, result.output
    assert f"from the record alone  {STREET}: partial 0.4928: agrees" in result.stdout
    assert f"from the log  {STREET}: partial 0.4928: agrees, same evidence" in result.stdout
    whole = show(url, "--recompute", "--language", "en")
    assert whole.exit_code == 0, whole.output
    assert "from the record alone  grid: partial" in whole.stdout
    streets = {section.name for section in city.city().sections if GRID in section.grids}
    assert whole.stdout.count("agrees, same evidence") == len(streets) + 1


def test_a_log_that_tells_otherwise_is_told_and_is_an_error(sqlite_url):
    with open_log(sqlite_url) as log:
        city.write(log, city.simulated().pings.iloc[:2000])
    result = show(sqlite_url, STREET, "--recompute", "--language", "en")
    assert result.exit_code == 1
    assert "from the record alone  光庆里: partial 0.4928: agrees" in result.stdout
    assert "DIFFERS, other evidence" in result.stdout
    assert "pingcheng report --date 2022-03-28 --out reports revises" in result.stderr


def test_what_is_recomputed_after_a_change_of_plan_is_judged_by_the_last_plan(url):
    closed = Exemption(city.DATE, city.DATE, "road_closed", "", GRID, (STREET,))
    other = city.versioned(replace(city.city(), exemptions=(closed,)))
    with open_log(url) as log:
        history = History(log)
        history.store_plan(other, 2)
        day = city.judged(log.read_pings(), other)
        history.record(day, city.NIGHT_MS, city.sequence(log))
    whole = show(url, "--recompute", "--language", "en")
    assert whole.exit_code == 0, whole.output
    assert "exempt" in whole.stdout
    gone = show(url, STREET, "--language", "en")
    assert (gone.exit_code, "exempt (revised)" in gone.stdout) == (0, True)
    again = show(url, STREET, "--recompute")
    assert (again.exit_code, "is not judged" in again.stderr) == (1, True)


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


def test_a_history_lists_every_revision(url):
    with open_log(url) as log:
        before = city.simulated().pings
        truck = city.city().grids[1].vehicles[0]
        fewer = city.judged(before[before["vehicle_id"] != truck])
        # as if most of it had been heard by then
        History(log).record(fewer, city.NIGHT_MS, city.sequence(log) + 1)
    result = run("verdict", "history", GRID, DAY, WINDOW, STREET, "--database", url,
                 "--language", "en")  # fmt: skip
    assert result.exit_code == 0, result.output
    rows = [line for line in result.stdout.splitlines() if "city" not in line and "│" in line]
    assert len(rows) == 2
    assert "partial" in rows[0]
    assert "first judged" in rows[0]
    assert "unknown" in rows[1]
    assert "late pings" in rows[1]


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


def test_a_database_that_is_down_is_an_error_and_not_a_traceback(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"postgresql+psycopg://postgres@127.0.0.1:{free.getsockname()[1]}/pings"
    for arguments in (
        ("verdict", "show", GRID, DAY, WINDOW), ("verdict", "history", GRID, DAY, WINDOW),
        ("plan", "versions"),
    ):  # fmt: skip
        result = run(*arguments, "--database", url)
        assert result.exit_code == 1
        assert result.stderr.startswith("error: the ping log postgresql")
    absent = run("plan", "versions", "--database", f"sqlite:///{tmp_path / 'none.db'}")
    assert (absent.exit_code, "there is no ping log" in absent.stderr) == (1, True)


def test_a_wrong_date_is_wrong_use(sqlite_url):
    result = run("verdict", "show", GRID, "28.3.2022", WINDOW, "--database", sqlite_url)
    assert result.exit_code == 2


# Plans


@pytest.fixture
def plan_file(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(render_plan(city.city()), encoding="utf-8")
    features = [
        {
            "type": "Feature",
            "properties": {"id": each.id, "name": each.name, "grids": list(each.grids)},
            "geometry": {"type": "LineString", "coordinates": each.coordinates.tolist()},
        }
        for each in city.city().sections
    ]
    empty = {"type": "FeatureCollection", "features": []}
    for name, content in (
        ("streets.geojson", {**empty, "features": features}), ("facilities.geojson", empty),
    ):  # fmt: skip
        (tmp_path / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_plan_is_stored_and_listed(database_url, plan_file):
    open_log(database_url).close()
    none = run("plan", "versions", "--database", database_url)
    assert (none.exit_code, "no plan is stored" in none.stdout) == (0, True)
    first = run("plan", "store", plan_file, "--database", database_url)
    assert first.exit_code == 0, first.output
    assert "valid from 2022-03-25: stored" in first.stdout
    again = run("plan", "store", plan_file, "--database", database_url)
    assert (again.exit_code, "was stored before: nothing to do" in again.stdout) == (0, True)
    listed = run("plan", "versions", "--database", database_url)
    assert listed.exit_code == 0
    with open_log(database_url) as log:
        (stored,) = History(log).plans()
    for part in ("2022-03-25", stored.version, "Synthetic collection of 6 grids"):
        assert part in listed.stdout


def test_a_broken_plan_is_not_stored(sqlite_url, plan_file):
    plan_file.write_text(plan_file.read_text(encoding="utf-8").replace("JY02", "JY01"))
    result = run("plan", "store", plan_file, "--database", sqlite_url)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {plan_file}: the plan has")


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
