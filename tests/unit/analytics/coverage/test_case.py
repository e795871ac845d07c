"""What the verdicts of one grid in one window rest on, gathered from plan and observations."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.coverage.case import Case, _on_foreign, cases_of
from analytics.coverage.coverage import NEVER
from geofence.plan.plan import Assignment, Exemption
from geofence.seen.observation import Passes
from tests.fixtures.counted import Counted
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, next_day, street

OTHER = "晋B39720"
SECTIONS = (
    street("云中街", (0, 0), (400, 0)),
    street("魏都大道", (0, 300), (400, 300)),
    street("乙路", (0, 600), (300, 600), grids=["JY02"]),
    street("共路", (0, 900), (300, 900), grids=["JY01", "JY02"]),
    street("公路", (0, 1200), (300, 1200), grids=()),
)


def town(**changes: object) -> Town:
    made = Town(
        *SECTIONS,
        grids=[
            grid("JY02", "07:00-10:00", vehicles=[OTHER]),
            grid("JY01", "14:30-17:30", "07:00-10:00"),
        ],
    )
    return made.with_plan(**changes)


def cases(where: Town, *trucks: Truck, day: date = MONDAY) -> dict[tuple[str, str], Case]:
    seen = [truck.observation() for truck in trucks]
    found = cases_of(seen, where.plan, where.network, day)
    return {(case.grid.id, case.window.text): case for case in found}


def morning(where: Town, *trucks: Truck) -> Case:
    return cases(where, *trucks)["JY01", "07:00-10:00"]


def seen_all_day(where: Town, vehicle: str = TRUCK) -> Truck:
    return Truck(where, vehicle).stand("公路", 0, "06:30", "18:00")


def test_cases_come_by_grid_and_window_as_the_plan_has_them():
    assert list(cases(town())) == [
        ("JY02", "07:00-10:00"), ("JY01", "14:30-17:30"), ("JY01", "07:00-10:00"),
    ]  # fmt: skip


def test_a_date_without_service_has_no_case():
    where = Town(*SECTIONS, grids=[grid("JY01", days=[1])])
    assert cases(where) == {}
    assert list(cases(where, day=next_day())) == [("JY01", "07:00-10:00")]


def test_a_grid_of_which_no_street_is_located_has_no_case():
    where = Town(*SECTIONS, grids=[grid("JY07", streets=["无名路"]), grid("JY01")])
    assert {grid_id for grid_id, _ in cases(where)} == {"JY01"}


def test_an_exempt_street_has_no_cells_in_the_windows_of_its_exception():
    exemption = Exemption(
        MONDAY, MONDAY, "road_closed", grid_id="JY01", streets=("云中街",), windows=("07:00-10:00",)
    )
    found = cases(town(exemptions=(exemption,)))
    assert found["JY01", "07:00-10:00"].cells.streets == ("共路", "魏都大道")
    assert found["JY01", "14:30-17:30"].cells.streets == ("云中街", "共路", "魏都大道")


def test_a_window_in_which_every_street_is_exempt_is_no_case():
    holiday = Exemption(MONDAY, MONDAY, "holiday", grid_id="JY01", windows=("14:30-17:30",))
    assert set(cases(town(exemptions=(holiday,)))) == {
        ("JY02", "07:00-10:00"), ("JY01", "07:00-10:00"),
    }  # fmt: skip


def test_only_vehicles_of_the_grid_cover_its_cells():
    where = town()
    stranger = seen_all_day(where, OTHER).passing("云中街", 0, 400, "07:05", "07:10")
    own = seen_all_day(where).passing("魏都大道", 0, 400, "07:05", "07:10")
    case = morning(where, stranger, own)
    covered = {
        name: bool((case.earliest[case.cells.street(number)] != NEVER).all())
        for number, name in enumerate(case.cells.streets)
    }
    assert covered == {"云中街": False, "共路": False, "魏都大道": True}


def test_what_is_covered_is_counted_until_the_deadline_and_not_in_another_window():
    where = town()
    truck = seen_all_day(where).passing("云中街", 0, 400, "14:29", "14:31")
    found = cases(where, truck)
    served = [
        int((found["JY01", window].earliest != NEVER).sum())
        for window in ("07:00-10:00", "14:30-17:30")
    ]
    assert served == [200, 200]


def test_a_pass_that_is_not_certain_is_possible_and_proves_nothing():
    where = town()
    truck = seen_all_day(where).passing("云中街", 0, 400, "07:05", "07:10", certain=False)
    case = morning(where, truck)
    assert (case.earliest == NEVER).all()
    assert (case.possible[case.cells.street(0)] != NEVER).all()


passes = st.lists(
    st.tuples(
        st.sampled_from(["云中街", "魏都大道", "共路"]),
        st.integers(0, 300),
        st.integers(0, 300),
        st.integers(0, 180),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(passes, passes)
def test_no_cell_was_possibly_served_later_than_surely_and_order_does_not_matter(own, others):
    where = town()
    where.with_plan(assignments=(Assignment("JY01", MONDAY, (TRUCK, OTHER)),))
    trucks = [seen_all_day(where), seen_all_day(where, OTHER)]
    for truck, drawn in zip(trucks, (own, others), strict=True):
        for name, from_m, to_m, minute, certain in drawn:
            begin = at("07:00") + minute * 60_000
            truck.passing(name, from_m, to_m, begin, begin + 60_000, certain=certain)
    one, other = morning(where, *trucks), morning(where, *reversed(trucks))
    assert (one.possible <= one.earliest).all()
    assert (one.earliest == other.earliest).all()
    assert (one.possible == other.possible).all()


def test_vehicles_on_duty_stand_in_the_plans_order_heard_of_or_not():
    where = Town(*SECTIONS, grids=[grid("JY01", vehicles=[OTHER, TRUCK])])
    duties = morning(where, seen_all_day(where)).duties
    assert [duty.vehicle_id for duty in duties] == [OTHER, TRUCK]
    assert [duty.observation is None for duty in duties] == [True, False]


def test_a_vehicle_never_heard_of_is_out_of_sight():
    assert morning(town()).unseen.vehicle_ids == (TRUCK,)
    where = town()
    assert morning(where, seen_all_day(where)).unseen.vehicle_ids == ()


def test_tomorrows_fixes_are_no_part_of_a_case():
    where = town()
    late = seen_all_day(where).stand("公路", 0, at("06:30", next_day()), at("10:30", next_day()))
    (duty,) = morning(where, late).duties
    assert duty.observation.time_ms[-1] == at("18:00")


def stray_m(case: Case) -> float:
    return sum(float(np.abs(each.to_m - each.from_m).sum()) for each in case.stray)


@pytest.mark.parametrize(
    ("where", "how", "metres"),
    [
        ("乙路", {}, 300),
        ("共路", {}, 0),
        ("云中街", {}, 0),
        ("公路", {}, 0),
        ("乙路", {"certain": False}, 0),
        ("乙路", {"collecting": False}, 0),
    ],
    ids=["another's", "shared", "own", "nobody's", "uncertain", "not collecting"],
)
def test_a_vehicle_strays_where_it_provably_collected_what_only_others_have(where, how, metres):
    made = town()
    truck = seen_all_day(made).passing(where, 0, 300, "08:00", "08:05", **how)
    assert stray_m(morning(made, truck)) == metres


def test_a_vehicle_of_two_grids_strays_in_neither():
    made = Town(
        *SECTIONS,
        street("丙路", (0, 1500), (100, 1500), grids=["JY03"]),
        grids=[grid("JY01"), grid("JY02"), grid("JY03", vehicles=[OTHER])],
    )
    truck = seen_all_day(made).passing("乙路", 0, 300, "08:00", "08:05")
    assert stray_m(morning(made, truck)) == 0
    assert stray_m(morning(made, truck.passing("丙路", 0, 100, "08:10", "08:15"))) == 100


def test_a_stand_in_takes_the_place_of_the_grids_own_vehicle_on_its_date_only():
    where = town(assignments=(Assignment("JY01", MONDAY, (OTHER,)),))
    for day, vehicle, is_told in ((MONDAY, OTHER, True), (next_day(), TRUCK, False)):
        case = cases(where, day=day)["JY01", "07:00-10:00"]
        assert [duty.vehicle_id for duty in case.duties] == [vehicle]
        assert case.has_substitute is is_told
    assert not cases(where)["JY02", "07:00-10:00"].has_substitute


# Plans of many grids


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.booleans()), max_size=8),
       st.sets(st.sampled_from(["JY01", "JY02"])))  # fmt: skip
def test_foreign_are_passes_over_sections_of_grids_of_which_none_is_the_vehicles_own(rows, own):
    network = town().network
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    count = np.zeros(len(rows))
    passes = Passes(
        section=np.array(columns[0], dtype=np.int32),
        from_m=count, to_m=count, started_ms=np.arange(len(rows)) * 1.0, finished_ms=count,
        collecting=np.array(columns[1], dtype=np.bool_),
        certain=np.array(columns[2], dtype=np.bool_), need=np.zeros(len(rows), dtype=np.int32),
    )  # fmt: skip
    expected = [
        row
        for row, (section, collecting, certain) in enumerate(rows)
        if collecting and certain and network.section_grids[section]
        and not network.place_grids[section] & own
    ]  # fmt: skip
    assert _on_foreign(passes, network, own).started_ms.tolist() == expected


@pytest.mark.parametrize("count", [4, 16])
def test_a_date_of_many_grids_takes_a_few_walks_through_sections_and_what_the_plan_says(count):
    names = [f"JY{number}" for number in range(count)]
    where = Town(
        *(
            street(f"{name}街", (0, n * 200), (90, n * 200), grids=[name])
            for n, name in enumerate(names)
        ),
        grids=[grid(name, vehicles=[f"车{name}"]) for name in names],
    ).with_plan(
        assignments=Counted(Assignment(name, MONDAY, (f"车{name}",)) for name in names),
        exemptions=Counted(
            Exemption(MONDAY, MONDAY, "other", grid_id=name, windows=("07:00-10:00",))
            for name in names[1:]
        ),
    )
    where.network = replace(where.network, section_grids=Counted(where.network.section_grids))
    assert list(cases(where)) == [(names[0], "07:00-10:00")]
    counted = (where.plan.assignments, where.plan.exemptions, where.network.section_grids)
    assert 0 < max(each.taken for each in counted) <= 2 * count
