from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ingest.decoding.message import Message
from ingest.decoding.rejection import RejectionCode, refuse
from ingest.health.metrics import Metrics
from ingest.log.batch import Batch
from tests.fixtures.fixes import MORNING_MS, VEHICLES
from tests.fixtures.subscribers import ShownSubscriber

LAG = "pingcheng_event_lag_seconds"
AGE = "pingcheng_vehicle_last_ping_age_seconds"


class Clock:
    """A clock that stands until it is set."""

    def __init__(self):
        self.now_ms = MORNING_MS

    def __call__(self):
        return self.now_ms


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def metrics(clock):
    return Metrics(clock)


def row(vehicle_id, event_s, received_s):
    """Make a row with times in seconds after 07:00."""
    event_ms, received_ms = (MORNING_MS + round(1000 * each) for each in (event_s, received_s))
    return (vehicle_id, event_ms, 113.3, 40.08, *[None] * 6, received_ms)


def observe(metrics, *rows, refused=(), messages=1, took_s=0.01):
    bad = [refuse(code, "fleet/晋BQ0384/ping", MORNING_MS, b"?") for code in refused]
    one = Message("fleet/晋BQ0384/ping", b"", MORNING_MS)
    metrics.observe([one] * messages, Batch(list(rows), tuple(bad)), took_s)


def samples(metrics):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.page().decode())
        for sample in family.samples
    }


def counted(metrics, name):
    """Give how many fell between the bounds of a histogram: by upper bound, but for none."""
    found = [
        (key[1], value) for key, value in samples(metrics).items() if key[0] == f"{name}_bucket"
    ]
    befores = [0.0, *(value for _, value in found)]
    return {
        bound: value - before
        for (bound, value), before in zip(found, befores, strict=False)
        if value > before
    }


def test_messages_pings_and_rejections_are_counted_batch_by_batch(metrics):
    codes = [RejectionCode.NOT_JSON, RejectionCode.NO_FIX, RejectionCode.NOT_JSON]
    observe(metrics, row(VEHICLES[0], 0, 0), messages=4, refused=codes)
    observe(metrics, row(VEHICLES[0], 1, 1), row(VEHICLES[0], 2, 2), messages=2)
    found = samples(metrics)
    assert found["pingcheng_messages_total",] == 6
    assert found["pingcheng_pings_total",] == 3
    assert found["pingcheng_rejections_total", "not_json"] == 2
    assert found["pingcheng_rejections_total", "no_fix"] == 1


def test_fields_left_out_of_pings_are_counted_by_name(metrics):
    metrics.observe([], Batch([row(VEHICLES[0], 0, 0)], (), ignored={"heading_deg": 2}), 0.1)
    found = samples(metrics)
    assert found["pingcheng_field_ignored_total", "heading_deg"] == 2
    assert found["pingcheng_field_ignored_total", "working"] == 0


def test_every_code_is_there_from_the_beginning_so_that_a_first_rejection_is_a_rise(metrics):
    found = {key[1:]: value for key, value in samples(metrics).items() if "rejections_t" in key[0]}
    assert found == {(code.value,): 0 for code in RejectionCode}


def test_the_lag_is_that_of_the_last_fix_of_each_vehicle_in_a_batch(metrics, clock):
    clock.now_ms = MORNING_MS + 100_000
    observe(
        metrics,
        row(VEHICLES[0], 40, 99),
        row(VEHICLES[0], 99.5, 99),  # the last: half a second ago
        row(VEHICLES[0], 0, 99),
        row(VEHICLES[1], 98, 99),  # two seconds ago
    )
    assert counted(metrics, LAG) == {"0.5": 1, "2.5": 1}
    assert samples(metrics)[f"{LAG}_sum",] == 2.5


def test_each_batch_adds_to_the_lag_though_it_brings_the_same_vehicle(metrics, clock):
    clock.now_ms = MORNING_MS + 60_000
    for _ in range(3):
        observe(metrics, row(VEHICLES[0], 0, 60))
    assert counted(metrics, LAG) == {"60.0": 3}


def test_the_age_is_counted_from_reception_for_each_vehicle_once(metrics, clock):
    observe(metrics, row(VEHICLES[0], 0, 10), row(VEHICLES[1], 0, 20))
    observe(metrics, row(VEHICLES[0], 5, 95))
    clock.now_ms = MORNING_MS + 105_000
    # the one was heard of exactly at a bound, 10 s ago, the other 85 s ago
    assert counted(metrics, AGE) == {"10.0": 1, "120.0": 1}
    assert samples(metrics)[f"{AGE}_sum",] == 95


def test_the_age_grows_while_a_vehicle_is_silent(metrics, clock):
    observe(metrics, row(VEHICLES[0], 0, 0))
    for now_s, bound in ((10, "10.0"), (11, "30.0"), (86_400, "86400.0"), (86_401, "+Inf")):
        clock.now_ms = MORNING_MS + 1000 * now_s
        assert counted(metrics, AGE) == {bound: 1}


def test_a_buffered_ping_that_comes_after_a_newer_one_says_that_the_vehicle_lives(metrics, clock):
    observe(metrics, row(VEHICLES[0], 50, 50), row(VEHICLES[0], 0, 90))
    clock.now_ms = MORNING_MS + 100_000
    assert counted(metrics, AGE) == {"10.0": 1}


def test_a_commit_is_timed_and_dated(metrics, clock):
    observe(metrics, took_s=0.3)
    clock.now_ms = MORNING_MS + 1500
    observe(metrics, took_s=20.0)
    found = samples(metrics)
    assert counted(metrics, "pingcheng_commit_seconds") == {"0.5": 1, "+Inf": 1}
    assert found["pingcheng_last_commit_timestamp_seconds",] == MORNING_MS / 1000 + 1.5


def test_a_subscriber_is_looked_at_anew_at_every_scrape(metrics):
    shown = ShownSubscriber()
    metrics.watch(shown)
    before = samples(metrics)
    shown.intake.depth, shown.intake.bytes = 7, 4096
    shown.network.connected_since_s, shown.network.connections = None, 3
    shown.committer.failures = 2
    after = samples(metrics)
    names = ("connected", "connections", "queue_messages", "queue_bytes", "commit_failures")
    assert [before[f"pingcheng_{name}",] for name in names] == [1, 1, 0, 0, 0]
    assert [after[f"pingcheng_{name}",] for name in names] == [0, 3, 7, 4096, 2]


def test_what_seals_days_is_looked_at_at_every_scrape(metrics):
    sealer = SimpleNamespace(sealed=2, waiting=3, fault=None)
    metrics.watch_sealer(sealer)
    names = ("sealed_days", "days_to_seal", "sealing_failing")
    before = samples(metrics)
    sealer.sealed, sealer.waiting, sealer.fault = 5, 0, "no room"
    after = samples(metrics)
    assert [before[f"pingcheng_{name}",] for name in names] == [2, 3, 0]
    assert [after[f"pingcheng_{name}",] for name in names] == [5, 0, 1]


def test_the_page_names_no_vehicle(metrics):
    observe(metrics, *(row(vehicle, 0, 0) for vehicle in VEHICLES))
    page = metrics.page().decode()
    assert not [vehicle for vehicle in VEHICLES if vehicle in page]


def test_two_ingests_in_one_process_count_each_for_itself(clock):
    first, second = Metrics(clock), Metrics(clock)
    observe(first, messages=5)
    assert samples(second)["pingcheng_messages_total",] == 0
