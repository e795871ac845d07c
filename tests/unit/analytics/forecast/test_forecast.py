from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analytics.coverage.windows import ServiceWindow
from analytics.forecast.curves import CURVE_DTYPES, Course, no_curves
from analytics.forecast.forecast import VISIBLE_FROM, Forecast, forecast
from analytics.forecast.habits import Habits, WindowHabits
from analytics.live.status import GridProgress
from geofence.plan.plan import ServiceRules
from tests.fixtures.town import MONDAY, TRUCK, at

RULES = ServiceRules()
WINDOW = ServiceWindow(
    "JY01", MONDAY, "07:00-09:00", at("07:00"), at("09:00"), at("14:30"), at("09:10")
)
NEEDED_M = 1800.0
GRACE_S = 130 * 60
ROUNDING = 1e-9


def told(
    minutes: float,
    share: float,
    course: Course,
    habits: WindowHabits,
    window: ServiceWindow = WINDOW,
) -> Forecast:
    """Forecast so many minutes into the window; what was served began with the course."""
    begun = np.flatnonzero(course.share > 0.0)
    started_s = course.elapsed_s[begun[0]] if len(begun) else minutes * 60 if share > 0.0 else None
    progress = GridProgress(
        lengths_m=(NEEDED_M / RULES.served_ratio,),
        served_m=(share * NEEDED_M,),
        started_ms=None if started_s is None else window.start_ms + round(1000 * started_s),
    )
    now_ms = window.start_ms + round(60_000 * minutes)
    return forecast(window, progress, course, habits, now_ms, RULES)


def curve(
    number: int, shares: list[float], *, grid_id: str = "JY01", window: str = "07:00-09:00",
    vehicle: str = TRUCK,
) -> pd.DataFrame:  # fmt: skip
    """A day's curve through the shares, 5 minutes apart, up to 1 or the end of grace."""
    elapsed_s = np.minimum(300.0 * np.arange(len(shares)), GRACE_S)
    begun = [i for i, share in enumerate(shares) if share > 0.0]
    columns = {
        "service_date": (date(2022, 3, 1) + timedelta(number)).isoformat(),
        "grid_id": grid_id,
        "window": window,
        "vehicles": vehicle,
        "needed_m": NEEDED_M,
        "started_s": elapsed_s[max(begun[0] - 1, 0)] if begun else np.nan,
        "ending": "done" if shares[-1] >= 1.0 else "missed",
        "elapsed_s": elapsed_s,
        "share": shares,
    }
    return pd.DataFrame(columns).astype(CURVE_DTYPES)


def usual_day(away_min: int = 0, tour_min: int = 50) -> list[float]:
    """Half of the work, a way to the transfer station, and the other half."""
    half = [share.item() for share in np.linspace(0, 0.5, tour_min // 10 + 1)]
    return [*half, *[0.5] * (away_min // 5), *(share + 0.5 for share in half[1:])]


def left_day(share: float) -> list[float]:
    return [min(share, 0.1 * step) for step in range(27)]


def course(*shares: float) -> Course:
    return Course(300.0 * np.arange(len(shares)), np.array(shares))


def habits(*days: pd.DataFrame) -> WindowHabits:
    return Habits(pd.concat([no_curves(), *days])).of("JY01", "07:00-09:00", [TRUCK])


@st.composite
def days(draw: st.DrawFn) -> pd.DataFrame:
    """Some days of some grids."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    found = [no_curves()]
    for number in range(draw(st.integers(0, 8))):
        shares = [0.0, *np.minimum(np.cumsum(rng.choice([0, 0, 0.01, 0.1, 0.3], 26)), 1).tolist()]
        if 1.0 in shares:
            shares = shares[: shares.index(1.0) + 1]
        grid_id, vehicle = [("JY01", TRUCK), ("JY02", TRUCK), ("JY03", "晋B1")][rng.integers(3)]
        window = ["07:00-09:00", "15:00-17:00"][rng.integers(2)]
        found.append(curve(number, shares, grid_id=grid_id, window=window, vehicle=vehicle))
    return pd.concat(found, ignore_index=True)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """The first part of a day that is not done."""
    steps = draw(st.lists(st.sampled_from([0.0, 0.004, 0.02, 0.1]), max_size=25))
    shares = np.minimum(np.cumsum([0.0, *steps]), 0.98)
    return Course(300.0 * np.arange(len(shares)), shares)


def learned(history: pd.DataFrame) -> WindowHabits:
    return Habits(history).of("JY01", "07:00-09:00", [TRUCK])


after = st.floats(0.01, 200.0)


@given(days(), courses(), after, st.floats(0, 1), st.floats(0, 1))
def test_more_metres_served_by_now_never_raise_the_chance_of_a_miss(
    history, so_far, later_min, more, yet_more
):
    usual = learned(history)
    minutes = so_far.elapsed_s[-1] / 60 + later_min
    room = 1.0 - so_far.share[-1]
    fewer, most = (so_far.share[-1] + room * part for part in sorted((more, yet_more)))
    one, other = (told(minutes, share, so_far, usual) for share in (fewer, most))
    assert other.miss_probability <= one.miss_probability + ROUNDING


@given(days(), courses(), after, st.integers(0, 7_800_000))
def test_less_time_left_never_lowers_the_chance_of_a_miss(history, so_far, later_min, earlier_ms):
    usual = learned(history)
    minutes = so_far.elapsed_s[-1] / 60 + later_min
    short = replace(WINDOW, grace_end_ms=WINDOW.grace_end_ms - earlier_ms)
    one = told(minutes, so_far.share[-1], so_far, usual)
    other = told(minutes, so_far.share[-1], so_far, usual, short)
    assert other.miss_probability >= one.miss_probability - ROUNDING


@given(days(), courses(), after)
def test_a_finish_after_grace_is_expected_exactly_if_a_miss_is_likelier(history, so_far, later_min):
    found = told(so_far.elapsed_s[-1] / 60 + later_min, so_far.share[-1], so_far, learned(history))
    assert 0.0 <= found.miss_probability <= 1.0
    assume(abs(found.miss_probability - 0.5) > 1e-6)
    is_in_time = found.finish_ms is not None and found.finish_ms <= WINDOW.grace_end_ms
    assert is_in_time == (found.miss_probability < 0.5)


@given(days(), courses())
def test_what_is_done_in_time_is_not_missed_and_what_is_undone_after_grace_is(history, so_far):
    usual = learned(history)
    assert told(60, 1.0, so_far, usual) == Forecast(None, 0.0, None)
    after_grace = told(130, so_far.share[-1], so_far, usual)
    assert after_grace.miss_probability == 1.0
    assert after_grace.finish_ms is None
    assert after_grace.visible_since_ms is not None


@given(days(), courses(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_the_history_changes_anything(history, so_far, random):
    places = [*range(len(history)), *range(len(history) // 2)]
    random.shuffle(places)
    minutes = so_far.elapsed_s[-1] / 60 + 3
    one, other = (
        told(minutes, so_far.share[-1], so_far, learned(each))
        for each in (history, history.iloc[places])
    )
    assert one == other


@given(days(), courses())
def test_a_miss_is_visible_since_the_forecasts_of_that_time_said_so(history, so_far):
    usual = learned(history)
    found = []
    for count in range(1, len(so_far.share) + 1):
        part = Course(so_far.elapsed_s[:count], so_far.share[:count])
        found.append(told(part.elapsed_s[-1] / 60, float(part.share[-1]), part, usual))
    since_ms = None
    for number, each in enumerate(found):
        if each.miss_probability < VISIBLE_FROM:
            since_ms = None
        elif since_ms is None:
            since_ms = WINDOW.start_ms + 300_000 * number
        assert each.visible_since_ms == since_ms


def test_without_history_a_window_is_expected_to_be_done():
    usual = habits()
    start = told(0, 0.0, course(0.0), usual)
    assert start.miss_probability < 0.2
    assert at("07:30") < start.finish_ms < at("08:30")
    assert told(120, 0.0, course(*[0.0] * 24), usual).miss_probability > 0.95
    assert told(120, 0.2, course(*[0.2] * 24), usual).miss_probability > 0.95


def test_before_its_start_a_window_is_expected_to_be_done_in_the_usual_time_after_it():
    usual = habits(*(curve(number, usual_day()) for number in range(20)))
    assert told(-60, 0.0, course(0.0), usual).finish_ms == pytest.approx(at("07:50"), abs=300_000)


def test_a_truck_that_unloads_as_usual_is_not_suspected_and_one_that_never_does_is():
    left = [curve(number, left_day(0.8)) for number in range(30, 35)]
    away = habits(*(curve(n, usual_day(away_min=40)) for n in range(30)), *left)
    never_away = habits(*(curve(n, usual_day()) for n in range(30)), *left)
    so_far = course(*usual_day(away_min=40)[:13])
    unloading, standing = (told(62, 0.5, so_far, usual) for usual in (away, never_away))
    assert unloading.miss_probability < 0.35
    assert standing.miss_probability > 0.5
    assert unloading.finish_ms == pytest.approx(at("08:30"), abs=300_000)


def test_a_window_often_left_is_suspected_until_it_is_past_where_it_is_left():
    usual = habits(*(curve(n, left_day(0.6) if n % 2 else usual_day()) for n in range(40)))
    first, past = (told(5, share, course(0.0), usual).miss_probability for share in (0.1, 0.7))
    assert first > 0.25
    assert past < first / 2


def test_a_truck_that_does_not_come_is_suspected_the_longer_the_less_that_is_usual():
    punctual = habits(*(curve(n, usual_day()) for n in range(30)))
    unpunctual = habits(*(curve(n, [0.0] * 12 + usual_day()) for n in range(30)))
    for minutes in (20, 40):
        so_far = course(*[0.0] * (minutes // 5))
        one, other = (told(minutes, 0.0, so_far, each) for each in (punctual, unpunctual))
        assert one.miss_probability > 2 * other.miss_probability


def test_the_pace_that_is_usual_for_a_grid_counts_more_than_that_of_the_fleet():
    fleet = [curve(n, usual_day(), grid_id="JY02", vehicle="晋B2") for n in range(20)]
    own = [curve(n, usual_day(tour_min=100)) for n in range(20)]
    found = told(0, 0.0, course(0.0), habits(*fleet, *own))
    assert found.finish_ms == pytest.approx(at("08:40"), abs=600_000)


def test_on_a_slow_day_the_finish_moves_back():
    usual = habits(*(curve(n, usual_day()) for n in range(20)))
    on_pace = told(25, 0.5, course(0.0, 0.1, 0.2, 0.3, 0.4), usual)
    slow = told(25, 0.25, course(0.0, 0.05, 0.1, 0.15, 0.2), usual)
    assert slow.finish_ms > on_pace.finish_ms + 15 * 60_000


def test_days_of_unknown_ending_teach_nothing():
    known = curve(0, usual_day())
    unknown = curve(1, left_day(0.3)).assign(ending="unknown")
    so_far = course(0.0, 0.1, 0.2)
    assert told(12, 0.25, so_far, habits(known, unknown)) == told(12, 0.25, so_far, habits(known))
