from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.coverage.coverage import NEVER, lay_cells
from analytics.makeup.linking import MAKEUP_DTYPES, make_ups
from analytics.makeup.visits import find_visits
from analytics.verdicts.judge import judge
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, next_day, street

SPARE = "晋BS0001"
WINDOWS = ("07:00-08:00", "09:00-10:00", "11:00-12:00")
NIGHT = at("00:30", next_day())


def town(*grids, shared: tuple[str, ...] = ("JY01",)) -> Town:
    made = Town(
        street("云中街", (0, 0), (1000, 0), grids=shared),
        street("支路", (1000, 0), (1000, 100), grids=()),
        grids=grids or (grid("JY01", *WINDOWS),),
    )
    first, second = made.plan.operators
    return made.with_plan(operators=(replace(first, spares=(SPARE,)), second))


TOWN = town()


def truck(*passes, vehicle: str = TRUCK, where: Town = TOWN) -> Truck:
    """Seen all day in a side street, so that nothing is unknown, and passing as told."""
    seen = Truck(where, vehicle).stand("支路", 50, "00:05", at("00:29", next_day()))
    for begin, end, started, finished in passes:
        seen.passing("云中街", begin, end, started, finished)
    return seen


def whole(started: str, finished: str, *, back: bool = False):
    return (1000, 0, started, finished) if back else (0, 1000, started, finished)


def made_up(*trucks: Truck, where: Town = TOWN, until_ms: int = NIGHT) -> pd.DataFrame:
    seen = [each.observation() for each in trucks]
    judgement = judge(seen, where.plan, where.network, MONDAY)
    return make_ups(judgement, seen, where.plan, where.network, MONDAY, until_ms)


def clock(frame: pd.DataFrame) -> list[str]:
    """When each miss was made up, in local time to the minute; empty if it is open."""
    local = frame["made_up_at"].dt.round("min").dt.tz_convert("Asia/Shanghai")
    return ["" if pd.isna(instant) else f"{instant:%H:%M}" for instant in local]


def test_a_miss_is_made_up_at_the_instant_at_which_the_served_ratio_is_reached():
    found = made_up(
        truck(whole("11:05", "11:25"), whole("13:00", "13:20"), whole("14:00", "14:20"))
    )
    assert list(found["window"]) == ["07:00-08:00", "09:00-10:00"]
    assert clock(found) == ["13:18", "14:16"]
    assert set(found["vehicle_id"]) == {TRUCK}
    assert (found["verdict"] == "skipped").all()
    assert found["made_up_share"].tolist() == pytest.approx([0.9, 0.9], rel=0.005)


def test_a_pass_that_served_a_window_makes_nothing_up():
    found = made_up(truck(whole("09:05", "09:25"), whole("11:05", "11:25")))
    assert list(found["window"]) == ["07:00-08:00"]
    assert clock(found) == [""]
    assert found["made_up_share"].tolist() == [0.0]
    assert found["vehicle_id"].tolist() == [""]


def test_two_passes_of_one_loop_are_two_and_the_second_repairs_the_oldest_miss():
    found = made_up(truck(whole("11:05", "11:25"), whole("11:25", "11:45", back=True)))
    assert clock(found) == ["11:43", ""]


def test_each_pass_repairs_one_miss():
    one = made_up(truck(whole("11:05", "11:25"), whole("13:00", "13:20")))
    assert clock(one) == ["13:18", ""]
    # the last tenth of that pass was of no use to a miss already made up, and helps the next
    assert one["made_up_share"].tolist() == pytest.approx([0.9, 0.1], rel=0.005)


def test_passes_within_a_minute_are_one():
    fast = [whole("11:05", "11:25")]
    fast += [(0, 1000, at("13:00:00"), at("13:00:20")), (1000, 0, at("13:00:20"), at("13:00:40"))]
    assert clock(made_up(truck(*fast))) == ["13:00", ""]


def test_a_spare_makes_up_with_its_first_pass_even_in_the_time_of_another_window():
    found = made_up(truck(), truck(whole("09:10", "09:30"), vehicle=SPARE))
    assert clock(found) == ["09:28", "", ""]
    assert found["vehicle_id"].tolist() == [SPARE, "", ""]


def test_vehicles_that_are_neither_the_grids_nor_spares_of_its_operator_make_nothing_up():
    other = town(grid("JY01", *WINDOWS, operator="sweep-2"))
    for vehicle, where in (("晋B9", TOWN), (SPARE, other)):
        stranger = truck(whole("13:00", "13:20"), vehicle=vehicle, where=where)
        assert made_up(truck(where=where), stranger, where=where)["vehicle_id"].eq("").all()


def test_of_a_street_served_in_part_only_what_is_missing_has_to_be_made_up():
    found = made_up(
        truck(
            (0, 600, "07:05", "07:25"), whole("09:05", "09:25"), whole("11:05", "11:25"),
            (500, 1000, "13:00", "13:10"),
        )
    )  # fmt: skip
    assert found["verdict"].tolist() == ["partial"]
    assert found["missing_m"].tolist() == pytest.approx([400], rel=0.005)
    assert found["length_m"].tolist() == pytest.approx([1000], rel=0.005)
    assert clock(found) == ["13:08"]
    assert found["made_up_share"].tolist() == pytest.approx([0.75], rel=0.005)


def test_many_short_passes_add_up_and_passes_over_what_is_there_do_not():
    shorts = [
        (0, 500, "13:00", "13:10"),
        (100, 400, "14:00", "14:10"),
        (500, 800, "15:00", "15:10"),
    ]
    found = made_up(truck(*[whole("11:05", "11:25"), *shorts]))
    assert clock(found) == ["", ""]
    assert found["made_up_share"].tolist() == pytest.approx([0.8, 0.3], rel=0.005)
    done = made_up(truck(*[whole("11:05", "11:25"), *shorts, (800, 1000, "16:00", "16:10")]))
    assert clock(done) == ["16:05", ""]


def test_what_is_uncertain_or_driven_without_collecting_makes_nothing_up():
    seen = truck(whole("11:05", "11:25"))
    seen.passing("云中街", 0, 1000, "13:00", "13:20", certain=False)
    seen.passing("云中街", 0, 1000, "14:00", "14:02", collecting=False)
    assert clock(made_up(seen)) == ["", ""]


def test_the_service_day_ends_with_its_horizon():
    where = town(grid("JY01", "07:00-08:00", "20:00-21:00"))
    passes = [whole("20:05", "20:25")]
    before = [*passes, (0, 1000, at("00:05", next_day()), at("00:25", next_day()))]
    after = [*passes, (0, 1000, at("00:31", next_day()), at("00:51", next_day()))]
    late_ms = at("02:00", next_day())
    assert clock(made_up(truck(*before, where=where), where=where, until_ms=late_ms)) == ["00:23"]
    assert clock(made_up(truck(*after, where=where), where=where, until_ms=late_ms)) == [""]


def test_what_the_next_day_may_need_is_left_to_it():
    where = town(grid("JY01", "00:10-01:00", "20:00-21:00"))
    passes = [whole("20:05", "20:25"), (0, 1000, at("00:11", next_day()), at("00:25", next_day()))]
    found = made_up(truck(*passes, where=where), where=where)
    assert clock(found) == [""]


def test_a_window_is_missed_only_when_its_deadline_is_over():
    seen = truck(whole("09:10", "09:30"), whole("09:30", "09:50"))
    assert made_up(seen, until_ms=at("08:59")).empty
    assert clock(made_up(seen, until_ms=at("09:00"))) == [""]
    assert clock(made_up(seen, until_ms=at("09:40"))) == [""]
    assert clock(made_up(seen, until_ms=at("10:00"))) == ["09:48"]


def test_a_pass_that_serves_another_grid_of_the_same_truck_is_spent():
    two = [grid("JY01", "07:00-08:00", "11:00-12:00"), grid("JY02", "13:00-14:00")]
    where = town(*two, shared=("JY01", "JY02"))
    passes = [whole("11:05", "11:25"), whole("13:05", "13:25")]
    assert clock(made_up(truck(*passes, where=where), where=where)) == [""]
    passes.append(whole("13:30", "13:50"))
    assert clock(made_up(truck(*passes, where=where), where=where)) == ["13:48"]


def test_a_pass_that_serves_two_overlapping_windows_is_spent_once():
    where = town(grid("JY01", "06:00-06:30", "07:00-09:00", "08:00-10:00"))
    passes = [whole("08:05", "08:25"), whole("08:30", "08:50")]
    assert clock(made_up(truck(*passes, where=where), where=where)) == ["08:48"]


def test_without_a_miss_the_frame_is_empty_and_has_its_types():
    served = truck(*[whole(f"{hour}:05", f"{hour}:25") for hour in ("07", "09", "11")])
    for found in (made_up(served), made_up(truck())):
        assert {name: str(dtype) for name, dtype in found.dtypes.items()} == MAKEUP_DTYPES
    assert made_up(served).empty


def test_the_verdicts_are_left_as_they_were():
    seen = [truck(whole("13:00", "13:20"), whole("14:00", "14:20")).observation()]
    judgement = judge(seen, TOWN.plan, TOWN.network, MONDAY)
    before = judgement.streets.copy()
    make_ups(judgement, seen, TOWN.plan, TOWN.network, MONDAY, NIGHT)
    pd.testing.assert_frame_equal(judgement.streets, before)


HOUR_MS = 3_600_000
passes_of_a_day = st.lists(
    st.tuples(
        st.sampled_from([TRUCK, "晋B2", SPARE]),
        st.integers(0, 100),
        st.integers(0, 100),
        st.integers(0, 120),  # slots of eight minutes
    ),
    max_size=25,
)
PAIR = town(
    grid("JY01", *WINDOWS, vehicles=(TRUCK, "晋B2")),
    grid("JY02", "08:30-09:30", "13:00-15:00", vehicles=("晋B2",)),
    shared=("JY01", "JY02"),
)


def fleet(drawn) -> list[Truck]:
    trucks = {name: truck(vehicle=name, where=PAIR) for name in (TRUCK, "晋B2", SPARE)}
    for vehicle, begin, end, slot in drawn:
        if begin != end:
            started = at("07:00") + slot * 480_000
            trucks[vehicle].passing("云中街", 10 * begin, 10 * end, started, started + 240_000)
    return list(trucks.values())


@settings(deadline=None, max_examples=25)
@given(drawn=passes_of_a_day, seed=st.integers(0, 1000))
def test_neither_order_nor_repetition_of_what_was_seen_changes_a_make_up(drawn, seed):
    expected = made_up(*fleet(drawn), where=PAIR)
    rng = np.random.default_rng(seed)
    again = [drawn[place] for place in rng.permutation(len(drawn))]
    again += [drawn[place] for place in rng.integers(0, len(drawn), 5)] if drawn else []
    trucks = fleet(again)
    rng.shuffle(trucks)
    pd.testing.assert_frame_equal(made_up(*trucks, where=PAIR), expected)


@settings(deadline=None, max_examples=25)
@given(drawn=passes_of_a_day)
def test_no_metre_is_made_up_more_often_than_it_was_passed_and_not_needed(drawn):
    trucks = fleet(drawn)
    seen = [each.observation() for each in trucks]
    judgement = judge(seen, PAIR.plan, PAIR.network, MONDAY)
    found = make_ups(judgement, seen, PAIR.plan, PAIR.network, MONDAY, NIGHT)
    cells = lay_cells(PAIR.network, "JY01")
    visits = find_visits(cells, seen, at("00:00"), NIGHT)
    served = {(cell, instant) for judged in judgement.cases
              for cell, instant in enumerate(judged.case.earliest.tolist())
              if instant != NEVER}  # fmt: skip
    made_up_m = (found["made_up_share"] * found["missing_m"]).sum()
    assert made_up_m <= len(visits.at_ms) - len(served) + 1e-6
    assert found["made_up_share"].between(0, 1).all()


@settings(deadline=None, max_examples=25)
@given(drawn=passes_of_a_day, more=passes_of_a_day)
def test_a_further_pass_that_changes_no_coverage_neither_opens_a_miss_nor_delays_it(drawn, more):
    full = [(TRUCK, 0, 100, 30), ("晋B2", 0, 100, 46)]  # 11:00 and 13:08: what follows is spare
    later = [(vehicle, begin, end, 48 + slot % 73) for vehicle, begin, end, slot in drawn]
    added = [(vehicle, begin, end, 48 + slot % 73) for vehicle, begin, end, slot in more]
    before = made_up(*fleet([*full, *later]), where=PAIR)
    after = made_up(*fleet([*full, *later, *added]), where=PAIR)
    key = ["grid_id", "window", "street", "missing_m"]
    pd.testing.assert_frame_equal(before[key], after[key])
    was_made = before["made_up_at"].notna()
    assert (after["made_up_at"][was_made] <= before["made_up_at"][was_made]).all()
