"""A night on a real cluster of processes: the same bytes, whatever happens to its workers."""

import os
import signal
import threading
from concurrent.futures import CancelledError

import pytest

from analytics.engine import cluster, clusters
from analytics.engine.cluster import ClusterEngine
from analytics.engine.clusters import ClusterError, started
from analytics.engine.dates import judged_dates
from analytics.engine.local import LocalEngine
from analytics.verdicts.evaluation import HeldPings
from geofence.kept.store import ObservationStore
from ingest.ping import resolve
from tests.fixtures import deadly_tasks
from tests.fixtures import recorded_city as city


@pytest.fixture(scope="module")
def client():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clusters, "STRIKES", 1)  # each death is the start of another worker
        with started(2, "2GiB") as client:
            yield client


def judged(engine):
    lines: list[bytes] = []
    pings = HeldPings(city.simulated().pings)
    ((_, found),) = judged_dates(pings, city.city(), [city.DATE], engine, evidence=lines.extend)
    return found, b"".join(lines)


def assert_same(found, expected):
    assert found[1] == expected[1]
    assert found[0].streets.equals(expected[0].streets)
    assert found[0].grids.equals(expected[0].grids)
    assert found[0].outlier_count == expected[0].outlier_count
    assert found[0].unbelieved == expected[0].unbelieved


def test_a_night_on_a_cluster_has_the_bytes_of_one_process(client, monkeypatch):
    monkeypatch.setattr(cluster, "GRIDS_AT_ONCE", 2)
    told = []
    engine = ClusterEngine(client, tell=lambda *each: told.append(each))
    assert_same(judged(engine), judged(LocalEngine()))
    assert told[5] == ("matched", 6, 6)
    assert told[-1] == ("judged", 3, 3)
    assert engine.left_out == []


def test_what_is_kept_is_sent_to_nobody(client, tmp_path, monkeypatch):
    store = ObservationStore(tmp_path, 64)
    first = judged(ClusterEngine(client, store))
    monkeypatch.setattr(cluster, "observe_one", None)
    assert_same(judged(ClusterEngine(client, store)), first)
    assert_same(judged(LocalEngine(store=store)), first)


def test_a_worker_that_is_killed_changes_nothing(client, monkeypatch):
    monkeypatch.setattr(cluster, "GRIDS_AT_ONCE", 1)
    pids = list(client.run(os.getpid).values())
    killer = threading.Timer(0.05, os.kill, (pids[0], signal.SIGKILL))
    killer.start()
    assert_same(judged(ClusterEngine(client)), judged(LocalEngine()))
    killer.join()


def test_what_takes_workers_down_is_left_out_and_named_and_all_else_is_done(client, monkeypatch):
    vehicles = [each.vehicle_id for each in LocalEngine().observe(*night())]
    monkeypatch.setattr(cluster, "observe_one", deadly_tasks.observe_one)
    engine = ClusterEngine(client)
    seen = [each.vehicle_id for each in engine.observe(*night())]
    lost = deadly_tasks.DEADLY
    assert engine.left_out == [f"vehicle {lost}"]
    assert seen == [vehicle for vehicle in vehicles if vehicle != lost]


def night():
    return resolve(city.simulated().pings).pings, city.network(), city.city()


def test_a_cluster_that_is_gone_is_told():
    class Cancelled:
        def exception(self):
            raise CancelledError

    with pytest.raises(ClusterError, match="gone"):
        cluster._error_of(Cancelled())
