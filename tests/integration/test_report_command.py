"""`pingcheng report` on real databases: what it writes, that it can be run again, how it fails."""

import socket

import pandas as pd
from typer.testing import CliRunner

from ingest.log.pinglog import PingLog
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


def test_of_a_night_of_which_nothing_changed_no_ping_is_read(
    plan, database_url, tmp_path, monkeypatch
):
    out = tmp_path / "reports"
    arguments = ("--date", "2022-03-28", "--database", database_url, "--out", out,
                 "--formats", "csv,xlsx")  # fmt: skip
    write(database_url, morning())
    first = run(*arguments, "--plan", plan)
    written = {name: (out / name).read_bytes() for name in files_in(out)}
    monkeypatch.setattr(PingLog, "at_one_instant", None)
    for given in ((), ("--plan", plan)):
        again = run(*arguments, *given)
        assert again.exit_code == 0, again.output
        assert set(first.stdout.splitlines()) < set(again.stdout.splitlines())
    assert {name: (out / name).read_bytes() for name in files_in(out)} == written
    write(database_url, later())
    assert run(*arguments).exit_code == 1


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
