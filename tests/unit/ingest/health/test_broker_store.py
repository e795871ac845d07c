import pytest

from ingest.broker.upkeep.monitor import StoreState
from ingest.fault import BrokerError
from ingest.health.broker_store import PATIENCE_S, BrokerStore
from ingest.health.metrics import Metrics
from ingest.health.pages import health_of
from tests.fixtures.subscribers import ShownSubscriber

LIMIT = 100 * 1024 * 1024


class ShownMonitor:
    url = "http://127.0.0.1:8222"

    def __init__(self):
        self.share, self.silent, self.asked = 0.0, False, 0

    def store(self):
        self.asked += 1
        if self.silent:
            raise BrokerError("silent")
        return StoreState(7, round(self.share * LIMIT), LIMIT, True, 0, 10**12, {})


@pytest.fixture
def monitor():
    return ShownMonitor()


@pytest.fixture
def clock():
    return {"s": 1000.0}


@pytest.fixture
def store(monitor, clock):
    return BrokerStore(monitor, lambda: clock["s"])


def later(clock, s=2.0):
    clock["s"] += s


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.69, []), (0.7, ["the broker's store is 70% full: 70 of 100 MiB wait"])],
)
def test_a_store_is_alarming_from_70_percent(store, monitor, share, told):
    monitor.share = share
    assert store.reasons() == told


def test_an_alarm_ends_below_65_percent(store, monitor, clock):
    for share, alarming in ((0.8, True), (0.66, True), (0.6, False), (0.66, False)):
        monitor.share = share
        later(clock)
        assert bool(store.reasons()) is alarming


def test_a_full_store_says_that_nothing_is_acknowledged(store, monitor):
    monitor.share = 1.0
    (reason,) = store.reasons()
    assert "it acknowledges no ping" in reason


def test_pages_that_are_silent_are_alarming_after_a_while(store, monitor, clock):
    monitor.silent = True
    assert store.reasons() == []
    later(clock, PATIENCE_S + 1)
    assert store.reasons() == ["the broker's pages at http://127.0.0.1:8222 are silent for 11 s"]
    monitor.silent = False
    later(clock)
    assert store.reasons() == []


def test_it_is_asked_once_however_many_look(store, monitor, clock):
    for _ in range(5):
        store.look()
    assert monitor.asked == 1
    later(clock)
    store.look()
    assert monitor.asked == 2


def test_the_health_page_shows_it_and_is_unhealthy_with_its_reason(store, monitor, clock):
    health = health_of(ShownSubscriber(), 0.0, store)
    assert (health["status"], health["broker_store"]["share"]) == ("ok", 0.0)
    monitor.share = 0.9
    later(clock)
    health = health_of(ShownSubscriber(), 0.0, store)
    assert health["status"] == "unhealthy"
    assert health["reasons"] == store.reasons()
    assert health["broker_store"] == {
        "share": 0.9, "waiting": 7, "waiting_bytes": round(0.9 * LIMIT), "limit_bytes": LIMIT,
    }  # fmt: skip


def test_metrics_have_its_figures_or_say_that_there_are_none(store, monitor, clock):
    metrics = Metrics(lambda: 0)
    metrics.watch_store(store)
    monitor.share = 0.5
    page = metrics.page().decode()
    assert "pingcheng_broker_store_share 0.5\n" in page
    assert "pingcheng_broker_store_messages 7.0\n" in page
    assert "pingcheng_broker_store_limit_bytes 1.048576e+08\n" in page
    monitor.silent = True
    later(clock)
    assert "pingcheng_broker_store_share NaN\n" in metrics.page().decode()
    assert store.told()["share"] is None
