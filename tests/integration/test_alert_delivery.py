"""Alerts on their way out: to a real HTTP server and to real brokers."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import SecretStr
from typer.testing import CliRunner

from analytics.alerts.alert import Condition
from analytics.alerts.channel import DeliveryError
from analytics.alerts.delivery import MqttChannel, apprise_channels, deliver
from analytics.alerts.outbox import MQTT, Outbox, Outgoing
from analytics.alerts.store import AlertStore
from ingest.broker.address import BrokerAddress
from ingest.broker.broker import Broker
from ingest.broker.credentials import Request, make_credentials
from ingest.broker.upkeep.monitor import Monitor
from ingest.broker.users import ALERTS, ALERTS_READER
from ingest.fault import SettingError
from ingest.log.pinglog import open_log
from ingest.mqtt.connection import Login
from ingest.settings.alerts import AlertSettings
from pingcheng import app
from tests.fixtures.conditions import DATE, FACTS, condition
from tests.fixtures.mqtt import until
from tests.fixtures.town import ZONE, at
from tests.fixtures.web_hook import SECRET, WebHook
from tests.servers import mosquitto
from tests.servers.mosquitto import Mosquitto

ZONE_INFO = ZoneInfo(ZONE)
ALERT = Outgoing("1-raised-mqtt", MQTT, "alerts/at_risk/QR54", '{"street": "云中街"}')


@pytest.fixture
def receiver():
    with WebHook() as running:
        yield running


@pytest.fixture
def store(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        yield AlertStore(log)


def settings_of(*urls, **options):
    return AlertSettings(channels=[SecretStr(url) for url in urls], hold_min=0, **options)


def say(store, settings, *conditions):
    told, escalation = apprise_channels(settings)
    names = [each.name for each in told], [each.name for each in escalation]
    outbox = Outbox(*names, mqtt=False, zone=ZONE_INFO, language="zh")
    store.advance(conditions, (DATE,), at("08:00"), settings, ZONE_INFO, outbox.outgoing)
    return {each.name: each for each in told}


def test_an_alert_reaches_a_web_hook_and_is_sent_once(store, receiver):
    channels = say(store, settings_of(receiver.url), condition())
    assert deliver(store, channels, lambda: at("08:00")) == (1, 0)
    assert deliver(store, channels, lambda: at("08:30")) == (0, 0)
    (taken,) = receiver.taken
    assert taken["title"] == "【临期】JY01 07:00-10:00"
    assert "请催促晋BQ0384" in taken["message"]


def test_a_street_named_like_markup_is_none_in_a_chat_and_is_itself_in_a_web_hook(store, receiver):
    receiver.said = b"ok"
    streets = ("<!channel> *急* [x](http://evil.example)", "\u202e街")
    facts = msgspec.structs.replace(FACTS, streets=streets, lacking_m=900.0)
    found = Condition(condition().key, facts)
    chat = f"mmost://{receiver.place}"
    channels = say(store, settings_of(receiver.url, chat), found)
    assert deliver(store, channels, lambda: at("08:00")) == (2, 0)
    hook, mattermost = sorted(receiver.taken, key=lambda taken: "message" not in taken)
    assert "<!channel> *急* [x](http://evil.example)、\\u202e街" in hook["message"]
    assert not set("*_~`#<>[](){}|\\@!&$") & set(mattermost["text"])
    assert "＜！channel＞ ＊急＊ ［x］（http：//evil.example）" in mattermost["text"]


def test_what_was_refused_is_told_without_secrets_and_tried_again_later(store, receiver, capfd):
    receiver.answer = 500
    channels = say(store, settings_of(receiver.url), condition())
    assert deliver(store, channels, lambda: at("08:00")) == (0, 1)
    assert deliver(store, channels, lambda: at("08:00:29")) == (0, 0)
    receiver.answer = 200
    assert deliver(store, channels, lambda: at("08:00:30")) == (1, 0)
    assert len(receiver.taken) == 2
    told = "".join(capfd.readouterr())
    assert "error=500" in told
    assert SECRET not in told


def test_a_channel_that_is_down_is_tried_once_a_round_and_holds_no_other_up(store, receiver):
    settings = settings_of("json://127.0.0.1:9/down", receiver.url)
    channels = say(store, settings, condition(), condition(subject="QR54"))
    assert deliver(store, channels, lambda: at("08:00")) == (2, 1)
    assert len(receiver.taken) == 2


def test_a_channel_that_never_answers_is_given_up_after_its_timeout(store, receiver):
    receiver.answer = None
    channels = say(store, settings_of(receiver.url, timeout_s=0.5), condition())
    assert deliver(store, channels, lambda: at("08:00")) == (0, 1)


def test_a_channel_that_left_the_settings_is_not_waited_for(store, receiver):
    say(store, settings_of(receiver.url), condition())
    assert deliver(store, {}, lambda: at("08:00")) == (0, 0)
    assert store.claim(at("09:00"), 0) == []


@pytest.mark.parametrize("url", [f"nonsense://{SECRET}", "mailto://broken"])
def test_a_channel_that_apprise_does_not_know_is_an_error_without_its_secret(url):
    with pytest.raises(SettingError, match=r"setting alerts\.channels\.0 = ") as caught:
        apprise_channels(settings_of(url))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"wecombot://{SECRET}",
        f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={SECRET}",
        "dingtalk://abcdefgh12345678",
        f"feishu://{SECRET}",
        f"mailto://user:{SECRET}@example.com",
        f"jsons://example.com/{SECRET}",
    ],
)
def test_the_services_that_offices_use_are_known_and_named_without_secrets(url):
    ((channel,), escalation) = apprise_channels(settings_of(url))
    assert channel.name.startswith(url.partition("://")[0] + "-")
    assert SECRET not in channel.name
    assert escalation == (channel,)


@contextmanager
def listening(address, username=None, password=None, ca=None):
    """Subscribe to all alerts; give what comes."""
    heard, subscribed = [], threading.Event()
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _, __, message: heard.append(message)
    client.on_subscribe = lambda *_: subscribed.set()
    if username:
        client.username_pw_set(username, password)
    if ca:
        client.tls_set(str(ca))
    client.connect(address.host, address.port)
    client.subscribe("alerts/#", 1)
    client.loop_start()
    try:
        assert subscribed.wait(60)
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


def publish(channel, *outgoing):
    return len([*channel.send(outgoing or [ALERT])])


def test_an_alert_is_published_once_and_not_kept():
    with Broker() as broker, listening(broker.address) as heard:
        assert publish(MqttChannel(broker.address, Login("alerter"), 30)) == 1
        (message,) = until(lambda: heard)
        assert (message.topic, message.qos, message.retain) == ("alerts/at_risk/QR54", 1, False)
        assert json.loads(message.payload) == {"street": "云中街"}
        with listening(broker.address) as late:
            publish(MqttChannel(broker.address, Login("alerter"), 30))
            until(lambda: late)
            assert len(late) == 1


def test_alerters_have_the_client_ids_of_those_before_and_two_at_once_one_each():
    with Broker() as broker:
        monitor = Monitor(broker.monitor_url)

        def ids_of_two_at_once():
            one, other = (MqttChannel(broker.address, Login("alerter"), 30) for _ in range(2))
            for _ in one.send([ALERT]):
                for _ in other.send([ALERT]):
                    return monitor.connected_ids()
            raise AssertionError("nothing was sent")

        seen = ids_of_two_at_once()
        assert len(seen) == 2
        assert ids_of_two_at_once() == seen


def test_a_broker_that_is_not_there_is_told_with_its_address():
    address = BrokerAddress("127.0.0.1", 9)
    with pytest.raises(DeliveryError, match=r"mqtt://127\.0\.0\.1:9: "):
        publish(MqttChannel(address, Login("alerter"), 5))


def credentials(folder, host="localhost"):
    request = Request(["晋BQ0384"], host, ["fleet/{vehicle_id}/ping"])
    make_credentials(folder, request, datetime.now(UTC))

    def password(user):
        rows = (folder / "passwords.csv").read_text(encoding="utf-8").splitlines()
        return next(row.split(",")[2] for row in rows if row.split(",")[1] == user)

    return password


@contextmanager
def guarded(kind, folder, secrets):
    """A broker that wants passwords, over TLS; give its address."""
    if kind == "mosquitto":
        mosquitto.require()
        with Mosquitto(folder, credentials=secrets) as broker:
            yield BrokerAddress("localhost", broker.password_port, tls=True)
    else:
        with Broker(store=folder, credentials=secrets, tls=True) as broker:
            yield BrokerAddress("localhost", broker.address.port, tls=True)


@pytest.mark.parametrize("kind", ["nats", "mosquitto"])
def test_the_alerter_has_a_name_of_its_own_and_may_publish_alerts_only(tmp_path, kind):
    secrets = tmp_path / "secrets"
    password = credentials(secrets)
    ca = secrets / "ca.crt"
    with guarded(kind, tmp_path / "broker", secrets) as address:
        reader = listening(address, ALERTS_READER, password(ALERTS_READER), ca)
        with reader as heard:
            alerter = Login("any", ALERTS, password(ALERTS), ca)
            assert publish(MqttChannel(address, alerter, 30)) == 1
            until(lambda: heard)
            assert [message.topic for message in heard] == ["alerts/at_risk/QR54"]
        thief = Login("any", ALERTS, "guessed", ca)
        with pytest.raises(DeliveryError, match=r"localhost:\d+ (refused it|did not answer)"):
            publish(MqttChannel(address, thief, 5))


def test_the_test_command_says_which_channel_worked(tmp_path, receiver, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Broker() as broker, listening(broker.address) as heard:
        (tmp_path / "pingcheng.toml").write_text(
            f'broker = "{broker.address}"\n[alerts]\nmqtt = true\n'
            f'channels = ["{receiver.url}", "json://127.0.0.1:9/{SECRET}"]\n',
            encoding="utf-8",
        )
        result = CliRunner().invoke(app, ["alerts", "test"])
        until(lambda: heard)
    assert result.exit_code == 1
    assert [line.split(": ")[1] for line in result.output.splitlines()[:3]] == [
        "sent", "failed", "sent",
    ]  # fmt: skip
    assert "1 of 3 channels did not take" in result.stderr
    assert SECRET not in result.output
    assert receiver.taken[0]["title"] == "【测试】pingcheng 告警"
