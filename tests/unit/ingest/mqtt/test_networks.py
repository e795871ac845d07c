import threading
from dataclasses import dataclass, field

from ingest.fault import BrokerError
from ingest.mqtt.network_thread import Acknowledgement
from ingest.mqtt.networks import Networks


@dataclass
class Shown:
    """A network as `Networks` sees it."""

    share: int
    connection: object = field(default_factory=object)
    failure: BaseException | None = None
    reason: str = ""
    ever_subscribed: bool = True
    connections: int = 1
    connected_since_s: float | None = 1.0
    lost_since_s: float | None = None
    acknowledged: list = field(default_factory=list)
    is_running: bool = False
    turned_away: bool = False
    revived: int = 0
    subscribed: threading.Event = field(default_factory=threading.Event)

    def start(self):
        self.is_running = True
        self.subscribed.set()

    def stop(self):
        self.is_running = False

    def acknowledge(self, some):
        self.acknowledged += some

    def ask_again(self):
        return self.turned_away

    def revive(self):
        self.revived += 1


def made():
    shown = {}

    def make(share):
        shown[share] = Shown(share)
        return shown[share]

    return Networks(make), shown


def test_exactly_the_sessions_of_the_shares_that_are_held_are_connected():
    networks, shown = made()
    networks.hold(frozenset({1, 2}))
    kept = shown[2]
    networks.hold(frozenset({2, 3}))
    assert {share: one.is_running for share, one in shown.items()} == {1: False, 2: True, 3: True}
    assert shown[2] is kept
    assert networks.connections == 3


def test_a_message_is_acknowledged_on_the_connection_it_came_on_or_nowhere():
    networks, shown = made()
    networks.hold(frozenset({1, 2}))
    gone = Acknowledgement(object(), 9)
    sent = [Acknowledgement(shown[share].connection, number) for number in (1, 2)
            for share in (1, 2)]  # fmt: skip
    networks.acknowledge([*sent[:2], gone, *sent[2:]])
    for share in (1, 2):
        assert shown[share].acknowledged == [
            one for one in sent if one.connection is shown[share].connection
        ]


def test_it_is_connected_when_all_are_and_lost_since_the_first_that_is_not():
    networks, shown = made()
    assert networks.connected_since_s is not None  # who holds nothing misses nothing
    networks.hold(frozenset({1, 2}))
    shown[2].connected_since_s = 5.0
    assert (networks.connected_since_s, networks.lost_since_s) == (5.0, None)
    shown[1].connected_since_s, shown[1].lost_since_s = None, 7.0
    assert (networks.connected_since_s, networks.lost_since_s) == (None, 7.0)


def test_what_ended_one_for_good_is_told():
    networks, shown = made()
    networks.hold(frozenset({1, 2}))
    assert (networks.failure, networks.reason) == (None, "")
    shown[2].failure, shown[2].reason = BrokerError("no"), "no"
    assert (networks.failure, networks.reason) == (shown[2].failure, "no")


def test_each_is_looked_after():
    networks, shown = made()
    networks.hold(frozenset({1, 2}))
    networks.revive()
    assert [one.revived for one in shown.values()] == [1, 1]
    assert not networks.ask_again()
    shown[2].turned_away = True
    assert networks.ask_again()


def test_after_the_end_nothing_is_held_any_more():
    networks, shown = made()
    networks.start()
    networks.hold(frozenset({1}))
    networks.stop()
    networks.hold(frozenset({1, 2}))
    assert list(shown) == [1]
    assert not shown[1].is_running
    assert networks.ever_subscribed


def test_one_waits_until_all_that_are_held_are_subscribed():
    networks, shown = made()
    assert not networks.wait_subscribed(0.01)
    networks.hold(frozenset({1}))
    assert networks.wait_subscribed(60)
    shown[1].subscribed.clear()
    shown[1].failure = BrokerError("no")
    assert networks.wait_subscribed(60)
