import socket
import time
from types import SimpleNamespace

import pytest

from ingest.broker.address import BrokerAddress
from ingest.fault import BrokerError, SettingError
from ingest.mqtt import connection as connection_module
from ingest.mqtt.connection import Connection, Login, Received
from tests.fixtures.scripted_broker import (
    CONNECT,
    DISCONNECT,
    NOT_AUTHORISED,
    PATIENCE_S,
    REFUSED,
    SUBSCRIBE,
    nobody,
    scripted_broker,
)

TOPICS = ("fleet/+/ping",)
LOGIN = Login("datong-1", "扫路", "geheim")


class Post:
    """Takes what is delivered, as long as there is room."""

    def __init__(self):
        self.received, self.room, self.takes = [], True, True
        self.rooms = iter(())

    def deliver(self, _, received):
        self.received.append(received)
        return self.takes

    def has_room(self):
        return next(self.rooms, self.room)


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def broker():
    with scripted_broker() as broker:
        yield broker


@pytest.fixture
def wake():
    """A pair of sockets: what is sent into the one wakes who waits at the other."""
    waker, alarm = socket.socketpair()
    with waker, alarm:
        yield waker, alarm


@pytest.fixture
def drive(wake):
    """Have a connection work until a condition holds."""

    def until(connection, condition):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "it never came true"
            connection.step(wake[0].fileno(), 1.0)

    return until


@pytest.fixture
def connect(broker, post):
    """Open a connection to the broker; give it and what the broker has of it."""
    opened = []

    def make(topics=TOPICS):
        connection = Connection(broker.address, LOGIN, topics, post.deliver, post.has_room)
        opened.append(connection)
        connection.open()
        return connection, broker.accept()

    yield make
    for connection in opened:
        connection.drop()


@pytest.fixture
def subscribed(connect, drive):
    """A connection whose subscription the broker has taken, and what the broker has of it."""
    connection, client = connect()
    client.welcome()
    drive(connection, client.has_said_something)
    client.subscribe()
    drive(connection, lambda: connection.subscribed)
    return connection, client


def test_a_login_is_shown_without_its_password():
    assert repr(LOGIN) == "Login('datong-1', '扫路')"


def test_nobody_at_the_address_is_an_error_of_the_system(post):
    connection = Connection(nobody(), LOGIN, TOPICS, post.deliver, post.has_room)
    with pytest.raises(OSError, match="refused"):
        connection.open()


def test_it_says_who_it_is_and_asks_for_a_session_that_is_kept(connect):
    _, client = connect()
    kind, content = client.receive()
    flags, keepalive_s = content[7], int.from_bytes(content[8:10], "big")
    assert kind == CONNECT
    assert content[10:] == b"\0\x08datong-1\0\x06\xe6\x89\xab\xe8\xb7\xaf\0\x06geheim"
    assert flags & 0b10 == 0  # clean session
    assert 0 < 2 * keepalive_s <= 10  # a broker that falls silent is given up within that


def test_every_pattern_is_subscribed_to_with_acknowledged_delivery(connect, drive):
    connection, client = connect(("fleet/+/ping", "手机/#"))
    client.welcome()
    drive(connection, client.has_said_something)
    kind, content = client.receive()
    assert kind == SUBSCRIBE
    assert content[2:] == b"\0\x0cfleet/+/ping\x01\0\x08\xe6\x89\x8b\xe6\x9c\xba/#\x01"
    assert not connection.subscribed


def test_a_broker_that_refuses_the_login_ends_the_connection_with_its_reason(connect, drive):
    connection, client = connect()
    client.welcome(NOT_AUTHORISED)
    drive(connection, lambda: connection.ended)
    assert connection.reason == "the broker refused it: Not authorized"
    assert connection.refusal is None  # to try again may be of use


def test_a_subscription_that_is_refused_is_an_error_that_names_the_patterns(connect, drive):
    connection, client = connect(("fleet/+/ping", "secret/#", "其他/#"))
    client.welcome()
    drive(connection, client.has_said_something)
    client.subscribe(1, REFUSED, REFUSED)
    drive(connection, lambda: connection.ended)
    assert isinstance(connection.refusal, BrokerError)
    assert "refuses the subscription to secret/#, 其他/#: " in str(connection.refusal)
    assert str(connection.refusal).startswith("mqtt://127.0.0.1:")
    assert not connection.subscribed


def test_messages_are_delivered_in_order_as_they_came(subscribed, post, drive):
    connection, client = subscribed
    client.publish(1, b"a")
    client.publish(2, b"\0\xff", topic="fleet/晋BQ0384/ping".encode(), flags=1)
    client.publish(0, b"c")
    drive(connection, lambda: len(post.received) == 3)
    assert post.received == [
        Received("fleet/truck/ping", b"a", 1, retained=False),
        Received("fleet/晋BQ0384/ping", b"\0\xff", 2, retained=True),
        Received("fleet/truck/ping", b"c", 0, retained=False),
    ]


def test_a_topic_that_is_no_text_is_delivered_as_none_and_ends_nothing(subscribed, post, drive):
    connection, client = subscribed
    client.publish(1, b"a", topic=b"fleet/\xff\xfe/ping")
    client.publish(2, b"b")
    drive(connection, lambda: len(post.received) == 2)
    assert [(one.topic, one.payload) for one in post.received] == [
        ("", b"a"),
        ("fleet/truck/ping", b"b"),
    ]


def test_nothing_is_acknowledged_by_itself_and_all_in_the_order_that_is_asked_for(
    subscribed, post, drive
):
    connection, client = subscribed
    for packet_id in (1, 2, 3):
        client.publish(packet_id, b"x")
    drive(connection, lambda: len(post.received) == 3)
    for packet_id in (3, 1):
        connection.send_acknowledgement(packet_id)
    assert [client.acknowledged(), client.acknowledged()] == [3, 1]
    connection.close()
    assert client.receive()[0] == DISCONNECT


def test_what_a_broker_sends_again_before_it_is_acknowledged_is_delivered_once(
    subscribed, post, drive
):
    connection, client = subscribed
    client.publish(1, b"first")
    client.publish(1, b"first", flags=8)  # a duplicate
    client.publish(2, b"second")
    drive(connection, lambda: len(post.received) == 2)
    assert [one.payload for one in post.received] == [b"first", b"second"]


def test_an_acknowledged_packet_id_may_be_given_to_another_message(subscribed, post, drive):
    connection, client = subscribed
    client.publish(1, b"first")
    drive(connection, lambda: post.received)
    connection.send_acknowledgement(1)
    client.publish(1, b"second")
    drive(connection, lambda: len(post.received) == 2)
    assert post.received[1].payload == b"second"


def test_messages_without_guarantee_all_have_packet_id_0_and_each_is_delivered(
    subscribed, post, drive
):
    connection, client = subscribed
    for payload in (b"a", b"b"):
        client.publish(0, payload)
    drive(connection, lambda: len(post.received) == 2)
    assert [one.payload for one in post.received] == [b"a", b"b"]


def test_a_message_that_is_turned_away_is_remembered_and_taken_if_it_comes_again(
    subscribed, post, drive
):
    connection, client = subscribed
    client.publish(1, b"a")
    drive(connection, lambda: post.received)
    assert not connection.turned_away
    post.takes = False
    client.publish(2, b"b")
    drive(connection, lambda: len(post.received) == 2)
    assert connection.turned_away
    post.takes = True
    client.publish(2, b"b", flags=8)
    drive(connection, lambda: len(post.received) == 3)


@pytest.fixture
def clock(monkeypatch):
    """The clock of the connections, which stands until it is set."""
    clock = SimpleNamespace(now_s=1000.0)
    monkeypatch.setattr(connection_module, "time", SimpleNamespace(monotonic=lambda: clock.now_s))
    return clock


def test_while_there_is_no_room_nothing_is_read_though_not_for_long(subscribed, post, wake, clock):
    connection, client = subscribed
    post.room = False
    client.publish(1, b"a")
    for now_s, count in ((1000.0, 0), (1002.0, 0), (1002.1, 1)):
        clock.now_s = now_s
        connection.step(wake[0].fileno(), 1.0)
        assert len(post.received) == count


def test_the_time_without_room_is_counted_anew_each_time(subscribed, post, wake, clock):
    connection, client = subscribed
    for now_s, room in ((1000.0, False), (1001.0, True), (1009.0, False)):
        clock.now_s, post.room = now_s, room
        connection.step(wake[0].fileno(), 0.0)
    client.publish(1, b"a")
    connection.step(wake[0].fileno(), 1.0)
    assert post.received == []


def test_as_soon_as_there_is_room_again_what_waited_is_read(subscribed, post, drive, wake):
    connection, client = subscribed
    post.room = False
    client.publish(1, b"a")
    connection.step(wake[0].fileno(), 1.0)
    assert post.received == []
    post.room = True
    drive(connection, lambda: post.received)


def test_of_a_burst_no_more_is_read_than_there_is_room_for(subscribed, post, wake):
    connection, client = subscribed
    for packet_id in (1, 2, 3, 4):
        client.publish(packet_id, b"x")
    post.rooms, post.room = iter([True, True]), False
    connection.step(wake[0].fileno(), 1.0)
    assert [one.packet_id for one in post.received] == [1, 2]


def test_who_waits_is_woken(subscribed, wake):
    connection, _ = subscribed
    waker, alarm = wake
    assert not connection.step(waker.fileno(), 0.0)
    alarm.send(b"!")
    assert connection.step(waker.fileno(), PATIENCE_S)


def test_a_broker_that_hangs_up_ends_the_connection_and_the_reason_stays(subscribed, drive, wake):
    connection, client = subscribed
    client.hang_up()
    drive(connection, lambda: connection.ended)
    reason = connection.reason
    assert "lost" in reason
    connection.drop()
    connection.step(wake[0].fileno(), 0.0)
    assert connection.reason == reason


def test_an_acknowledgement_that_comes_too_late_goes_nowhere(subscribed, post, drive):
    connection, client = subscribed
    client.publish(1, b"a")
    drive(connection, lambda: post.received)
    connection.drop()
    connection.send_acknowledgement(1)
    assert client.receive() == (0, b"")


def test_to_drop_is_to_hang_up_without_a_word_and_to_close_is_to_say_goodbye(connect):
    for end, said in ((Connection.drop, 0), (Connection.close, DISCONNECT)):
        connection, client = connect()
        assert client.receive()[0] == CONNECT
        end(connection)
        assert connection.ended
        assert client.receive()[0] == said


@pytest.mark.parametrize("name", ["absent.pem", "text.pem"])
def test_certificates_that_are_of_no_use_are_an_error_that_names_the_files(tmp_path, post, name):
    (tmp_path / "text.pem").write_text("no certificate")
    login = Login("datong-1", ca_file=tmp_path / name)
    address = BrokerAddress("broker.example", 8883, tls=True)
    with pytest.raises(SettingError, match=f"{tmp_path / name}: these cannot be used for TLS"):
        Connection(address, login, TOPICS, post.deliver, post.has_room)


def test_without_tls_nobody_asks_for_the_certificates(tmp_path, post):
    login = Login("datong-1", ca_file=tmp_path / "absent.pem")
    connection = Connection(nobody(), login, TOPICS, post.deliver, post.has_room)
    assert not connection.ended
