"""What is usual, learned from earlier days in four steps."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.forecast.curves import RASTER_S, no_curves
from analytics.forecast.habits import LEAST_SPREAD, LEFT_WEIGHT_DAYS, Habits, WindowHabits
from tests.fixtures.past_curves import NEEDED_M, curve
from tests.fixtures.town import TRUCK

MORNING, NOON = "07:00-09:00", "11:00-13:00"


def dates(count: int) -> list[str]:
    return [(date(2022, 3, 1) + timedelta(number)).isoformat() for number in range(count)]


def done(count: int, minutes: float = 50, **about: object) -> pd.DataFrame:
    """Days that were done at an even pace in so many minutes."""
    points = [(0, 0.0), (minutes / 2, 0.5), (minutes, 1.0)]
    return pd.concat([curve(points, day=day, **about) for day in dates(count)])


def left(count: int, share: float = 0.4, of: int = 0, **about: object) -> pd.DataFrame:
    """Days that were left at a share, among as many as told that were done."""
    points = [(0, 0.0), (20, share), (130, share)]
    days = [curve(points, "missed", day=day, **about) for day in dates(count)]
    more = [curve([(0, 0.0), (50, 1.0)], day=day, **about) for day in dates(of)[count:]]
    return pd.concat([*days, *more])


def usual(*history: pd.DataFrame) -> WindowHabits:
    return Habits(pd.concat([no_curves(), *history])).of("JY01", MORNING, [TRUCK])


def chance(habits: WindowHabits, share: float = 0.0, still_s: float = 0.0) -> float:
    (found,) = habits.left(np.array([share]), np.array([still_s]))
    return float(found)


def test_without_history_a_tenth_of_all_days_is_left():
    assert chance(usual()) == pytest.approx(0.1)


def test_without_history_a_grid_nearly_done_is_feared_for_less_than_one_just_begun():
    assert chance(usual(), 0.9) < chance(usual(), 0.1)


def test_each_day_counts_in_the_nearest_of_the_four_steps_only():
    found = usual(
        done(1, grid_id="JY02", vehicles="晋B2"),
        done(2, grid_id="JY03", vehicles=TRUCK),
        done(3, window=NOON),
        done(4),
    )
    assert [level.days for level in found.levels] == [1, 2, 3, 4]


def test_a_crew_of_two_is_not_the_crew_of_one_of_them():
    history = done(3, grid_id="JY02", vehicles=f"{TRUCK}|晋B2")
    alone = Habits(history).of("JY01", MORNING, [TRUCK])
    both = Habits(history).of("JY01", MORNING, [TRUCK, "晋B2"])
    assert [level.days for level in alone.levels] == [3, 0, 0, 0]
    assert [level.days for level in both.levels] == [0, 3, 0, 0]


def test_pace_shrinks_from_step_to_step_towards_the_estimate_before():
    # 1 s a metre by default, 2 s in the fleet, 4 s here; two days weigh as much as the guess
    fleet = done(2, NEEDED_M * 2 / 60, grid_id="JY02", vehicles="晋B2")
    found = usual(fleet, done(2, NEEDED_M * 4 / 60))
    assert found.pace_s[-1] == pytest.approx(((2 + 1) / 2 + 4) / 2)
    assert found.breaks_s[-1] == pytest.approx(900 / 4)


def test_the_wait_for_the_first_metre_is_learned_from_days_that_went_on():
    waited = [(0, 0.0), (20, 0.0), (70, 1.0)]
    late = pd.concat([curve(waited, started_s=1200.0, day=day) for day in dates(2)])
    assert usual(late, left(5, window=NOON)).delay_s == pytest.approx((600 + 1200) / 2)


def test_days_left_weigh_against_as_many_as_an_estimate_rests_on():
    # a default counts for five days
    assert chance(usual(left(3, of=9))) == pytest.approx((3 + 5 * 0.1) / 14)
    # of windows that are all left alike, what the fleet tells counts for the 14 it rests on
    fleet = left(3, of=9, grid_id="JY02", vehicles="晋B2")
    assert chance(usual(fleet, left(3, of=9))) == pytest.approx((3 + 14 * 0.25) / 23)


def test_past_the_share_at_which_days_were_left_less_is_to_be_feared():
    found = usual(left(6, share=0.4, of=12))
    before, after = chance(found, 0.3), chance(found, 0.5)
    assert chance(found, 0.4) == pytest.approx(before, rel=0.05)
    assert after < before / 4


def test_days_that_never_began_tell_nothing_of_a_pause_on_the_way():
    found = usual(left(6, share=0.0, of=12))
    assert chance(found, 0.5, 3600.0) < 0.5
    assert chance(found, 0.0, 7200.0) > 0.95


def test_a_pause_is_feared_the_less_the_more_that_were_as_long_came_to_an_end():
    pausing = [(0, 0.0), (20, 0.5), (60, 0.5), (80, 1.0)]
    away = usual(pd.concat([curve(pausing, day=day) for day in dates(10)]))
    never = usual(done(10))
    assert chance(away, 0.5, 2400.0) < chance(never, 0.5, 2400.0) / 2
    assert chance(away, 0.5, 2401.0) > 2 * chance(away, 0.5, 2400.0)


def test_a_pause_shorter_than_a_step_of_the_raster_counts_in_proportion():
    found = usual(left(4, of=8))
    none, half, whole, more = (chance(found, 0.2, part * RASTER_S) for part in (0, 0.5, 1, 2))
    assert more - whole < (whole - none) / 2
    assert chance(found, 0.2, 1.0) == pytest.approx(none, abs=0.01)
    assert half - none == pytest.approx((whole - none) / 2, rel=0.1)


some_days = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.005, 0.3, 0.6, 1.0]),
        st.sampled_from([("JY01", MORNING, TRUCK), ("JY01", NOON, TRUCK), ("JY02", NOON, "晋B2")]),
    ),
    max_size=8,
)


def drawn(days: list[tuple[float, tuple[str, str, str]]]) -> WindowHabits:
    history = [no_curves()]
    for day, (share, (grid_id, window, vehicles)) in zip(dates(8), days, strict=False):
        where = {"grid_id": grid_id, "window": window, "vehicles": vehicles, "day": day}
        points = [(0, 0.0), (20, share), (130, share)]
        history.append(curve(points, "done" if share == 1.0 else "missed", **where))
    return usual(*history)


@settings(max_examples=40, deadline=None)
@given(some_days, st.floats(0, 1), st.floats(0, 7200), st.floats(0, 7200))
def test_the_chance_is_one_and_standing_still_for_longer_never_lowers_it(
    days, share, still_s, more_s
):
    found = drawn(days)
    before, after = chance(found, share, still_s), chance(found, share, still_s + more_s)
    assert 0.0 <= before <= after + 1e-12
    assert after <= 1.0


@settings(max_examples=40, deadline=None)
@given(some_days, st.floats(0, 1), st.floats(0, 1), st.floats(0, 7200), st.floats(0, 7200))
def test_more_done_or_paused_never_lessens_what_is_behind_and_all_is_the_most(
    days, share, more, paused_s, more_s
):
    found = drawn(days)
    shares, pauses = np.array([share, min(1.0, share + more)]), np.array([0.0, more_s]) + paused_s
    worked_s = found.worked_s(shares, pauses, NEEDED_M)
    assert 0.0 <= worked_s[0] <= worked_s[1] + 1e-9
    assert worked_s[1] <= found.whole_s(NEEDED_M) + 1e-9


def test_all_done_and_all_paused_is_all_the_work():
    found = usual(done(3))
    everything = found.worked_s(np.array([1.0]), np.array([0.0]), NEEDED_M)
    assert everything == pytest.approx([found.whole_s(NEEDED_M)])


def test_a_pause_that_is_made_early_is_behind_already_but_no_more_than_is_usual():
    pausing = [(0, 0.0), (20, 0.5), (60, 0.5), (80, 1.0)]
    found = usual(pd.concat([curve(pausing, day=day) for day in dates(20)]))
    share = np.full(3, 0.25)
    early_s = found.worked_s(share, np.array([0.0, 1500.0, 9000.0]), NEEDED_M)
    usual_by_then_s = np.interp(0.25, np.linspace(0, 1, len(found.breaks_s)), found.breaks_s)
    assert early_s[1] - early_s[0] == pytest.approx(1500.0 - usual_by_then_s)
    assert early_s[2] - early_s[0] == pytest.approx(found.breaks_s[-1] - usual_by_then_s)


def test_days_that_are_all_alike_narrow_the_spread_and_uneven_ones_widen_it():
    unknown, even = usual().spread, usual(done(20)).spread
    slow = done(20, 120)
    uneven = usual(done(10, 20), slow[slow["service_date"] > dates(10)[-1]]).spread
    assert even == pytest.approx(unknown * 10 / (10 + 19))
    assert uneven > unknown


def test_no_number_of_days_that_are_all_alike_makes_the_next_one_certain():
    assert usual(done(300)).spread == LEAST_SPREAD


def test_the_spread_is_about_the_mean_of_each_window():
    alike = usual(done(10, 20), done(10, 120, window=NOON))
    assert alike.spread < usual().spread


@pytest.mark.parametrize(
    "history",
    [
        [left(4, of=8), left(4, of=8, window=NOON)],
        [left(4, of=8)],
        [left(1), left(1, of=1, window=NOON), done(1, grid_id="JY02")],
        [done(8), done(8, window=NOON)],
    ],
    ids=["all alike", "one window", "one day each", "never left"],
)
def test_windows_of_which_no_difference_is_known_are_mistrusted_the_most(history):
    assert usual(*history).left_weight_days == LEFT_WEIGHT_DAYS[1]


def test_windows_that_differ_in_how_often_they_are_left_are_trusted_the_more():
    clear = usual(left(8), done(8, window=NOON)).left_weight_days
    # of 20 days 4 and 10: p = 0.35, v = (40 x 0.0225 - 0.2275) / 20, k = p (1 - p) / v - 1
    some = usual(left(4, of=20), left(10, of=20, window=NOON)).left_weight_days
    assert clear == LEFT_WEIGHT_DAYS[0]
    assert some == pytest.approx(0.2275 / ((40 * 0.0225 - 0.2275) / 20) - 1)
