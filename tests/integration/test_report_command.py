"""`pingcheng report` on real databases: what it writes, that it can be run again, how it fails."""

import os
import socket

import pandas as pd
import pytest
from typer.testing import CliRunner

from pingcheng import app
from tests.fixtures.reported_town import files_in, later, morning, verdicts, write


def run(*arguments):
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def test_it_writes_every_format_and_says_what_came_out(plan, database_url, tmp_path):
    write(database_url, morning())
    out = tmp_path / "reports"
    result = run("--date", "2022-03-28", "--plan", plan, "--database", database_url, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert verdicts(out) == {"云中街": "served", "魏都大道": "unknown"}
    assert "2022-03-28: compliance 100.0% (served 1," in result.stdout
    assert "unknown 1 (50.0%)" in result.stdout
    assert "changed" not in result.stdout
    written = files_in(out)
    assert [name for name in written if "/compliance-" in name] == [
        f"2022-03-28/compliance-2022-03-28.{suffix}" for suffix in ("html", "pdf", "xlsx")
    ]
    assert "2022-03-28/csv/streets.csv" in written
    assert "2022-03-28/parquet/streets.parquet" in written
    html = (out / "2022-03-28" / "compliance-2022-03-28.html").read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in html
    assert "13800000000" not in html


def test_late_pings_revise_the_verdicts_that_they_change_and_a_further_run_changes_nothing(
    plan, database_url, tmp_path
):
    out = tmp_path / "reports"
    arguments = ("--date", "2022-03-28", "--database", database_url, "--out", out,
                 "--formats", "csv,html")  # fmt: skip
    write(database_url, morning())
    assert run(*arguments, "--plan", plan).exit_code == 0
    write(database_url, later())
    second = run(*arguments)
    assert second.exit_code == 0, second.stderr
    assert "1 street changed since " in second.stdout
    assert "JY01 07:00-10:00 魏都大道 unknown → served" in second.stdout
    changed = {name: (out / name).read_bytes() for name in files_in(out) if name.endswith(".csv")}
    third = run(*arguments)
    assert third.exit_code == 0
    assert "changed" not in third.stdout
    assert {name: (out / name).read_bytes() for name in changed} == changed
    changes = pd.read_csv(out / "2022-03-28" / "csv" / "changes.csv")
    assert list(changes["street"]) == ["魏都大道"]
    assert list(changes["after"]) == ["served"]


def test_what_changed_is_told_until_a_report_says_it(plan, database_url, tmp_path):
    out = tmp_path / "reports"
    arguments = ("--date", "2022-03-28", "--database", database_url, "--out", out,
                 "--formats", "csv")  # fmt: skip
    write(database_url, morning())
    assert run(*arguments, "--plan", plan).exit_code == 0
    write(database_url, later())
    kept = out / "2022-03-28" / "csv"
    kept.rename(out / "kept")
    kept.write_text("in the way")
    assert run(*arguments).exit_code == 1  # judged, and not written
    kept.unlink()
    (out / "kept").rename(kept)
    told = run(*arguments)
    assert "1 street changed since " in told.stdout
    assert "changed since" not in run(*arguments).stdout


def test_files_of_a_report_in_other_formats_do_not_stay_beside_it(plan, url, tmp_path):
    out = tmp_path / "reports"
    asked = ("--date", "2022-03-28", "--plan", plan, "--database", url, "--out", out)
    assert run(*asked, "--formats", "csv,parquet,xlsx").exit_code == 0
    (out / "2022-03-28" / "note.txt").write_text("of the office")
    left = out / ".2022-03-28-killed"
    left.mkdir()
    os.utime(left, (0, 0))
    assert run(*asked, "--formats", "html").exit_code == 0
    assert files_in(out) == [
        "2022-03-28/compliance-2022-03-28.html", "2022-03-28/note.txt",
    ]  # fmt: skip
    assert not left.exists()


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    write(url, pd.concat([morning(), later()], ignore_index=True))
    return url


def test_a_range_has_a_report_of_each_date_and_one_of_all(plan, url, tmp_path):
    next_day = morning().assign(event_time=lambda rows: rows["event_time"] + pd.Timedelta(days=1))
    write(url, next_day)
    out = tmp_path / "reports"
    result = run("--from", "2022-03-28", "--to", "2022-03-29", "--plan", plan, "--database", url,
                 "--out", out, "--formats", "csv,pdf")  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert sorted(path.name for path in out.iterdir()) == [
        "2022-03-28", "2022-03-28_2022-03-29", "2022-03-29",
    ]  # fmt: skip
    both = pd.read_csv(out / "2022-03-28_2022-03-29" / "csv" / "streets.csv")
    assert both["verdict"].tolist().count("served") == 3
    assert "2022-03-28 to 2022-03-29: compliance" in result.stdout


def test_the_language_can_be_chosen(plan, url, tmp_path):
    out = tmp_path / "reports"
    result = run("--date", "2022-03-28", "--plan", plan, "--database", url, "--out", out,
                 "--formats", "html", "--language", "en", "--timings")  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert '<html lang="en">' in next(out.rglob("*.html")).read_text(encoding="utf-8")
    for step in ("reading", "matching and judging", "history", "html"):
        assert step in result.stdout


def test_any_number_of_workers_writes_the_same_tables(plan, url, tmp_path):
    for workers in (1, 2):
        result = run("--date", "2022-03-28", "--plan", plan, "--database", url, "--formats", "csv",
                     "--out", tmp_path / str(workers), "--workers", workers)  # fmt: skip
        assert result.exit_code == 0
    names = files_in(tmp_path / "1")
    assert names == files_in(tmp_path / "2")
    for name in names:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_a_date_without_pings_is_no_report_unless_asked_for(plan, url, tmp_path):
    out = tmp_path / "reports"
    arguments = ("--date", "2022-03-29", "--plan", plan, "--database", url, "--out", out,
                 "--formats", "csv")  # fmt: skip
    result = run(*arguments)
    assert result.exit_code == 1
    assert "error: no pings for 2022-03-29; use --allow-empty" in result.stderr
    assert not out.exists()
    assert run(*arguments, "--allow-empty").exit_code == 0
    assert set(verdicts(out, "2022-03-29").values()) == {"unknown"}


def test_a_date_without_service_is_no_report(plan, url, tmp_path):
    result = run("--date", "2022-03-27", "--plan", plan, "--database", url, "--out", tmp_path / "r")
    assert result.exit_code == 1
    assert "no grid of the plan has service on 2022-03-27" in result.stderr
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--date", "2022-02-30"], "2022-02-30"),
        (["--date", "2099-01-01"], "lies in the future"),
        (["--from", "2022-03-29", "--to", "2022-03-28"], "is later than"),
        (["--from", "2022-03-28"], "both --from and --to"),
        ([], "give --date"),
        (["--date", "2022-03-28", "--from", "2022-03-28"], "give --date, or"),
        (["--date", "2022-03-28", "--formats", "docx"], "docx is none of"),
        (["--date", "2022-03-28", "--language", "fr"], "'fr' is not one of"),
    ],
)
def test_wrong_use_ends_with_2_and_writes_nothing(options, told, plan, url, tmp_path):
    out = tmp_path / "reports"
    result = run(*options, "--plan", plan, "--database", url, "--out", out)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", " ").split())
    assert not out.exists()


def test_a_plan_that_does_not_cover_the_date_is_named(plan, url, tmp_path):
    out = tmp_path / "reports"
    result = run("--date", "2022-03-21", "--plan", plan, "--database", url, "--out", out)
    assert result.exit_code == 1
    assert "the plan is valid from 2022-03-25, so it does not cover 2022-03-21" in result.stderr
    assert not out.exists()


def test_without_a_plan_at_all_it_says_so(url, tmp_path):
    out = tmp_path / "reports"
    result = run("--date", "2022-03-28", "--database", url, "--out", out)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("error: ")
    assert "2022-03-28" in result.stderr
    assert not out.exists()


def test_a_database_that_is_absent_or_down_is_named(plan, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    out = tmp_path / "reports"
    for url in (
        f"sqlite:///{tmp_path / 'absent.db'}",
        f"postgresql+psycopg://nobody@127.0.0.1:{port}/pings",
    ):
        result = run("--date", "2022-03-28", "--plan", plan, "--database", url, "--out", out)
        assert result.exit_code == 1
        assert result.stderr.splitlines()[-1].startswith("error: ")
        assert "Traceback" not in result.stderr
        assert not out.exists()
    assert not (tmp_path / "absent.db").exists()


def test_a_folder_that_cannot_be_written_is_named(plan, url, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    result = run("--date", "2022-03-28", "--plan", plan, "--database", url, "--out", blocked)
    assert result.exit_code == 1
    assert "error: " in result.stderr
    assert "blocked" in result.stderr
    assert blocked.read_text() == "a file"
