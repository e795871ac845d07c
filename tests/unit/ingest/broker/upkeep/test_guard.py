from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from ingest.broker.upkeep.guard import Guard
from ingest.broker.upkeep.limits import MIB, SIDE_BYTES, StoreLimits
from ingest.broker.upkeep.monitor import StoreState
from ingest.broker.upkeep.sessions import Consumer, Record, Stored
from ingest.fault import BrokerError

BEGAN = datetime(2026, 11, 29, 6, tzinfo=UTC)
EARLIER = BEGAN - timedelta(hours=1)
LATER = BEGAN + timedelta(hours=1)


class ShownServer:
    """A server in any state one wants, which remembers what was asked of it."""

    def __init__(self):
        self.streams = {"$MQTT_msgs": None, "$MQTT_rmsgs": SIDE_BYTES}
        self.waiting_bytes = 0
        self.told_fault, self.nodes = "", {}
        self.told_consumers, self.told_sessions = [], []
        self.asked = []

    def store(self):
        limit = self.streams.get("$MQTT_msgs")
        return StoreState(0, self.waiting_bytes, limit or 10**9, limit is not None, 0, 10**9,
                          dict(self.streams), **self.nodes)  # fmt: skip

    def fault(self):
        return self.told_fault

    def stored_sessions(self):
        return self.told_sessions

    def consumers(self):
        return self.told_consumers

    def bound(self, stream, most_bytes):
        self.streams[stream] = most_bytes
        self.asked.append((stream, most_bytes))

    def renew(self, names, *settings):
        self.asked.append(("renew", names, *settings))

    def forget(self, stored, consumers):
        self.asked.append(("forget", [one.record.id for one in stored], consumers))


@pytest.fixture
def server():
    return ShownServer()


@pytest.fixture
def disk():
    return {"free": 100 * MIB}


@pytest.fixture
def guard(server, disk):
    def restart():
        server.asked.append("restart")
        return server, server, LATER

    return Guard(
        server,
        server,
        StoreLimits(50 * MIB, 10 * MIB),
        began=BEGAN,
        free_bytes=lambda: disk["free"],
        restart=restart,
    )


def consumer(name, since=EARLIER, ack_wait_s=10.0, *, is_bound=False):
    return Consumer(name, "fleet.*.ping", since, ack_wait_s, 8000, 3, is_bound)


def test_messages_are_bounded_once_and_anew_when_the_disk_fills(guard, server, disk):
    guard.look()
    guard.look()
    assert server.asked == [("$MQTT_msgs", 50 * MIB)]
    disk["free"] = 30 * MIB
    guard.look()
    assert server.asked[1:] == [("$MQTT_msgs", 20 * MIB)]


def test_before_the_first_client_there_is_nothing_to_bound(guard, server):
    server.streams = {}
    guard.look()
    assert server.asked == []


def test_what_else_is_kept_is_bounded_too_so_that_it_cannot_take_the_room_of_sessions(
    guard, server
):
    server.streams = {"$MQTT_qos2in": None, "$MQTT_rmsgs": None, "$MQTT_sess": None}
    guard.look()
    assert server.asked == [("$MQTT_qos2in", SIDE_BYTES), ("$MQTT_rmsgs", SIDE_BYTES)]


def test_a_store_that_fills_is_told_once_and_once_when_it_has_room_again(guard, server):
    guard.look()
    with capture_logs() as logged:
        server.waiting_bytes = 36 * MIB
        guard.look()
        guard.look()
        server.waiting_bytes = MIB
        guard.look()
    assert [(one["log_level"], one["event"].partition(":")[0]) for one in logged] == [
        ("warning", "the broker's store fills"),
        ("info", "the broker's store has room again"),
    ]
    assert logged[0]["share"] == 0.72


def test_a_fault_that_stays_has_the_server_started_again_as_soon_as_there_is_room(
    guard, server, disk
):
    server.told_fault, disk["free"] = "no space left on device", 0
    for _ in range(5):
        guard.look()
    assert "restart" not in server.asked
    disk["free"] = 64 * MIB
    guard.look()
    assert server.asked.count("restart") == 1
    guard.look()
    assert server.asked.count("restart") == 1, "the new one is given time"


def test_what_a_start_does_not_mend_is_tried_ever_more_seldom(guard, server):
    server.told_fault = "a quota, not the disk"
    for _ in range(3 + 12 + 48):
        guard.look()
    assert server.asked.count("restart") == 3
    for _ in range(100):
        guard.look()
    assert server.asked.count("restart") == 3


def test_a_fault_that_goes_by_itself_is_let_go(guard, server):
    for fault in ("slow", "slow", "", "slow", "slow", ""):
        server.told_fault = fault
        guard.look()
    assert "restart" not in server.asked


def test_consumers_are_renewed_only_if_their_settings_are_others(guard, server):
    server.told_consumers = [consumer("a"), consumer("b", ack_wait_s=1.0)]
    guard.renew(10.0, 8000)
    assert server.asked == [("renew", ["b"], 10.0, 8000)]


def test_sessions_that_cannot_be_asked_for_do_not_keep_the_broker_from_starting(guard, server):
    def fail():
        raise BrokerError("it does not tell")

    server.consumers = fail
    with capture_logs() as logged:
        guard.renew(10.0, 8000)
    assert logged[0]["event"] == "sessions keep their old settings"


def test_what_an_earlier_run_left_behind_is_removed_once_and_nothing_else(guard, server):
    def stored(client_id, since, *, clean):
        record = Record(client_id, clean=clean)
        return Stored(client_id, 1, since, record)

    server.told_sessions = [
        stored("keeper", EARLIER, clean=False),
        stored("passer-by", EARLIER, clean=True),
        stored("truck", BEGAN, clean=True),
    ]
    server.told_consumers = [
        consumer("stray"), consumer("bound", is_bound=True), consumer("new", since=BEGAN),
    ]  # fmt: skip
    guard.look()
    guard.look()
    assert [one for one in server.asked if one[0] == "forget"] == [
        ("forget", ["passer-by"], ["stray"])
    ]


def test_a_thread_that_was_not_started_can_be_stopped(guard):
    guard.stop()


def test_sessions_that_a_restart_of_its_own_ended_are_removed_too(guard, server):
    guard.look()
    server.told_sessions = [Stored("caught", 1, BEGAN, Record("caught", clean=True))]
    server.told_fault = "no space left on device"
    for _ in range(3):
        guard.look()
    assert server.asked.count("restart") == 1
    assert ("forget", ["caught"], []) in server.asked


def test_why_a_restart_failed_is_told(server):
    def fail():
        raise BrokerError("port 1883 is taken")

    guard = Guard(server, server, StoreLimits(50 * MIB, 10 * MIB), began=BEGAN,
                  free_bytes=lambda: 100 * MIB, restart=fail)  # fmt: skip
    server.told_fault = "no space left on device"
    guard.look()
    guard.look()
    with capture_logs() as logged, pytest.raises(BrokerError, match="is taken"):
        guard.look()
    assert logged[-1]["reason"] == "port 1883 is taken"


@pytest.fixture
def node(server):
    return Guard(
        server,
        server,
        StoreLimits(50 * MIB, 10 * MIB),
        began=BEGAN,
        free_bytes=lambda: 100 * MIB,
        restart=lambda: (server, server, LATER),
        node="pingcheng-1",
    )


def test_of_several_nodes_the_one_that_leads_sets_the_bound_and_renews_sessions(node, server):
    server.told_consumers = [consumer("old", ack_wait_s=5.0)]
    node.renew_later(10.0, 8000)
    server.nodes = {"nodes": 3, "replicas": 3, "leader": "pingcheng-2"}
    node.look()
    assert server.asked == []
    server.nodes["leader"] = "pingcheng-1"
    node.look()
    node.look()
    assert server.asked == [("$MQTT_msgs", 50 * MIB), ("renew", ["old"], 10.0, 8000)]


def test_none_of_several_nodes_removes_sessions_whose_clients_may_be_with_another(node, server):
    server.nodes = {"nodes": 3, "replicas": 3, "leader": "pingcheng-1"}
    server.told_sessions = [Stored("k", 1, EARLIER, Record("truck", clean=True))]
    node.look()
    assert server.asked == [("$MQTT_msgs", 50 * MIB)]


def test_too_few_nodes_are_told_once_and_once_when_they_are_enough(node, server):
    server.nodes = {"nodes": 3, "replicas": 1, "leader": "pingcheng-1"}
    with capture_logs() as logged:
        node.look()
        node.look()
        server.nodes["replicas"] = 3
        node.look()
    assert [(one["log_level"], one.get("reason")) for one in logged] == [
        ("error", "the broker keeps messages on 1 of 3 nodes only"),
        ("info", None),
    ]
