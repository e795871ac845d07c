import pytest

from analytics.verdicts.flags import FLAG_MEANINGS, Flag
from analytics.verdicts.judge import judge
from geofence.plan.plan import Assignment
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, street


def flags(town: Town, *trucks: Truck) -> str:
    """Flags of grid JY01."""
    observations = [truck.observation() for truck in trucks]
    found = judge(observations, town.plan, town.network, MONDAY).grids
    return found.loc[found["grid_id"] == "JY01", "flags"].item()


def collected(town: Town, started: str, finished: str) -> Truck:
    """A truck that is seen from 06:30 to 11:00 and collects meanwhile."""
    truck = Truck(town).stand("云中街", 0, "06:30", started)
    truck.drive("云中街", 0, 1000, started, finished)
    return truck.stand("云中街", 1000, finished, "11:00")


def test_a_grid_done_in_time_has_no_flag():
    town = Town()
    assert flags(town, collected(town, "07:05", "07:30")) == ""


def test_a_first_metre_after_start_grace_is_a_late_start():
    town = Town()
    assert flags(town, collected(town, "07:14:59", "07:30")) == ""
    assert flags(town, collected(town, "07:15:01", "07:30")) == "late_start"


def test_completion_after_grace_is_a_late_finish():
    town = Town()
    truck = collected(town, "07:05", "07:10")
    truck.passes.clear()
    truck.passing("云中街", 0, 899, "07:05", "07:10")
    truck.passing("云中街", 899, 1000, "10:10", "10:12")
    assert flags(town, truck) == "late_finish"


def test_a_start_in_time_that_is_only_possible_is_no_late_start():
    town = Town()
    truck = collected(town, "07:20", "07:40")
    assert flags(town, truck) == "late_start"
    truck.passing("云中街", 0, 5, "07:14", "07:14:30", certain=False)
    assert flags(town, truck) == ""


def test_an_ambiguous_start_alone_is_neither_early_nor_late():
    town = Town()
    truck = Truck(town).stand("云中街", 0, "06:30", "11:00")
    truck.passing("云中街", 0, 1000, "08:00", "08:20", certain=False)
    assert flags(town, truck) == ""


def test_a_finish_in_time_that_is_only_possible_is_no_late_finish():
    town = Town()
    truck = Truck(town).stand("云中街", 0, "06:30", "11:00")
    truck.passing("云中街", 0, 899, "07:05", "07:10")
    truck.passing("云中街", 899, 1000, "10:10", "10:12")
    assert flags(town, truck) == "late_finish"
    truck.passing("云中街", 899, 1000, "07:10", "07:12", certain=False)
    assert flags(town, truck) == ""


def test_flags_stand_in_alphabetical_order():
    town = Town()
    assert flags(town, collected(town, "10:05", "10:20")) == "late_finish|late_start"


def test_silence_within_the_window_is_a_tracking_gap():
    town = Town()
    truck = (
        Truck(town).drive("云中街", 0, 1000, "07:00", "07:20").stand("云中街", 0, "09:00", "10:30")
    )
    assert flags(town, truck) == "tracking_gap"


def test_silence_after_the_window_is_none():
    town = Town()
    truck = Truck(town).drive("云中街", 0, 1000, "07:00", "07:20")
    truck.stand("云中街", 0, "07:20", "10:01").stand("云中街", 0, "12:00", "12:30")
    assert flags(town, truck) == ""


def test_fixes_that_cannot_be_placed_are_no_tracking_gap():
    town = Town()
    truck = collected(town, "07:05", "07:25")
    truck.unplaced = [(at("08:00"), 0.0, 0.0, at("08:01"), 0.0, 0.0)]
    assert flags(town, truck) == ""


def test_a_grid_nobody_was_heard_of_has_a_tracking_gap():
    assert flags(Town()) == "tracking_gap"


def test_a_stand_in_is_flagged_on_its_date():
    town = Town().with_plan(assignments=(Assignment("JY01", MONDAY, (TRUCK,)),))
    assert flags(town, collected(town, "07:05", "07:25")) == "substitute_vehicle"


@pytest.mark.parametrize(
    ("started", "finished", "flag"),
    [("08:00", "08:10", "frozen_gps"), ("06:00", "06:59", ""), ("10:00", "10:30", "")],
)
def test_a_frozen_receiver_is_flagged_if_it_froze_in_the_window(started, finished, flag):
    town = Town()
    truck = collected(town, "07:05", "07:25")
    truck.frozen = [(at(started), at(finished))]
    assert flags(town, truck) == flag


@pytest.mark.parametrize(
    ("started", "finished", "flag"),
    [("08:00", "08:10", "two_receivers"), ("06:00", "06:59", ""), ("10:00", "10:30", "")],
)
def test_two_places_in_turn_are_flagged_if_they_were_in_the_window(started, finished, flag):
    town = Town()
    truck = collected(town, "07:05", "07:25")
    truck.doubted = [(at(started), at(finished))]
    assert flags(town, truck) == flag


@pytest.mark.parametrize(("fix", "flag"), [("08:00", "clock_skew"), ("10:00", "")])
def test_a_fix_from_the_future_is_flagged_if_it_lies_in_the_window(fix, flag):
    town = Town()
    truck = collected(town, "07:05", "07:25")
    truck.skewed = [at(fix)]
    assert flags(town, truck) == flag


def two_grids(owner: str = "晋B2", owners=("JY02",)) -> Town:
    return Town(
        street("云中街", (0, 0), (1000, 0)),
        street("他街", (0, 200), (1000, 200), grids=owners),
        grids=[grid("JY01"), grid("JY02", vehicles=[owner])],
    )


@pytest.mark.parametrize(("metres", "flag"), [(510, "off_plan"), (490, "")])
def test_serving_the_streets_of_others_is_off_plan(metres, flag):
    town = two_grids()
    truck = collected(town, "07:05", "07:25").drive("他街", 0, metres, "07:30", "07:40")
    assert flags(town, truck) == flag


def test_metres_of_others_served_twice_count_once():
    town = two_grids()
    truck = collected(town, "07:05", "07:25").drive("他街", 0, 300, "07:30", "07:40")
    assert flags(town, truck.drive("他街", 300, 0, "07:40", "07:50")) == ""


def test_serving_the_streets_of_another_grid_of_the_same_vehicle_is_on_plan():
    town = two_grids(owner=TRUCK)
    truck = collected(town, "07:05", "07:25").drive("他街", 0, 1000, "07:30", "07:40")
    assert flags(town, truck) == ""


def test_a_street_that_also_belongs_to_another_grid_is_on_plan():
    town = two_grids(owners=("JY01", "JY02"))
    truck = collected(town, "07:05", "07:25").drive("他街", 0, 1000, "07:30", "07:40")
    assert flags(town, truck) == ""


def test_driving_past_others_streets_without_collecting_is_on_plan():
    town = two_grids()
    truck = collected(town, "07:05", "07:25")
    truck.drive("他街", 0, 1000, "07:30", "07:31", collecting=False)
    assert flags(town, truck) == ""


def test_streets_of_others_on_which_a_truck_only_may_have_been_are_on_plan():
    town = two_grids()
    truck = collected(town, "07:05", "07:25")
    truck.drive("他街", 0, 1000, "07:30", "07:40", certain=False)
    assert flags(town, truck) == ""


def test_serving_others_outside_the_window_is_on_plan():
    town = two_grids()
    truck = collected(town, "07:05", "07:25").drive("他街", 0, 1000, "10:20", "10:30")
    assert flags(town, truck) == ""


def test_every_flag_says_what_it_means():
    assert set(FLAG_MEANINGS) == set(Flag)
