"""`pingcheng nightly` on a real database: which nights it reports, and that it can be run again."""

import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.reports import making
from analytics.reports.attempts import FILE, Attempts
from ingest.decoding.rejection import RejectionCode, refuse
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures.reported_town import (
    TOWN,
    files_in,
    later,
    morning,
    plan_text,
    verdicts,
    write,
    write_plan,
)
from tests.fixtures.town import Town, Truck, street, utc

DAY = pd.Timedelta(days=1)


@pytest.fixture
def url(tmp_path):
    """A database of the kind that takes less time, where nothing asks the log in a way of its own.

    How a log is asked for its nights is tried with both kinds, by whoever asks for `log_url`.
    """
    return f"sqlite:///{tmp_path / 'pings.db'}"


def on(pings, days):
    return pings.assign(event_time=pings["event_time"] + days * DAY)


def nightly(url, out, *options):
    arguments = ["nightly", "--out", out, "--database", url, "--formats", "csv", *options]
    return CliRunner().invoke(app, [str(each) for each in arguments])


def reported(out):
    return sorted({name.split("/")[0] for name in files_in(out)})


def test_the_first_run_reports_last_night_and_the_second_finds_nothing_to_do(
    plan,
    url,
    tmp_path,
):
    write(url, pd.concat([morning(), on(morning(), 1)], ignore_index=True))
    out = tmp_path / "reports"
    first = nightly(url, out, "--plan", plan, "--date", "2022-03-28")
    assert (first.exit_code, reported(out)) == (0, ["2022-03-28"]), first.output
    assert "2022-03-28: compliance 100.0%" in first.stdout
    again = nightly(url, out, "--date", "2022-03-28")
    assert again.exit_code == 0
    assert again.stdout == "nothing to do: 2022-03-28 and the nights before are judged\n"


def test_a_machine_that_was_off_catches_up_and_weekends_have_no_report(
    plan,
    log_url,
    tmp_path,
):
    out = tmp_path / "reports"
    write(log_url, pd.concat([on(morning(), days) for days in range(8)], ignore_index=True))
    assert nightly(log_url, out, "--plan", plan, "--date", "2022-03-31").exit_code == 0
    later_run = nightly(log_url, out, "--date", "2022-04-04")
    assert later_run.exit_code == 0, later_run.output
    assert reported(out) == ["2022-03-31", "2022-04-01", "2022-04-04"]
    assert later_run.stdout.count("no grid of the plan has service on 2022-04-0") == 2


def test_late_pings_have_the_night_they_belong_to_reported_again(
    plan,
    log_url,
    tmp_path,
):
    out = tmp_path / "reports"
    nights = [morning(), on(morning(), 1), on(morning(), 2)]
    write(log_url, pd.concat(nights, ignore_index=True))
    for night in ("2022-03-28", "2022-03-30"):
        assert nightly(log_url, out, "--plan", plan, "--date", night).exit_code == 0
    write(log_url, on(later(), 1))
    run = nightly(log_url, out, "--date", "2022-03-30")
    assert run.exit_code == 0
    assert re.findall(r"^(\S+): compliance", run.stdout, re.MULTILINE) == ["2022-03-29"]
    assert "1 street changed since " in run.stdout
    assert "JY01 07:00-10:00 魏都大道 unknown → served" in run.stdout
    assert verdicts(out, "2022-03-29")["魏都大道"] == "served"
    assert "nothing to do" in nightly(log_url, out, "--date", "2022-03-30").stdout


def test_a_night_without_pings_has_a_report_in_which_all_is_unknown(
    plan,
    url,
    tmp_path,
):
    write(url, morning())
    out = tmp_path / "reports"
    run = nightly(url, out, "--plan", plan, "--date", "2022-03-29")
    assert (run.exit_code, "2022-03-29: no ping of any vehicle" in run.stderr) == (1, True)
    assert set(verdicts(out, "2022-03-29").values()) == {"unknown"}


def test_a_night_whose_report_could_not_be_written_is_reported_the_next_time(
    plan,
    url,
    tmp_path,
):
    write(url, morning())
    out = tmp_path / "reports"
    asked = ("--date", "2022-03-28")
    assert nightly(url, out, "--plan", plan, *asked).exit_code == 0
    write(url, later())
    tables = out / "2022-03-28" / "csv"
    tables.rename(tmp_path / "kept")
    tables.write_text("in the way")
    failed = nightly(url, out, *asked)
    assert (failed.exit_code, "cannot be written" in failed.stderr) == (1, True)
    tables.unlink()
    again = nightly(url, out, *asked)
    assert again.exit_code == 0
    assert "1 street changed since " in again.stdout
    assert verdicts(out)["魏都大道"] == "served"
    assert "nothing to do" in nightly(url, out, *asked).stdout


def test_each_night_is_judged_by_the_plan_in_force_then(plan, url, tmp_path):
    write(url, pd.concat([morning(), on(morning(), 1)], ignore_index=True))
    out = tmp_path / "reports"
    assert nightly(url, out, "--plan", plan, "--date", "2022-03-28").exit_code == 0
    text = plan.read_text(encoding="utf-8")
    plan.write_text(
        text.replace("2022-03-25", "2022-03-29").replace("07:00-10:00", "06:30-09:30"),
        encoding="utf-8",
    )
    assert nightly(url, out, "--plan", plan, "--date", "2022-03-29").exit_code == 0
    windows = [
        set(pd.read_csv(out / night / "csv" / "streets.csv")["window"])
        for night in ("2022-03-28", "2022-03-29")
    ]
    assert windows == [{"07:00-10:00"}, {"06:30-09:30"}]


def test_a_database_that_is_down_is_named_and_nothing_is_written(tmp_path):
    out = tmp_path / "reports"
    down = nightly("postgresql+psycopg://nobody@127.0.0.1:1/none", out)
    assert (down.exit_code, "127.0.0.1:1" in down.stderr) == (1, True)
    assert not out.exists()


def three_nights():
    return pd.concat([on(morning(), days) for days in range(3)], ignore_index=True)


class PanicError(BaseException):
    """What a library in Rust raises that panics: it is no Exception."""


@pytest.fixture(params=[ZeroDivisionError, PanicError])
def a_night_that_fails(monkeypatch, request):
    """Let a night fail as nobody foresaw, until the list is emptied."""
    failing = ["2022-03-29"]
    judge = making.judge_night

    def judge_night(log, plan, service_date, *rest, **choices):
        if service_date.isoformat() in failing:
            raise request.param("[red] of a street\x1b[2J\nnamed so")
        return judge(log, plan, service_date, *rest, **choices)

    monkeypatch.setattr(making, "judge_night", judge_night)
    return failing


def test_a_folder_that_cannot_be_written_does_not_stop_the_nights_after_it(plan, url, tmp_path):
    write(url, three_nights())
    out = tmp_path / "reports"
    assert nightly(url, out, "--plan", plan, "--date", "2022-03-28").exit_code == 0
    (out / "2022-03-29").write_text("in the way")
    run = nightly(url, out, "--date", "2022-03-30")
    assert (run.exit_code, type(run.exception)) == (1, SystemExit)
    assert f"error: 2022-03-29: {out / '2022-03-29'}: cannot be written (" in run.stderr
    assert "error: 2022-03-29 has no report: it failed once since 20" in run.stderr
    assert "2022-03-30: compliance " in run.stdout
    (out / "2022-03-29").unlink()
    mended = nightly(url, out, "--date", "2022-03-30")
    assert re.findall(r"^(\S+): compliance", mended.stdout, re.MULTILINE) == ["2022-03-29"]
    assert (mended.exit_code, mended.stderr, (out / FILE).exists()) == (0, "", False)


def test_whatever_befalls_a_night_is_named_and_tried_again_until_it_is_mended(
    plan, url, tmp_path, a_night_that_fails
):
    write(url, three_nights())
    out = tmp_path / "reports"
    # it is the first that was ever tried, so nothing else tells that it is due
    first = nightly(url, out, "--plan", plan, "--date", "2022-03-29")
    assert (first.exit_code, first.stdout) == (1, "")
    told = r"error: 2022-03-29: (ZeroDivision|Panic)Error in analytics/reports/making.py line \d+: "
    assert re.search(told, first.stderr)
    assert "[red] of a street\\x1b[2J\n" in first.stderr
    second = nightly(url, out, "--date", "2022-03-30")
    assert second.exit_code == 1
    assert "2022-03-30: compliance " in second.stdout
    assert "2022-03-29 has no report: it failed 2 times since " in second.stderr
    kept = json.loads((out / FILE).read_text(encoding="utf-8"))["failed"]
    assert kept["2022-03-29"]["count"] == 2
    assert kept["2022-03-29"]["reason"].partition("Error in ")[1]
    a_night_that_fails.clear()
    third = nightly(url, out, "--date", "2022-03-30")
    assert re.findall(r"^(\S+): compliance", third.stdout, re.MULTILINE) == ["2022-03-29"]
    assert (third.exit_code, (out / FILE).exists()) == (0, False)


def test_a_night_that_ends_the_program_comes_after_all_others(plan, url, tmp_path):
    write(url, three_nights())
    out = tmp_path / "reports"
    assert nightly(url, out, "--plan", plan, "--date", "2022-03-28").exit_code == 0
    Attempts(out, 0).begin(pd.Timestamp("2022-03-29").date())  # and no more: it was killed
    run = nightly(url, out, "--date", "2022-03-30")
    nights = re.findall(r"^(\S+): compliance", run.stdout, re.MULTILINE)
    assert (run.exit_code, nights) == (0, ["2022-03-30", "2022-03-29"])


def test_a_night_that_failed_for_a_month_is_given_up_by_name(plan, url, tmp_path):
    write(url, morning())
    out = tmp_path / "reports"
    old = Attempts(out, 0)
    old.begin(pd.Timestamp("2022-02-01").date())
    old.fail(pd.Timestamp("2022-02-01").date(), "the disk was full")
    run = nightly(url, out, "--plan", plan, "--date", "2022-03-28")
    assert (run.exit_code, "2022-03-28: compliance " in run.stdout) == (1, True)
    assert "error: 2022-02-01: given up after 31 nights (the disk was full)" in run.stderr
    assert nightly(url, out, "--date", "2022-03-28").exit_code == 0


def test_a_report_that_is_older_than_the_last_judging_is_made_again(
    plan, url, tmp_path, monkeypatch
):
    write(url, morning())
    out, asked = tmp_path / "reports", ("--date", "2022-03-28")
    assert nightly(url, out, "--plan", plan, *asked).exit_code == 0
    write(url, later())
    with monkeypatch.context() as patch:
        patch.setattr(making, "write_report", lambda *_: 1 / 0)
        assert nightly(url, out, *asked).exit_code == 1
    (out / FILE).unlink()  # nor does anything else tell that it failed
    assert verdicts(out)["魏都大道"] == "unknown"
    assert nightly(url, out, *asked).exit_code == 0
    assert verdicts(out)["魏都大道"] == "served"


def test_the_night_of_the_autumn_clock_change_is_reported_and_so_is_the_one_after(url, tmp_path):
    text = plan_text(windows=("00:30-03:00",), days="mon-sun")
    path = write_plan(tmp_path, text.replace("Asia/Shanghai", "America/New_York"))
    # 01:00 to 02:00 comes twice: the first street is done in the one hour, the other in the next
    begin, middle, end = (utc(f"2025-11-02T0{clock}") for clock in ("5:20", "5:59:30", "6:40"))
    truck = Truck(TOWN, interval_s=10).drive("云中街", 0, 600, begin, middle)
    truck = truck.drive("魏都大道", 0, 600, middle, end)
    pings = truck.stand("魏都大道", 600, end, utc("2025-11-02T15:00")).pings()
    write(url, pd.concat([pings, on(pings, 1)], ignore_index=True))
    out = tmp_path / "reports"
    every = ("--formats", "xlsx,html,pdf,csv,parquet")
    first = nightly(url, out, "--plan", path, "--date", "2025-11-02", *every)
    assert first.exit_code == 0, first.output
    done = pd.read_csv(out / "2025-11-02" / "csv" / "streets.csv")["completed_at"]
    assert {text[11:13] + text[-6:] for text in done} == {"01-04:00", "01-05:00"}
    second = nightly(url, out, "--date", "2025-11-03", *every)
    assert second.exit_code == 0, second.output
    assert reported(out) == ["2025-11-02", "2025-11-03"]


def test_a_street_named_like_a_formula_or_markup_has_its_night_reported_in_every_format(
    url, tmp_path
):
    names = ("$x_{1$", "=cmd|'/c calc'!A1", "\u202e<b>#strong[x]</b> [/red]")
    town = Town(*(street(name, (0, 300 * n), (600, 300 * n)) for n, name in enumerate(names)))
    text = plan_text(streets=names).replace("机扫一公司", "$_$ [/x]").replace("小镇", "$^$")
    path = write_plan(tmp_path, text, town)
    pings = Truck(town, interval_s=10).stand(names[0], 0, "06:50", "15:00").pings()
    write(url, pings)
    out = tmp_path / "reports"
    run = nightly(url, out, "--plan", path, "--date", "2022-03-28", "--formats",
                  "xlsx,html,pdf,csv,parquet")  # fmt: skip
    assert run.exit_code == 0, run.output
    assert len([name for name in files_in(out) if "/compliance-" in name]) == 3


def test_old_refusals_are_deleted_and_stay_counted(plan, log_url, tmp_path):
    write(log_url, morning())
    now_ms = int(morning()["event_time"].max().timestamp() * 1000)
    old = [
        refuse(RejectionCode.NOT_JSON, "t", now_ms - days * 86_400_000, b"") for days in (1, 80, 91)
    ]
    with open_log(log_url) as log:
        log.write(Batch([], tuple(old)))
    run = nightly(log_url, tmp_path / "reports", "--plan", plan, "--date", "2022-03-28")
    assert run.exit_code == 0, run.output
    assert "deleted 1 refusals older than 90 days, which stay counted" in run.stdout
    with open_log(log_url) as log:
        assert (len(log.quarantine.rejected()), log.counters().rejected) == (2, 3)
