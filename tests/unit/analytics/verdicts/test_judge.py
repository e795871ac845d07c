from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.verdicts.judge import Judgement, join, judge
from geofence.plan.plan import Assignment
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, next_day, street

SERVICE_MPS = 15 / 3.6


def judged(town: Town, *trucks: Truck, day: date = MONDAY) -> Judgement:
    return judge([truck.observation() for truck in trucks], town.plan, town.network, day)


def only_street(town: Town, *trucks: Truck) -> pd.Series:
    (row,) = (row for _, row in judged(town, *trucks).streets.iterrows())
    return row


def only_grid(town: Town, *trucks: Truck) -> pd.Series:
    (row,) = (row for _, row in judged(town, *trucks).grids.iterrows())
    return row


def instant(value: pd.Timestamp) -> int:
    return round(value.timestamp() * 1000)


def one_street() -> Town:
    return Town(street("云中街", (0, 0), (1000, 0)))


def test_a_street_collected_in_its_window_is_served():
    town = one_street()
    truck = (
        Truck(town).stand("云中街", 0, "06:30", "07:10").drive("云中街", 0, 1000, "07:10", "07:30")
    )
    row = only_street(town, truck.stand("云中街", 1000, "07:30", "10:00"))
    assert row["verdict"] == "served"
    assert row["served_ratio"] == 1.0
    assert instant(row["started_at"]) == at("07:10") + 600  # 0.5 m at 50 m a minute
    assert instant(row["completed_at"]) == at("07:10") + round(899.5 * 1200)
    assert row["schedule_deviation_s"] == (at("07:27:59") - at("10:00")) // 1000
    assert row["observed_share"] == 1.0
    assert row["length_m"] == pytest.approx(1000, abs=0.01)


def test_a_street_completed_after_grace_and_before_the_deadline_is_late():
    town = one_street()
    truck = (
        Truck(town).stand("云中街", 0, "06:30", "09:55").drive("云中街", 0, 1000, "09:55", "10:15")
    )
    row = only_street(town, truck)
    assert row["verdict"] == "late"
    assert instant(row["completed_at"]) == at("09:55") + round(899.5 * 1200)
    assert row["schedule_deviation_s"] == 779


def test_a_street_completed_within_grace_is_served():
    town = one_street()
    truck = (
        Truck(town).stand("云中街", 0, "06:30", "09:50").drive("云中街", 0, 1000, "09:50", "10:10")
    )
    assert only_street(town, truck)["verdict"] == "served"


def test_lateness_that_a_gap_may_explain_is_unknown():
    town = one_street()
    truck = Truck(town).stand("云中街", 0, "06:30", "08:00").stand("云中街", 0, "09:00", "09:55")
    truck.drive("云中街", 0, 1000, "09:55", "10:15")
    assert only_street(town, truck)["verdict"] == "unknown"


def test_a_street_seen_not_to_be_collected_is_skipped():
    town = one_street()
    row = only_street(town, Truck(town).stand("云中街", 0, "06:30", "10:30"))
    assert row["verdict"] == "skipped"
    assert row["served_ratio"] == 0.0
    assert pd.isna(row["started_at"])
    assert pd.isna(row["completed_at"])
    assert pd.isna(row["schedule_deviation_s"])


def test_a_street_collected_in_part_is_partial():
    town = one_street()
    truck = (
        Truck(town).drive("云中街", 0, 500, "07:00", "07:10").stand("云中街", 500, "07:10", "10:30")
    )
    row = only_street(town, truck)
    assert row["verdict"] == "partial"
    assert row["served_ratio"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("metres_hidden", "verdict"), [(99, "skipped"), (101, "unknown"), (899, "unknown")]
)
def test_a_gap_hides_as_many_metres_as_it_has_time_for(metres_hidden, verdict):
    town = one_street()
    place = town.place("云中街", 500)
    resumed = at("08:00") + round(metres_hidden / SERVICE_MPS * 1000)
    truck = Truck(town).stand("云中街", 500, "06:30", "08:00")
    truck.stand("云中街", 500, resumed, "10:30")
    truck.unplaced = [(at("08:00"), *place, resumed, *place)] if metres_hidden < 500 else []
    assert only_street(town, truck)["verdict"] == verdict


def test_a_gap_too_short_for_what_is_missing_proves_a_partial_service():
    town = one_street()
    truck = (
        Truck(town).drive("云中街", 0, 200, "07:00", "07:04").stand("云中街", 200, "07:04", "08:00")
    )
    # 150 s hold 625 m: 200 m seen and 625 m hidden stay below 900 m
    truck.stand("云中街", 200, "08:02:30", "10:30")
    row = only_street(town, truck)
    assert row["verdict"] == "partial"
    truck = (
        Truck(town).drive("云中街", 0, 300, "07:00", "07:06").stand("云中街", 300, "07:06", "08:00")
    )
    assert (
        only_street(town, truck.stand("云中街", 300, "08:02:30", "10:30"))["verdict"] == "unknown"
    )


def test_a_long_gap_leaves_a_street_unknown():
    town = one_street()
    truck = (
        Truck(town).stand("云中街", 500, "06:30", "08:00").stand("云中街", 500, "08:10", "10:30")
    )
    row = only_street(town, truck)
    assert row["verdict"] == "unknown"
    assert row["observed_share"] == pytest.approx(1 - 600 / 10_800)


def test_a_gap_far_away_hides_nothing():
    town = Town(
        street("云中街", (0, 0), (1000, 0)), street("远路", (0, 9000), (100, 9000), grids=[])
    )
    truck = Truck(town).stand("远路", 50, "06:30", "08:00").stand("远路", 50, "08:10", "10:30")
    assert only_street(town, truck)["verdict"] == "skipped"


def test_a_window_without_a_ping_is_unknown():
    town = one_street()
    row = only_street(town)
    assert row["verdict"] == "unknown"
    assert row["observed_share"] == 0.0
    # fixes before the window, and far beyond the deadline, change nothing
    seen = Truck(town).stand("云中街", 0, "05:00", "06:00")
    assert only_street(town, seen)["verdict"] == "unknown"


def test_a_vehicle_that_falls_silent_within_the_window_leaves_it_unknown():
    town = one_street()
    truck = Truck(town).stand("云中街", 500, "06:30", "09:30")
    assert only_street(town, truck)["verdict"] == "unknown"


def test_a_vehicle_that_goes_home_at_the_end_of_the_window_is_off_duty():
    town = one_street()
    truck = Truck(town).stand("云中街", 500, "06:30", "09:59:50")
    assert only_street(town, truck)["verdict"] == "skipped"


def test_tomorrows_first_fix_makes_no_gap_of_tonights_silence():
    town = one_street()
    today = Truck(town).stand("云中街", 500, "06:30", "10:30")
    both = Truck(town).stand("云中街", 500, "06:30", "10:30")
    both.stand("云中街", 500, at("06:30", next_day()), at("10:30", next_day()))
    pd.testing.assert_frame_equal(judged(town, today).streets, judged(town, both).streets)
    pd.testing.assert_frame_equal(judged(town, today).grids, judged(town, both).grids)
    assert only_street(town, both)["verdict"] == "skipped"


def test_a_second_vehicle_never_heard_of_may_have_done_it():
    town = Town(grids=[grid(vehicles=[TRUCK, "晋B2"])])
    seen = Truck(town).stand("云中街", 0, "06:30", "10:30")
    assert only_street(town, seen)["verdict"] == "unknown"
    idle = Truck(town, "晋B2").stand("云中街", 0, "06:30", "10:30")
    assert only_street(town, seen, idle)["verdict"] == "skipped"


def test_two_vehicles_share_a_street():
    town = Town(grids=[grid(vehicles=[TRUCK, "晋B2"])])
    one = (
        Truck(town).drive("云中街", 0, 500, "07:00", "07:10").stand("云中街", 500, "07:10", "10:30")
    )
    other = Truck(town, "晋B2").stand("云中街", 1000, "06:30", "07:00")
    other.drive("云中街", 1000, 500, "07:00", "07:10").stand("云中街", 500, "07:10", "10:30")
    assert only_street(town, one, other)["verdict"] == "served"


def test_a_vehicle_of_another_grid_serves_nothing_here():
    town = one_street()
    stranger = Truck(town, "晋B9").drive("云中街", 0, 1000, "07:00", "07:20")
    own = Truck(town).stand("云中街", 0, "06:30", "10:30")
    assert only_street(town, stranger, own)["verdict"] == "skipped"


def test_one_pass_counts_for_every_grid_of_its_vehicle():
    town = Town(
        street("云中街", (0, 0), (1000, 0), grids=["JY01", "JY02"]),
        grids=[grid("JY01"), grid("JY02", "06:00-09:00")],
    )
    truck = (
        Truck(town).stand("云中街", 0, "05:30", "07:00").drive("云中街", 0, 1000, "07:00", "07:20")
    )
    found = judged(town, truck.stand("云中街", 1000, "07:20", "10:30"))
    assert found.streets["grid_id"].tolist() == ["JY01", "JY02"]
    assert found.streets["verdict"].tolist() == ["served", "served"]


def test_one_pass_counts_for_every_window_it_falls_into():
    town = Town(grids=[grid("JY01", "07:00-10:00", "09:00-11:30", "14:30-17:30")])
    truck = (
        Truck(town).stand("云中街", 0, "06:30", "09:10").drive("云中街", 0, 1000, "09:10", "09:30")
    )
    found = judged(town, truck.stand("云中街", 1000, "09:30", "18:00")).streets
    assert found["window"].tolist() == ["07:00-10:00", "09:00-11:30", "14:30-17:30"]
    assert found["verdict"].tolist() == ["served", "served", "skipped"]


def test_a_window_over_midnight_is_judged_with_its_own_date():
    town = Town(grids=[grid("JY01", "22:00-02:00")])
    tomorrow = next_day()
    truck = Truck(town).stand("云中街", 0, "21:30", "23:50")
    truck.drive("云中街", 0, 1000, at("23:50"), at("00:10", tomorrow))
    row = only_street(
        town, truck.stand("云中街", 1000, at("00:10", tomorrow), at("02:30", tomorrow))
    )
    assert (row["service_date"], row["verdict"]) == ("2022-03-28", "served")


def test_a_grid_without_service_that_day_has_no_row():
    town = Town(grids=[grid(days=[1])])
    assert judged(town).streets.empty
    assert judged(town).grids.empty


def test_unlocated_streets_and_grids_that_have_no_other_are_not_judged():
    town = Town(grids=[grid(streets=["云中街", "无名路"]), grid("JY02", streets=["某街"])])
    found = judged(town)
    assert found.streets["street"].tolist() == ["云中街"]
    assert found.grids["grid_id"].tolist() == ["JY01"]


def two_streets(*, grids=None) -> Town:
    return Town(
        street("东街", (0, 0), (1000, 0)),
        street("西街", (0, 300), (1000, 300)),
        grids=grids or [grid()],
    )


def test_a_grid_is_served_and_completed_with_its_last_street():
    town = two_streets()
    truck = (
        Truck(town).drive("东街", 0, 1000, "07:00", "07:20").stand("东街", 1000, "07:20", "07:30")
    )
    truck.drive("西街", 0, 1000, "07:30", "07:50").stand("西街", 1000, "07:50", "10:30")
    row = only_grid(town, truck)
    assert row["verdict"] == "served"
    assert row["operator"] == "sweep-1"
    assert instant(row["started_at"]) == at("07:00") + 600
    assert instant(row["completed_at"]) == at("07:30") + round(899.5 * 1200)
    assert row["provably_missed_m"] == pytest.approx(0.0)
    assert row["flags"] == ""


def test_a_grid_with_a_street_missing_is_partial_and_never_completed():
    town = two_streets()
    truck = (
        Truck(town).drive("东街", 0, 1000, "07:00", "07:20").stand("东街", 1000, "07:20", "10:30")
    )
    row = only_grid(town, truck)
    assert row["verdict"] == "partial"
    assert row["served_ratio"] == pytest.approx(0.5)
    assert pd.isna(row["completed_at"])
    assert row["provably_missed_m"] == pytest.approx(1000, abs=0.1)


def test_what_no_gap_can_hold_makes_an_unknown_grid_partial():
    town = two_streets()
    # either street alone fits into 240 s = 1000 m, both together do not
    truck = Truck(town).stand("东街", 500, "06:30", "08:00").stand("东街", 500, "08:04", "10:30")
    found = judged(town, truck)
    held = 240 * SERVICE_MPS
    assert found.streets["verdict"].tolist()[0] == "unknown"
    assert found.grids["provably_missed_m"].tolist() == pytest.approx([2000 - held], abs=0.1)
    assert found.grids["verdict"].tolist() == ["partial"]
    long = Truck(town).stand("东街", 500, "06:30", "08:00").stand("东街", 500, "08:10", "10:30")
    row = only_grid(town, long)
    assert (row["verdict"], row["provably_missed_m"]) == ("unknown", 0.0)


def test_judgements_of_several_dates_are_joined():
    town = one_street()
    both = join([judged(town), judged(town, day=next_day())])
    assert both.streets["service_date"].tolist() == ["2022-03-28", "2022-03-29"]
    assert both.streets.dtypes.equals(judged(town).streets.dtypes)
    assert len(join([]).grids) == 0


def test_a_stand_in_serves_for_the_grids_own_vehicle():
    town = one_street().with_plan(assignments=(Assignment("JY01", MONDAY, ("晋B2",)),))
    spare = Truck(town, "晋B2").drive("云中街", 0, 1000, "07:00", "07:20")
    row = only_street(town, spare)
    assert row["verdict"] == "served"


moment = st.integers(0, 210).map(lambda minute: at("06:45") + minute * 60_000)
drive = st.tuples(st.integers(0, 1000), st.integers(0, 1000), moment, st.integers(2, 20))


def random_truck(town: Town, drives, hole=None) -> Truck:
    """A truck seen from 06:30 to 10:30 but for a hole, that drives as told where it is seen."""
    truck = Truck(town)
    if hole is None:
        truck.stand("云中街", 500, "06:30", "10:30")
    else:
        begin, minutes = hole
        truck.stand("云中街", 500, at("06:30"), begin)
        truck.stand("云中街", 500, min(begin + minutes * 60_000, at("10:30")), at("10:30"))
    for from_m, to_m, started, minutes in drives:
        truck.passing("云中街", from_m, to_m, started, started + minutes * 60_000)
    return truck


@settings(deadline=None, max_examples=50)
@given(st.lists(drive, max_size=4), drive)
def test_another_pass_seen_never_turns_served_into_anything_else(drives, another):
    town = one_street()
    before = only_street(town, random_truck(town, drives))
    after = only_street(town, random_truck(town, [*drives, another]))
    assert after["served_ratio"] >= before["served_ratio"]
    if before["verdict"] == "served":
        assert after["verdict"] == "served"


@settings(deadline=None, max_examples=50)
@given(st.lists(drive, max_size=4), moment, st.integers(3, 40))
def test_another_gap_never_turns_unknown_into_a_claim(drives, begin, minutes):
    town = one_street()
    before = only_street(town, random_truck(town, drives))["verdict"]
    after = only_street(town, random_truck(town, drives, (begin, minutes)))["verdict"]
    assert after in {before, "unknown"}
