from dataclasses import replace

import numpy as np
import pytest

from simulators.fleet.fleet import simulate_day
from simulators.fleet.make_ups import MAKE_UP_COLUMNS, make_up_truth
from simulators.receivers.scenario import Scenario
from tests.fixtures.small_town import DAY, town

SPARE = "晋BS0001"
WINDOWS = ("07:00-08:30", "09:30-11:00", "14:30-17:00")


def plan(*windows, spares=()):
    made = town(*(windows or WINDOWS))
    return replace(made, operators=tuple(replace(each, spares=spares) for each in made.operators))


def missed(day):
    return day.truth[day.truth["ratio_by_deadline"] < 0.9]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_missed_in_a_day_of_make_ups_is_collected_later_that_day(seed):
    made = plan()
    day = simulate_day(made, DAY, Scenario.MAKE_UP, seed)
    assert (missed(day)["fault"] == "make_up").all()
    assert len(missed(day)) > 0
    truth = make_up_truth(day, made)
    assert tuple(truth.columns) == MAKE_UP_COLUMNS
    assert len(truth) == len(missed(day))
    made_up = truth["made_up_s"].notna()
    assert made_up.all()
    own = {grid.id: grid.vehicles for grid in made.grids}
    assert all(row.vehicle_id in own[row.grid_id] for row in truth.itertuples())
    assert truth["made_up_ratio"].between(0.2, 1).all()


def test_a_spare_collects_for_some_grids_soon_after_the_deadline():
    made = plan(spares=(SPARE,))
    days = [simulate_day(made, DAY, Scenario.MAKE_UP, seed) for seed in range(4)]
    truths = [make_up_truth(day, made) for day in days]
    by_spare = [truth["vehicle_id"].eq(SPARE).sum() for truth in truths]
    assert sum(by_spare) > 0
    assert any(truth["vehicle_id"].ne(SPARE).any() for truth in truths)
    for day, count in zip(days, by_spare, strict=True):
        assert (SPARE in set(day.pings["vehicle_id"])) == (SPARE in day.trucks)
        assert count == 0 or SPARE in day.trucks


def test_a_spare_does_not_change_what_was_served_in_its_window():
    day = simulate_day(plan(spares=(SPARE,)), DAY, Scenario.MAKE_UP, 1)
    served = day.truth[day.truth["fault"] == ""]
    assert (served["ratio_in_window"] > 0.999).all()


def test_streets_that_are_given_up_stay_missed():
    made = plan()
    truth = make_up_truth(simulate_day(made, DAY, Scenario.SKIP, 1), made)
    assert len(truth) > 0
    assert truth["made_up_s"].isna().all()
    assert (truth["vehicle_id"] == "").all()
    assert np.isfinite(truth["made_up_ratio"]).all()


def test_a_grid_whose_last_deadline_is_midnight_alone_has_nothing_to_make_up():
    day = simulate_day(plan("08:00-11:00"), DAY, Scenario.MAKE_UP, 1)
    assert missed(day).empty
