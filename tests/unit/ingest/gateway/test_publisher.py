"""The publisher at a broker that says what a test has it say."""

import asyncio
import contextlib
import struct

import pytest

from ingest.gateway.publisher import (
    NotAcknowledgedError,
    NotConnectedError,
    Publisher,
    QueueFullError,
)
from ingest.mqtt.connection import Login
from tests.fixtures.scripted_broker import (
    ACCEPTED,
    CONNECT,
    DISCONNECT,
    NOT_AUTHORISED,
    PATIENCE_S,
    PUBACK,
    PUBLISH,
    nobody,
    scripted_broker,
)

TOPIC = "gateway/osmand"


@pytest.fixture
def broker():
    with scripted_broker() as broker:
        yield broker


@contextlib.contextmanager
def publisher_at(address, **options):
    with Publisher(address, Login("gateway-1"), uniform=lambda low, _: low / 10, **options) as one:
        yield one


@contextlib.contextmanager
def connected(broker, **options):
    """Give a publisher that is let in, and the broker's end of its connection."""
    with publisher_at(broker.address, **options) as publisher:
        client = broker.accept()
        client.welcome()
        assert publisher.wait_until_connected(PATIENCE_S)
        yield publisher, client
        broker.hang_up()


def taken(client):
    """Give packet id, topic and payload of the next PUBLISH."""
    kind, content = client.receive()
    assert kind == PUBLISH
    (length,) = struct.unpack(">H", content[:2])
    topic, rest = content[2 : 2 + length], content[2 + length :]
    return rest[:2], topic.decode(), rest[2:]


def acknowledge(client, packet_id):
    client.send(PUBACK, packet_id)


def test_a_message_is_done_when_the_broker_has_acknowledged_it_and_not_before(broker):
    with connected(broker) as (publisher, client):
        sent = publisher.send(TOPIC, "晋BQ0384".encode())
        packet_id, topic, payload = taken(client)
        assert (topic, payload.decode()) == (TOPIC, "晋BQ0384")
        assert not sent.done()
        assert publisher.open == 1
        acknowledge(client, packet_id)
        assert sent.result(PATIENCE_S) is None
        assert publisher.open == 0


def test_acknowledgements_belong_to_their_message_in_any_order(broker):
    with connected(broker) as (publisher, client):
        first, second = publisher.send(TOPIC, b"1"), publisher.send(TOPIC, b"2")
        one, two = taken(client), taken(client)
        acknowledge(client, two[0])
        second.result(PATIENCE_S)
        assert not first.done()
        acknowledge(client, one[0])
        first.result(PATIENCE_S)


def test_publish_can_be_awaited(broker):
    with connected(broker) as (publisher, client):

        async def publish():
            waiting = asyncio.create_task(publisher.publish(TOPIC, b"{}"))
            packet_id, *_ = await asyncio.to_thread(taken, client)
            assert not waiting.done()
            acknowledge(client, packet_id)
            await waiting

        asyncio.run(publish())


def test_what_is_not_acknowledged_in_time_fails_and_a_silent_connection_is_given_up(broker):
    with connected(broker, timeout_s=0.2) as (publisher, client):
        sent = publisher.send(TOPIC, b"{}")
        taken(client)
        with pytest.raises(NotAcknowledgedError, match="did not acknowledge"):
            sent.result(PATIENCE_S)
        again = broker.accept()
        assert again.receive()[0] == CONNECT
        assert "acknowledges nothing" in publisher.reason


def test_awaiting_what_is_not_acknowledged_raises(broker):
    with (
        connected(broker, timeout_s=0.2) as (publisher, _),
        pytest.raises(NotAcknowledgedError),
    ):
        asyncio.run(publisher.publish(TOPIC, b"{}"))


def test_what_was_in_flight_when_the_connection_ended_is_sent_again_in_its_order(broker):
    with connected(broker) as (publisher, client):
        sent = [publisher.send(TOPIC, b"%d" % number) for number in range(5)]
        acknowledge(client, taken(client)[0])
        sent[0].result(PATIENCE_S)
        client.hang_up()
        again = broker.accept()
        again.welcome()
        found = [taken(again) for _ in range(4)]
        assert [payload for _, _, payload in found] == [b"1", b"2", b"3", b"4"]
        for packet_id, *_ in found:
            acknowledge(again, packet_id)
        for each in sent:
            each.result(PATIENCE_S)


def test_a_message_that_was_in_flight_on_two_lost_connections_is_given_up(broker):
    with connected(broker) as (publisher, first):
        sent, client = publisher.send(TOPIC, b"poison"), first
        for _ in range(2):
            assert taken(client)[2] == b"poison"
            client.hang_up()
            client = broker.accept()
            client.welcome()
        with pytest.raises(NotAcknowledgedError):
            sent.result(PATIENCE_S)
        assert publisher.wait_until_connected(PATIENCE_S)
        sound = publisher.send(TOPIC, b"sound")
        packet_id, _, payload = taken(client)
        assert payload == b"sound"
        acknowledge(client, packet_id)
        sound.result(PATIENCE_S)


def test_no_more_wait_than_there_is_room_for(broker):
    with connected(broker, most_open=3, in_flight=2) as (publisher, client):
        sent = [publisher.send(TOPIC, b"%d" % number) for number in range(3)]
        with pytest.raises(QueueFullError, match="3 messages wait"):
            publisher.send(TOPIC, b"one too many")
        first, _ = taken(client), taken(client)
        assert not client.has_said_something(), "the third waits until one is acknowledged"
        acknowledge(client, first[0])
        sent[0].result(PATIENCE_S)
        assert taken(client)[2] == b"2"
        publisher.send(TOPIC, b"fits")


def test_without_a_connection_a_message_is_refused_at_once():
    with publisher_at(nobody()) as publisher:
        assert not publisher.wait_until_connected(0.1)
        with pytest.raises(NotConnectedError, match="no connection to mqtt"):
            publisher.send(TOPIC, b"{}")


def test_a_broker_that_refuses_is_named_and_asked_again(broker):
    with publisher_at(broker.address) as publisher:
        broker.accept().welcome(NOT_AUTHORISED)
        client = broker.accept()
        assert "refused it" in publisher.reason
        client.welcome(ACCEPTED)
        assert publisher.wait_until_connected(PATIENCE_S)
        broker.hang_up()


def test_a_topic_that_mqtt_does_not_know_fails_alone(broker):
    with connected(broker) as (publisher, client):
        with pytest.raises(NotAcknowledgedError, match="topic"):
            publisher.send("gateway/#", b"{}").result(PATIENCE_S)
        sound = publisher.send(TOPIC, b"{}")
        acknowledge(client, taken(client)[0])
        sound.result(PATIENCE_S)


def test_who_stops_waits_for_what_is_due_and_says_goodbye(broker):
    with publisher_at(broker.address) as publisher:
        client = broker.accept()
        client.welcome()
        assert publisher.wait_until_connected(PATIENCE_S)
        sent = publisher.send(TOPIC, b"last")
        sent.add_done_callback(lambda _: None)
        packet_id, *_ = taken(client)
        acknowledge(client, packet_id)
        publisher.stop(PATIENCE_S)
        sent.result(0)
        assert client.receive()[0] == DISCONNECT
        with pytest.raises(NotConnectedError, match="ending"):
            publisher.send(TOPIC, b"too late")


def test_what_is_still_open_when_it_stops_has_failed(broker):
    with connected(broker) as (publisher, client):
        sent = publisher.send(TOPIC, b"unheard")
        taken(client)
        publisher.stop(0.1)
        with pytest.raises(NotAcknowledgedError):
            sent.result(0)


def test_a_caller_that_gives_up_costs_nobody_else_anything(broker):
    with connected(broker, in_flight=1) as (publisher, client):
        first, given_up, last = (publisher.send(TOPIC, each) for each in (b"1", b"2", b"3"))
        packet_id, *_ = taken(client)
        assert given_up.cancel()
        acknowledge(client, packet_id)
        first.result(PATIENCE_S)
        packet_id, _, payload = taken(client)
        assert payload == b"3"
        acknowledge(client, packet_id)
        last.result(PATIENCE_S)
