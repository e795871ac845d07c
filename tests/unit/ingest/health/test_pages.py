import json
import urllib.error
import urllib.request

import pytest

from ingest.fault import BrokerError, SettingError
from ingest.health.metrics import Metrics
from ingest.health.pages import PATIENCE_S, HealthServer, health_of
from tests.fixtures.fixes import MORNING_MS
from tests.fixtures.subscribers import ShownSubscriber

NOW_S = 5000.0


@pytest.fixture
def shown():
    return ShownSubscriber()


@pytest.fixture
def metrics(shown):
    metrics = Metrics(lambda: MORNING_MS)
    metrics.watch(shown)
    return metrics


@pytest.fixture
def server(shown, metrics):
    with HealthServer("127.0.0.1:0", shown, metrics) as server:
        yield server


def get(server, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}") as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers["Content-Type"], refused.read().decode()


def test_a_subscriber_that_is_connected_and_commits_is_ok(shown):
    shown.intake.depth, shown.intake.bytes, shown.idle_s = 3, 2048, 1.2345
    assert health_of(shown, NOW_S) == {
        "status": "ok",
        "reasons": [],
        "connected": True,
        "connections": 1,
        "queue_messages": 3,
        "queue_bytes": 2048,
        "commit_failures": 0,
        "oldest_uncommitted_s": 0.0,
        "idle_s": 1.2,
    }


def test_a_warning_is_told_and_all_is_well_nevertheless(shown, metrics):
    with HealthServer("127.0.0.1:0", shown, metrics, warnings=lambda: ["the plan …"]) as server:
        status, _, text = get(server, "/healthz")
    told = json.loads(text)
    assert (status, told["status"], told["warnings"]) == (200, "ok", ["the plan …"])


@pytest.mark.parametrize(("away_s", "status"), [(PATIENCE_S, "ok"), (11.0, "unhealthy")])
def test_a_broker_may_be_away_for_a_while_but_not_for_long(shown, away_s, status):
    shown.network.connected_since_s, shown.network.lost_since_s = None, NOW_S - away_s
    health = health_of(shown, NOW_S)
    assert (health["status"], health["connected"]) == (status, False)
    told = ["no connection to the broker for 11 s"] if status == "unhealthy" else []
    assert health["reasons"] == told


@pytest.mark.parametrize(("failing_s", "status"), [(PATIENCE_S, "ok"), (11.0, "unhealthy")])
def test_commits_may_fail_for_a_while_but_not_for_long(shown, failing_s, status):
    shown.committer.failing_since_s, shown.committer.failures = NOW_S - failing_s, 4
    health = health_of(shown, NOW_S)
    assert (health["status"], health["commit_failures"]) == (status, 4)
    told = ["nothing could be committed for 11 s"] if status == "unhealthy" else []
    assert health["reasons"] == told


@pytest.mark.parametrize(
    ("waits_s", "committed_s", "status"),
    [
        (PATIENCE_S, 60.0, "ok"),
        (11.0, 60.0, "unhealthy"),  # the commit hangs
        (11.0, 1.0, "ok"),  # a backlog is caught up
        (61.0, 1.0, "unhealthy"),
        (0.0, 3600.0, "ok"),  # nothing comes
    ],
)
def test_a_commit_that_hangs_is_known_by_what_waits_for_it(shown, waits_s, committed_s, status):
    shown.oldest_uncommitted_s, shown.committed_s = waits_s, NOW_S - committed_s
    health = health_of(shown, NOW_S)
    assert (health["status"], health["oldest_uncommitted_s"]) == (status, waits_s)
    told = [f"the oldest message waits to be committed for {waits_s:.0f} s"]
    assert health["reasons"] == (told if status == "unhealthy" else [])


def test_of_commits_that_fail_that_is_told_once(shown):
    shown.committer.failing_since_s, shown.oldest_uncommitted_s = NOW_S - 60, 60.0
    assert health_of(shown, NOW_S)["reasons"] == ["nothing could be committed for 60 s"]


def test_what_speaks_against_the_servers_clock_is_told(shown):
    doubt = "most vehicles are in the future: is this server's clock right?"
    health = health_of(shown, NOW_S, clock_doubt=doubt)
    assert (health["status"], health["reasons"]) == ("unhealthy", [doubt])


def test_a_network_thread_that_ended_is_unhealthy_at_once_and_its_reason_is_kept_to_us(shown):
    shown.network.failure = BrokerError("refused the login of 晋BQ0384")
    health = health_of(shown, NOW_S)
    assert (health["status"], health["reasons"]) == ("unhealthy", ["the network thread ended"])


def test_all_that_is_wrong_is_told(shown):
    shown.network.lost_since_s = shown.committer.failing_since_s = NOW_S - 60
    shown.network.failure = BrokerError("it refuses")
    assert len(health_of(shown, NOW_S)["reasons"]) == 3


def test_health_is_a_page_of_json_with_a_status_that_a_probe_understands(server, shown):
    status, kind, page = get(server, "/healthz")
    assert (status, kind, json.loads(page)["status"]) == (200, "application/json", "ok")
    shown.network.failure = BrokerError("it refuses")
    status, kind, page = get(server, "/healthz")
    assert (status, kind) == (503, "application/json")
    assert json.loads(page)["reasons"] == ["the network thread ended"]


def test_metrics_are_a_page_in_the_format_of_prometheus(server, shown):
    shown.intake.depth = 7
    status, kind, page = get(server, "/metrics")
    assert (status, kind.partition(";")[0]) == (200, "text/plain")
    assert "version=0.0.4" in kind
    assert "pingcheng_queue_messages 7.0\n" in page


@pytest.mark.parametrize("path", ["/", "/healthz/", "/metrics.json", "/healthz/../pings"])
def test_any_other_page_is_not_found_and_those_that_are_there_are_named(server, path):
    status, _, page = get(server, path)
    assert (status, page) == (404, "there are /healthz and /metrics\n")


def test_a_scrape_is_no_event_to_be_logged(server, capsys):
    get(server, "/healthz")
    get(server, "/nowhere")
    assert capsys.readouterr() == ("", "")


def test_after_the_end_nobody_listens_and_the_address_is_free_again(shown, metrics):
    with HealthServer("127.0.0.1:0", shown, metrics) as server:
        address = f"127.0.0.1:{server.port}"
        assert get(server, "/healthz")[0] == 200
    with pytest.raises(urllib.error.URLError):
        get(server, "/healthz")
    with HealthServer(address, shown, metrics) as again:
        assert get(again, "/healthz")[0] == 200


def test_an_address_that_is_taken_is_an_error_that_says_so(server, shown, metrics):
    taken = f"127.0.0.1:{server.port}"
    expected = rf"health = '{taken}': cannot listen there \(Address already in use\); choose"
    with pytest.raises(SettingError, match=expected):
        HealthServer(taken, shown, metrics)


@pytest.mark.parametrize("text", ["9108", "127.0.0.1:", "127.0.0.1:99999", ""])
def test_what_is_no_address_is_an_error_that_says_what_one_is(shown, metrics, text):
    with pytest.raises(SettingError, match=f"'{text}' is no address .*write 127"):
        HealthServer(text, shown, metrics)


def test_an_address_of_ipv6_is_listened_on(shown, metrics):
    with HealthServer("[::1]:0", shown, metrics) as server:
        assert server.port
