import csv
import json
import re
import tomllib

import pytest
from typer.testing import CliRunner

from geofence.commands.plan import plan_app

LINE = {
    "type": "Feature",
    "properties": {"id": "s1", "name": "云中街", "grids": ["JY01"]},
    "geometry": {"type": "LineString", "coordinates": [[113.3, 40.1], [113.31, 40.1]]},
}
TOML = """
name = "A town"
timezone = "Asia/Shanghai"
effective_from = 2022-03-25
streets = "streets.geojson"
schematic = true
[[operators]]
id = "sweep-1"
name = "机扫一公司"
contact = "13900000000"
[[grids]]
id = "JY01"
operator = "sweep-1"
vehicles = ["晋BQ0384"]
windows = ["07:00-10:00"]
streets = ["云中街", "南关"]
"""


def run(*arguments):
    return CliRunner().invoke(plan_app, [str(argument) for argument in arguments])


@pytest.fixture
def plan(tmp_path):
    streets = {"type": "FeatureCollection", "features": [LINE]}
    (tmp_path / "streets.geojson").write_text(json.dumps(streets), encoding="utf-8")
    path = tmp_path / "plan.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


def test_check_says_where_sections_that_do_not_quite_meet_were_joined(plan):
    beyond = {
        "type": "Feature",
        "properties": {"id": "s2", "name": "", "grids": []},
        "geometry": {"type": "LineString", "coordinates": [[113.3101, 40.1], [113.32, 40.1]]},
    }
    streets = {"type": "FeatureCollection", "features": [LINE, beyond]}
    (plan.parent / "streets.geojson").write_text(json.dumps(streets), encoding="utf-8")
    result = run("check", plan)
    assert result.exit_code == 0
    assert "joins       1, across gaps of up to 15 m" in result.stdout
    assert "  s1 (end, at 113.310000 40.100000) to the end of s2, 8.5 m" in result.stdout
    assert "network_split" not in result.stdout


def test_check_of_sections_that_meet_lists_no_joins(plan):
    assert "joins" not in run("check", plan).stdout


def test_check_sums_a_sound_plan_up(plan):
    result = run("check", plan)
    assert result.exit_code == 0
    assert re.search(r"^version     [0-9a-f]{12}$", result.stdout, re.MULTILINE)
    assert "grids       1" in result.stdout
    assert "streets     1 of grids, 1 more unlocated" in result.stdout
    assert "0.9 km" in result.stdout
    assert "SCHEMATIC" in result.stdout
    assert "JY01: not drawn: 南关 [street_unlocated]" in result.stdout
    assert "13900000000" not in result.output


def test_check_tells_every_fault_on_stderr_and_fails(plan):
    plan.write_text(TOML.replace("07:00", "7").replace("Shanghai", "X"), encoding="utf-8")
    result = run("check", plan)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "2 faults" in result.stderr
    assert "timezone" in result.stderr
    assert "grids[0] (JY01).windows[0]" in result.stderr
    assert "Traceback" not in result.stderr


def test_check_of_a_plan_that_is_not_there_fails_in_one_line_a_fault(tmp_path):
    result = run("check", tmp_path / "plan.toml")
    assert result.exit_code == 1
    assert "file_absent" in result.stderr


def test_sample_writes_a_plan_that_check_accepts_and_overwrites_on_request_only(tmp_path):
    folder = tmp_path / "new" / "sample"
    assert run("sample", folder).exit_code == 0
    checked = run("check", folder / "plan.toml")
    assert checked.exit_code == 0, checked.output
    assert "grids       57" in checked.stdout
    assert "SCHEMATIC" in checked.stdout
    again = run("sample", folder)
    assert again.exit_code == 1
    assert "--force" in again.stderr
    assert run("sample", folder, "--force").exit_code == 0


def test_import_writes_plan_and_reports_and_says_what_comes_next(shared_data, tmp_path):
    out = tmp_path / "p"
    notice = shared_data / "pingcheng" / "notice.tsv"
    result = run("import", notice, "--out", out, "--effective-from", "2022-03-25", "--name", "P")
    assert result.exit_code == 0, result.output
    said = result.stdout.replace("\n", "")
    locate = f"pingcheng plan locate {out / 'plan.toml'} --osm FILE"
    city = f"pingcheng city {out / 'plan.toml'} --out {out}"
    assert 0 < said.find(locate) < said.find(city)
    text = (out / "plan.toml").read_text(encoding="utf-8")
    assert "plan locate" in text.partition("\nname = ")[0]
    plan = tomllib.loads(text)
    assert plan["name"] == "P"
    assert plan["streets"] == "streets.geojson"
    assert plan["effective_from"].isoformat() == "2022-03-25"
    assert len(plan["grids"]) == 57
    with (out / "import-report.csv").open(encoding="utf-8", newline="") as file:
        report = list(csv.DictReader(file))
    assert {"row", "grid_id", "code", "value", "decision"} == set(report[0])
    assert "effective_from_assumed" not in {line["code"] for line in report}
    assert "## numbering_break (2)" in (out / "import-report.md").read_text(encoding="utf-8")
    written = "".join(path.read_text(encoding="utf-8") for path in out.iterdir()) + result.output
    assert "****" not in written
    assert "司机" not in written
    assert run("import", notice, "--out", out).exit_code == 1
    assert run("import", notice, "--out", out, "--force").exit_code == 0


def test_import_keeps_contacts_in_the_plan_alone_and_on_request_alone(shared_data, tmp_path):
    notice = shared_data / "pingcheng" / "notice.tsv"
    result = run("import", notice, "--out", tmp_path, "--with-contacts")
    plan = (tmp_path / "plan.toml").read_text(encoding="utf-8")
    assert plan.count("****") == 4
    assert "keep this file private" in plan
    reports = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("import-report.*"))
    assert "****" not in reports + result.output


def test_import_without_a_date_says_which_one_it_took(shared_data, tmp_path):
    notice = shared_data / "pingcheng" / "notice.tsv"
    assert run("import", notice, "--out", tmp_path).exit_code == 0
    plan = tomllib.loads((tmp_path / "plan.toml").read_text(encoding="utf-8"))
    report = (tmp_path / "import-report.csv").read_text(encoding="utf-8")
    assert f"effective_from_assumed,,effective_from = {plan['effective_from']}" in report


def test_import_takes_other_default_windows(shared_data, tmp_path):
    notice = shared_data / "pingcheng" / "notice.tsv"
    result = run(
        "import", notice, "--out", tmp_path,
        "--default-windows", "06:00-07:00, 08:00-09:00", "--night-windows", "22:00-01:00",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    plan = tomllib.loads((tmp_path / "plan.toml").read_text(encoding="utf-8"))
    windows = {grid["id"]: grid["windows"] for grid in plan["grids"]}
    assert windows["QR45"] == ["06:00-07:00", "08:00-09:00"]
    assert windows["QR43"] == ["22:00-01:00"]


def test_import_of_what_is_no_notice_fails_in_one_line(tmp_path):
    notice = tmp_path / "notice.tsv"
    notice.write_text("a\tb\n1\t2\n", encoding="utf-8")
    result = run("import", notice, "--out", tmp_path / "p")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "p").exists()


def test_the_name_of_a_folder_sends_nothing_to_the_terminal(tmp_path):
    folder = tmp_path / "\u202ered"
    run("sample", folder)
    result = run("sample", folder)
    assert result.exit_code == 1
    assert "red already holds plan.toml" in result.stderr
    assert "\u202e" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--default-windows", "8-9"],
        ["--night-windows", ""],
        ["--timezone", "Asia/Pingcheng"],
        ["--effective-from", "tomorrow"],
        ["--no-such-option"],
    ],
)
def test_wrong_use_of_import_has_exit_code_2(shared_data, tmp_path, arguments):
    notice = shared_data / "pingcheng" / "notice.tsv"
    assert run("import", notice, "--out", tmp_path, *arguments).exit_code == 2


@pytest.mark.parametrize("command", ["check", "import", "sample"])
def test_help_shows_examples_line_by_line(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"pingcheng plan {command} " in result.stdout
    assert "Exit codes:" in result.stdout
