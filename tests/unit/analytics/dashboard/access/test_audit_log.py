import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analytics.dashboard.access.audit_log import MOST_ATTEMPTS, MOST_DEEDS, AuditLog
from ingest.log.pinglog import open_log

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=400)


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


def test_the_audit_log_takes_any_text(database_url):
    with open_log(database_url) as log:
        audit = AuditLog(log, lambda: 7)
        audit.write("=cmd|'/c calc'!A1", "\0\ud800", "login", "<script>" * 100)
        (told,) = audit.latest(10)
        assert told["user_name"] == "=cmd|'/c calc'!A1"
        assert len(told["detail"]) == 300


def test_an_entry_says_who_did_what_from_where_and_when(log):
    audit = AuditLog(log, lambda: 1_648_450_800_000)
    audit.write("值班员", "203.0.113.9", "acknowledge", "alert 7")
    assert audit.latest(1) == [
        {
            "at_ms": 1_648_450_800_000,
            "user_name": "值班员",
            "address": "203.0.113.9",
            "action": "acknowledge",
            "detail": "alert 7",
        }
    ]


def test_the_latest_entries_come_first_even_if_the_clock_went_back(log):
    clock = iter([30, 20, 10, 20])
    audit = AuditLog(log, clock.__next__)
    for detail in "abcd":
        audit.write("a", "", "login", detail)
    assert [each["detail"] for each in audit.latest(3)] == ["d", "c", "b"]


def test_where_there_is_nothing_there_are_no_entries(log):
    assert AuditLog(log, lambda: 0).latest(10) == []


@pytest.mark.parametrize("length", [299, 300, 301])
def test_a_text_is_kept_up_to_300_characters(log, length):
    audit = AuditLog(log, lambda: 0)
    audit.write("名" * length, "x" * length, "login_failed", "y" * length)
    (told,) = audit.latest(1)
    kept = min(length, 300)
    assert [len(told[name]) for name in ("user_name", "address", "detail")] == [kept] * 3


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=ANY_TEXT)
@example(name="半\ud800\0\udfff个")
def test_of_any_text_what_a_database_takes_is_kept_to_the_letter(log, name):
    audit = AuditLog(log, lambda: 0)
    audit.write(name, "", "login_failed")
    kept = str(audit.latest(1)[0]["user_name"])
    assert len(kept) == min(len(name), 300)
    for given_, told in zip(name, kept, strict=False):
        is_sound = given_ != "\0" and not "\ud800" <= given_ <= "\udfff"
        assert told == given_ if is_sound else told in "?\N{REPLACEMENT CHARACTER}"


HOUR_MS = 3_600_000


def test_of_a_flood_of_failed_logins_so_many_are_kept_and_the_rest_is_counted(database_url):
    clock = [7 * HOUR_MS]
    with open_log(database_url) as log:
        audit = AuditLog(log, lambda: clock[0])
        for number in range(MOST_ATTEMPTS + 30):
            clock[0] += 1
            audit.write(f"name{number}", "203.0.113.9", "login_failed")
        audit.write("值班员", "127.0.0.1", "login")
        login, more, last, *rest = audit.latest(1000)
        assert (login["action"], login["user_name"]) == ("login", "值班员")
        assert (more["action"], more["detail"]) == ("login_failed_more", "30")
        assert (more["user_name"], more["at_ms"]) == (f"name{MOST_ATTEMPTS + 29}", clock[0])
        assert (last["action"], len(rest)) == ("login_failed", MOST_ATTEMPTS - 1)
        clock[0] = 8 * HOUR_MS
        audit.write("next", "", "login_failed")
        assert audit.latest(1)[0]["action"] == "login_failed"


def test_a_user_has_room_for_what_others_do_not_take(log, monkeypatch):
    monkeypatch.setattr("analytics.dashboard.access.audit_log.MOST_DEEDS", 5)
    audit = AuditLog(log, lambda: 7)
    for user in ("a", "b"):
        for number in range(8):
            audit.write(user, "", "acknowledge", f"alert {number}")
    told = audit.latest(100)
    assert [one["detail"] for one in told if one["action"] == "acknowledge_more"] == ["3", "3"]
    assert len(told) == 12
    assert MOST_DEEDS > 5


def test_entries_of_before_an_instant_are_deleted_page_by_page(log, monkeypatch):
    monkeypatch.setattr("analytics.dashboard.access.audit_log._PAGE", 3)
    clock = iter(range(10))
    audit = AuditLog(log, clock.__next__)
    for _ in range(10):
        audit.write("a", "", "login")
    assert audit.forget(7) == 7
    assert [one["at_ms"] for one in audit.latest(100)] == [9, 8, 7]
    assert audit.forget(7) == 0
