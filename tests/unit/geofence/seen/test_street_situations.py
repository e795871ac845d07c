"""What proves a street driven, and what proves nothing, where streets lie close or cross.

Each drive is reported with errors of 3 to 5 m that drift over a minute. The metres driven must be
proven or said to be uncertain; no metre of another street may be proven, but for those right at a
junction that the truck went through.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Observation
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures.receiver import Receiver
from tests.fixtures.street_map import START_MS, StreetMap

TOUCH_M = 15.0
"""At a junction a fix's error may lead this far into a street that was only crossed."""
COVERED = 0.90
RECEIVERS = [
    Receiver(interval_s=interval_s, sigma_m=sigma_m, seed=seed)
    for interval_s in (1.0, 10.0)
    for sigma_m, seed in ((3.0, 1), (4.0, 2), (4.0, 3), (5.0, 4))
]
every_receiver = pytest.mark.parametrize(
    "receiver", RECEIVERS, ids=lambda r: f"{r.interval_s:g}s-{r.sigma_m:g}m-{r.seed}"
)


@dataclass(frozen=True)
class Seen:
    """Metres of each section, one flag a metre."""

    proven: dict[str, np.ndarray]
    """Collected for certain."""
    possible: dict[str, np.ndarray]
    """Collected for certain or perhaps."""

    def proven_m(self, *sections: str) -> int:
        return sum(int(self.proven[name].sum()) for name in sections or self.proven)


def observed(streets: StreetMap, pings: pd.DataFrame) -> Observation:
    (observation,) = observe(resolve(pings).pings, streets.network, ServiceRules())
    return observation


def seen(streets: StreetMap, pings: pd.DataFrame) -> Seen:
    passes = observed(streets, pings).passes
    collecting = passes.collecting
    return Seen(
        _metres(streets, passes, collecting & passes.certain), _metres(streets, passes, collecting)
    )


def _metres(streets: StreetMap, passes, chosen: np.ndarray) -> dict[str, np.ndarray]:
    metres = {}
    for number, name in enumerate(streets.network.section_ids):
        middles = np.arange(round(streets.network.section_length_m[number])) + 0.5
        covered = np.zeros(len(middles), dtype=bool)
        for k in np.flatnonzero(chosen & (passes.section == number)):
            low, high = sorted((passes.from_m[k], passes.to_m[k]))
            covered |= (middles >= low) & (middles < high)
        metres[name] = covered
    return metres


def assert_only_the_route_is_proven(streets: StreetMap, route: str, receiver: Receiver) -> Seen:
    """Check a drive at collecting speed: what it took, and what it did not."""
    result = seen(streets, receiver.drive(streets, route))
    taken = {frozenset(leg) for leg in itertools.pairwise(route)}
    for name, possible in result.possible.items():
        if frozenset(name) in taken:
            assert possible.mean() >= COVERED, f"{name} was driven"
            continue
        proven = result.proven[name]
        touch = round(TOUCH_M)
        begin = touch if name[0] in route else 0
        end = len(proven) - (touch if name[1] in route else 0)
        assert not proven[begin:end].any(), f"{name} was not driven"
    return result


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
ROUNDABOUT = StreetMap(
    """
               n
               |
               |
               |
w---------a<<<<b
          v    ^
          v    ^
          c>>>>d---------e
"""
)
DUAL_CARRIAGEWAY = StreetMap(
    """
a<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<b
|                                       |
c>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>d
""",
    row_m=10.0,
)
ONE_WAY_PAIR = StreetMap(
    """
a<<<<<<<<<<b<<<<<<<<<<e
|          |          |
|          |          |
|          |          |
c>>>>>>>>>>d>>>>>>>>>>f
"""
)
OVERPASS = StreetMap(
    """
               c
               |
               |
               |
a==============:===============b
               |
               |
               |
               d
"""
)
S_CURVE = StreetMap(
    """
a---------b
          |
          |
          |
g---------c---------d
                    |
                    |
                    |
          h---------e---------f
"""
)
DEAD_END = StreetMap(
    """
a---------b---------c
          |
          |
          |
          |
          d
"""
)


@every_receiver
@pytest.mark.parametrize("apart_m", [15.0, 20.0, 30.0])
@pytest.mark.parametrize("route", ["cd", "ba"])
def test_of_two_parallel_streets_only_the_one_driven_is_proven(apart_m, route, receiver):
    streets = StreetMap(f"a{'-' * 39}b\n|{' ' * 39}|\nc{'-' * 39}d", row_m=apart_m / 2)
    assert_only_the_route_is_proven(streets, route, receiver)


@every_receiver
@pytest.mark.parametrize("route", ["wacde", "wacdbn", "edbn", "nbacdbn"])
def test_a_roundabout_is_proven_as_far_as_it_is_driven(route, receiver):
    assert_only_the_route_is_proven(ROUNDABOUT, route, receiver)


@every_receiver
def test_a_dead_end_is_proven_to_its_end_and_back(receiver):
    assert_only_the_route_is_proven(DEAD_END, "abdbc", receiver)


@every_receiver
def test_a_dead_end_that_is_passed_is_not_proven(receiver):
    assert_only_the_route_is_proven(DEAD_END, "abc", receiver)


@every_receiver
@pytest.mark.parametrize("route", ["ab", "dc"])
def test_a_bridge_proves_nothing_on_the_road_below(route, receiver):
    assert_only_the_route_is_proven(OVERPASS, route, receiver)


@every_receiver
@pytest.mark.parametrize("route", ["cd", "ba", "cdba"])
def test_of_a_dual_carriageway_the_side_driven_is_proven(route, receiver):
    assert_only_the_route_is_proven(DUAL_CARRIAGEWAY, route, receiver)


@every_receiver
def test_a_one_way_pair_is_proven_out_and_back_but_not_across(receiver):
    assert_only_the_route_is_proven(ONE_WAY_PAIR, "cdfeba", receiver)


@every_receiver
@pytest.mark.parametrize("route", ["abcdef", "fedcba"])
def test_an_s_curve_is_proven_round_its_bends(route, receiver):
    assert_only_the_route_is_proven(S_CURVE, route, receiver)


@every_receiver
def test_streets_crossed_on_the_way_are_not_proven(receiver):
    streets = StreetMap(
        """
            f         g         h
            |         |         |
            |         |         |
            |         |         |
a-----------b---------c---------d-----------e
            |         |         |
            |         |         |
            |         |         |
            i         j         k
"""
    )
    assert_only_the_route_is_proven(streets, "abcde", receiver)


@every_receiver
def test_a_loop_driven_twice_is_proven_twice(receiver):
    assert_only_the_route_is_proven(BLOCK, "abedabeda", receiver)
    passes = observed(BLOCK, receiver.drive(BLOCK, "abedabeda")).passes
    round_ms = 400 / 3.0 * 1000
    for name in ("ab", "be", "de", "ad"):
        of_section = passes.section == BLOCK.network.section_ids.index(name)
        visits = (passes.started_ms[of_section] - START_MS) // round_ms
        travelled = np.abs(passes.to_m - passes.from_m)[of_section]
        assert all(travelled[visits == visit].sum() >= 70 for visit in (0, 1))


@every_receiver
def test_of_a_street_shared_by_two_grids_each_truck_proves_what_it_drove(receiver):
    shared = StreetMap("a" + "-" * 29 + "b" + "-" * 29 + "c")
    west, east = receiver.drive(shared, "ab"), receiver.drive(shared, "cb")
    east["vehicle_id"] = "晋A00001"
    pings = resolve(pd.concat([west, east])).pings
    by_vehicle = {o.vehicle_id: o.passes for o in observe(pings, shared.network, ServiceRules())}
    for vehicle, own, other in (("晋BQ0384", "ab", "bc"), ("晋A00001", "bc", "ab")):
        passes = by_vehicle[vehicle]
        proven = _metres(shared, passes, passes.collecting & passes.certain)
        assert _metres(shared, passes, passes.collecting)[own].mean() >= COVERED
        assert proven[other].sum() <= TOUCH_M


@pytest.mark.parametrize("interval_s", [1.0, 10.0])
@pytest.mark.parametrize("seed", range(6))
def test_a_truck_that_stands_for_an_hour_proves_next_to_nothing(interval_s, seed):
    receiver = Receiver(interval_s=interval_s, sigma_m=3.0, seed=seed)
    assert seen(BLOCK, receiver.stand(BLOCK, (50.0, 0.0), 3600.0)).proven_m() <= 1


@pytest.mark.parametrize("reports_motion", [True, False])
@pytest.mark.parametrize("interval_s", [10.0, 60.0])
@pytest.mark.parametrize("sigma_m", [5.0, 10.0, 20.0])
def test_a_truck_parked_for_two_hours_proves_nothing_however_bad_its_receiver(
    sigma_m, interval_s, reports_motion
):
    receiver = Receiver(
        interval_s=interval_s, sigma_m=sigma_m, seed=2, reports_motion=reports_motion
    )
    assert seen(BLOCK, receiver.stand(BLOCK, (50.0, 0.0), 7200.0)).proven_m() <= 1


@pytest.mark.parametrize("reports_motion", [True, False])
@pytest.mark.parametrize("interval_s", [1.0, 10.0])
def test_a_truck_that_collects_before_and_after_a_long_stand_proves_the_whole_street(
    interval_s, reports_motion
):
    receiver = Receiver(interval_s=interval_s, seed=3, reports_motion=reports_motion)
    pings = [
        receiver.drive(BLOCK, "ab", speed_mps=1.5),
        receiver.stand(BLOCK, BLOCK.nodes["b"], 1200.0),
        receiver.drive(BLOCK, "bc", speed_mps=1.5),
    ]
    for before, after in itertools.pairwise(pings):
        after["event_time"] += (
            before.event_time.max() - after.event_time.min() + pd.Timedelta(seconds=interval_s)
        )
    result = seen(BLOCK, pd.concat(pings, ignore_index=True))
    assert result.possible["ab"].mean() >= COVERED
    assert result.possible["bc"].mean() >= COVERED


@pytest.mark.parametrize("white_m", [0.5, 3.0])
def test_white_noise_at_1_hz_proves_no_metre_of_a_stand(white_m):
    receiver = Receiver(interval_s=1.0, sigma_m=3.0, white_m=white_m, seed=1)
    assert seen(BLOCK, receiver.stand(BLOCK, (50.0, 0.0), 1200.0)).proven_m() <= 1


@pytest.mark.parametrize("white_m", [0.5, 3.0, 8.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_white_noise_at_1_hz_hides_no_collecting(white_m, seed):
    receiver = Receiver(interval_s=1.0, white_m=white_m, seed=seed)
    assert_only_the_route_is_proven(BLOCK, "abefc", receiver)


@pytest.mark.parametrize("interval_s", [1.0, 10.0])
def test_a_frozen_receiver_proves_nothing_of_the_way_it_missed(interval_s):
    streets = StreetMap("a" + "-" * 59 + "b")
    pings = Receiver(interval_s=interval_s, sigma_m=0.0).drive(streets, "ab")
    after_s = (pings.event_time - pings.event_time[0]).dt.total_seconds()
    frozen = after_s.between(50, 110)
    place = ["longitude", "latitude"]
    pings.loc[frozen, place] = pings.loc[pings.index[frozen][0], place].to_numpy(dtype=float)
    proven = seen(streets, pings).proven["ab"]
    assert proven[:150].all()
    assert not proven[152:329].any()
    assert proven[365:].all()


@pytest.mark.parametrize("interval_s", [1.0, 10.0])
def test_a_leap_to_another_street_and_back_proves_nothing_between(interval_s):
    streets = StreetMap("a" + "-" * 59 + "b" + "-" * 199 + "c" + "-" * 59 + "d")
    pings = Receiver(interval_s=interval_s, sigma_m=0.0).drive(streets, "ab")
    away = (pings.event_time - pings.event_time[0]).dt.total_seconds().between(60, 90)
    pings.loc[away, "longitude"] += 0.0305
    assert seen(streets, pings).proven["bc"].sum() == 0


@settings(deadline=None, max_examples=20)
@given(
    route=st.sampled_from(["abcfed", "adebcf", "fedabc", "abefc"]),
    sigma_m=st.floats(3.0, 5.0),
    seed=st.integers(0, 10_000),
)
def test_a_drive_told_backwards_proves_the_same_metres(route, sigma_m, seed):
    there = Receiver(sigma_m=sigma_m, seed=seed).drive(BLOCK, route)
    back = there.copy()
    back["event_time"] = there.event_time.iloc[0] + (there.event_time.iloc[-1] - there.event_time)
    back["heading_deg"] = (there.heading_deg + 180.0) % 360.0
    one, other = seen(BLOCK, there), seen(BLOCK, back)
    if all((s.proven[name] == s.possible[name]).all() for s in (one, other) for name in s.proven):
        for name in one.proven:
            assert abs(one.proven_m(name) - other.proven_m(name)) <= 2, name


@settings(deadline=None, max_examples=20)
@given(
    interval_s=st.sampled_from([1.0, 10.0]),
    seed=st.integers(0, 10_000),
    shuffled=st.randoms(use_true_random=False),
)
def test_the_order_in_which_fixes_arrive_changes_nothing(interval_s, seed, shuffled):
    pings = Receiver(interval_s=interval_s, seed=seed).drive(BLOCK, "abefc")
    order = list(range(len(pings)))
    shuffled.shuffle(order)
    one, other = observed(BLOCK, pings), observed(BLOCK, pings.iloc[order])
    for name in ("section", "from_m", "to_m", "started_ms", "finished_ms", "collecting", "certain"):
        assert (getattr(one.passes, name) == getattr(other.passes, name)).all(), name


@settings(deadline=None, max_examples=20)
@given(
    interval_s=st.sampled_from([1.0, 10.0]),
    place=st.floats(0.0, 0.99),
    away_m=st.floats(150.0, 5000.0),
    seed=st.integers(0, 10_000),
)
def test_a_fix_off_the_network_proves_nothing(interval_s, place, away_m, seed):
    pings = Receiver(interval_s=interval_s, seed=seed).drive(BLOCK, "abc")
    pings.loc[1 + int(place * (len(pings) - 2)), "latitude"] += away_m / 111_320.0
    result = seen(BLOCK, pings)
    for name in ("ad", "be", "cf", "de", "ef"):
        assert result.proven[name].sum() <= TOUCH_M, name
    assert result.possible["ab"].mean() + result.possible["bc"].mean() >= 2 * COVERED


@pytest.mark.parametrize("speed_mps", [1.5, 3.0])
def test_metres_are_reached_at_the_same_instants_at_1_hz_as_they_were_driven(speed_mps):
    streets = StreetMap("a" + "-" * 59 + "b")
    pings = Receiver(interval_s=1.0, sigma_m=3.0).drive(streets, "ab", speed_mps=speed_mps)
    passes = observed(streets, pings).passes
    driven_ms = START_MS + passes.to_m / speed_mps * 1000
    assert (np.abs(passes.finished_ms - driven_ms) <= 5000).all()


@pytest.mark.parametrize(("interval_s", "drives"), [(30.0, 1), (60.0, 2), (120.0, 4)])
def test_a_vehicle_that_reports_seldom_is_observed(interval_s, drives):
    jitter_ms = np.random.default_rng(1).integers(-3000, 3000, 1000)
    pings = Receiver(interval_s=interval_s, sigma_m=3.0).drive(BLOCK, "abcfed" * drives)
    pings["event_time"] += pd.to_timedelta(jitter_ms[: len(pings)], unit="ms").as_unit("ms")
    assert len(observed(BLOCK, pings).part_started_ms) == 1


CROSSED = """
          n
          |
a---------=---e-----b
          |   |
          |   |
          |   |
          |   |
          |   |
          |   |
          |   |
          |   |
          |   |
          |   |
c---------=---f-----d
          |
          s
"""
"""A street that crosses two others without a vertex in common, 40 m beside one that meets them."""


def crossed() -> StreetMap:
    streets = StreetMap(CROSSED)
    streets.nodes |= {"x": (100.0, -40.0), "y": (100.0, -260.0)}
    return streets


@every_receiver
def test_a_turn_where_lines_merely_cross_is_followed_and_not_laid_on_the_street_beside(receiver):
    streets = crossed()
    found = seen(streets, receiver.drive(streets, "axyd"))
    assert found.proven["ns"][40:260].mean() >= COVERED
    assert found.proven_m("ef") == 0


@every_receiver
def test_a_truck_on_a_bridge_is_not_on_the_street_beneath(receiver):
    streets = crossed()
    found = seen(streets, receiver.drive(streets, "ns"))
    assert found.proven["ns"].mean() >= COVERED
    assert max(found.possible[name].sum() for name in ("ae", "eb", "cf", "fd")) <= TOUCH_M
