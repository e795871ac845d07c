from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from analytics.alerts.store import AlertStore
from analytics.dashboard.documents.alert_documents import Alerts, changed_alerts
from analytics.dashboard.documents.documents import AlertDoc
from ingest.fault import LogError
from ingest.log.pinglog import open_log
from ingest.settings.alerts import AlertKind, AlertSettings
from tests.fixtures.conditions import DATE, condition
from tests.fixtures.town import MONDAY, TRUCK, ZONE, at, next_day

AT_ONCE = AlertSettings(hold_min=0, clear_min=0)


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


@pytest.fixture
def alerts(log):
    return Alerts(log, ZONE)


@pytest.fixture
def hold(log):
    """Lets conditions hold at a time of the day, as the alerter would find them."""

    def advance(clock, *conditions, settings=AT_ONCE):
        AlertStore(log).advance(
            conditions, (DATE,), at(clock), settings, ZoneInfo(ZONE), lambda *_: []
        )

    return advance


def test_an_alert_says_of_what_it_is_and_when_it_was_said(hold, alerts):
    hold("08:00", condition())
    (told,) = alerts.of(MONDAY)
    assert TypeAdapter(AlertDoc).validate_python(told) == told
    assert {name: told[name] for name in ("kind", "grid", "window", "vehicle", "said_ms")} == {
        "kind": "at_risk", "grid": "JY01", "window": "07:00-10:00", "vehicle": None,
        "said_ms": at("08:00"),
    }  # fmt: skip


def test_its_text_is_in_both_languages_the_first_of_them_chinese(hold, alerts):
    hold("08:00", condition())
    (told,) = alerts.of(MONDAY)
    assert told["texts"]["zh"].startswith("【临期】JY01 07:00-10:00 ")
    assert told["texts"]["en"].startswith("[At risk] JY01 07:00-10:00 ")
    assert told["text"] == told["texts"]["zh"]
    assert f"#{told['id']} " in told["text"]


def test_times_in_its_text_are_those_of_the_plan(hold, log):
    hold("08:00", condition(kind=AlertKind.WINDOW_MISSED))
    texts = [Alerts(log, zone).of(MONDAY)[0]["text"] for zone in (ZONE, "UTC")]
    assert ["14:30" in text for text in texts] == [True, False]
    assert "06:30" in texts[1]


def test_only_an_alert_of_a_tracker_names_a_vehicle(hold, alerts):
    hold("08:00", *(condition(kind=kind) for kind in AlertKind if kind != AlertKind.TRACKING_LOST))
    assert {told["vehicle"] for told in alerts.of(MONDAY)} == {None}
    hold("08:01", condition(kind=AlertKind.TRACKING_LOST, subject=TRUCK))
    told = alerts.of(MONDAY)[-1]
    assert (told["vehicle"], told["grid"]) == (TRUCK, "JY01")


def test_alerts_of_a_date_come_as_they_were_raised_and_those_of_another_not_at_all(hold, alerts):
    hold("08:00", condition(subject="JY02"))
    hold("08:05", condition(subject="JY02"), condition(subject="JY01"))
    assert [told["said_ms"] for told in alerts.of(MONDAY)] == [at("08:00"), at("08:05")]
    assert alerts.of(next_day()) == []


def test_what_has_not_held_long_enough_is_no_alert_yet(hold, alerts):
    hold("08:00", condition(), settings=AlertSettings(hold_min=3))
    assert alerts.of(MONDAY) == []
    assert not any(alerts.exists(number) for number in range(5))


def test_an_alert_held_back_by_quiet_hours_is_told_with_when_it_was_raised(hold, alerts):
    quiet = AlertSettings(hold_min=0, quiet_hours="07:00-09:00")
    hold("08:05", condition(), settings=quiet)
    (told,) = alerts.of(MONDAY)
    assert told["said_ms"] == at("08:05")
    hold("09:30", condition(), settings=quiet)
    assert alerts.of(MONDAY)[0]["said_ms"] == at("09:30")


def test_an_alert_that_is_over_says_since_when(hold, alerts):
    hold("08:00", condition())
    assert alerts.of(MONDAY)[0]["ended_ms"] is None
    hold("08:10")
    assert alerts.of(MONDAY)[0]["ended_ms"] == at("08:10")


def test_who_sees_to_it_first_stays(hold, alerts):
    hold("08:00", condition())
    (told,) = alerts.of(MONDAY)
    assert (told["acknowledged_by"], told["acknowledged_ms"]) == (None, None)
    first = alerts.acknowledge(int(told["id"]), "值班员", at("08:02"))
    again = alerts.acknowledge(int(told["id"]), "admin", at("08:03"))
    assert (first["acknowledged_by"], first["acknowledged_ms"]) == ("值班员", at("08:02"))
    assert again == first == alerts.of(MONDAY)[0]


def test_there_are_the_alerts_that_were_raised_and_no_others(hold, alerts):
    hold("08:00", condition())
    number = int(alerts.of(MONDAY)[0]["id"])
    assert [alerts.exists(each) for each in (number, number + 1)] == [True, False]
    with pytest.raises(LogError, match=f"no alert {number + 1}"):
        alerts.acknowledge(number + 1, "值班员", at("08:02"))


def test_of_alerts_read_again_those_changed_that_are_new_or_otherwise(hold, alerts):
    hold("08:00", condition(), condition(subject="JY02"))
    before = alerts.of(MONDAY)
    assert changed_alerts(before, alerts.of(MONDAY)) == []
    alerts.acknowledge(int(before[1]["id"]), "值班员", at("08:02"))
    hold("08:05", condition(), condition(subject="JY02"), condition(subject="JY03"))
    changed = changed_alerts(before, alerts.of(MONDAY))
    assert [(each["id"], each["acknowledged_by"]) for each in changed] == [
        (before[1]["id"], "值班员"),
        (alerts.of(MONDAY)[2]["id"], None),
    ]


STATES = st.dictionaries(st.sampled_from("1234"), st.integers(0, 2)).map(
    lambda states: [{"id": number, "ended_ms": ended} for number, ended in states.items()]
)


@given(STATES, STATES)
def test_whoever_applies_the_changes_has_the_alerts_as_they_are(before, after):
    changed = changed_alerts(before, after)
    known = {each["id"]: each for each in [*before, *changed]}
    assert [known[each["id"]] for each in after] == after
    assert all(each in after and each not in before for each in changed)
