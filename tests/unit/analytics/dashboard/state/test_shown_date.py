from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.dashboard.state.shown_date import service_date_at
from tests.fixtures.town import MONDAY, Town, at, grid, next_day, street

STREET = street("云中街", (0, 0), (600, 0))
NIGHT = Town(STREET, grids=[grid("JY01", "22:00-02:00", "07:00-10:00")])
TUESDAY = next_day()


@pytest.mark.parametrize(
    ("at_ms", "expected"),
    [
        (at("23:59:59"), MONDAY),
        (at("01:59", TUESDAY), MONDAY),
        (at("02:09:59", TUESDAY), MONDAY),
        (at("02:10", TUESDAY), TUESDAY),
        (at("07:00", TUESDAY), TUESDAY),
    ],
)
def test_a_date_is_shown_until_its_window_over_midnight_and_its_grace_are_over(at_ms, expected):
    assert service_date_at(NIGHT.plan, at_ms) == expected


def test_without_a_window_over_midnight_the_date_turns_at_midnight():
    plan = Town(STREET, grids=[grid("JY01", "07:00-10:00")]).plan
    assert service_date_at(plan, at("00:00", TUESDAY) - 1) == MONDAY
    assert service_date_at(plan, at("00:00", TUESDAY)) == TUESDAY


def test_a_window_until_midnight_has_its_grace_on_the_next_date():
    plan = Town(STREET, grids=[grid("JY01", "20:00-24:00")]).plan
    assert service_date_at(plan, at("00:09:59", TUESDAY)) == MONDAY
    assert service_date_at(plan, at("00:10", TUESDAY)) == TUESDAY


def test_the_first_window_of_a_new_date_ends_the_old_one_though_it_goes_on():
    grids = [grid("JY01", "22:00-02:00"), grid("JY02", "01:00-03:00")]
    plan = Town(STREET, grids=grids).plan
    assert service_date_at(plan, at("01:00", TUESDAY) - 1) == MONDAY
    assert service_date_at(plan, at("01:00", TUESDAY)) == TUESDAY


def test_of_several_windows_over_midnight_the_longest_counts():
    grids = [grid("JY01", "22:00-01:00"), grid("JY02", "23:00-03:00"), grid("JY03", "23:00-02:00")]
    plan = Town(STREET, grids=grids).plan
    assert service_date_at(plan, at("03:09:59", TUESDAY)) == MONDAY


def test_a_window_of_a_day_without_service_holds_no_date():
    plan = Town(STREET, grids=[grid("JY01", "22:00-02:00", days=[TUESDAY.weekday()])]).plan
    assert service_date_at(plan, at("00:30", TUESDAY)) == TUESDAY


def test_dates_are_those_of_the_plans_zone():
    plan = Town(STREET, zone="UTC").plan
    assert service_date_at(plan, at("07:59:59", TUESDAY)) == MONDAY
    assert service_date_at(plan, at("08:00", TUESDAY)) == TUESDAY


MINUTES = st.integers(0, 3 * 1440)


@settings(max_examples=60, deadline=None)
@given(one=MINUTES, other=MINUTES)
def test_the_date_never_turns_back(one, other):
    first, last = (at("00:00") + minute * 60_000 for minute in sorted((one, other)))
    shown: list[date] = [service_date_at(NIGHT.plan, at_ms) for at_ms in (first, last)]
    assert shown[0] <= shown[1]
