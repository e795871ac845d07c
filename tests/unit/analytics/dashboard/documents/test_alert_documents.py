from zoneinfo import ZoneInfo

import pytest

from analytics.alerts.outbox import Outbox
from analytics.alerts.store import AlertStore
from analytics.dashboard.documents.alert_documents import Alerts, changed_alerts
from ingest.log.pinglog import open_log
from ingest.settings.alerts import AlertKind, AlertSettings
from tests.fixtures.conditions import DATE, condition
from tests.fixtures.town import MONDAY, ZONE, at, next_day

OUTBOX = Outbox((), (), mqtt=False, zone=ZoneInfo(ZONE), language="zh")
AT_ONCE = AlertSettings(hold_min=0, clear_min=0)


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


@pytest.fixture
def alerts(log):
    return Alerts(log, ZONE)


def advance(log, clock, *conditions):
    store, zone = AlertStore(log), ZoneInfo(ZONE)
    store.advance(conditions, (DATE,), at(clock), AT_ONCE, zone, OUTBOX.outgoing)


def test_an_alert_is_told_in_both_languages_with_its_instants(alerts, log):
    advance(log, "08:00", condition())
    (told,) = alerts.of(MONDAY)
    assert (told["kind"], told["grid"], told["window"]) == ("at_risk", "JY01", "07:00-10:00")
    assert told["said_ms"] == at("08:00")
    assert told["text"] == told["texts"]["zh"]
    assert "临期" in told["texts"]["zh"]
    assert "At risk" in told["texts"]["en"]
    assert (told["acknowledged_by"], told["acknowledged_ms"], told["ended_ms"]) == (
        None,
        None,
        None,
    )


def test_only_a_lost_vehicle_is_named_as_the_subject(alerts, log):
    advance(log, "08:00", condition(), condition(AlertKind.TRACKING_LOST, subject="晋BQ0384"))
    assert {each["kind"]: each["vehicle"] for each in alerts.of(MONDAY)} == {
        "at_risk": None, "tracking_lost": "晋BQ0384",
    }  # fmt: skip


def test_a_date_has_its_own_alerts_in_the_order_they_were_raised(alerts, log):
    advance(log, "08:00", condition(subject="JY02"))
    advance(log, "08:30", condition(subject="JY02"), condition(subject="JY01"))
    assert [each["said_ms"] for each in alerts.of(MONDAY)] == [at("08:00"), at("08:30")]
    assert alerts.of(next_day()) == []


def test_who_acknowledged_first_stays(alerts, log):
    advance(log, "08:00", condition())
    (told,) = alerts.of(MONDAY)
    number = int(told["id"])
    assert alerts.exists(number)
    assert not alerts.exists(number + 1)
    first = alerts.acknowledge(number, "调度一", at("08:05"))
    assert (first["acknowledged_by"], first["acknowledged_ms"]) == ("调度一", at("08:05"))
    assert alerts.acknowledge(number, "调度二", at("08:06"))["acknowledged_by"] == "调度一"


def test_changes_are_what_is_new_or_otherwise_and_nothing_else(alerts, log):
    advance(log, "08:00", condition(subject="JY01"), condition(subject="JY02"))
    before = alerts.of(MONDAY)
    assert changed_alerts(before, before) == []
    alerts.acknowledge(int(before[0]["id"]), "调度一", at("08:05"))
    both = (condition(subject="JY01"), condition(subject="JY02"))
    advance(log, "08:10", *both, condition(AlertKind.LATE_START, subject="JY03"))
    changed = changed_alerts(before, alerts.of(MONDAY))
    assert [each["kind"] for each in changed] == ["at_risk", "late_start"]
    assert changed_alerts([], before) == before
