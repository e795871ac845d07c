"""Prometheus metrics of a running ingest, without a word about any one vehicle."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ingest.decoding.bounds import OPTIONAL_NUMBERS
from ingest.decoding.message import Message
from ingest.decoding.rejection import RejectionCode
from ingest.health.broker_store import BrokerStore
from ingest.health.clock_watch import ClockWatch
from ingest.leases.keeper import Keeper
from ingest.log.batch import Batch
from ingest.mqtt.subscriber import Subscriber
from ingest.sealer.sealer import Sealer

_LAG_BOUNDS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)
_AGE_BOUNDS_S = (10, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 24 * 3600)
_COMMIT_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

Clock = Callable[[], int]


class Metrics:
    """Counts what is committed, and looks at a subscriber when asked.

    Parameters
    ----------
    clock_ms
        Gives the time as epoch milliseconds.
    """

    def __init__(self, clock_ms: Clock) -> None:
        self._clock_ms = clock_ms
        self._clock_watch = ClockWatch()
        self.registry = CollectorRegistry()
        self._messages = self._counter("pingcheng_messages", "Messages committed.")
        self._pings = self._counter("pingcheng_pings", "Pings committed that are sound.")
        self._events = Counter(
            "pingcheng_events", "Events beside fixes committed.", registry=self.registry
        )
        self._rejections = Counter(
            "pingcheng_rejections",
            "Messages or pings committed to the quarantine, by code.",
            ["code"],
            registry=self.registry,
        )
        for code in RejectionCode:
            self._rejections.labels(code)
        self._ignored = Counter(
            "pingcheng_field_ignored",
            "Optional fields left out of pings committed, by field.",
            ["field"],
            registry=self.registry,
        )
        for field in (*OPTIONAL_NUMBERS, "working", "tasks"):
            self._ignored.labels(field)
        self._lag = self._histogram(
            "pingcheng_event_lag_seconds",
            "From the instant of a fix to its commit; the last fix of each vehicle in a batch.",
            _LAG_BOUNDS_S,
        )
        self._commit = self._histogram(
            "pingcheng_commit_seconds", "Decoding and committing one batch.", _COMMIT_BOUNDS_S
        )
        self._last_commit = Gauge(
            "pingcheng_last_commit_timestamp_seconds",
            "When the last batch was committed.",
            registry=self.registry,
        )
        self._last_received_ms: dict[str, int] = {}
        self.registry.register(_Ages(self._last_received_ms, clock_ms))

    def observe(self, messages: Sequence[Message], batch: Batch, took_s: float) -> None:
        """Count a batch that was committed."""
        now_ms = self._clock_ms()
        self._clock_watch.observe(batch, now_ms)
        self._messages.inc(len(messages))
        self._pings.inc(len(batch.rows))
        self._events.inc(len(batch.events))
        for one in batch.rejections:
            self._rejections.labels(one.code).inc()
        for field, times in batch.ignored.items():
            self._ignored.labels(field).inc(times)
        newest: dict[str, int] = {}
        for vehicle_id, event_ms, *_, received_ms in batch.rows:
            newest[vehicle_id] = max(event_ms, newest.get(vehicle_id, 0))
            heard_ms = self._last_received_ms.get(vehicle_id, 0)
            self._last_received_ms[vehicle_id] = max(received_ms, heard_ms)
        for event_ms in newest.values():
            self._lag.observe((now_ms - event_ms) / 1000)
        self._commit.observe(took_s)
        self._last_commit.set(now_ms / 1000)

    def clock_doubt(self) -> str | None:
        """Say what speaks against this server's clock just now; None if nothing does."""
        return self._clock_watch.doubt(self._clock_ms())

    def watch(self, subscriber: Subscriber) -> None:
        """Look at a subscriber's queue and connection at every scrape."""
        network, intake = subscriber.network, subscriber.intake
        for name, meaning, look in (
            ("pingcheng_queue_messages", "Messages taken and not committed.", lambda: intake.depth),
            ("pingcheng_queue_bytes", "Memory these take.", lambda: intake.bytes),
            (
                "pingcheng_connected",
                "1 while the broker has our subscription.",
                lambda: int(network.connected_since_s is not None),
            ),
            (
                "pingcheng_connections",
                "Connections the broker has accepted.",
                lambda: network.connections,
            ),
            (
                "pingcheng_commit_failures",
                "Attempts to commit that failed.",
                lambda: subscriber.committer.failures,
            ),
            (
                "pingcheng_oldest_uncommitted_seconds",
                "How long ago the oldest message came that is not committed; 0 if none waits.",
                lambda: subscriber.oldest_uncommitted_s,
            ),
            (
                "pingcheng_server_clock_doubted",
                "1 while the fixes of most vehicles are refused for their time.",
                lambda: int(self.clock_doubt() is not None),
            ),
        ):
            Gauge(name, meaning, registry=self.registry).set_function(look)

    def watch_store(self, store: BrokerStore) -> None:
        """Look at the broker's store at every scrape; NaN while it does not say."""
        for name, meaning, figure in (
            ("share", "How full the broker's store is; at 1 no ping is acknowledged.", "share"),
            ("messages", "Messages that wait at the broker.", "waiting"),
            ("bytes", "What these take.", "waiting_bytes"),
            ("limit_bytes", "What they may take, by the limit in force.", "limit_bytes"),
        ):
            gauge = Gauge(f"pingcheng_broker_store_{name}", meaning, registry=self.registry)
            gauge.set_function(partial(_figure_of, store, figure))

    def watch_sealer(self, sealer: Sealer) -> None:
        """Look at every scrape at what seals days."""
        for name, meaning, look in (
            ("sealed_days", "Days that were sealed since the start.", lambda: sealer.sealed),
            ("days_to_seal", "Days that rest and are not sealed.", lambda: sealer.waiting),
            (
                "sealing_failing",
                "1 if the last day could not be sealed.",
                lambda: int(sealer.fault is not None),
            ),
        ):
            Gauge(f"pingcheng_{name}", meaning, registry=self.registry).set_function(look)

    def watch_keeper(self, keeper: Keeper) -> None:
        """Look at every scrape at the shares of the fleet that this process holds."""
        held = Gauge("pingcheng_shares_held", "Shares held here.", registry=self.registry)
        held.set_function(lambda: len(keeper.held))
        members = Gauge(
            "pingcheng_share_members", "Processes that share the fleet.", registry=self.registry
        )
        members.set_function(lambda: keeper.members)

    def page(self) -> bytes:
        """Write all metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str) -> Counter:
        return Counter(name, meaning, registry=self.registry)

    def _histogram(self, name: str, meaning: str, bounds: Sequence[float]) -> Histogram:
        return Histogram(name, meaning, buckets=bounds, registry=self.registry)


def _figure_of(store: BrokerStore, name: str) -> float:
    state = store.look()
    return math.nan if state is None else float(getattr(state, name))


class _Ages(Collector):
    """How long ago each vehicle was last heard of, as a histogram over the vehicles."""

    def __init__(self, last_received_ms: Mapping[str, int], clock_ms: Clock) -> None:
        self._last_received_ms, self._clock_ms = last_received_ms, clock_ms

    def collect(self) -> Iterable[Metric]:
        """Count the vehicles under each bound."""
        now_ms = self._clock_ms()
        ages_s = [(now_ms - last) / 1000 for last in list(self._last_received_ms.values())]
        buckets = [
            (f"{float(bound)}", float(sum(age <= bound for age in ages_s)))
            for bound in _AGE_BOUNDS_S
        ]
        yield HistogramMetricFamily(
            "pingcheng_vehicle_last_ping_age_seconds",
            "Vehicles heard of since the start, by how long ago the last ping of each came.",
            buckets=[*buckets, ("+Inf", float(len(ages_s)))],
            sum_value=sum(ages_s),
        )
