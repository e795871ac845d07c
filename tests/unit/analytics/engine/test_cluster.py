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
from tests.fixtures.swapped_units import SWAPPED, TRUCK


@pytest.fixture(scope="module")
def client():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clusters, "STRIKES", 1)  # each death is the start of another worker
        with started(2, "2GiB") as client:
            yield client


def judged(engine, pings=None, source=HeldPings):
    lines: list[bytes] = []
    pings = source(city.simulated().pings if pings is None else pings)
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
    assert [each for each in told if each[0] == "matched"][-1] == ("matched", 6, 6)
    assert told[-1] == ("judged", 6, 6)
    assert engine.left_out == []


def test_a_unit_in_the_wrong_truck_is_found_among_what_stays_with_the_workers(client, monkeypatch):
    monkeypatch.setattr(cluster, "GRIDS_AT_ONCE", 2)
    found = judged(ClusterEngine(client), SWAPPED)
    assert_same(found, judged(LocalEngine(), SWAPPED))
    ((_, misfits),) = found[0].misfits
    assert list(misfits) == [TRUCK]


def test_what_workers_keep_is_matched_by_nobody_again(client, tmp_path):
    store = ObservationStore(tmp_path, 64)
    first = judged(ClusterEngine(client, store))
    kept = {path: path.stat().st_ino for path in tmp_path.glob("*/*.parquet")}
    assert len(kept) == 6
    assert_same(judged(ClusterEngine(client, store)), first)
    assert_same(judged(LocalEngine(store=store)), first)
    assert {path: path.stat().st_ino for path in tmp_path.glob("*/*.parquet")} == kept


def test_pings_that_workers_cannot_read_are_read_by_who_asks(client):
    class Asked(HeldPings):
        def portions(self, plan, service_date, bunches):
            for portion in super().portions(plan, service_date, bunches):
                yield deadly_tasks.Elsewhere(portion.pings)

        def read(self, plan, service_date, vehicles):
            (portion,) = super().portions(plan, service_date, [vehicles])
            return portion

    assert_same(judged(ClusterEngine(client), source=Asked), judged(LocalEngine()))


def test_a_worker_that_is_killed_changes_nothing(client, monkeypatch):
    monkeypatch.setattr(cluster, "GRIDS_AT_ONCE", 1)
    pids = list(client.run(os.getpid).values())
    killer = threading.Timer(0.05, os.kill, (pids[0], signal.SIGKILL))
    killer.start()
    assert_same(judged(ClusterEngine(client)), judged(LocalEngine()))
    killer.join()


def test_a_worker_that_dies_with_what_it_saw_costs_nothing_but_seeing_it_again(client, monkeypatch):
    done = ClusterEngine._judged

    def judged_after_a_death(self, *args):
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        return done(self, *args)

    monkeypatch.setattr(ClusterEngine, "_judged", judged_after_a_death)
    assert_same(judged(ClusterEngine(client)), judged(LocalEngine()))


def test_what_takes_workers_down_is_left_out_and_named_and_all_else_is_done(client, monkeypatch):
    vehicles = [each.vehicle_id for each in LocalEngine().observe(*night())]
    monkeypatch.setattr(cluster, "observe_some", deadly_tasks.observe_some)
    engine = ClusterEngine(client)
    seen = [each.vehicle_id for each in engine.observe(*night())]
    lost = deadly_tasks.DEADLY
    assert engine.left_out == [f"vehicle {lost}"]
    assert seen == [vehicle for vehicle in vehicles if vehicle != lost]


def test_the_streets_of_what_is_left_out_are_unknown(client, monkeypatch):
    monkeypatch.setattr(cluster, "observe_some", deadly_tasks.observe_some)
    engine = ClusterEngine(client)
    found = judged(engine)
    assert engine.left_out == [f"vehicle {deadly_tasks.DEADLY}"]
    pings = city.simulated().pings
    assert_same(found, judged(LocalEngine(), pings[pings["vehicle_id"] != deadly_tasks.DEADLY]))


def night():
    return resolve(city.simulated().pings).pings, city.network(), city.city()


def test_a_cluster_that_is_gone_is_told():
    class Cancelled:
        def exception(self):
            raise CancelledError

    with pytest.raises(ClusterError, match="gone"):
        cluster._error_of(Cancelled())
