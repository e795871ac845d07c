from pathlib import Path

import msgspec
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from analytics.commands.evaluate import evaluate
from analytics.verdicts.evidence import Evidence
from analytics.verdicts.rejudge import verdict_from
from ingest.files.ping_file import write_ping_file
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from tests.fixtures.reported_town import plan_text, write_plan
from tests.fixtures.town import TRUCK, Town, Truck, next_day, street

TOWN = Town(street("云中街", (0, 0), (600, 0)))
PLAN = plan_text(days="mon", streets=("云中街", "无名路"))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return write_plan(tmp_path, PLAN, TOWN)


def pings() -> pd.DataFrame:
    truck = Truck(TOWN, interval_s=10).stand("云中街", 0, "06:50", "07:05")
    truck.drive("云中街", 0, 600, "07:05", "07:11").stand("云中街", 600, "07:11", "10:01")
    return truck.pings()


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "pings.csv"
    write_ping_file(pings(), path)
    return path


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(evaluate)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def verdicts(folder: Path) -> list[str]:
    return pd.read_csv(folder / "streets.csv")["verdict"].tolist()


def test_a_file_is_judged_and_summed_up(plan, recorded, tmp_path):
    out = tmp_path / "deep" / "out"
    result = run(recorded, "--plan", plan, "--out", out)
    assert result.exit_code == 0
    assert verdicts(out) == ["served"]
    assert sorted(path.name for path in out.iterdir()) == ["grids.csv", "streets.csv"]
    assert "机扫一公司" in result.stdout
    assert "Unlocated streets, not judged: 1" in result.stdout
    assert "Rejected rows: 0\n" in result.stdout
    assert "SCHEMATIC" not in result.stdout
    assert "not believed" not in result.stdout


def test_fixes_that_are_not_believed_are_summed_up_by_reason(plan, tmp_path):
    told = pings().assign(accuracy_m=6.0)
    told.loc[300:306, "accuracy_m"] = 2200.0
    write_ping_file(told, tmp_path / "told.csv")
    result = run(tmp_path / "told.csv", "--plan", plan, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "Fixes not believed: no_fix 7\n" in result.stdout
    assert result.stderr == ""


def test_a_vendors_file_is_judged_like_our_own(plan, recorded, tmp_path):
    run(recorded, "--plan", plan, "--out", tmp_path / "own")
    fixes = pings()
    told = fixes["event_time"].dt.tz_convert("Asia/Shanghai").dt.strftime("%Y/%m/%d %H:%M:%S.%f")
    foreign = pd.DataFrame(
        {"车牌": fixes["vehicle_id"], "时间": told, "经度": fixes["longitude"],
         "纬度": fixes["latitude"], "速度": fixes["speed_mps"]}
    )  # fmt: skip
    foreign.to_csv(tmp_path / "export.csv", index=False, encoding="gb18030")
    mapping = "vehicle_id=车牌,event_time=时间,longitude=经度,latitude=纬度,speed_mps=速度"
    options = ("--map", mapping, "--timezone", "Asia/Shanghai")
    result = run(tmp_path / "export.csv", "--plan", plan, "--out", tmp_path / "theirs", *options)
    assert result.exit_code == 0
    assert "read as gb18030" in result.stderr
    for name in ("streets.csv", "grids.csv"):
        assert (tmp_path / "theirs" / name).read_bytes() == (tmp_path / "own" / name).read_bytes()
    asked = run("sqlite:///pings.db", "--plan", plan, "--out", tmp_path / "theirs", *options)
    assert asked.exit_code == 2
    unmapped = run(tmp_path / "export.csv", "--plan", plan, "--out", tmp_path / "none")
    assert unmapped.exit_code == 1
    assert "It has 车牌, 时间, 经度, 纬度, 速度; nearest: vehicle_id: 车牌" in unmapped.stderr


def test_a_database_is_judged_like_the_file(plan, recorded, tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        received = pings().assign(received_time=lambda rows: rows["event_time"])
        log.write(Batch(tuples_of(received), ()))
    for arguments in ((url,), (url, "--date", "2022-03-28")):
        assert run(*arguments, "--plan", plan, "--out", tmp_path / "log").exit_code == 0
        assert verdicts(tmp_path / "log") == ["served"]
    run(recorded, "--plan", plan, "--out", tmp_path / "file")
    for name in ("streets.csv", "grids.csv"):
        assert (tmp_path / "log" / name).read_bytes() == (tmp_path / "file" / name).read_bytes()


@pytest.mark.parametrize("workers", [0, 3])
def test_any_number_of_workers_writes_the_same_files(workers, plan, recorded, tmp_path):
    for folder, options in (("one", ()), ("many", ("--workers", workers))):
        arguments = (recorded, "--plan", plan, "--evidence", *options)
        assert run(*arguments, "--out", tmp_path / folder).exit_code == 0
    for name in ("streets.csv", "grids.csv", "evidence.ndjson"):
        assert (tmp_path / "many" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_a_negative_number_of_workers_is_wrong_use(plan, recorded, tmp_path):
    result = run(recorded, "--plan", plan, "--out", tmp_path / "out", "--workers", -1)
    assert result.exit_code == 2


def test_rejected_rows_are_counted_by_code(plan, recorded, tmp_path):
    text = recorded.read_text(encoding="utf-8").splitlines()
    stranger = text[1].replace(TRUCK, "晋B99999")
    recorded.write_text("\n".join([*text, stranger, stranger]) + "\n", encoding="utf-8")
    result = run(recorded, "--plan", plan, "--out", tmp_path / "out")
    assert "Rejected rows: 2 (unknown_vehicle 2)" in result.stdout


def test_evidence_is_written_on_request(plan, recorded, tmp_path):
    result = run(recorded, "--plan", plan, "--out", tmp_path / "out", "--evidence")
    assert result.exit_code == 0
    (line,) = (tmp_path / "out" / "evidence.ndjson").read_bytes().splitlines()
    record = msgspec.json.decode(line, type=Evidence)
    assert (record.street, record.verdict) == ("云中街", "served")
    assert verdict_from(record).verdict == "served"


def test_one_date_alone_is_judged_on_request(plan, recorded, tmp_path):
    result = run(recorded, "--plan", plan, "--out", tmp_path, "--date", "2022-04-04")
    assert result.exit_code == 0
    assert verdicts(tmp_path) == ["unknown"]


def test_a_date_without_service_is_told(plan, recorded, tmp_path):
    result = run(recorded, "--plan", plan, "--out", tmp_path, "--date", next_day().isoformat())
    assert result.exit_code == 0
    assert verdicts(tmp_path) == []
    assert result.stderr == ("note: no grid has service on 2022-03-29: the tables are empty\n")


def test_a_grid_without_a_located_street_is_told(plan, recorded, tmp_path):
    grid = '\n[[grids]]\nid = "JY02"\noperator = "sweep-1"\nvehicles = ["晋B2"]\n'
    plan.write_text(
        PLAN + grid + 'windows = ["07:00-10:00"]\nstreets = ["某街"]\n', encoding="utf-8"
    )
    result = run(recorded, "--plan", plan, "--out", tmp_path)
    assert result.stderr == "note: grid JY02 has no located street: no verdict\n"
    assert "Unlocated streets, not judged: 2" in result.stdout


def test_a_date_before_the_plan_is_told(plan, recorded, tmp_path):
    plan.write_text(PLAN.replace("2022-03-25", "2022-04-01"), encoding="utf-8")
    result = run(recorded, "--plan", plan, "--out", tmp_path)
    assert "valid from 2022-04-01; judged before: 2022-03-28" in result.stderr


def test_a_schematic_plan_is_called_so(plan, recorded, tmp_path):
    plan.write_text("schematic = true\n" + PLAN, encoding="utf-8")
    result = run(recorded, "--plan", plan, "--out", tmp_path)
    assert "Geometry: SCHEMATIC" in result.stdout


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("absent.csv", "absent.csv"),
        ("pings.dat", "suffix"),
        ("sqlite:///absent/pings.db", "absent"),
    ],
)
def test_pings_that_cannot_be_read_are_one_clear_line(plan, tmp_path, source, words, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(source, "--plan", plan, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_broken_plan_is_told_with_its_faults(plan, recorded, tmp_path):
    plan.write_text(PLAN.replace("07:00-10:00", "7-10"), encoding="utf-8")
    result = run(recorded, "--plan", plan, "--out", tmp_path)
    assert result.exit_code == 1
    assert "7-10" in result.stderr
    assert "13800000000" not in result.output


def test_a_folder_that_cannot_be_made_is_told(plan, recorded):
    result = run(recorded, "--plan", plan, "--out", recorded)
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_wrong_use_is_told_apart(plan, recorded, tmp_path):
    assert run(recorded, "--plan", plan).exit_code == 2
    wrong_day = run(recorded, "--plan", plan, "--out", tmp_path, "--date", "28.3.2022")
    assert wrong_day.exit_code == 2


def test_help_has_an_example_and_the_exit_codes():
    text = run("--help").stdout
    assert "pingcheng evaluate pings.csv --plan plan.toml --out verdicts" in text
    assert "Exit codes: 0 judged" in text
