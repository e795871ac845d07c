import csv
import io
import json
import os
from datetime import date
from threading import Thread

import pytest
from typer.testing import CliRunner

from analytics.dashboard.board.resident_reports import ResidentReports
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures import missed_street
from tests.fixtures.missed_street import spare_pings, working_day
from tests.fixtures.reported_town import write

plan = missed_street.plan


def run(*arguments):
    return CliRunner().invoke(app, ["worklist", *map(str, arguments)])


def rows(*arguments):
    result = run(*arguments, "--format", "csv")
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout.removeprefix("\ufeff"))))


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


def test_out_replaces_no_device_pipe_or_link(plan, tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    write(url, working_day())
    asked = ("--plan", plan, "--database", url, "--date", "2022-03-28", "--format", "csv")
    device, target, pipe = (tmp_path / name for name in ("device", "target.csv", "pipe"))
    device.symlink_to("/dev/null")
    (tmp_path / "link.csv").symlink_to(target)
    target.write_text("before")
    os.mkfifo(pipe)
    assert run(*asked, "--out", device).exit_code == 0
    assert device.is_char_device()
    refused = run(*asked, "--out", tmp_path / "link.csv")
    told = f"link.csv: cannot be written (it is a link to {target}; name that file itself)"
    assert (refused.exit_code, told in refused.stderr) == (1, True)
    assert target.read_text() == "before"
    got = []
    reader = Thread(target=lambda: got.append(pipe.read_text(encoding="utf-8-sig")))
    reader.start()
    assert run(*asked, "--out", pipe).exit_code == 0
    reader.join()
    assert "魏都大道" in got[0]
    assert pipe.is_fifo()


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
