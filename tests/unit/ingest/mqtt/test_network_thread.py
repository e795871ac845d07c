import queue
import threading
from itertools import pairwise

import pytest

from ingest.fault import BrokerError
from ingest.mqtt.connection import Login
from ingest.mqtt.network_thread import (
    BACKOFF_FIRST_S,
    BACKOFF_LAST_S,
    Acknowledgement,
    Network,
)
from tests.fixtures.scripted_broker import (
    DISCONNECT,
    NOT_AUTHORISED,
    PATIENCE_S,
    REFUSED,
    nobody,
    scripted_broker,
)

TOPICS = ("fleet/+/ping",)


class Post:
    """Takes what is delivered on the network thread, and hands it to the test."""

    def __init__(self):
        self.takes = True
        self.meet = lambda _: None
        """Called with each payload before it is taken."""
        self._came = queue.Queue()

    def deliver(self, connection, received):
        self.meet(received.payload)
        self._came.put((received.payload, Acknowledgement(connection, received.packet_id)))
        return self.takes

    def take(self):
        """Wait for the next message; give its payload and how to acknowledge it."""
        return self._came.get(timeout=PATIENCE_S)


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def broker():
    with scripted_broker() as broker:
        yield broker


class Pauses:
    """Draws no pause at all, and remembers what it drew from."""

    def __init__(self):
        self.ranges = []
        self.enough = threading.Event()

    def __call__(self, least_s, most_s):
        self.ranges.append((least_s, most_s))
        if len(self.ranges) == 8:
            self.enough.set()
        return PATIENCE_S if self.enough.is_set() else 0.0


@pytest.fixture
def pauses():
    return Pauses()


@pytest.fixture
def network_to(post, pauses):
    """Start a network thread for an address, and stop it in the end."""
    started = []

    def start(address):
        network = Network(address, Login("datong-1"), TOPICS, post.deliver, uniform=pauses)
        started.append(network)
        network.start()
        return network

    yield start
    for network in started:
        network.stop()


def subscribe(broker, network):
    """Have the broker take the next connection and its subscription; give the client."""
    client = broker.accept()
    client.welcome()
    client.subscribe()
    assert network.subscribed.wait(PATIENCE_S)
    return client


def ended(network):
    network._thread.join(PATIENCE_S)
    return not network._thread.is_alive()


def test_a_broker_that_is_not_there_is_tried_again_after_pauses_that_double_up_to_a_last(
    network_to, pauses
):
    network = network_to(nobody())
    assert pauses.enough.wait(PATIENCE_S)
    most = [most_s for _, most_s in pauses.ranges]
    assert most[0] == BACKOFF_FIRST_S
    assert most[-1] == most[-2] == BACKOFF_LAST_S
    assert all(after_s == min(2 * before_s, BACKOFF_LAST_S) for before_s, after_s in pairwise(most))
    # many clients of a broker that comes back do not come all at once
    assert all(least_s == most_s / 2 for least_s, most_s in pauses.ranges)
    assert "refused" in network.reason
    assert (network.connections, network.ever_subscribed) == (0, False)
    assert network.lost_since_s is not None


def test_a_pause_ends_at_once_when_it_is_to_stop(network_to, pauses):
    network = network_to(nobody())
    assert pauses.enough.wait(PATIENCE_S)  # it is in a pause of half a minute now
    network.stop()
    assert not network._thread.is_alive()


def test_a_subscription_that_is_taken_is_told(broker, network_to):
    network = network_to(broker.address)
    assert not network.subscribed.is_set()
    subscribe(broker, network)
    assert network.connections == 1
    assert network.ever_subscribed
    assert network.connected_since_s is not None
    assert network.lost_since_s is None


def test_a_login_that_is_refused_is_tried_again(broker, network_to):
    network = network_to(broker.address)
    broker.accept().welcome(NOT_AUTHORISED)
    subscribe(broker, network)
    assert network.failure is None
    assert network.reason == "the broker refused it: Not authorized"


def test_a_subscription_that_is_refused_ends_it_for_good_and_wakes_who_waits(broker, network_to):
    network = network_to(broker.address)
    client = broker.accept()
    client.welcome()
    client.subscribe(REFUSED)
    assert network.subscribed.wait(PATIENCE_S)
    assert isinstance(network.failure, BrokerError)
    assert ended(network)
    assert not network.ever_subscribed
    thread = network._thread
    network.revive()
    assert network._thread is thread


def test_messages_are_acknowledged_in_the_order_that_is_asked_for(broker, network_to, post):
    network = network_to(broker.address)
    client = subscribe(broker, network)
    for packet_id in (1, 2, 3):
        client.publish(packet_id, b"x")
    came = [post.take()[1] for _ in range(3)]
    assert [one.packet_id for one in came] == [1, 2, 3]
    network.acknowledge(came[::-1])
    assert [client.acknowledged() for _ in range(3)] == [3, 2, 1]


def test_a_message_is_acknowledged_only_on_the_connection_it_came_on(broker, network_to, post):
    network = network_to(broker.address)
    first = subscribe(broker, network)
    first.publish(1, b"first")
    _, early = post.take()
    first.hang_up()
    second = subscribe(broker, network)
    second.publish(7, b"second")
    _, late = post.take()
    network.acknowledge([early, late])
    assert second.acknowledged() == 7
    network.stop()
    assert second.receive()[0] == DISCONNECT


def test_a_connection_that_is_lost_is_told_and_made_anew(broker, network_to):
    network = network_to(broker.address)
    subscribe(broker, network).hang_up()
    client = broker.accept()  # it has noticed, or it would not have come again
    assert not network.subscribed.is_set()
    assert network.connected_since_s is None
    assert network.lost_since_s is not None
    client.welcome()
    client.subscribe()
    assert network.subscribed.wait(PATIENCE_S)
    assert network.connections == 2
    assert "lost" in network.reason


def test_a_message_that_breaks_the_one_who_takes_it_does_not_end_the_thread(
    broker, network_to, post
):
    def stumble(payload):
        if payload == b"broken":
            raise ZeroDivisionError

    post.meet = stumble
    network = network_to(broker.address)
    subscribe(broker, network).publish(1, b"broken")
    subscribe(broker, network).publish(1, b"sound")
    assert post.take()[0] == b"sound"
    assert (network.failure, network.reason) == (None, "ZeroDivisionError")


def test_what_was_turned_away_is_asked_for_by_a_new_connection_without_a_pause(
    broker, network_to, post, pauses
):
    network = network_to(broker.address)
    assert not network.ask_again()
    client = subscribe(broker, network)
    post.takes = False
    client.publish(1, b"too much")
    client.publish(2, b"too much")
    post.take(), post.take()  # the first has been turned away when the second comes
    assert network.ask_again()
    assert client.receive()[0] == DISCONNECT
    subscribe(broker, network)
    assert pauses.ranges == []
    assert not network.ask_again()


def test_to_stop_sends_what_is_still_to_be_acknowledged_and_then_says_goodbye(
    broker, network_to, post
):
    network = network_to(broker.address)
    client = subscribe(broker, network)
    client.publish(1, b"x")
    _, one = post.take()
    network.acknowledge([one])
    network.stop()
    assert client.acknowledged() == 1
    assert client.receive()[0] == DISCONNECT
    assert ended(network)


def test_a_thread_that_moves_is_left_alone(broker, network_to):
    network = network_to(broker.address)
    subscribe(broker, network)
    thread = network._thread
    network.revive()
    assert network._thread is thread
    assert network.connections == 1


def test_once_stopped_it_is_not_revived(broker, network_to):
    network = network_to(broker.address)
    subscribe(broker, network)
    network.stop()
    thread = network._thread
    network.revive()
    assert network._thread is thread


def test_a_thread_that_does_not_move_is_given_up_and_what_it_still_delivers_is_turned_away(
    broker, network_to, post, monkeypatch
):
    held, released = threading.Event(), threading.Event()

    def hold(payload):
        if payload == b"held":
            held.set()
            released.wait(PATIENCE_S)

    post.meet = hold
    network = network_to(broker.address)
    client = subscribe(broker, network)
    stalled = network._thread
    client.publish(1, b"held")
    client.publish(2, b"late")
    assert held.wait(PATIENCE_S)
    monkeypatch.setattr("ingest.mqtt.network_thread.STALLED_S", -1.0)
    network.revive()
    monkeypatch.undo()
    second = subscribe(broker, network)
    released.set()
    stalled.join(PATIENCE_S)
    assert not stalled.is_alive()
    post.takes = False
    for packet_id in (1, 2):
        second.publish(packet_id, b"new")
    assert [post.take()[0] for _ in range(3)] == [b"held", b"new", b"new"]
    assert (network.connections, network.subscribed.is_set()) == (2, True)
    assert network.ask_again()  # it knows the connection that it has now, and ends it
