from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.coverage.unseen import (
    Duty,
    observed_share,
    on_duty,
    ping_span,
    unseen_in,
    was_pinged,
)
from analytics.coverage.windows import ServiceWindow, service_windows
from tests.fixtures.town import MONDAY, TRUCK, ZONE, Town, Truck, at, grid, next_day

TOWN = Town()
RULES = TOWN.plan.rules
(WINDOW,) = service_windows(grid(), MONDAY, ZoneInfo(ZONE), RULES)  # 07:00-10:00


def duty(truck: Truck) -> Duty:
    return Duty(truck.vehicle, truck.observation())


def unseen(*trucks: Truck, window: ServiceWindow = WINDOW):
    return unseen_in(window, [duty(truck) for truck in trucks], RULES)


def spans(found) -> list[tuple[float, float]]:
    return list(zip(found.started_ms, found.finished_ms, strict=True))


def truck(first: str, last: str, vehicle: str = TRUCK) -> Truck:
    return Truck(TOWN, vehicle).stand("云中街", 300, first, last)


def test_a_vehicle_seen_all_the_time_hides_nothing():
    assert spans(unseen(truck("06:00", "11:00"))) == []


def test_a_silence_between_two_fixes_is_a_gap_with_both_ends():
    found = unseen(truck("06:00", "08:00").stand("云中街", 700, "08:30", "11:00"))
    assert spans(found) == [(at("08:00"), at("08:30"))]
    assert (found.from_x[0], found.from_y[0]) == TOWN.place("云中街", 300)
    assert (found.to_x[0], found.to_y[0]) == TOWN.place("云中街", 700)
    assert found.silent.tolist() == [True]
    assert found.vehicle_ids == (TRUCK,)


def test_silence_of_the_window_before_the_first_fix_is_a_gap():
    found = unseen(truck("07:02:01", "11:00"))
    assert spans(found) == [(-np.inf, at("07:02:01"))]
    assert np.isnan(found.from_x[0])
    assert (found.to_x[0], found.to_y[0]) == TOWN.place("云中街", 300)
    short = unseen(truck("07:02:00", "11:00"))
    assert spans(short) == [(-np.inf, at("07:02:00"))]
    assert not short.silent.any()
    assert spans(unseen(truck("07:00:00", "11:00"))) == []


def test_silence_of_the_window_after_the_last_fix_is_a_gap_and_open_if_it_is_long():
    found = unseen(truck("06:00", "09:57:59"))
    assert spans(found) == [(at("09:57:59"), np.inf)]
    assert np.isnan(found.to_x[0])
    short = unseen(truck("06:00", "09:58:00"))
    assert spans(short) == [(at("09:58:00"), at("10:02:00"))]
    assert not short.silent.any()


def test_a_vehicle_off_duty_after_the_window_hides_nothing_until_the_deadline():
    assert spans(unseen(truck("06:00", "10:05"))) == []


def test_a_vehicle_never_heard_of_has_a_gap_open_at_both_ends():
    found = unseen_in(WINDOW, [Duty(TRUCK, None)], RULES)
    assert spans(found) == [(-np.inf, np.inf)]
    assert np.isnan([found.from_x, found.from_y, found.to_x, found.to_y]).all()


def test_a_gap_outside_the_period_is_left_out():
    found = unseen(truck("04:00", "05:00").stand("云中街", 1, "06:00", "11:00"))
    assert spans(found) == []


def test_a_gap_between_the_end_and_the_deadline_counts():
    found = unseen(truck("06:00", "12:00").stand("云中街", 1, "13:00", "14:00"))
    assert spans(found) == [(at("12:00"), at("13:00"))]


def test_unplaced_fixes_are_a_gap_that_is_not_silent():
    seen = truck("06:00", "11:00")
    seen.unplaced = [(at("08:00"), 0.0, 0.0, at("08:01"), 1.0, 1.0)]
    found = unseen(seen)
    assert spans(found) == [(at("08:00"), at("08:01"))]
    assert found.silent.tolist() == [False]


def test_gaps_are_told_vehicle_by_vehicle():
    found = unseen(
        truck("06:00", "09:00", "晋B2"),
        truck("06:00", "07:30").stand("云中街", 1, "08:00", "11:00"),
    )
    assert found.vehicle_ids == ("晋B2", TRUCK)
    assert spans(found) == [(at("09:00"), np.inf), (at("07:30"), at("08:00"))]


def test_fixes_outside_the_horizon_are_forgotten():
    tomorrow = next_day()
    seen = (
        truck("06:00", "09:00")
        .drive("云中街", 0, 500, "09:00", "09:10")
        .drive("云中街", 0, 500, at("06:50", tomorrow), at("07:00", tomorrow))
        .observation()
    )
    kept = on_duty(TRUCK, seen, at("00:00"), at("00:30", tomorrow)).observation
    assert kept is not None
    assert kept.time_ms[-1] == at("09:10")
    assert kept.gaps.started_ms.tolist() == []
    assert kept.passes.started_ms.tolist() == [at("09:00")]
    assert kept.part_finished_ms.tolist() == [at("09:10")]


def test_an_observation_within_the_horizon_stays_as_it_is():
    seen = truck("06:00", "09:00").observation()
    assert on_duty(TRUCK, seen, at("00:00"), at("23:00")).observation is seen
    assert on_duty(TRUCK, seen, at("10:00"), at("23:00")).observation is None
    assert on_duty(TRUCK, None, at("10:00"), at("23:00")).observation is None


@pytest.mark.parametrize(
    ("spans", "share"),
    [
        ([("06:00", "11:00")], 1.0),
        ([("06:00", "07:45")], 0.25),
        ([("07:00", "07:45"), ("08:30", "09:15")], 0.5),
        ([("10:00", "11:00")], 0.0),
    ],
)
def test_the_observed_share_is_the_part_of_the_window_between_fixes(spans, share):
    seen = Truck(TOWN)
    for first, last in spans:
        seen.stand("云中街", 1, first, last)
    assert observed_share(WINDOW, [duty(seen)]) == pytest.approx(share)


def test_time_in_which_two_vehicles_are_seen_counts_once():
    both = [duty(truck("07:00", "08:30")), duty(truck("07:30", "08:00", "晋B2"))]
    assert observed_share(WINDOW, both) == pytest.approx(0.5)
    assert observed_share(WINDOW, both[::-1]) == pytest.approx(0.5)
    assert observed_share(WINDOW, [Duty(TRUCK, None)]) == 0.0


def test_pings_are_counted_in_the_period_judged():
    seen = duty(truck("06:58", "07:02"))
    assert ping_span(WINDOW, seen) == (at("07:00"), at("07:02"), 3)
    assert was_pinged(WINDOW, [Duty("晋B2", None), seen])
    night = duty(truck("05:00", "06:59"))
    assert ping_span(WINDOW, night) == (None, None, 0)
    assert not was_pinged(WINDOW, [night])


def test_a_gap_that_contradicts_itself_binds_the_truck_to_no_place():
    found = unseen(truck("06:00", "08:00").stand("云中街", 700, "08:00:10", "11:00"))
    assert spans(found) == []
    far = Truck(TOWN).stand("云中街", 0, "06:00", "08:00")
    far.unplaced = [(at("08:10"), 0.0, 0.0, at("08:10:10"), 5000.0, 0.0)]
    rows = unseen(far)
    assert np.isnan(rows.from_x[0])
    assert np.isnan(rows.to_x[0])
    assert (rows.started_ms[0], rows.finished_ms[0]) == (at("08:10"), at("08:10:10"))
