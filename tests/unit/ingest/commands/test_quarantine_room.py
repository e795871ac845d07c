"""The room that refusals take is shown, and made again: commands on a real log."""

import pytest
from typer.testing import CliRunner

from ingest.decoding.rejection import RejectionCode, refuse
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from pingcheng import app
from tests.fixtures.fixes import MORNING_MS, frame, ping

DAY_MS = 86_400_000
FLOOD = 30


@pytest.fixture
def url(database_url, monkeypatch):
    """A log with a flood of one truck forty days ago, and a sound ping of this morning."""
    monkeypatch.setenv("PINGCHENG_QUARANTINE_MIB", "64")
    at_ms = MORNING_MS - 40 * DAY_MS
    flood = [
        refuse(
            RejectionCode.NOT_JSON, "fleet/晋BQ0384/ping", at_ms, b"x" * 16_000,
            vehicle_id="晋BQ0384\x1b[31m",
        )
        for _ in range(FLOOD)
    ]  # fmt: skip
    with open_log(database_url, most_quarantine_mib=64) as log:
        log.write(Batch(tuples_of(frame([ping()], [MORNING_MS])), tuple(flood)))
    return database_url


def run(*arguments):
    return CliRunner().invoke(app, ["quarantine", *map(str, arguments)])


def test_who_sent_what_was_only_counted_is_told_by_the_hour(url):
    told = run("counted", "--database", url)
    assert told.exit_code == 0, told.output
    assert "not_json  晋BQ0384\\x1b[31m: 26 only counted, 4 kept" in told.stdout
    assert "26 of 30 only counted; what is kept takes 0.1 MiB of 64" in told.stdout
    assert "\x1b" not in told.stdout
    other = run("counted", "--database", url, "--vehicle", "晋B1").stdout
    assert len(other.splitlines()) == 1
    listed = run("list", "--database", url)
    assert "4 shown of 4 in quarantine; 30 were refused" in listed.stdout
    assert "not_json 30, 26 only counted" in listed.stdout
    counters = CliRunner().invoke(app, ["counters", "--database", url])
    assert "rejected 30 (26 of them only counted)" in counters.stdout
    assert "rejected not_json 30, 26 only counted" in counters.stdout


def test_what_is_older_than_the_settings_say_is_deleted_and_stays_counted(url, monkeypatch):
    assert "deleted 0 refusals" in run("prune", "--database", url).stdout
    monkeypatch.setenv("PINGCHENG_QUARANTINE_DAYS", "30")
    done = run("prune", "--database", url)
    assert done.exit_code == 0, done.output
    assert "deleted 4 refusals from before" in done.stdout
    assert "rejected 30 (30 of them only counted)" in done.stdout
    with open_log(url, create=False) as log:
        assert (log.quarantine.rejected(), log.counters().balanced) == ([], True)


def test_some_of_it_is_deleted_if_that_is_asked_for(url):
    other = run("prune", "--older-than", "0", "--code", "no_fix", "--database", url)
    assert "deleted 0 refusals" in other.stdout
    own = run("prune", "--older-than", "0", "--code", "not_json", "--database", url)
    assert "deleted 4 refusals" in own.stdout


def test_a_log_without_any_ping_is_not_pruned_as_nothing_tells_the_time(database_url):
    with open_log(database_url):
        pass
    refused = run("prune", "--database", database_url)
    assert refused.exit_code == 1
    assert "whether this server's clock is right" in refused.stderr
    asked = run("prune", "--older-than", "0", "--database", database_url)
    assert (asked.exit_code, "deleted 0 refusals" in asked.stdout) == (0, True)


@pytest.mark.parametrize("arguments", [["--older-than", "-1"], ["--code", "nonsense"]])
def test_wrong_use_is_told(url, arguments):
    assert run("prune", "--database", url, *arguments).exit_code == 2
