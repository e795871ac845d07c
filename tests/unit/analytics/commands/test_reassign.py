import pytest
from typer.testing import CliRunner

from analytics.dashboard.access.audit_log import AuditLog
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from pingcheng import app
from tests.fixtures.fixes import MORNING_MS, VEHICLES, frame, ping

WRONG, RIGHT = VEHICLES[:2]
SPAN = ("--from", "2022-03-25T15:00:00+08:00", "--until", "2022-03-25T15:00:01+08:00")


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        fixes = [ping(vehicle_id=WRONG), ping(vehicle_id=WRONG, event_time_ms=MORNING_MS + 1000)]
        log.write(Batch(tuples_of(frame(fixes)), ()))
    return url


def reassign(url, *words):
    names = ("--from-vehicle", WRONG, "--to-vehicle", RIGHT)
    return CliRunner().invoke(app, ["database", "reassign", "--database", url, *names, *words])


def held(url):
    with open_log(url) as log:
        entries = [(each["action"], each["detail"]) for each in
                   AuditLog(log, lambda: 0).latest(5)]  # fmt: skip
        return log.read_pings()["vehicle_id"].tolist(), entries


def test_what_was_moved_is_told_counted_and_in_the_audit_log(url):
    told = reassign(url, *SPAN)
    assert told.exit_code == 0
    assert f"1 fixes of {WRONG} moved to {RIGHT}" in told.stdout
    assert "received 2 = stored 2 + duplicate 0 + conflicting 0 + rejected 0" in told.stdout
    vehicles, [(action, detail)] = held(url)
    assert sorted(vehicles) == sorted([WRONG, RIGHT])
    assert action == "pings_reassigned"
    assert detail.startswith(f"1 of {WRONG} to {RIGHT}, 2022-03-25T07:00:00.000Z until ")


def test_a_trial_only_tells(url):
    told = reassign(url, *SPAN, "--dry-run")
    assert f"1 fixes of {WRONG} would be moved to {RIGHT}" in told.stdout
    assert held(url) == ([WRONG] * 2, [])


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("--from", "2022-03-25", "--until", "2022-03-26"), 2, "no plan tells the time zone"),
        ((*SPAN[:2], "--until", SPAN[1]), 2, "later than --from"),
        ((*SPAN, "--to-vehicle", WRONG), 2, "already"),
        ((*SPAN, "--to-vehicle", "a/b"), 2, "no vehicle can be called so"),
    ],
)
def test_what_cannot_be_meant_is_refused(url, words, code, reason):
    told = reassign(url, *words)
    assert told.exit_code == code
    assert reason in " ".join(told.stderr.replace("│", " ").split())
    assert held(url) == ([WRONG] * 2, [])


def test_a_vehicle_that_the_plan_does_not_have_gets_nothing(url, plan):
    span = ("--from", "2022-03-25", "--until", "2022-03-26")
    told = reassign(url, *span, "--to-vehicle", "晋B99999", "--plan", str(plan))
    assert (told.exit_code, "no vehicle 晋B99999" in told.stderr) == (1, True)
