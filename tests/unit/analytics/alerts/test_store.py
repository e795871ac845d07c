import threading
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from analytics.alerts.alert import Event
from analytics.alerts.outbox import Outbox, Outgoing
from analytics.alerts.store import GIVE_UP_MS, AlertStore
from ingest.fault import LogError
from ingest.log.pinglog import open_log
from ingest.settings.alerts import AlertKind, AlertSettings
from tests.fixtures.conditions import DATE, MINUTE, condition
from tests.fixtures.town import MONDAY, ZONE, at, next_day

ZONE_INFO = ZoneInfo(ZONE)
AT_ONCE = AlertSettings(hold_min=0)
OUTBOX = Outbox(["webhook"], ["boss"], mqtt=True, zone=ZONE_INFO, language="zh")


@pytest.fixture
def log(database_url):
    with open_log(database_url) as opened:
        yield opened


@pytest.fixture
def store(log):
    return AlertStore(log)


def advance(store, clock, *conditions, settings=AT_ONCE, outbox=OUTBOX, day=MONDAY):
    return store.advance(conditions, (DATE,), at(clock, day), settings, ZONE_INFO, outbox.outgoing)


def waiting(store, clock="09:00"):
    return store.claim(at(clock), lease_ms=0)


def test_states_outlive_a_restart_and_nothing_is_said_twice(database_url):
    with open_log(database_url) as log:
        held = AlertSettings(hold_min=3)
        assert advance(AlertStore(log), "08:00", condition(), settings=held) == ()
    with open_log(database_url) as log:
        (said,) = advance(AlertStore(log), "08:03", condition(), settings=held)
        assert said.event is Event.RAISED
    with open_log(database_url) as log:
        store = AlertStore(log)
        assert advance(store, "08:03", condition(), settings=held) == ()
        assert advance(store, "08:10", condition(), settings=held) == ()
        (stored,) = store.said(MONDAY, only_open=True)
        assert (stored.state.key, stored.state.said_ms) == (condition().key, at("08:03"))
        assert stored.state.facts == condition().facts


def test_what_is_said_waits_in_the_outbox_for_every_channel(store):
    advance(store, "08:00", condition())
    found = {each.outgoing.channel: each.outgoing for each in waiting(store)}
    (number,) = (each.number for each in store.said(only_open=True))
    assert set(found) == {"webhook", "mqtt"}
    assert found["webhook"].title == "【临期】JY01 07:00-10:00"
    assert found["webhook"].id == f"{number}-raised-webhook"
    assert found["mqtt"].title == "alerts/at_risk/JY01"


def test_an_escalation_goes_to_those_who_are_told_of_escalations(store):
    advance(store, "08:00", condition())
    advance(store, "08:20", condition())
    assert {each.outgoing.channel for each in waiting(store)} == {"webhook", "mqtt", "boss"}


def test_a_digest_is_one_text_for_people_and_a_notice_each_for_machines(store):
    many = [condition(subject=f"QR{number:02}") for number in range(14)]
    advance(store, "08:00", *many)
    found = [each.outgoing for each in waiting(store)]
    (text,) = (each for each in found if each.channel == "webhook")
    assert text.title == "【告警汇总】14条：临期14"
    assert len(text.body.splitlines()) == 13
    assert len({each.title for each in found if each.channel == "mqtt"}) == 1
    assert len({each.id for each in found}) == 15


def test_a_condition_that_never_became_an_alert_leaves_no_row(store, log):
    held = AlertSettings(hold_min=3)
    advance(store, "08:00", condition(), settings=held)
    advance(store, "08:01", settings=held)
    with log.transaction(write=False) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM alerts")) == 0


def test_an_alert_that_is_acknowledged_is_not_escalated(store):
    advance(store, "08:00", condition())
    (stored,) = store.said(only_open=True)
    first = store.acknowledge(stored.number, "调度甲", at("08:10"))
    again = store.acknowledge(stored.number, "调度乙", at("08:11"))
    assert first.state.acknowledged_by == again.state.acknowledged_by == "调度甲"
    assert advance(store, "08:30", condition()) == ()
    assert store.said(only_open=True) == []
    assert len(store.said(MONDAY, only_open=False)) == 1
    assert store.said(next_day(), only_open=False) == []


def test_to_acknowledge_what_is_no_alert_is_an_error_that_names_it(store):
    with pytest.raises(LogError, match="there is no alert 77"):
        store.acknowledge(77, "调度", at("08:10"))


def test_a_write_that_fails_leaves_alert_and_outbox_as_they_were(store):
    def broken(*_):
        yield Outgoing("same", "webhook", "a", "b")
        yield Outgoing("same", "webhook", "a", "b")

    with pytest.raises(LogError):
        store.advance([condition()], (DATE,), at("08:00"), AT_ONCE, ZONE_INFO, broken)
    assert store.said(only_open=False) == []
    (said,) = advance(store, "08:01", condition())
    assert said.event is Event.RAISED


def test_what_one_alerter_has_claimed_no_other_gets_until_the_claim_ends(store):
    advance(store, "08:00", condition(), outbox=OUTBOX)
    first = store.claim(at("08:00"), lease_ms=5 * MINUTE)
    assert len(first) == 2
    assert store.claim(at("08:04"), lease_ms=5 * MINUTE) == []
    # it ended without a word: the same is sent again, with the same id
    again = store.claim(at("08:05"), lease_ms=5 * MINUTE)
    assert {each.outgoing for each in again} == {each.outgoing for each in first}


def test_what_was_sent_is_never_sent_again_and_what_failed_is_ever_more_seldom(store):
    advance(store, "08:00", condition())
    sent, failed = store.claim(at("08:00"), lease_ms=0)
    store.mark_sent(sent, at("08:00"))
    assert store.mark_failed(failed, at("08:00"), "no answer") == at("08:00:30")
    assert store.claim(at("08:00"), lease_ms=0) == []
    (again,) = store.claim(at("08:01"), lease_ms=0)
    assert (again.outgoing.id, again.attempts) == (failed.outgoing.id, 1)
    assert store.mark_failed(again, at("08:01"), "no answer") == at("08:02")
    (last,) = store.claim(at("09:00"), lease_ms=0)
    assert store.mark_failed(last, at("09:00"), "no answer") == at("09:02")


def test_what_nobody_took_for_hours_is_given_up(store):
    advance(store, "08:00", condition())
    assert store.claim(at("08:00") + GIVE_UP_MS, lease_ms=0) == []
    assert store.claim(at("08:00") + GIVE_UP_MS, lease_ms=0) == []


def test_alerters_at_the_same_time_say_each_alert_once(database_url):
    many = [condition(kind, f"QR{n:02}") for kind in AlertKind for n in range(5)]
    said, errors = [], []
    with open_log(database_url):
        pass
    barrier = threading.Barrier(4)

    def alerter():
        try:
            with open_log(database_url) as log:
                barrier.wait(30)
                for minute in range(5):
                    said.extend(advance(AlertStore(log), f"08:0{minute}", *many))
                    claimed = AlertStore(log).claim(at("09:00"), 3_600_000)
                    said.extend(("sent", each.outgoing.id) for each in claimed)
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=alerter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    told = [alert.key for each in said if not isinstance(each, tuple) for alert in each.alerts]
    assert sorted(told) == sorted(each.key for each in many)
    sent = [each for each in said if isinstance(each, tuple)]
    assert len(sent) == len(set(sent)) == 21
