from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.coverage.prism import capacity_m, hidden_m
from analytics.coverage.unseen import Unseen
from geofence.plan.plan import ServiceRules

RULES = replace(ServiceRules(), prism_travel_mps=14.0, prism_service_kmh=15.0)
SERVICE_MPS = 15 / 3.6
NOWHERE = (np.nan, np.nan)

# a straight street of 1000 m along the x axis
X = np.arange(1000) + 0.5
Y = np.zeros(1000)
METRES = np.ones(1000)


def gaps(*rows: tuple[float, tuple[float, float], float, tuple[float, float]]) -> Unseen:
    """Rows of start in s, place before, finish in s, place after."""
    return Unseen(
        vehicle_ids=("晋BQ0384",) * len(rows),
        started_ms=np.array([row[0] * 1000.0 for row in rows]),
        finished_ms=np.array([row[2] * 1000.0 for row in rows]),
        from_x=np.array([row[1][0] for row in rows], dtype=float),
        from_y=np.array([row[1][1] for row in rows], dtype=float),
        to_x=np.array([row[3][0] for row in rows], dtype=float),
        to_y=np.array([row[3][1] for row in rows], dtype=float),
        silent=np.ones(len(rows), np.bool_),
    )


def hidden(unseen: Unseen, start_s: float = 0, until_s: float = 10_000, cells=slice(None)) -> float:
    return hidden_m(
        X[cells],
        Y[cells],
        METRES[cells],
        unseen,
        round(start_s * 1000),
        round(until_s * 1000),
        RULES,
    )


def capacity(unseen: Unseen, start_s: float = 0, until_s: float = 10_000) -> list[float]:
    return capacity_m(unseen, round(start_s * 1000), round(until_s * 1000), RULES).tolist()


def test_without_a_gap_nothing_is_hidden():
    assert hidden(gaps()) == 0.0


def test_a_gap_hides_its_time_at_service_pace():
    unseen = gaps((100, (500, 0), 220, (500, 0)))
    assert hidden(unseen) == pytest.approx(120 * SERVICE_MPS)


def test_the_way_to_the_street_and_back_costs_time():
    unseen = gaps((100, (500, 700), 300, (500, 700)))
    # 700 m there and 700 m back at 14 m/s leave 100 s; to the near end of the nearest cell, not its
    # middle, it is half a metre less
    assert hidden(unseen) == pytest.approx((200 - 2 * 699.5 / 14) * SERVICE_MPS, abs=0.01)


def test_a_street_too_far_away_is_out_of_the_prism():
    assert hidden(gaps((100, (500, 1500), 300, (500, 1500)))) == 0.0


def test_a_gap_hides_no_more_than_the_street_lacks():
    unseen = gaps((0, (500, 0), 1000, (500, 0)))
    assert hidden(unseen, cells=slice(400, 420)) == 20.0


def test_only_metres_the_truck_can_reach_and_leave_again_are_hidden():
    # 28 s from x = 0 back to x = 0: a cell at x takes 2 x / 14 of travel and 0.24 s of service
    unseen = gaps((0, (0, 0), 28, (0, 0)))
    far = np.flatnonzero(2 * (X - 0.5) / 14 + 1 / SERVICE_MPS <= 28).max()
    assert hidden(unseen, cells=slice(far, far + 1)) == 1.0
    assert hidden(unseen, cells=slice(far + 1, far + 2)) == 0.0


def test_a_truck_that_collects_on_its_way_along_the_street_hides_all_of_it():
    needed_s = 1000 / SERVICE_MPS
    assert hidden(gaps((0, (0, 0), needed_s, (1000, 0)))) == pytest.approx(1000.0)
    assert hidden(gaps((0, (0, 0), needed_s - 30, (1000, 0)))) < 900.0


def test_gaps_add_up():
    unseen = gaps((0, (100, 0), 60, (100, 0)), (500, (900, 0), 560, (900, 0)))
    assert hidden(unseen) == pytest.approx(120 * SERVICE_MPS)


def test_gaps_that_reach_the_same_metres_hide_them_once():
    unseen = gaps((0, (500, 0), 60, (500, 0)), (500, (500, 0), 560, (500, 0)))
    assert hidden(unseen, cells=slice(450, 550)) == 100.0


def test_only_the_part_of_a_gap_within_the_period_counts():
    unseen = gaps((0, (500, 0), 1000, (500, 0)))
    assert hidden(unseen, 900, 1060) == pytest.approx(100 * SERVICE_MPS)
    assert hidden(unseen, 1000, 2000) == 0.0


def test_travel_before_the_period_costs_nothing_of_it():
    unseen = gaps((0, (500, 7000), 1100, (500, 0)))
    assert hidden(unseen, 1000, 1100) == pytest.approx(100 * SERVICE_MPS)


def test_an_open_end_binds_the_truck_to_no_place():
    before = gaps((-np.inf, NOWHERE, 160, (500, 1400)))
    assert hidden(before, 0, 10_000) == pytest.approx((160 - 1399.5 / 14) * SERVICE_MPS, abs=0.01)
    after = gaps((9_000, (500, 0), np.inf, NOWHERE))
    assert hidden(after, 0, 9_100) == pytest.approx(100 * SERVICE_MPS)
    both = gaps((-np.inf, NOWHERE, np.inf, NOWHERE))
    assert hidden(both, 0, 100) == pytest.approx(100 * SERVICE_MPS)


def test_capacity_is_the_time_left_by_straight_travel():
    # 1400 m in 200 s: 4.17 m/s alone do not cover the way, so some must be driven at 14 m/s
    (held,) = capacity(gaps((0, (0, 0), 200, (1400, 0))))
    service_s = held / SERVICE_MPS
    assert service_s + (1400 - held) / 14 == pytest.approx(200)


def test_capacity_loses_nothing_to_a_way_that_is_served():
    assert capacity(gaps((0, (0, 0), 120, (400, 0)))) == pytest.approx([120 * SERVICE_MPS])
    assert capacity(gaps((0, (0, 0), 120, (0, 0)))) == pytest.approx([120 * SERVICE_MPS])


def test_a_gap_too_short_for_its_way_holds_nothing():
    assert capacity(gaps((0, (0, 0), 10, (150, 0)))) == [0.0]


def test_capacity_is_clipped_to_the_period():
    unseen = gaps((0, (0, 0), 1000, (0, 0)), (2000, (0, 0), 3000, (0, 0)))
    assert capacity(unseen, 900, 2100) == pytest.approx([100 * SERVICE_MPS] * 2)
    assert capacity(gaps((9_000, (0, 0), np.inf, NOWHERE)), 0, 9_100) == pytest.approx(
        [100 * SERVICE_MPS]
    )


def test_the_way_may_be_driven_outside_the_period():
    # 2800 m take 200 s: all of them may lie before the period
    (held,) = capacity(gaps((0, (0, 0), 300, (2800, 0))), 200, 10_000)
    assert held == pytest.approx(100 * SERVICE_MPS)


place = st.tuples(st.floats(-2000, 3000), st.floats(-1500, 1500))
gap = st.tuples(st.floats(0, 4000), place, st.floats(1, 3000), place).map(
    lambda g: (g[0], g[1], g[0] + g[2], g[3])
)


@settings(deadline=None)
@given(st.lists(gap, max_size=5), gap)
def test_another_gap_never_hides_less(some, another):
    assert hidden(gaps(*some, another)) >= hidden(gaps(*some)) - 1e-9


@settings(deadline=None)
@given(gap, st.floats(0, 500), st.floats(0, 900), st.floats(1, 600))
def test_whatever_a_truck_can_serve_in_a_gap_the_prism_allows(shape, wait_s, from_m, stretch_m):
    """A truck drives to a stretch, serves it at full pace and goes on: it must fit the bounds."""
    started_s, before, _, after = shape
    first, last = int(from_m), min(1000, int(from_m) + max(1, int(stretch_m)))
    there_s = np.hypot(before[0] - first, before[1]) / 14
    back_s = np.hypot(after[0] - last, after[1]) / 14
    service_s = (last - first) / SERVICE_MPS
    finished_s = started_s + wait_s + there_s + service_s + back_s
    unseen = gaps((started_s, before, finished_s, after))
    assert hidden(unseen, cells=slice(first, last)) == pytest.approx(last - first, abs=1e-3)
    assert capacity(unseen)[0] >= last - first - 1e-3
