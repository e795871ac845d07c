import threading

import numpy as np
import pandas as pd
import pytest

from geofence.matching.matcher import Matcher
from geofence.plan.plan import ServiceRules
from geofence.plan.work import NO_WORK
from geofence.seen import observe as observe_module
from geofence.seen.observation import Observation
from geofence.seen.observe import fixes_in_turn, fixes_of_fleet, observe, parts_of
from ingest.ping import resolve
from tests.fixtures.driven_fleet import all_bits
from tests.fixtures.false_fixes import by_cell_tower, doubled, lost, polled
from tests.fixtures.receiver import Receiver
from tests.fixtures.street_map import StreetMap

TOWN = StreetMap(
    """
a---------b---------c
|         |         |
|         |         |
d---------e---------f
"""
)
ROUTES = ("abc", "abed", "fcb", "defc", "cbad", "efcbe", "dab")


def fleet() -> pd.DataFrame:
    drives = []
    for number, route in enumerate(ROUTES):
        drive = Receiver(sigma_m=5.0, seed=number).drive(TOWN, route)
        drive["vehicle_id"] = f"机扫{number}-113"
        drives.append(drive)
    return resolve(pd.concat(drives)).pings


def observed(workers: int) -> list[Observation]:
    return list(observe(fleet(), TOWN.network, ServiceRules(), workers=workers))


@pytest.mark.parametrize("workers", [2, 3, 16])
def test_vehicles_matched_at_once_come_out_the_same_and_in_the_same_order(workers):
    one_by_one, at_once = observed(1), observed(workers)
    assert [each.vehicle_id for each in at_once] == [f"机扫{n}-113" for n in range(len(ROUTES))]
    for alone, among in zip(one_by_one, at_once, strict=True):
        assert len(alone.passes.section) > 0
        for ours, theirs in ((alone.passes, among.passes), (alone.gaps, among.gaps)):
            for column in ours.__slots__:
                assert np.array_equal(getattr(ours, column), getattr(theirs, column))
        assert np.array_equal(alone.x, among.x)


@pytest.mark.parametrize("rows", [1, 10, 25, 10**6])
def test_a_frame_is_cut_between_vehicles_and_comes_out_the_same(rows, monkeypatch):
    monkeypatch.setattr(observe_module, "ROWS_AT_ONCE", rows)
    pings = fleet()
    parts = list(parts_of(pings))
    assert pd.concat(parts).equals(pings)
    counts = pings["vehicle_id"].value_counts()
    for part in parts:
        found = part["vehicle_id"].value_counts().to_dict()
        assert found == {vehicle: counts[vehicle] for vehicle in found}
        assert len(part) <= max(rows, counts.max())
    whole = fixes_of_fleet(pings, TOWN.network, NO_WORK)
    for found in (fixes_in_turn(pings, TOWN.network, NO_WORK),
                  fixes_in_turn(iter(parts), TOWN.network, NO_WORK)):  # fmt: skip
        assert all_bits(list(found)) == all_bits(whole)


def test_a_frame_without_pings_has_no_parts():
    assert list(parts_of(fleet()[:0])) == []


def test_no_more_vehicles_are_matched_ahead_than_two_a_worker(monkeypatch):
    matched = []
    match = Matcher.match

    def counting(self, track):
        matched.append(threading.get_ident())
        return match(self, track)

    monkeypatch.setattr(Matcher, "match", counting)
    observations = observe(fleet(), TOWN.network, ServiceRules(), workers=2)
    next(observations)
    assert len(matched) <= 2 * 2 + 1
    assert len(list(observations)) == len(ROUTES) - 1
    assert threading.get_ident() not in matched


def test_a_vehicle_of_which_no_fix_is_near_the_network_was_not_seen():
    pings = Receiver().drive(TOWN, "abc")
    pings["longitude"] -= 20.0
    (seen,) = observe(pings, TOWN.network, ServiceRules())
    assert len(seen.outlier_ms) == len(pings)
    assert len(seen.part_started_ms) == len(seen.passes.section) == 0


def of_one(pings: pd.DataFrame) -> Observation:
    (observation,) = observe(resolve(pings).pings, TOWN.network, ServiceRules())
    return observation


def test_fixes_without_a_fix_are_dropped_and_counted_apart_from_outliers():
    drive = Receiver(sigma_m=3.0, seed=1).drive(TOWN, "abcfed" * 3)
    for pings in (lost(drive, 20, 6, satellites=9), by_cell_tower(drive, 20, 6, 0.002, 900.0)):
        seen = of_one(pings)
        times_ms = drive["event_time"].astype("int64").to_numpy()
        assert seen.no_fix_ms.tolist() == times_ms[20:26].tolist()
        assert len(seen.outlier_ms) == 0
        assert not set(seen.no_fix_ms) & set(seen.time_ms)
        assert len(seen.time_ms) == len(drive) - 6


def test_of_a_poller_each_position_counts_once_at_its_first_sighting():
    drive = Receiver(interval_s=5.0, sigma_m=2.0, seed=2).drive(TOWN, "abcfedabcfe", speed_mps=6.0)
    seen = of_one(polled(drive, 6, speeds=False))
    seconds = (seen.time_ms - seen.time_ms[0]) / 1000
    assert (seconds[:-1] % 30 == 0).all()
    assert len(seen.stale_ms) > 0.7 * len(drive)
    assert len(seen.frozen_started_ms) == len(seen.gaps.started_ms[seen.gaps.silent]) == 0


def test_where_two_places_take_turns_the_vehicle_is_out_of_sight():
    drive = Receiver(sigma_m=2.0, seed=3).drive(TOWN, "abcfed" * 8, speed_mps=5.0)
    twin = doubled(drive[20:60], 27.0)
    seen = of_one(pd.concat([drive[:20], twin, drive[60:]]))
    (begun,), (ended,) = seen.doubted_started_ms, seen.doubted_finished_ms
    assert len(seen.doubted_ms) > 60
    (gap,) = np.flatnonzero(seen.gaps.silent)
    assert seen.gaps.started_ms[gap] < begun
    assert seen.gaps.finished_ms[gap] > ended
