"""What the curve of one earlier day teaches."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.forecast.curves import no_curves
from analytics.forecast.past import BINS, PastDay, past_days
from tests.fixtures.past_curves import NEEDED_M, curve

HALF = BINS // 2
"""Place of the share of one half among the edges."""


def past(points: list[tuple[float, float]], *about: object, **more: object) -> PastDay:
    (found,) = past_days(curve(points, *about, **more))
    return found


STEADY = [(0, 0.0), (10, 0.25), (20, 0.5), (30, 0.75), (40, 1.0)]
UNLOADING = [(0, 0.0), (10, 0.5), (30, 0.5), (40, 1.0)]


def test_without_history_there_is_no_day():
    assert past_days(no_curves()) == []


def test_a_day_of_unknown_ending_teaches_nothing():
    known = curve(STEADY, day="2022-03-27")
    found = past_days(pd.concat([known, curve(STEADY, "unknown")]))
    assert len(found) == 1


def test_every_date_of_a_grid_is_a_day_of_its_own():
    found = past_days(pd.concat([curve(STEADY, day="2022-03-27"), curve(UNLOADING)]))
    assert [day.pauses_s.tolist() for day in found] == [[], [1200]]


def test_a_day_knows_its_grid_window_and_vehicles():
    found = past(STEADY)
    assert (found.grid_id, found.window, found.vehicles) == ("JY01", "07:00-09:00", "晋BQ0384")


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_neither_order_nor_repetition_of_rows_changes_a_day(seed):
    rows = pd.concat([curve(STEADY), curve(UNLOADING, grid_id="JY02")], ignore_index=True)
    rng = np.random.default_rng(seed)
    places = np.concatenate([rng.permutation(len(rows)), rng.integers(0, len(rows), 4)])
    for one, other in zip(past_days(rows), past_days(rows.iloc[places]), strict=True):
        assert one.grid_id == other.grid_id
        assert one.pauses_s.tolist() == other.pauses_s.tolist()
        assert one.tour.pace_s.tolist() == other.tour.pace_s.tolist()


def test_a_missed_day_was_left_where_nothing_came_in_its_last_half_hour():
    found = past([(0, 0.0), (30, 0.6), (60, 0.6)], "missed")
    assert found.left_at == 0.6
    assert found.tour is None


def test_a_missed_day_that_served_metres_in_its_last_half_hour_was_at_work():
    found = past([(0, 0.0), (31, 0.6), (60, 0.6)], "missed")
    assert found.left_at is None
    assert found.tour is not None


def test_a_day_that_was_done_was_not_left_however_long_it_stood():
    assert past([(0, 0.0), (20, 1.0), (120, 1.0)]).left_at is None


def test_a_missed_day_that_never_began_was_left_at_nothing():
    found = past([(0, 0.0), (120, 0.0)], "missed", np.nan)
    assert (found.left_at, found.tour) == (0.0, None)


def test_a_steady_day_took_its_pace_and_no_pause():
    tour = past(STEADY).tour
    assert tour.pace_s == pytest.approx(np.linspace(0, 2400 / NEEDED_M, BINS + 1))
    assert tour.breaks_s == pytest.approx(np.zeros(BINS + 1))


def test_a_pause_counts_with_the_share_after_it_and_not_for_the_pace():
    tour = past(UNLOADING).tour
    assert tour.pace_s[-1] * NEEDED_M == pytest.approx(1200)
    assert tour.breaks_s[HALF + 1] == tour.breaks_s[-1] == pytest.approx(1200)
    assert tour.breaks_s[HALF] == 0.0
    assert tour.total_s * NEEDED_M == pytest.approx(2400)


def test_the_time_before_the_first_metre_is_delay_and_belongs_to_no_pace():
    waited = [(0, 0.0), *((minutes + 20, share) for minutes, share in STEADY)]
    found = past(waited, started_s=1200.0)
    assert found.tour.delay_s == 1200
    assert found.tour.pace_s == pytest.approx(past(STEADY).tour.pace_s)
    assert found.waits_s.tolist() == [1200]


def test_a_share_between_two_instants_is_reached_between_them():
    tour = past([(0, 0.0), (10, 0.49), (12, 0.51), (40, 1.0)]).tour
    assert tour.pace_s[HALF] * NEEDED_M == pytest.approx(660)


def test_what_was_not_reached_is_taken_to_be_done_at_the_days_own_pace():
    slow = [(0, 0.0), (10, 0.0), (30, 0.25), (50, 0.5)]
    tour = past(slow, "missed", started_s=600.0).tour
    assert tour.total_s * NEEDED_M == pytest.approx(4800)
    assert tour.pace_s[HALF] * NEEDED_M == pytest.approx(2400)


shares = st.lists(st.sampled_from([0.0, 0.004, 0.02, 0.1, 0.4]), min_size=2, max_size=15)


@settings(max_examples=60)
@given(shares, st.sampled_from(["done", "missed"]))
def test_no_share_is_reached_before_a_lesser_one_nor_in_less_than_its_pauses(rises, ending):
    points = [(5.0 * i, min(1.0, each)) for i, each in enumerate(np.cumsum([0.0, *rises]))]
    tour = past(points, ending).tour
    if tour is None:
        return
    taken_s = NEEDED_M * tour.pace_s + tour.breaks_s
    assert taken_s[0] == 0.0
    assert (np.diff(taken_s) >= -1e-9).all()
    assert (tour.pace_s >= 0.0).all()
    assert (tour.breaks_s >= 0.0).all()
