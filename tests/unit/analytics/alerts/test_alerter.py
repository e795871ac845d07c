from zoneinfo import ZoneInfo

import pytest

from analytics.alerts.alerter import Alerter, channels_of
from analytics.alerts.channel import DeliveryError
from analytics.alerts.outbox import Outbox
from analytics.alerts.store import AlertStore
from ingest.fault import SettingError
from ingest.log.pinglog import open_log
from ingest.settings.alerts import AlertSettings
from ingest.settings.settings import Settings
from tests.fixtures.conditions import DATE, condition
from tests.fixtures.town import ZONE, at

ZONE_INFO = ZoneInfo(ZONE)
AT_ONCE = AlertSettings(hold_min=0, language="en")


class Days:
    """A day on which one condition holds."""

    def look(self, *_):
        return (condition(),), (DATE,)


class Office:
    """A channel that takes what it is sent, or nothing."""

    name = "office"

    def __init__(self, *, takes=True):
        self.takes, self.taken = takes, []

    def send(self, outgoing):
        for each in outgoing:
            if not self.takes:
                raise DeliveryError("the office is closed")
            self.taken.append(each)
            yield


@pytest.fixture
def store(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        yield AlertStore(log)


def alerter(store, office, clock):
    outbox = Outbox((office.name,), (), mqtt=False, zone=ZONE_INFO, language="en")
    return Alerter(
        store, Days(), AT_ONCE, ZONE_INFO, outbox, {office.name: office}, lambda: at(clock[0])
    )


def test_a_look_sends_what_is_due_and_the_next_one_says_nothing_again(store):
    office, clock = Office(), ["08:00"]
    one = alerter(store, office, clock)
    assert one.look() == 0
    clock[0] = "08:01"
    assert one.look() == 0
    assert len(office.taken) == 1
    assert "JY01" in office.taken[0].title + office.taken[0].body


def test_what_could_not_be_sent_is_counted_and_sent_by_a_later_look(store):
    office, clock = Office(takes=False), ["08:00"]
    one = alerter(store, office, clock)
    assert one.look() == 1
    office.takes, clock[0] = True, "09:30"
    assert one.look() == 0
    assert len(office.taken) == 1


def test_another_alerter_after_a_restart_says_nothing_again(store):
    office = Office()
    alerter(store, office, ["08:00"]).look()
    alerter(store, office, ["08:05"]).look()
    assert len(office.taken) == 1


def settings(**changes):
    return Settings.model_construct(**{**Settings.model_construct().model_dump(), **changes})


def test_nobody_to_tell_is_an_error_that_says_how_to_mend_it():
    with pytest.raises(SettingError, match=r"set alerts\.channels .* or print with --dry-run"):
        channels_of(settings(), AlertSettings(), None, ZONE_INFO)


def test_a_broker_given_is_told_too_and_named_in_the_outbox():
    channels, outbox = channels_of(settings(), AlertSettings(), "mqtt://127.0.0.1:1", ZONE_INFO)
    assert [*channels] == ["mqtt"]
    assert outbox.mqtt


def test_its_client_id_at_a_broker_is_the_same_from_run_to_run_and_not_that_of_ingest():
    names = {
        channels_of(settings(), AlertSettings(), "mqtt://127.0.0.1:1", ZONE_INFO)[0][
            "mqtt"
        ]._login.client_id
        for _ in range(2)
    }
    assert names == {"pingcheng-alerts"}


def test_who_is_told_and_who_is_told_of_escalations_are_kept_apart():
    alerts = AlertSettings(channels=("json://office.test",), escalation=("json://boss.test",))
    channels, outbox = channels_of(settings(), alerts, None, ZONE_INFO)
    assert len(channels) == 2
    assert not outbox.mqtt
    assert set(outbox.channels) | set(outbox.escalation) == set(channels)
    assert not set(outbox.channels) & set(outbox.escalation)


def test_a_login_that_cannot_be_used_is_told_as_one_of_the_alerts(tmp_path):
    alerts = AlertSettings(
        mqtt=True, broker_username="pingcheng-alerts", broker_password_file=tmp_path / "none"
    )
    with pytest.raises(SettingError, match=r"^in \[alerts\], "):
        channels_of(settings(), alerts, None, ZONE_INFO)
