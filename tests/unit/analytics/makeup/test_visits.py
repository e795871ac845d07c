"""Every single time a truck collected a metre."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.coverage.coverage import NEVER, cover_all, lay_cells
from analytics.makeup.visits import APART_MS, Visits, find_visits
from tests.fixtures.town import TRUCK, Town, Truck, at, street

OTHER = "晋A00001"
"""Comes before the first one in order."""
TOWN = Town(
    street("云中街", (0, 0), (40, 0)),
    street("乙路", (0, 300), (10.3, 300)),
    street("支路", (0, 600), (40, 600), grids=()),
)
CELLS = lay_cells(TOWN.network, "JY01")
MINUTE = 60_000
SPAN = (at("07:00"), at("19:00"))


def truck(*passes, vehicle: str = TRUCK) -> Truck:
    """Passes over 云中街, each as measures from and to and instants of start and finish."""
    made = Truck(TOWN, vehicle).stand("支路", 0, "06:30", "06:31")
    for from_m, to_m, started, finished in passes:
        made.passing("云中街", from_m, to_m, started, finished)
    return made


def found(*trucks: Truck, span: tuple[int, int] = SPAN) -> Visits:
    return find_visits(CELLS, [each.observation() for each in trucks], *span)


def cell_of(name: str, measure_m: float) -> int:
    """The cell of a street that has a measure."""
    part = CELLS.street(CELLS.streets.index(name))
    return part.start + int(measure_m)


def visits_of(visits: Visits, cell: int) -> list[tuple[str, int]]:
    """Vehicle and instant of each visit to a cell."""
    own = slice(visits.first[cell], visits.first[cell + 1])
    return [
        (visits.vehicle_ids[vehicle], instant)
        for vehicle, instant in zip(visits.vehicle[own], visits.at_ms[own].tolist(), strict=True)
    ]


START = at("08:00")
HALF_M = cell_of("云中街", 0.5)


def standing(*instants: int, vehicle: str = TRUCK) -> Truck:
    """A truck over the middle of the first metre at instants."""
    return truck(*((0.5, 0.5, instant, instant) for instant in instants), vehicle=vehicle)


def test_without_a_truck_or_a_pass_there_is_no_visit():
    for visits in (found(), found(truck())):
        assert visits.first.tolist() == [0] * (len(CELLS.weight_m) + 1)
        assert len(visits.at_ms) == len(visits.pass_key) == 0


def test_a_pass_visits_each_metre_whose_middle_it_goes_over_at_its_own_instant():
    visits = found(truck((0, 2.4, START, START + 2400)))
    assert [visits_of(visits, HALF_M + number) for number in range(3)] == [
        [(TRUCK, START + 500)], [(TRUCK, START + 1500)], [],
    ]  # fmt: skip


def test_a_pass_backwards_visits_the_last_metre_first():
    visits = found(truck((2, 0, START, START + 2000)))
    assert visits_of(visits, HALF_M) == [(TRUCK, START + 1500)]
    assert visits_of(visits, HALF_M + 1) == [(TRUCK, START + 500)]


def test_the_last_and_shorter_metre_of_a_street_has_its_middle_further_back():
    made = truck()
    made.passing("乙路", 0, 10.2, START, START + 10_200)
    visits = found(made)
    assert visits_of(visits, cell_of("乙路", 10)) == [
        (TRUCK, pytest.approx(START + 10_150, abs=30))
    ]
    made = truck()
    made.passing("乙路", 0, 10.1, START, START + 10_100)
    assert visits_of(found(made), cell_of("乙路", 10)) == []


def test_a_pass_from_before_the_beginning_of_a_street_visits_no_other():
    visits = found(truck((-5, 40, START, START + 45_000)))
    assert visits.first[HALF_M] == 0
    assert len(visits.at_ms) == 40


def test_a_pass_beyond_the_end_of_a_street_visits_no_other():
    made = truck()
    made.passing("乙路", 0, 60, START, START + 60_000)
    assert np.flatnonzero(np.diff(found(made).first)).tolist() == [
        cell_of("乙路", metre) for metre in range(11)
    ]


@pytest.mark.parametrize(
    ("apart_ms", "count"), [(0, 1), (APART_MS - 1, 1), (APART_MS, 2), (APART_MS + 1, 2)]
)
def test_what_follows_within_a_minute_of_the_beginning_is_the_same_visit(apart_ms, count):
    visits = found(standing(START, START + apart_ms))
    assert len(visits_of(visits, HALF_M)) == count


def test_the_minute_is_counted_from_where_a_visit_began_and_not_from_its_last_pass():
    instants = [START + seconds * 1000 for seconds in (0, 40, 80, 120, 160)]
    visits = found(standing(*instants))
    assert [instant for _, instant in visits_of(visits, HALF_M)] == [instants[0], instants[2],
                                                                     instants[4]]  # fmt: skip


def test_two_vehicles_at_once_are_two_visits_the_first_in_order_of_name_before_the_other():
    visits = found(standing(START), standing(START, vehicle=OTHER))
    assert visits.vehicle_ids == (OTHER, TRUCK)
    assert visits_of(visits, HALF_M) == [(OTHER, START), (TRUCK, START)]


def test_visits_of_a_cell_come_in_order_of_time_whatever_the_vehicle():
    visits = found(standing(START, START + 2 * MINUTE), standing(START + MINUTE, vehicle=OTHER))
    assert [vehicle for vehicle, _ in visits_of(visits, HALF_M)] == [TRUCK, OTHER, TRUCK]


@pytest.mark.parametrize("how", [{"collecting": False}, {"certain": False}])
def test_what_is_uncertain_or_only_driven_is_no_visit(how):
    made = truck()
    made.passing("云中街", 0, 40, START, START + MINUTE, **how)
    assert len(found(made).at_ms) == 0


def test_a_street_that_is_not_asked_for_is_not_visited():
    made = truck()
    made.passing("支路", 0, 40, START, START + MINUTE)
    assert len(found(made).at_ms) == 0


def test_the_span_has_its_beginning_and_not_its_end():
    span = (START, START + MINUTE)
    visits = found(standing(START - 1, START, START + MINUTE - 1, START + MINUTE), span=span)
    assert (visits.start_ms, visits.end_ms) == span
    assert visits_of(visits, HALF_M) == [(TRUCK, START)]
    assert len(visits.pass_key) == 2


def test_a_metre_whose_middle_is_reached_at_the_end_of_the_span_is_not_visited():
    end = SPAN[1]
    assert len(found(truck((0, 1, end - 500, end + 500))).at_ms) == 0
    assert len(found(truck((0, 1, end - 501, end + 499))).at_ms) == 1


def test_of_a_pass_over_the_edge_of_the_span_only_what_lies_within_counts():
    visits = found(truck((0, 40, START - 20_000, START + 20_000)), span=(START, SPAN[1]))
    assert np.flatnonzero(np.diff(visits.first)).tolist() == [
        cell_of("云中街", metre) for metre in range(20, 40)
    ]


def test_vehicles_are_told_by_name():
    visits = found(standing(START), standing(START, vehicle=OTHER))
    assert visits.among([TRUCK, "晋B9"]).tolist() == [False, True]
    assert visits.among([]).tolist() == [False, False]


def test_the_visit_of_a_later_pass_is_the_one_that_it_belongs_to():
    visits = found(standing(START, START + 30_000, START + MINUTE))
    cells = np.full(3, HALF_M)
    instants = np.array([START, START + 30_000, START + MINUTE])
    first, second = range(visits.first[HALF_M], visits.first[HALF_M + 1])
    place = visits.at(cells, instants, visits.among([TRUCK]))
    assert place.tolist() == [first, first, second]


def test_of_vehicles_at_one_instant_only_those_allowed_are_taken():
    visits = found(standing(START), standing(START, vehicle=OTHER))
    cell, instant = np.array([HALF_M]), np.array([START])
    for allowed, taken in (([TRUCK], TRUCK), ([OTHER], OTHER), ([TRUCK, OTHER], OTHER)):
        (place,) = visits.at(cell, instant, visits.among(allowed))
        assert visits.vehicle_ids[visits.vehicle[place]] == taken


def test_passes_that_are_asked_for_together_are_found_each_by_itself():
    visits = found(standing(START, START + MINUTE), standing(START, vehicle=OTHER))
    cells, instants = np.full(2, HALF_M), np.array([START, START + MINUTE])
    place = visits.at(cells, instants, visits.among([TRUCK]))
    assert visits.at_ms[place].tolist() == instants.tolist()
    assert visits.vehicle[place].tolist() == [1, 1]


@pytest.mark.parametrize("later_ms", [2**20, 2**24, 2**25])
def test_a_visit_hours_later_is_not_taken_for_one_of_the_next_metre(later_ms):
    later = START + later_ms
    visits = found(truck((1.5, 1.5, START, START), (0.5, 0.5, later, later)))
    cells, instants = np.array([HALF_M, HALF_M + 1]), np.array([later, START])
    place = visits.at(cells, instants, visits.among([TRUCK]))
    assert visits.at_ms[place].tolist() == instants.tolist()


def test_visits_of_several_cells_come_cell_by_cell():
    visits = found(truck((0, 3, START, START + 3000)), standing(START + MINUTE, vehicle=OTHER))
    asked = np.array([HALF_M + 1, HALF_M, HALF_M + 30])
    numbers, place = visits.of(asked)
    assert place.tolist() == [0, 1, 1]
    assert visits.at_ms[numbers].tolist() == [START + 1500, START + 500, START + MINUTE]
    nothing, nowhere = visits.of(np.empty(0, dtype=np.int64))
    assert (len(nothing), len(nowhere)) == (0, 0)


passes = st.lists(
    st.tuples(
        st.sampled_from([TRUCK, OTHER]),
        st.sampled_from(["云中街", "乙路"]),
        st.floats(0, 40),
        st.floats(0, 40),
        st.integers(0, 40).map(lambda step: START + step * 20_000),
        st.sampled_from([0, 5_000, 120_000]),
    ),
    max_size=12,
)


def fleet(drawn) -> list[Truck]:
    trucks = {vehicle: truck(vehicle=vehicle) for vehicle in (TRUCK, OTHER)}
    for vehicle, name, from_m, to_m, begin, lasted_ms in drawn:
        trucks[vehicle].passing(name, from_m, to_m, begin, begin + lasted_ms)
    return list(trucks.values())


def all_visits(visits: Visits) -> list[list[tuple[str, int]]]:
    return [visits_of(visits, cell) for cell in range(len(CELLS.weight_m))]


@settings(max_examples=40, deadline=None)
@given(passes, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_passes_changes_a_visit(drawn, random):
    again = [*drawn, *drawn[: len(drawn) // 2]]
    random.shuffle(again)
    assert all_visits(found(*reversed(fleet(again)))) == all_visits(found(*fleet(drawn)))


@settings(max_examples=40, deadline=None)
@given(passes, passes)
def test_a_further_pass_takes_no_visit_away(drawn, more):
    before, after = all_visits(found(*fleet(drawn))), all_visits(found(*fleet([*drawn, *more])))
    assert all(len(one) <= len(other) for one, other in zip(before, after, strict=True))


@settings(max_examples=40, deadline=None)
@given(passes, st.integers(0, 10))
def test_the_first_visit_of_a_span_is_its_coverage_and_one_vehicles_are_a_minute_apart(
    drawn, minutes
):
    seen = [each.observation() for each in fleet(drawn)]
    span = (START + minutes * MINUTE, START + (minutes + 4) * MINUTE)
    visits = find_visits(CELLS, seen, *span)
    expected = cover_all(CELLS, [each.passes for each in seen], *span)
    told = all_visits(visits)
    assert [own[0][1] if own else NEVER for own in told] == expected.tolist()
    for own in told:
        for vehicle in (TRUCK, OTHER):
            instants = [instant for each, instant in own if each == vehicle]
            assert (np.diff(instants) >= APART_MS).all()
