"""What came out for streets and grids of a case, in metres and instants."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.coverage.case import cases_of
from analytics.verdicts.outcome import GridOutcome, StreetOutcome, grid_outcome, street_outcomes
from tests.fixtures.town import MONDAY, Town, Truck, at, street

TOWN = Town(
    street("东街", (0, 0), (1000, 0)),
    street("乙路", (0, 300), (500, 300)),
    street("远路", (0, 20_000), (100, 20_000), grids=()),
)


def outcomes(*trucks: Truck) -> tuple[dict[str, StreetOutcome], GridOutcome]:
    seen = [truck.observation() for truck in trucks]
    (case,) = cases_of(seen, TOWN.plan, TOWN.network, MONDAY)
    streets = street_outcomes(case)
    return {each.street: each for each in streets}, grid_outcome(case, streets)


def seen_all_day() -> Truck:
    return Truck(TOWN).stand("东街", 0, "06:30", "18:00")


def test_streets_come_in_order_of_name():
    streets, _ = outcomes(seen_all_day())
    assert list(streets) == ["东街", "乙路"]


def test_metres_in_time_are_told_apart_from_those_served_until_the_deadline():
    truck = seen_all_day().passing("东街", 0, 1000, "10:05", "10:15")
    streets, grid = outcomes(truck)
    service = streets["东街"].service
    assert (service.in_time_m, service.served_m) == (500, pytest.approx(1000))
    assert service.length_m == pytest.approx(1000)
    assert grid.served_m == pytest.approx(1000)
    assert grid.length_m == pytest.approx(1500)


def test_a_street_is_started_with_its_first_metre_and_completed_with_the_ninth_tenth():
    truck = seen_all_day().passing("东街", 1000, 0, "08:00", "08:20")
    found = outcomes(truck)[0]["东街"]
    assert found.started_ms == pytest.approx(at("08:00"), abs=1000)
    assert found.completed_ms == pytest.approx(at("08:18"), abs=1000)


def test_a_street_begun_and_not_done_has_no_end():
    truck = seen_all_day().passing("东街", 0, 890, "08:00", "08:20")
    found = outcomes(truck)[0]
    assert (found["东街"].started_ms is None, found["东街"].completed_ms) == (False, None)
    assert (found["乙路"].started_ms, found["乙路"].completed_ms) == (None, None)


def test_a_window_without_a_fix_was_not_pinged():
    early = Truck(TOWN).stand("东街", 0, "05:00", "06:00")
    assert not outcomes(early)[0]["东街"].service.was_pinged
    assert outcomes(seen_all_day())[0]["东街"].service.was_pinged


def test_a_grid_begins_with_its_first_street_and_ends_with_its_last():
    truck = seen_all_day().passing("东街", 0, 1000, "08:00", "08:20")
    streets, grid = outcomes(truck.passing("乙路", 0, 500, "09:00", "09:10"))
    assert grid.started_ms == streets["东街"].started_ms
    assert grid.completed_ms == streets["乙路"].completed_ms


def test_a_grid_that_lacks_a_street_is_begun_and_never_completed():
    _, grid = outcomes(seen_all_day().passing("乙路", 0, 500, "09:00", "09:10"))
    assert grid.started_ms == pytest.approx(at("09:00"), abs=1200)
    assert grid.completed_ms is None
    assert not grid.is_late_finish


def test_a_grid_that_nobody_served_was_never_begun():
    _, grid = outcomes(seen_all_day())
    assert (grid.started_ms, grid.served_m) == (None, 0.0)


def finished(clock: str) -> GridOutcome:
    truck = seen_all_day().passing("东街", 0, 1000, "08:00", "08:20")
    return outcomes(truck.passing("乙路", 0, 500, clock, at(clock) + 60_000))[1]


def test_a_grid_finishes_late_if_its_last_street_came_after_grace():
    assert not finished("10:08").is_late_finish
    assert finished("10:11").is_late_finish


def test_a_grid_that_lacks_a_street_did_not_finish_late_whatever_came_late():
    _, grid = outcomes(seen_all_day().passing("东街", 0, 1000, "10:30", "10:50"))
    assert not grid.is_late_finish


def test_what_no_pass_went_over_and_no_gap_could_hold_is_provably_missed():
    truck = seen_all_day().passing("东街", 0, 400, "08:00", "08:20")
    truck.passing("东街", 300, 600, "08:30", "08:40", certain=False)
    _, grid = outcomes(truck)
    assert grid.provably_missed_m == pytest.approx(900)
    assert grid.served_m == pytest.approx(400)


def test_what_gaps_could_hold_counts_once_for_all_streets_of_a_grid():
    # 240 s at service pace, 15 km/h, hold 1000 m: either street, and not both
    truck = Truck(TOWN).stand("东街", 0, "06:30", "08:00").stand("东街", 0, "08:04", "18:00")
    streets, grid = outcomes(truck)
    assert {street: each.verdict for street, each in streets.items()} == {
        "东街": "unknown", "乙路": "unknown",
    }  # fmt: skip
    assert grid.provably_missed_m == pytest.approx(500)
    assert grid.verdict == "partial"


def test_gaps_that_could_hold_more_than_there_is_leave_nothing_provably_missed():
    truck = Truck(TOWN).stand("东街", 0, "06:30", "08:00").stand("东街", 0, "09:00", "18:00")
    assert outcomes(truck)[1].provably_missed_m == 0.0


def test_of_a_late_street_it_is_asked_what_may_have_been_done_by_the_end_of_grace():
    # out of sight from 10:20 on: too late to have been in time
    truck = Truck(TOWN).stand("东街", 0, "06:30", "10:20").stand("东街", 0, "10:50", "18:00")
    truck.passing("东街", 0, 1000, "11:00", "11:20")
    streets, _ = outcomes(truck)
    assert (streets["东街"].verdict, streets["乙路"].verdict) == ("late", "unknown")


def test_a_doubtful_pass_after_grace_leaves_a_street_late_and_another_unknown():
    truck = seen_all_day().passing("东街", 0, 1000, "11:00", "11:20")
    truck.passing("东街", 0, 1000, "10:30", "10:50", certain=False)
    truck.passing("乙路", 0, 500, "10:30", "10:50", certain=False)
    streets, _ = outcomes(truck)
    assert (streets["东街"].verdict, streets["乙路"].verdict) == ("late", "unknown")


def test_a_street_done_after_grace_that_a_gap_before_may_have_held_is_unknown():
    truck = Truck(TOWN).stand("东街", 0, "06:30", "08:00").stand("东街", 0, "09:00", "18:00")
    truck.passing("东街", 0, 1000, "11:00", "11:20")
    assert outcomes(truck)[0]["东街"].verdict == "unknown"


def test_a_gap_after_grace_could_hold_what_is_missing_at_the_deadline():
    truck = Truck(TOWN).stand("东街", 0, "06:30", "11:00").stand("东街", 0, "11:04", "18:00")
    assert outcomes(truck)[1].provably_missed_m == pytest.approx(500)


def test_a_grid_with_a_tenth_served_is_skipped_unless_doubtful_passes_make_it_more():
    truck = seen_all_day().passing("东街", 0, 110, "08:00", "08:05")
    streets, grid = outcomes(truck)
    assert (streets["东街"].verdict, grid.verdict) == ("partial", "skipped")
    truck.passing("东街", 200, 300, "08:10", "08:15", certain=False)
    streets, grid = outcomes(truck)
    assert (streets["东街"].verdict, grid.verdict) == ("partial", "partial")


drives = st.lists(
    st.tuples(
        st.sampled_from(["东街", "乙路"]),
        st.integers(0, 500),
        st.integers(0, 500),
        st.integers(0, 600).map(lambda minute: at("06:50") + minute * 60_000),
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(drives, st.integers(0, 90))
def test_no_metre_is_both_served_and_provably_missed_and_a_grid_is_the_sum_of_its_streets(
    drawn, away_min
):
    resumed = at("08:00") + away_min * 60_000
    truck = Truck(TOWN).stand("东街", 0, at("06:30"), at("08:00"))
    truck.stand("东街", 0, resumed, at("18:00"))
    for name, from_m, to_m, begin, certain in drawn:
        truck.passing(name, from_m, to_m, begin, begin + 120_000, certain=certain)
    streets, grid = outcomes(truck)
    services = [each.service for each in streets.values()]
    assert grid.served_m == pytest.approx(sum(each.served_m for each in services))
    assert 0.0 <= grid.provably_missed_m <= grid.length_m - grid.served_m + 1e-6
    for each in streets.values():
        assert 0.0 <= each.service.in_time_m <= each.service.served_m <= each.service.length_m
        assert each.completed_ms is None or each.started_ms <= each.completed_ms
