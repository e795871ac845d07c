"""Three real nodes: what they acknowledged outlives any one of them, and few copies are noticed."""

import urllib.request
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from analytics.alerts.delivery import MqttChannel
from analytics.alerts.outbox import MQTT, Outgoing
from ingest.broker.broker import Broker
from ingest.broker.cluster import Cluster
from ingest.broker.shares import SHARES
from ingest.broker.upkeep.admin import NatsAdmin
from ingest.broker.upkeep.monitor import Monitor
from ingest.fault import BrokerError
from ingest.gateway.moving import waiting_in
from ingest.gateway.publisher import Publisher, PublishError
from ingest.log.pinglog import open_log
from ingest.log.tables import pings
from ingest.mqtt.connection import Login
from pingcheng import app
from simulators.replay.replay import messages, publish
from tests.fixtures.mqtt import a_minute_ago, publishing, until
from tests.fixtures.quick_log import emptied
from tests.fixtures.sessions import keeping as session_of_another
from tests.integration.test_shares import PATTERN, sharing_with
from tests.servers.nodes import HOST, address_of, free_ports, three_nodes


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nodes")
    with three_nodes(folder, split=[PATTERN], ack_wait_s=1) as nodes:
        yield folder, nodes


@pytest.fixture
def nodes(cluster):
    """Three that run, and have caught up with each other."""
    _, nodes = cluster
    for node in nodes:
        if not node.running:
            node.start()
    until(lambda: all(is_current(node) for node in nodes))
    return nodes


def is_current(node):
    try:
        with urllib.request.urlopen(f"{node.monitor_url}/healthz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_messages_outlive_the_end_of_a_node_and_each_is_kept_on_three(
    cluster, nodes, server_log_url
):
    url = emptied(server_log_url)
    fixes = a_minute_ago(120)
    with sharing_with(address_of(nodes), url) as (subscriber, keeper):
        subscriber.wait_until_subscribed(60)
        with publishing(nodes[2].address) as publisher:
            for fix in fixes[:60]:
                publisher.ping(fix)
            publisher.settle()
        nodes[0].kill()
        until(lambda: subscriber.network.connected_since_s is not None)
        with publishing(nodes[1].address) as publisher:
            for fix in fixes[60:]:
                publisher.ping(fix)
            publisher.settle()
        with open_log(url) as log:
            until(lambda: log.counters().stored == len(fixes))
            assert log.counters().balanced
        assert len(keeper.held) == SHARES + 1
    state = Monitor(nodes[1].monitor_url).store()
    assert (state.nodes, state.replicas, state.node_faults) == (3, 3, [])
    nodes[0].start()
    store = str(cluster[0] / "node-2")
    told = CliRunner().invoke(app, ["broker", "doctor", "--store", store])
    assert "it is kept on 3 of 3 nodes" in told.stdout


def test_gateways_go_to_the_next_node_when_theirs_ends(nodes):
    address = address_of(nodes)
    with session_of_another(nodes[1].address, "keeper", topic="gateway/+", clean=True) as topics:
        with Publisher(address, Login("gateway-1"), timeout_s=30) as publisher:
            assert publisher.wait_until_connected(30)
            publisher.send("gateway/before", b"").result(60)
            nodes[0].kill()
            until(lambda: sent(publisher, "gateway/after"))
        with Publisher(address, Login("gateway-2"), timeout_s=30) as publisher:
            assert publisher.wait_until_connected(30)
            publisher.send("gateway/begun-without", b"").result(60)
        until(lambda: {"gateway/before", "gateway/after", "gateway/begun-without"} <= {*topics})


def sent(publisher, topic):
    try:
        publisher.send(topic, b"").result(60)
    except PublishError:
        return False
    return True


def test_alerts_go_to_a_node_that_is_there(nodes):
    alert = Outgoing("1-raised-mqtt", MQTT, "alerts/at_risk/QR54", "{}")
    with session_of_another(nodes[1].address, "yard", topic="alerts/#", clean=True) as topics:
        nodes[0].kill()
        channel = MqttChannel(address_of(nodes), Login("alerter"), 30)
        assert len(list(channel.send([alert]))) == 1
        until(lambda: topics == [alert.title])


def test_a_replay_goes_on_at_the_next_node_when_its_own_ends_half_way(nodes):
    began, count = datetime.now(UTC).replace(microsecond=0), 3000
    frame = pd.DataFrame(
        {
            "vehicle_id": "yard",
            "event_time": [began - timedelta(seconds=each) for each in range(count, 0, -1)],
            "longitude": 113.3,
            "latitude": 40.08,
        }
    ).astype({"event_time": "datetime64[ms, UTC]"})
    acknowledged = []

    def heard(count):
        acknowledged.append(count)
        if len(acknowledged) == 50:
            nodes[0].kill()

    assert publish(messages(frame), address_of(nodes), on_acknowledged=heard) == count
    assert sum(acknowledged) == count


def test_the_first_start_with_two_of_three_says_which_node_is_awaited(tmp_path, capsys):
    places = [f"{HOST}:{port}" for port in free_ports(3)]
    awaited = f"waiting for node 2 at {places[1]}; the first start needs all nodes"
    with ExitStack() as stack:
        first, _ = [
            stack.enter_context(
                Broker(store=tmp_path / str(each), cluster=Cluster.parse(",".join(places), each))
            )
            for each in (1, 3)
        ]
        until(lambda: awaited in str(Monitor(first.monitor_url).store().node_faults))
        until(lambda: awaited in capsys.readouterr().out)
        told = CliRunner().invoke(app, ["broker", "doctor", "--store", str(tmp_path / "1")])
        assert (told.exit_code, awaited in told.stderr) == (1, True)


def test_a_node_at_an_address_that_others_reach_needs_credentials():
    cluster = Cluster.parse("10.0.0.1:6222,10.0.0.2:6222,10.0.0.3:6222", 1)
    with pytest.raises(BrokerError, match=r"without credentials anyone could be a node"):
        Broker(cluster=cluster).__enter__()


@contextmanager
def settings(monkeypatch, folder, url):
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        for name, value in {"DATABASE": url, "SHARE": "true", "CLIENT_ID": "ingest"}.items():
            patch.setenv(f"PINGCHENG_{name}", value)
        yield


def filled_store(folder, fixes):
    """Make a store of a single broker in which these wait for ingest."""
    with Broker(store=folder) as old, session_of_another(old.address, "ingest"):
        pass
    with Broker(store=folder) as old, publishing(old.address) as publisher:
        for fix in fixes:
            publisher.ping(fix)
        publisher.settle()


def moved_to(address):
    return ["broker", "move", "--store", "old", "--broker", str(address)]


def test_what_waits_in_one_store_is_moved_once_and_reaches_an_ingest_that_shares(
    tmp_path, server_log_url, monkeypatch
):
    url = emptied(server_log_url)
    fixes = a_minute_ago(250)
    filled_store(tmp_path / "old", fixes)
    with (
        settings(monkeypatch, tmp_path, url),
        Broker(store=tmp_path / "new", split=[PATTERN], ack_wait_s=60) as new,
    ):
        moved = CliRunner().invoke(app, moved_to(new.address))
        assert (moved.exit_code, moved.stdout.split(" to ")[0]) == (0, "moved 250 messages")
        assert waiting_in(tmp_path / "old") == 0
        with sharing_with(new.address, url), open_log(url) as log:
            until(lambda: log.counters().stored == len(fixes))
            assert log.counters().duplicate == 0


def test_a_move_to_three_nodes_that_is_cut_short_goes_on_though_a_node_is_away(
    tmp_path, server_log_url, monkeypatch, nodes
):
    url = emptied(server_log_url)
    fixes = a_minute_ago(450)
    filled_store(tmp_path / "old", fixes)
    with settings(monkeypatch, tmp_path, url):
        remove, removed = NatsAdmin.remove_messages, []

        def cut_short(admin, sequences):
            """End the second time: the nodes have what the store has, too."""
            if removed:
                raise BrokerError("cut short")
            removed.extend(sequences)
            nodes[0].kill()
            remove(admin, sequences)

        with monkeypatch.context() as patch:
            patch.setattr(NatsAdmin, "remove_messages", cut_short)
            assert CliRunner().invoke(app, moved_to(address_of(nodes))).exit_code == 1
        assert waiting_in(tmp_path / "old") == len(fixes) - len(removed) == 250
        again = CliRunner().invoke(app, moved_to(address_of(nodes)))
        assert (again.exit_code, again.stdout.split(" to ")[0]) == (0, "moved 250 messages")
        assert waiting_in(tmp_path / "old") == 0
        with sharing_with(address_of(nodes), url), open_log(url) as log:
            wanted = sorted((fix.vehicle_id, fix.event_time_ms) for fix in fixes)
            until(lambda: {*wanted} <= {*keys_in(log)} and log.counters().duplicate >= 200)
            assert [key for key in keys_in(log) if key in {*wanted}] == wanted
            assert log.counters().balanced


def keys_in(log):
    with log.transaction(write=False) as connection:
        query = sa.select(pings.c.vehicle_id, pings.c.event_time_ms)
        return sorted(tuple(row) for row in connection.execute(query))
