import pytest

from analytics.dashboard.access.audit_log import AuditLog
from ingest.log.pinglog import open_log


@pytest.fixture
def audit(tmp_path):
    instants = iter(range(1_000, 2_000))
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        yield AuditLog(log, lambda: next(instants))


def test_the_latest_entries_come_first_with_their_instants(audit):
    for action in ("login", "acknowledge", "logout"):
        audit.write("调度员", "192.0.2.7", action, f"of {action}")
    assert audit.latest(2) == [
        {"at_ms": 1_002, "user_name": "调度员", "address": "192.0.2.7", "action": "logout",
         "detail": "of logout"},
        {"at_ms": 1_001, "user_name": "调度员", "address": "192.0.2.7", "action": "acknowledge",
         "detail": "of acknowledge"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\0b", "a\ufffdb"),
        ("\ud83d", "?"),
        ("街" * 400, "街" * 300),
    ],
)
def test_what_a_database_would_not_take_is_kept_as_far_as_it_can_be(audit, given, kept):
    audit.write(given, given, "login", given)
    (entry,) = audit.latest(10)
    assert (entry["user_name"], entry["address"], entry["detail"]) == (kept, kept, kept)
