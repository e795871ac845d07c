"""Standing still, told from the share of a grid at each instant."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.forecast.pauses import paused_s, pauses_of, steps_of, still_s


def curve(*shares: float) -> tuple[np.ndarray, np.ndarray]:
    """A curve with an instant every five minutes."""
    return 300.0 * np.arange(len(shares)), np.array(shares)


@st.composite
def curves(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Instants that ascend and shares that never fall, often by less than a hundredth."""
    rises = draw(st.lists(st.sampled_from([0.0, 0.004, 0.01, 0.2]), min_size=1, max_size=20))
    waits = draw(st.lists(st.integers(1, 900), min_size=len(rises), max_size=len(rises)))
    return np.cumsum(waits).astype(float), np.minimum(np.cumsum([0.0, *rises[1:]]), 1.0)


def still_by_hand(elapsed_s: np.ndarray, share: np.ndarray, at: int) -> float:
    """Go back from an instant for as long as the hundredth is the same."""
    hundredth = [int(np.floor(100 * each + 1e-9)) for each in share]
    first = at
    while first > 0 and hundredth[first - 1] == hundredth[at]:
        first -= 1
    return float(elapsed_s[at] - elapsed_s[first])


@settings(max_examples=60)
@given(curves())
def test_a_grid_stands_still_since_its_share_last_passed_a_hundredth(told):
    expected = [still_by_hand(*told, at) for at in range(len(told[0]))]
    assert still_s(*told).tolist() == expected


def test_less_than_a_hundredth_more_is_standing_still():
    assert still_s(*curve(0.10, 0.109, 0.11)).tolist() == [0, 300, 0]


@pytest.mark.parametrize("hundredths", [29, 57, 58])
def test_a_hundredth_that_a_float_misses_by_rounding_is_reached(hundredths):
    share = hundredths / 100
    assert share * 100 < hundredths
    assert steps_of(np.array([share])).tolist() == [hundredths]


def test_only_time_without_a_step_counts_as_paused_once_work_has_begun():
    assert paused_s(*curve(0, 0, 0.2, 0.2, 0.2, 0.4, 0.4)).tolist() == [
        0, 0, 0, 300, 600, 600, 900,
    ]  # fmt: skip


def test_pauses_before_the_first_step_are_told_apart_as_waits():
    pauses_s, waits_s = pauses_of(*curve(0, 0, 0, 0.5, 0.5, 0.7, 0.7, 0.7, 1.0))
    assert waits_s.tolist() == [600]
    assert pauses_s.tolist() == [300, 600]


def test_the_pause_in_which_a_curve_ends_is_none_that_ended():
    pauses_s, waits_s = pauses_of(*curve(0, 0.5, 0.5, 0.5))
    assert (pauses_s.tolist(), waits_s.tolist()) == ([], [])
    pauses_s, waits_s = pauses_of(*curve(0, 0, 0))
    assert (pauses_s.tolist(), waits_s.tolist()) == ([], [])


def test_a_curve_of_one_instant_has_no_pause():
    told = curve(0.3)
    assert still_s(*told).tolist() == paused_s(*told).tolist() == [0]
    assert [each.tolist() for each in pauses_of(*told)] == [[], []]


@settings(max_examples=60)
@given(curves())
def test_what_was_paused_in_all_is_the_pauses_that_ended_and_the_one_that_has_not(told):
    pauses_s, _ = pauses_of(*told)
    is_begun = steps_of(told[1])[-1] > 0
    open_s = still_s(*told)[-1] if is_begun else 0.0
    assert paused_s(*told)[-1] == pytest.approx(pauses_s.sum() + open_s)
