import os

import pandas as pd
import pytest
from typer.testing import CliRunner

from pingcheng import app
from tests.fixtures.reported_town import files_in, later, morning, verdicts, write


def run(*arguments):
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    write(url, pd.concat([morning(), later()], ignore_index=True))
    return url


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


def test_a_folder_that_cannot_be_written_is_named(plan, url, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    result = run("--date", "2022-03-28", "--plan", plan, "--database", url, "--out", blocked)
    assert result.exit_code == 1
    assert "error: " in result.stderr
    assert "blocked" in result.stderr
    assert blocked.read_text() == "a file"


def test_a_log_that_is_not_there_is_told_and_neither_made_nor_reported(plan, tmp_path):
    out = tmp_path / "reports"
    result = run("--date", "2022-03-28", "--plan", plan, "--out", out, "--database",
                 f"sqlite:///{tmp_path / 'none.db'}")  # fmt: skip
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1].startswith("error: ")
    assert "none.db" in result.stderr
    assert not (tmp_path / "none.db").exists()
    assert not out.exists()
