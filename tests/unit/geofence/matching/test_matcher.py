"""Behaviour of the whole geofence step on drawn streets: which metres does a drive earn?"""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Observation
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures.street_map import START_MS, StreetMap

BLOCK = StreetMap(
    """
a---------b---------c
|         |         |
|         |         |
|         |         |
|         |         |
d---------e---------f
"""
)


def seen(streets: StreetMap, pings: pd.DataFrame, rules: ServiceRules | None = None) -> Observation:
    (observation,) = observe(resolve(pings).pings, streets.network, rules or ServiceRules())
    return observation


def served_m(streets: StreetMap, observation: Observation) -> dict[str, float]:
    """Metres of each section that a certain collecting pass covered, of those that have any."""
    covered = {}
    passes = observation.passes
    for number, name in enumerate(streets.network.section_ids):
        length = int(streets.network.section_length_m[number])
        middles = np.arange(length) + 0.5
        hit = np.zeros(length, dtype=bool)
        for k in np.flatnonzero((passes.section == number) & passes.collecting & passes.certain):
            low, high = sorted((passes.from_m[k], passes.to_m[k]))
            hit |= (middles >= low) & (middles < high)
        if hit.any():
            covered[name] = float(hit.sum())
    return covered


def test_a_drive_earns_the_streets_it_takes_and_no_other():
    assert served_m(BLOCK, seen(BLOCK, BLOCK.drive("abed"))) == pytest.approx(
        {"ab": 100, "be": 100, "de": 100}, abs=1
    )


def test_passes_tell_when_each_metre_was_reached():
    passes = seen(BLOCK, BLOCK.drive("abc", speed_mps=4.0)).passes
    along = np.where(passes.section == 0, 0.0, 100.0) + passes.from_m
    assert passes.started_ms - START_MS == pytest.approx(along / 4.0 * 1000, abs=50)


def test_a_drive_against_the_drawn_direction_runs_backwards():
    passes = seen(BLOCK, BLOCK.drive("cba")).passes
    assert len(passes.section) > 0
    assert (passes.from_m > passes.to_m).all()


@pytest.mark.parametrize("apart", [2, 3, 4])
def test_of_two_parallel_streets_the_one_driven_is_served(apart):
    bars = "\n".join(["|" + " " * 39 + "|"] * (apart - 1))
    streets = StreetMap(f"a{'-' * 39}b\n{bars}\nc{'-' * 39}d")
    for seed in range(10):
        pings = streets.drive("cd", sigma_m=4.0, seed=seed)
        earned = served_m(streets, seen(streets, pings))
        assert earned["cd"] > 380
        assert earned.get("ab", 0) == 0


def test_a_drive_past_a_side_street_earns_nothing_on_it():
    for seed in range(10):
        earned = served_m(BLOCK, seen(BLOCK, BLOCK.drive("abc", sigma_m=4.0, seed=seed)))
        assert earned.get("be", 0) < 10


def test_a_dead_end_is_served_to_its_end_when_the_truck_turns_back_there():
    streets = StreetMap("a----b----c\n     |\n     |\n     |\n     d")
    earned = served_m(streets, seen(streets, streets.drive("abdbc", interval_s=8.0)))
    assert earned["bd"] == pytest.approx(80, abs=1)


def test_a_truck_on_a_bridge_was_not_on_the_road_below():
    streets = StreetMap(
        """
          c
          |
a=========:=======b
          |
          d
"""
    )
    earned = served_m(streets, seen(streets, streets.drive("ab")))
    assert earned == pytest.approx({"ab": 180}, abs=1)


def test_a_one_way_street_is_never_matched_against_its_direction():
    streets = StreetMap(
        """
a--------->b
|          |
|          |
c<---------d
"""
    )
    for seed in range(5):
        passes = seen(streets, streets.drive("abdcabdc", sigma_m=4.0, seed=seed)).passes
        oneway = streets.network.section_oneway[passes.section]
        assert (passes.from_m < passes.to_m)[oneway].all()


def test_a_street_driven_twice_has_two_passes():
    passes = seen(BLOCK, BLOCK.drive("abedab")).passes
    first = streets_in_order(BLOCK, passes.section)
    assert first == ["ab", "be", "de", "ad", "ab"]


def streets_in_order(streets: StreetMap, sections: np.ndarray) -> list[str]:
    changes = np.flatnonzero(np.diff(sections, prepend=-1))
    return [streets.network.section_ids[sections[k]] for k in changes]


def test_nothing_is_credited_across_a_gap():
    pings = BLOCK.drive("abc", speed_mps=1.0)
    hole = (pings.event_time - pings.event_time[0]).dt.total_seconds().between(45, 175)
    observation = seen(BLOCK, pings[~hole])
    assert observation.gaps.silent.tolist() == [True]
    assert served_m(BLOCK, observation) == pytest.approx({"ab": 40, "bc": 20}, abs=1)
    assert observation.part_started_ms.tolist() == [START_MS, START_MS + 180_000]


def test_a_short_silence_is_bridged_by_the_route():
    pings = BLOCK.drive("abc", speed_mps=1.0)
    hole = (pings.event_time - pings.event_time[0]).dt.total_seconds().between(45, 155)
    assert served_m(BLOCK, seen(BLOCK, pings[~hole])) == pytest.approx(
        {"ab": 100, "bc": 100}, abs=1
    )


def test_a_truck_that_hurries_serves_nothing():
    observation = seen(BLOCK, BLOCK.drive("abefcb", speed_mps=12.0, interval_s=5.0))
    assert len(observation.passes.section) > 0
    assert served_m(BLOCK, observation) == {}


def test_what_the_device_reports_of_its_work_outranks_the_speed():
    fast = BLOCK.drive("abe", speed_mps=12.0, interval_s=5.0)
    slow = BLOCK.drive("abe")
    fast["working"] = pd.array([True] * len(fast), dtype="boolean")
    slow["working"] = pd.array([False] * len(slow), dtype="boolean")
    assert served_m(BLOCK, seen(BLOCK, fast)) == pytest.approx({"ab": 100, "be": 100}, abs=1)
    assert served_m(BLOCK, seen(BLOCK, slow)) == {}


def test_a_teleport_is_dropped_and_counted():
    pings = BLOCK.drive("abc")
    pings.loc[5, "latitude"] += 0.05
    observation = seen(BLOCK, pings)
    assert observation.outlier_ms.tolist() == [START_MS + 50_000]
    assert served_m(BLOCK, observation) == pytest.approx({"ab": 100, "bc": 100}, abs=1)


def test_a_frozen_receiver_counts_as_not_observed():
    pings = BLOCK.drive("ab", speed_mps=0.2)
    frozen = (pings.event_time - pings.event_time[0]).dt.total_seconds().between(100, 420)
    first = pings.index[frozen][0]
    pings.loc[frozen, ["longitude", "latitude"]] = pings.loc[
        first, ["longitude", "latitude"]
    ].to_numpy()
    pings["speed_mps"] = 3.0
    observation = seen(BLOCK, pings)
    assert observation.frozen_started_ms.tolist() == [START_MS + 100_000]
    assert observation.gaps.started_ms.tolist() == [START_MS + 100_000]
    assert observation.gaps.finished_ms.tolist() == [START_MS + 430_000]


def test_a_parked_truck_is_not_frozen():
    times = START_MS + np.arange(60) * 10_000
    parked = BLOCK.pings(np.full(60, 50.0), np.zeros(60), times)
    parked["speed_mps"] = 0.0
    observation = seen(BLOCK, parked)
    assert len(observation.frozen_started_ms) == 0
    assert served_m(BLOCK, observation) == {}


def test_a_truck_off_the_network_is_seen_but_not_placed():
    pings = BLOCK.drive("abc", shift_m=(0.0, 400.0))
    observation = seen(BLOCK, pings)
    assert len(observation.passes.section) == 0
    assert len(observation.gaps.started_ms) == len(pings) - 1
    assert not observation.gaps.silent.any()


def test_a_clock_that_runs_ahead_of_the_log_is_told():
    pings = BLOCK.drive("ab")
    pings["received_time"] = pings.event_time
    pings.loc[2, "received_time"] -= pd.Timedelta(seconds=61)
    assert seen(BLOCK, pings).skewed_ms.tolist() == [START_MS + 20_000]


def test_vehicles_come_in_order_and_do_not_touch_each_other():
    one, two = BLOCK.drive("abc"), BLOCK.drive("fed")
    two["vehicle_id"] = "晋A00001"
    both = list(observe(resolve(pd.concat([one, two])).pings, BLOCK.network, ServiceRules()))
    assert [observation.vehicle_id for observation in both] == ["晋A00001", "晋BQ0384"]
    assert served_m(BLOCK, both[0]) == pytest.approx({"ef": 100, "de": 100}, abs=1)
    assert served_m(BLOCK, both[1]) == pytest.approx({"ab": 100, "bc": 100}, abs=1)


@settings(deadline=None, max_examples=25)
@given(
    route=st.sampled_from(["abcfedab", "adebcf", "fedabefc"]),
    seed=st.integers(0, 1000),
    interval_s=st.sampled_from([1.0, 5.0, 10.0, 20.0]),
)
def test_a_noisy_drive_earns_nearly_all_it_takes_and_nearly_nothing_else(route, seed, interval_s):
    pings = BLOCK.drive(route, interval_s=interval_s, sigma_m=4.0, seed=seed)
    earned = served_m(BLOCK, seen(BLOCK, pings))
    taken = {"".join(sorted(pair)) for pair in itertools.pairwise(route)}
    for name in BLOCK.network.section_ids:
        if name in taken:
            assert earned.get(name, 0) >= 80
        else:
            assert earned.get(name, 0) <= 20


def parked(minutes: int, *, reports_speed: bool, seed: int) -> pd.DataFrame:
    count = minutes * 6
    rng = np.random.default_rng(seed)
    wander = rng.normal(0.0, 4.0, (2, count))
    keep = np.exp(-10 / 60)
    for i in range(1, count):
        wander[:, i] = keep * wander[:, i - 1] + np.sqrt(1 - keep**2) * wander[:, i]
    pings = BLOCK.pings(50.0 + wander[0], wander[1], START_MS + np.arange(count) * 10_000)
    if reports_speed:
        pings["speed_mps"] = rng.uniform(0.0, 0.4, count)
    return pings


@pytest.mark.parametrize("reports_speed", [True, False])
def test_a_parked_truck_earns_next_to_nothing_by_the_wander_of_its_fixes(reports_speed):
    earned = [
        sum(served_m(BLOCK, seen(BLOCK, parked(30, reports_speed=reports_speed, seed=s))).values())
        for s in range(10)
    ]
    assert np.median(earned) <= (5 if reports_speed else 25)


@pytest.mark.parametrize("speed_mps", [np.nan, 0.0])
@pytest.mark.parametrize("accuracy_m", [8.0, 50.0, 100.0])
def test_a_bad_accuracy_makes_no_stand_of_a_long_slow_drive(accuracy_m, speed_mps):
    street = StreetMap("a" + "-" * 65 + "b")
    pings = street.drive("ab", speed_mps=1.5)
    pings["accuracy_m"] = accuracy_m
    pings.loc[pings.index[8], "accuracy_m"] = 500.0
    pings["speed_mps"] = speed_mps
    assert served_m(street, seen(street, pings))["ab"] > 600


def test_a_stand_whose_first_fix_has_no_place_does_not_pull_the_truck_along():
    street = StreetMap("a" + "-" * 99 + "b")
    x = np.array([580.0, 610.0, 640.0, 400.0, 400.0, 400.0, 400.0, 400.0])
    y = np.array([0.0, 0.0, 0.0, 65.0, 65.0, 65.0, 65.0, 65.0])
    pings = street.pings(x, y, START_MS + 10_000 * np.arange(8))
    pings["speed_mps"] = [3.0, 3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    pings["accuracy_m"] = [5.0, 5.0, 5.0, 4.0, 20.0, 20.0, 20.0, 20.0]
    assert served_m(street, seen(street, pings)).get("ab", 0.0) < 70


@pytest.mark.parametrize("odd", [0, 3, 7])
@pytest.mark.parametrize(("accuracy_m", "placed"), [(5.0, False), (100.0, True)])
def test_the_accuracy_of_one_fix_of_a_stand_does_not_decide_where_it_is(odd, accuracy_m, placed):
    # 70 m off the street, for 80 s
    street = StreetMap("a" + "-" * 99 + "b")
    x = np.array([300.0, 350.0, *[400.0] * 8, 450.0, 500.0])
    y = np.array([0.0, 0.0, *[70.0] * 8, 0.0, 0.0])
    pings = street.pings(x, y, START_MS + 10_000 * np.arange(12))
    pings["speed_mps"] = [5.0, 5.0, *[0.0] * 8, 5.0, 5.0]
    pings["accuracy_m"] = [5.0, 5.0, *[accuracy_m] * 8, 5.0, 5.0]
    pings.loc[pings.index[2 + odd], "accuracy_m"] = 105.0 - accuracy_m
    assert (len(seen(street, pings).gaps.started_ms) == 0) == placed


@pytest.mark.parametrize("times", [1.0, 3.6, 0.0])
@pytest.mark.parametrize("interval_s", [30, 60])
def test_speeds_in_the_wrong_unit_take_no_credit_from_a_truck_that_reports_seldom(
    times, interval_s
):
    street = StreetMap("a" + "-" * 150 + "b")
    mps = np.array([2.0, 2.6] * (600 // interval_s))
    x = 20.0 + np.concatenate([[0.0], np.cumsum(0.5 * interval_s * (mps[1:] + mps[:-1]))])
    kept = x < 1500
    pings = street.pings(
        x[kept], np.zeros(kept.sum()), START_MS + 1000 * interval_s * np.arange(kept.sum())
    )
    pings["speed_mps"] = times * mps[kept]
    assert served_m(street, seen(street, pings))["ab"] > 0.97 * (x[kept].max() - 20.0)


def test_where_a_fast_truck_begins_to_collect_lies_open_by_the_error_of_a_fix():
    times = START_MS + np.arange(8) * 10_000
    along = np.array([0.0, 100.0, 120.0, 140.0, 160.0, 180.0, 190.0, 195.0])
    pings = BLOCK.pings(along, np.zeros(8), times)
    pings["accuracy_m"] = 4.8
    observed = seen(BLOCK, pings)
    proven = served_m(BLOCK, observed)
    assert proven == pytest.approx({"bc": 95}, abs=1)
    passes = observed.passes
    doubtful = passes.collecting & ~passes.certain
    metres = pd.Series(np.abs(passes.to_m - passes.from_m)[doubtful])
    names = np.array(BLOCK.network.section_ids)[passes.section[doubtful]]
    # and from its last fixes but one it may have gone to the corner c and come back
    assert metres.groupby(names).sum().to_dict() == pytest.approx({"ab": 8, "bc": 20}, abs=0.1)
    pings["working"] = pd.array([False] * 2 + [True] * 6, dtype="boolean")
    assert not (
        seen(BLOCK, pings).passes.collecting & (seen(BLOCK, pings).passes.section == 0)
    ).any()


def test_a_step_of_more_than_75_s_is_credited_but_hides_what_lies_beside_it():
    observed = seen(BLOCK, BLOCK.drive("abc", speed_mps=1.0, interval_s=80.0))
    assert sum(served_m(BLOCK, observed).values()) > 150
    assert len(observed.gaps.started_ms) > 0
    assert not observed.gaps.silent.any()
    seldom_enough = seen(BLOCK, BLOCK.drive("abc", speed_mps=1.0, interval_s=70.0))
    assert len(seldom_enough.gaps.started_ms) == 0


@pytest.mark.parametrize("accuracy_m", [5.0, 30.0, 50.0])
@pytest.mark.parametrize("speed_mps", [np.nan, 0.0])
@pytest.mark.parametrize("pace_mps", [1.0, 2.5])
def test_a_slow_truck_is_never_taken_to_stand(accuracy_m, speed_mps, pace_mps):
    pings = BLOCK.drive("abc", speed_mps=pace_mps, interval_s=1.0)
    pings["accuracy_m"] = accuracy_m
    pings["speed_mps"] = speed_mps
    earned = served_m(BLOCK, seen(BLOCK, pings))
    assert earned["ab"] == pytest.approx(100, abs=1)
    assert earned["bc"] >= 75


@pytest.mark.parametrize("interval_s", [1.0, 2.0, 5.0, 10.0])
def test_a_one_way_street_driven_against_its_direction_is_seen(interval_s):
    streets = StreetMap("a<-------------------b----------c")
    earned = served_m(streets, seen(streets, streets.drive("abc", interval_s=interval_s)))
    assert earned["ba"] == pytest.approx(210, abs=1)


def test_independent_noise_at_1_hz_does_not_look_like_speed():
    rng = np.random.default_rng(3)
    streets = StreetMap("a" + "-" * 59 + "b")
    times = np.arange(150)
    x = times * 4.0 + rng.normal(0, 5.0, 150)
    pings = streets.pings(x, rng.normal(0, 5.0, 150), START_MS + times * 1000)
    assert served_m(streets, seen(streets, pings))["ab"] > 560


def test_a_fix_on_another_continent_is_dropped_even_in_an_outage():
    pings = BLOCK.drive("abc")
    stray = pings.iloc[[-1]].assign(
        event_time=pings.event_time.iloc[-1] + pd.Timedelta(hours=1), longitude=7.0
    )
    observation = seen(BLOCK, pd.concat([pings, stray]))
    assert observation.outlier_ms.tolist() == [int(stray.event_time.iloc[0].timestamp() * 1000)]
    assert len(observation.gaps.started_ms) == 0
