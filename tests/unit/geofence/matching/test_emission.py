import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geofence.matching.emission import heading_cost, innovation_cost

KAPPA = 3.0
TAIL = 8.0
metres = st.floats(-200, 200)
variances = st.floats(1.0, 900.0)


@pytest.mark.parametrize(
    ("heading_deg", "east_of_north"),
    [(0.0, (0, 1)), (90.0, (1, 0)), (180.0, (0, -1)), (270.0, (-1, 0)), (45.0, (1, 1))],
)
def test_a_heading_along_the_arc_costs_nothing(heading_deg, east_of_north):
    bearing = math.atan2(east_of_north[1], east_of_north[0])
    assert heading_cost(heading_deg, bearing, KAPPA) == pytest.approx(0.0, abs=1e-12)
    assert heading_cost(heading_deg, bearing + math.pi, KAPPA) == pytest.approx(2 * KAPPA)


@settings(deadline=None, max_examples=60)
@given(heading_deg=st.floats(0, 360), bearing=st.floats(-math.pi, math.pi))
def test_a_heading_costs_what_a_von_mises_distribution_says(heading_deg, bearing):
    angle = math.radians(90.0 - heading_deg) - bearing
    density = stats.vonmises(KAPPA)
    expected = density.logpdf(0.0) - density.logpdf(angle)
    assert heading_cost(heading_deg, bearing, KAPPA) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(innovation_m=metres, variance_m2=variances, scale_m2=variances)
def test_a_surprise_costs_what_a_student_distribution_says(innovation_m, variance_m2, scale_m2):
    expected = stats.t.logpdf(0.0, TAIL, scale=math.sqrt(scale_m2)) - stats.t.logpdf(
        innovation_m, TAIL, scale=math.sqrt(variance_m2)
    )
    cost = innovation_cost(innovation_m, variance_m2, scale_m2, TAIL)
    assert cost == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(innovation_m=metres, more_m=st.floats(0.1, 50), variance_m2=variances)
def test_a_greater_surprise_costs_more_on_either_side(innovation_m, more_m, variance_m2):
    farther = math.copysign(abs(innovation_m) + more_m, innovation_m)
    cost = innovation_cost(innovation_m, variance_m2, 64.0, TAIL)
    assert innovation_cost(farther, variance_m2, 64.0, TAIL) > cost
    assert innovation_cost(-innovation_m, variance_m2, 64.0, TAIL) == cost


def test_no_surprise_costs_nothing_while_nothing_is_known_of_the_error():
    assert innovation_cost(0.0, 64.0, 64.0, TAIL) == 0.0


def test_a_leap_of_ten_deviations_costs_far_less_than_a_normal_distribution_would_ask():
    assert innovation_cost(80.0, 64.0, 64.0, TAIL) < 0.25 * (0.5 * 10**2)
