import itertools

import numpy as np
import pandas as pd
import pytest

from benchmarks.scale.copies import copies_of, pings_of, write_copies
from benchmarks.scale.driving import block_file, blocks_of, write_block
from benchmarks.scale.needs import Fleet, Measured, assumptions, need_of, vehicles_of
from benchmarks.scale.night import night_of
from geofence.plan.reader import read_plan
from ingest.ping import resolve
from tests.fixtures import recorded_city as city

NIGHT = Measured(
    vehicles=1000, pings=4_000_000, interval_s=10.0, core_s=400.0, peak_mb=900.0, base_mb=300.0,
    sealed_bytes=28_000_000,
)  # fmt: skip


def test_blocks_have_about_as_many_grids_each_and_every_grid_one(monkeypatch):
    monkeypatch.setattr("benchmarks.scale.driving.GRIDS_OF_A_BLOCK", 2)
    assert sorted(np.bincount(blocks_of(city.city()))) == [2, 2, 2]


def test_copies_lie_side_by_side_with_names_of_their_own(tmp_path):
    plan = city.city()
    copies = copies_of(plan, 3)
    write_copies(plan, copies, tmp_path)
    found = read_plan(tmp_path / "plan.toml")
    assert len(found.grids) == 3 * len(plan.grids)
    assert len(found.vehicles) == 3 * len(plan.vehicles)
    boxes = [
        [f(np.concatenate([s.coordinates for s in found.sections if s.id in ids]), axis=0)
         for f in (np.min, np.max)]
        for ids in ({copy.name(section.id) for section in plan.sections} for copy in copies)
    ]  # fmt: skip
    for (low, high), (other_low, other_high) in itertools.pairwise(boxes):
        assert (high < other_low).any() or (other_high < low).any()


def test_pings_of_copies_come_by_vehicle_and_lie_on_the_streets_of_their_copy(tmp_path):
    plan = city.city()
    pings = resolve(city.simulated().pings).pings
    write_block(pings, block_file(tmp_path, 0))
    copies = copies_of(plan, 2)
    found = list(pings_of(tmp_path, copies))
    ids = [frame["vehicle_id"].iloc[0] for frame in found]
    assert ids == sorted({copy.name(v) for copy in copies for v in pings["vehicle_id"].unique()})
    own = pd.concat(frame for frame, one in zip(found, ids, strict=True) if not one.endswith("-1"))
    assert own.reset_index(drop=True).equals(pings)
    moved = pd.concat(frame for frame, one in zip(found, ids, strict=True) if one.endswith("-1"))
    assert len(moved) == len(pings)
    east = moved["longitude"].to_numpy() - pings["longitude"].to_numpy()
    assert east == pytest.approx(np.full(len(pings), copies[1].east_deg))


def test_a_larger_city_is_a_whole_number_of_copies(tmp_path):
    with pytest.raises(ValueError, match="25 grids are not copies of 10"):
        night_of(25, tmp_path, 10.0, 1, 10, print)


def test_what_a_fleet_needs_grows_with_its_pings():
    few, many = (need_of(Fleet("", count, 10.0), NIGHT) for count in (1_000, 6_000_000))
    assert few.pings == NIGHT.pings
    assert few.core_h == pytest.approx(400 / 3600)
    assert few.memory_gib == pytest.approx(600 / 1024)
    assert few.disk_gb == pytest.approx(0.028)
    assert (few.machines, few.ingest_processes) == (1, 1)
    assert many.core_h == pytest.approx(6000 * few.core_h)
    assert many.messages_s == 600_000
    often = need_of(Fleet("", 1_000, 1.0), NIGHT)
    assert often.pings == 10 * few.pings


def test_what_machines_hold_is_what_needs_as_many():
    held = vehicles_of(3, 10.0, NIGHT)
    assert need_of(Fleet("", held, 10.0), NIGHT).machines == 3
    assert need_of(Fleet("", held + 10, 10.0), NIGHT).machines == 4


def test_the_assumptions_name_what_was_measured():
    told = "\n".join(assumptions(NIGHT))
    assert "100.0 core microseconds" in told
    assert "7.00 bytes" in told
    assert "11.1 hours" in told
