from analytics.dashboard.access.audit_log import AuditLog
from analytics.dashboard.access.retention import forget_old
from ingest.decoding.rejection import RejectionCode, refuse
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from tests.fixtures.fixes import MORNING_MS, frame, ping

DAY_MS = 86_400_000


def filled(log, newest_ms):
    old = [
        refuse(RejectionCode.NOT_JSON, "t", MORNING_MS - days * DAY_MS, b"")
        for days in (0, 50, 100)
    ]
    for days in (0, 50, 400):
        AuditLog(log, lambda days=days: MORNING_MS - days * DAY_MS).write("a", "", "login")
    pings = frame([ping(event_time_ms=newest_ms)], [newest_ms])
    log.write(Batch(tuples_of(pings), tuple(old)))


def test_what_is_older_than_the_settings_say_is_deleted_and_told(database_url):
    with open_log(database_url) as log:
        filled(log, MORNING_MS)
        assert list(forget_old(log, 90, 365, MORNING_MS)) == [
            "deleted 1 refusals older than 90 days, which stay counted",
            "deleted 1 entries of the audit log older than 365 days",
        ]
        assert (len(log.quarantine.rejected()), log.counters().rejected) == (2, 3)
        assert list(forget_old(log, 90, 365, MORNING_MS)) == []


def test_a_server_whose_clock_is_years_ahead_deletes_nothing_new(database_url):
    with open_log(database_url) as log:
        filled(log, MORNING_MS)
        list(forget_old(log, 90, 365, MORNING_MS + 5_000 * DAY_MS))
        assert len(log.quarantine.rejected()) == 2
        assert len(AuditLog(log, lambda: 0).latest(9)) == 2


def test_without_any_ping_nothing_tells_the_time_and_nothing_is_deleted(database_url):
    with open_log(database_url) as log:
        AuditLog(log, lambda: 5).write("a", "", "login")
        assert list(forget_old(log, 90, 365, MORNING_MS)) == []
        assert len(AuditLog(log, lambda: 0).latest(9)) == 1
