"""Three real nodes: what they acknowledged outlives any one of them, and few copies are noticed."""

import pytest
from typer.testing import CliRunner

from ingest.broker.broker import Broker
from ingest.broker.cluster import Cluster
from ingest.broker.shares import SHARES
from ingest.broker.upkeep.monitor import Monitor
from ingest.fault import BrokerError
from ingest.gateway.moving import waiting_in
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures.mqtt import a_minute_ago, publishing, until
from tests.fixtures.quick_log import emptied
from tests.fixtures.sessions import keeping as session_of_another
from tests.integration.test_shares import PATTERN, sharing_with
from tests.servers.nodes import address_of, three_nodes


def test_messages_outlive_the_end_of_a_node_and_each_is_kept_on_three(tmp_path, server_log_url):
    url = emptied(server_log_url)
    fixes = a_minute_ago(120)
    with three_nodes(tmp_path, split=[PATTERN], ack_wait_s=1) as nodes:
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
        told = CliRunner().invoke(app, ["broker", "doctor", "--store", str(tmp_path / "node-2")])
        assert "it is kept on 3 of 3 nodes" in told.stdout


def test_a_node_at_an_address_that_others_reach_needs_credentials():
    cluster = Cluster.parse("10.0.0.1:6222,10.0.0.2:6222,10.0.0.3:6222", 1)
    with pytest.raises(BrokerError, match=r"without credentials anyone could be a node"):
        Broker(cluster=cluster).__enter__()


def test_what_waits_in_one_store_is_moved_once_and_reaches_an_ingest_that_shares(
    tmp_path, server_log_url, monkeypatch
):
    url = emptied(server_log_url)
    monkeypatch.chdir(tmp_path)
    fixes = a_minute_ago(250)
    with Broker(store=tmp_path / "old") as old, session_of_another(old.address, "ingest"):
        pass
    with Broker(store=tmp_path / "old") as old, publishing(old.address) as publisher:
        for fix in fixes:
            publisher.ping(fix)
        publisher.settle()
    settings = {"DATABASE": url, "SHARE": "true", "CLIENT_ID": "ingest"}
    for name, value in settings.items():
        monkeypatch.setenv(f"PINGCHENG_{name}", value)
    with Broker(store=tmp_path / "new", split=[PATTERN], ack_wait_s=1) as new:
        arguments = ["broker", "move", "--store", "old", "--broker", str(new.address)]
        moved = CliRunner().invoke(app, arguments)
        assert (moved.exit_code, moved.stdout.split(" to ")[0]) == (0, "moved 250 messages")
        assert waiting_in(tmp_path / "old") == 0
        with sharing_with(new.address, url), open_log(url) as log:
            until(lambda: log.counters().stored == len(fixes))
            assert log.counters().duplicate == 0
