import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ingest.broker.upkeep.backlog import Backlog, Waiting
from ingest.broker.upkeep.monitor import Monitor
from ingest.fault import BrokerError, SettingError


def jsz(*streams, storage=0, most=1000):
    return {
        "config": {"max_storage": most},
        "storage": storage,
        "account_details": [{"name": "$G", "stream_detail": list(streams)}] if streams else [],
    }


def stream(name="$MQTT_msgs", most=-1, held=0, messages=0):
    state = {"messages": messages, "bytes": held}
    return {"name": name, "config": {"max_bytes": most}, "state": state}


@pytest.fixture
def pages():
    """Serve what is put into the dict it gives: path to status and content."""
    shown = {}

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self):
            status, content = shown.get(self.path.partition("?")[0], (404, b"{}"))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Monitor(f"http://127.0.0.1:{server.server_port}/"), shown
        finally:
            server.shutdown()
            thread.join()


def show(shown, document):
    shown["/jsz"] = 200, json.dumps(document).encode()


def test_the_limit_in_force_is_that_of_the_messages(pages):
    monitor, shown = pages
    sessions = stream("$MQTT_sess", held=50)
    show(
        shown, jsz(stream(most=400_000, held=300_000, messages=3), sessions, storage=4, most=10**6)
    )
    state = monitor.store()
    assert (state.waiting, state.waiting_bytes, state.limit_bytes) == (3, 300_000, 400_000)
    assert state.is_bounded
    assert state.share == 0.75
    assert state.streams == {"$MQTT_msgs": 400_000, "$MQTT_sess": None}


def test_without_a_limit_of_their_own_it_is_that_of_the_store(pages):
    monitor, shown = pages
    show(shown, jsz(stream(held=300_000), storage=800_000, most=10**6))
    state = monitor.store()
    assert (state.limit_bytes, state.is_bounded, state.share) == (10**6, False, 0.8)


def test_a_limit_of_nearly_nothing_is_a_full_store_even_if_nothing_waits(pages):
    monitor, shown = pages
    show(shown, jsz(stream(most=1), most=10**6))
    assert monitor.store().share == 1.0


def test_before_the_first_client_there_is_no_stream(pages):
    monitor, shown = pages
    show(shown, jsz(most=10**6))
    assert (monitor.store().waiting, monitor.store().share) == (0, 0.0)


@pytest.mark.parametrize("content", [b"{}", b"[]", b"no JSON", b'{"disabled": true}'])
def test_what_is_no_page_of_a_store_is_an_error_that_names_it(pages, content):
    monitor, shown = pages
    shown["/jsz"] = 200, content
    with pytest.raises(BrokerError, match=r"127\.0\.0\.1"):
        monitor.store()


def test_why_it_can_keep_nothing_is_told_in_its_own_words(pages):
    monitor, shown = pages
    shown["/healthz"] = 200, b'{"status": "ok"}'
    assert monitor.fault() == ""
    shown["/healthz"] = 503, b'{"status": "unavailable", "error": "no space left on device"}'
    assert monitor.fault() == "no space left on device"
    shown["/healthz"] = 503, b"away"
    assert monitor.fault() == "away"


def test_only_connections_over_mqtt_have_a_client_id(pages):
    monitor, shown = pages
    shown["/connz"] = 200, json.dumps({"connections": [{"mqtt_client": "店"}, {"cid": 4}]}).encode()
    assert monitor.connected_ids() == {"店"}
    shown["/connz"] = 200, b"{}"
    assert monitor.connected_ids() == set()


def test_pages_that_do_not_answer_are_an_error_and_no_fault_of_the_store():
    monitor = Monitor("http://127.0.0.1:1")
    with pytest.raises(BrokerError, match="pages do not answer"):
        monitor.store()
    assert monitor.fault() == ""


@pytest.mark.parametrize("url", ["", "8222", "file:///etc/passwd", "http://127.0.0.1", "ftp://h:1"])
def test_what_is_no_address_of_pages_is_an_error_that_shows_one(url):
    with pytest.raises(SettingError, match="write http://127"):
        Monitor(url)


def test_a_proxy_of_the_environment_is_not_asked(pages, monkeypatch):
    monitor, shown = pages
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    show(shown, jsz(most=10**6))
    assert monitor.store().most_bytes == 10**6


def test_what_waits_for_a_session_is_read_off_its_consumers(pages):
    monitor, shown = pages
    consumer = {
        "name": "YhrlF6Ot_a",  # how nats-server begins what it keeps for pingcheng-ingest
        "config": {"filter_subject": "$MQTT.msgs.fleet.*.ping"},
        "num_pending": 5,
        "num_ack_pending": 3,
        "ack_floor": {"stream_seq": 12},
    }
    state = {"last_seq": 20}
    show(shown, jsz({"name": "$MQTT_msgs", "state": state, "consumer_detail": [consumer]}))
    found = monitor.backlog("pingcheng-ingest")
    assert found == Backlog((Waiting("fleet.*.ping", 8, 12),), 20)
    assert monitor.backlog("somebody").count == 0


def test_a_page_without_consumers_as_nats_server_has_them_is_an_error_that_names_it(pages):
    monitor, shown = pages
    show(shown, jsz({"name": "$MQTT_msgs", "state": {}}))
    with pytest.raises(BrokerError, match=r"/jsz: it is no page of nats-server"):
        monitor.backlog("pingcheng-ingest")


def test_without_a_majority_it_says_which_nodes_are_awaited(pages):
    monitor, shown = pages
    show(shown, of_nodes(leader=""))
    urls = ["10.0.0.1:6222", "10.0.0.2:6222", "10.0.0.3:6222"]
    for path, document in (
        ("/varz", {"server_name": "pingcheng-2", "cluster": {"urls": urls}}),
        ("/routez", {"routes": [{"remote_name": "pingcheng-1"}, {"remote_name": "pingcheng-1"}]}),
    ):
        shown[path] = 200, json.dumps(document).encode()
    (told,) = monitor.store().node_faults
    assert told.endswith("; waiting for node 3 at 10.0.0.3:6222; the first start needs all nodes")


def of_nodes(*streams, leader="pingcheng-2", size=3):
    return {**jsz(*streams), "meta_cluster": {"leader": leader, "cluster_size": size}}


def kept_on(replicas, name="$MQTT_msgs"):
    found = stream(name)
    found["config"]["num_replicas"] = replicas
    return {**found, "cluster": {"leader": "pingcheng-1"}}


def test_nodes_say_who_leads_and_on_how_many_the_least_is_kept(pages):
    monitor, shown = pages
    show(shown, of_nodes(kept_on(3), kept_on(2, "$MQTT_sess"), kept_on(1, "others")))
    state = monitor.store()
    assert (state.nodes, state.replicas, state.leader) == (3, 2, "pingcheng-1")
    assert state.node_faults == ["the broker keeps messages on 2 of 3 nodes only"]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (jsz(stream()), []),
        (of_nodes(kept_on(3)), []),
        (of_nodes(), []),
        (of_nodes(kept_on(3), size=5), []),
        (of_nodes(kept_on(1)), ["the broker keeps messages on 1 of 3 nodes only"]),
        (
            of_nodes(kept_on(3), leader=""),
            ["of the broker's 3 nodes no majority is there: nothing is taken"],
        ),
    ],
)
def test_what_is_wrong_with_nodes_is_said_and_nothing_of_one_alone(pages, document, told):
    monitor, shown = pages
    show(shown, document)
    assert monitor.store().node_faults == told
