import pytest
from typer.testing import CliRunner

from analytics.alerts.store import AlertStore
from analytics.alerts.watch import RecordedDays
from ingest.log.pinglog import open_log
from ingest.settings.alerts import AlertSettings
from pingcheng import app
from tests.fixtures import watched_city
from tests.fixtures.watched_city import DAY, OUTBOX, ZONE, at, command

folder, log, plan = (
    watched_city.folder, watched_city.log, watched_city.plan,
)  # fmt: skip


def test_alerts_are_listed_and_acknowledged(log, folder, plan):
    settings = AlertSettings()
    found, dates = RecordedDays(log, plan, [DAY]).look(at("10:30"), settings)
    AlertStore(log).advance(found, dates, at("10:30"), settings, ZONE, OUTBOX.outgoing)
    (stored,) = AlertStore(log).said(only_open=True)
    listed = command(folder, "list", "--open")
    assert all(word in listed.output for word in ("window_missed", "JY01", "10:30", "open"))
    done = command(folder, "acknowledge", str(stored.number), "--by", "调度甲")
    assert "is seen to by 调度甲" in done.output
    assert command(folder, "list", "--open").output.strip() == "no open alerts"
    assert "seen to by 调度甲" in command(folder, "list", "--date", "2022-03-28").output
    unknown = command(folder, "acknowledge", "999")
    assert (unknown.exit_code, unknown.stderr[:27]) == (1, "error: there is no alert 99")


def alerts(*arguments):
    return CliRunner().invoke(app, ["alerts", *map(str, arguments)])


def test_without_a_plan_times_are_in_utc(log, folder, plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = AlertSettings()
    found, dates = RecordedDays(log, plan, [DAY]).look(at("10:30"), settings)
    AlertStore(log).advance(found, dates, at("10:30"), settings, ZONE, OUTBOX.outgoing)
    listed = alerts("list", "--database", f"sqlite:///{folder / 'pings.db'}").output
    assert "02:30" in listed
    assert "10:30" not in listed


def test_a_log_without_alerts_says_so(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    open_log(url).close()
    assert alerts("list", "--database", url).stdout == "no alerts\n"
    assert alerts("list", "--open", "--database", url).stdout == "no open alerts\n"


@pytest.mark.parametrize("command", [["list"], ["acknowledge", "1"]])
def test_a_log_that_is_not_there_is_told_in_one_line_and_not_made(tmp_path, command):
    result = alerts(*command, "--database", f"sqlite:///{tmp_path / 'none.db'}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert "none.db" in result.stderr
    assert not (tmp_path / "none.db").exists()


def test_a_trial_with_nobody_to_tell_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = alerts("test")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: nobody is told")
