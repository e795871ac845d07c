from zoneinfo import ZoneInfo

import pytest

from analytics.coverage.case import cases_of
from analytics.coverage.windows import service_windows
from analytics.dashboard.state.window_state import (
    NO_FORECAST,
    exempt_docs,
    judge_case,
    upcoming_docs,
    window_docs,
    window_key,
)
from analytics.forecast.curves import no_curves
from analytics.forecast.habits import Habits
from geofence.plan.plan import ServiceRules
from tests.fixtures.town import MONDAY, TRUCK, ZONE, Town, Truck, at, grid, next_day, street

STREETS = (street("云中街", (0, 0), (600, 0)), street("支路", (600, 0), (600, 300)))
TOWN = Town(*STREETS)
HABITS = Habits(no_curves()).of("JY01", "07:00-10:00", [TRUCK])
(WINDOW,) = service_windows(grid(), MONDAY, ZoneInfo(ZONE), ServiceRules())
KEY = "JY01|07:00-10:00"


def truck(town: Town = TOWN) -> Truck:
    return Truck(town).stand("云中街", 0, "06:00", "07:04")


def judged(done: Truck):
    (case,) = cases_of([done.observation()], done.town.plan, done.town.network, MONDAY)
    return judge_case(case)


def docs(done: Truck, clock: str, day=MONDAY):
    return window_docs(judged(done), HABITS, at(clock, day))


def states(done: Truck, clock: str, day=MONDAY) -> tuple[str, dict[str, str]]:
    """How the window stands, and each street."""
    window, streets = docs(done, clock, day)
    return window["state"], {each["street"]: each["state"] for each in streets}


def first_street() -> Truck:
    return truck().drive("云中街", 0, 600, "07:04", "07:10")


def both_streets(started: str = "07:10", finished: str = "07:13") -> Truck:
    return first_street().drive("支路", 0, 300, started, finished)


def until_midnight(done: Truck) -> Truck:
    return done.stand("支路", 300, done.fixes[-1][0] + 60_000, at("00:00", next_day()))


def test_a_window_is_named_by_its_grid_and_its_times():
    assert window_key(WINDOW) == KEY


def test_a_street_is_served_while_its_window_goes_on_as_nothing_can_turn_that():
    assert states(first_street(), "07:11") == (
        "on_track", {"云中街": "served", "支路": "on_track"},
    )  # fmt: skip


def test_a_window_stands_as_the_street_that_is_worst_off():
    assert states(first_street(), "09:30") == (
        "at_risk", {"云中街": "served", "支路": "at_risk"},
    )  # fmt: skip
    assert states(first_street(), "10:10") == (
        "overdue", {"云中街": "served", "支路": "overdue"},
    )  # fmt: skip


def test_a_window_all_of_whose_streets_are_done_is_served_before_it_is_over():
    assert states(both_streets(), "07:14") == ("served", {"云中街": "served", "支路": "served"})


def test_a_window_is_late_once_all_is_done_and_a_street_was_late():
    late = until_midnight(first_street().stand("云中街", 600, "07:11", "10:29")).drive(
        "支路", 0, 300, "10:30", "10:33"
    )
    late.fixes = [fix for fix in late.fixes if not at("10:29") < fix[0] < at("10:30")]
    assert states(late, "11:00") == ("late", {"云中街": "served", "支路": "late"})


def test_until_its_period_ends_a_window_has_a_status_and_from_then_on_its_verdicts():
    done = until_midnight(first_street())
    last = at("00:00", next_day()) - 1
    before, _ = window_docs(judged(done), HABITS, last)
    assert before["state"] == "overdue"
    assert states(done, "00:00", next_day()) == (
        "partial", {"云中街": "served", "支路": "skipped"},
    )  # fmt: skip


def test_a_verdict_is_final_once_late_pings_have_had_their_time():
    done = both_streets()
    assert not docs(done, "00:29:59", next_day())[0]["is_final"]
    assert docs(done, "00:30", next_day())[0]["is_final"]


def test_a_window_tells_its_times_its_metres_and_its_vehicles():
    window, _ = docs(both_streets(), "07:20")
    assert (window["key"], window["grid"], window["window"]) == (KEY, "JY01", "07:00-10:00")
    assert (window["start_ms"], window["end_ms"]) == (at("07:00"), at("10:00"))
    assert (window["grace_end_ms"], window["deadline_ms"]) == (
        at("10:10"), at("00:00", next_day()),
    )  # fmt: skip
    assert (window["served_m"], window["length_m"]) == (900.0, 900.0)
    assert at("07:04") <= window["started_ms"] < at("07:05")
    assert at("07:12") < window["completed_ms"] < at("07:13")
    assert window["vehicles"] == [TRUCK]


def test_a_street_tells_how_much_of_it_is_served_and_when():
    _, streets = docs(first_street().drive("支路", 0, 100, "07:10", "07:11"), "07:20")
    first, second = streets
    assert (first["key"], first["served_ratio"]) == (f"{KEY}|云中街", 1.0)
    assert at("07:04") <= first["started_ms"] < first["completed_ms"] < at("07:10")
    assert (second["key"], second["served_ratio"]) == (f"{KEY}|支路", 0.3333)
    assert second["completed_ms"] is None


def test_what_remains_is_what_each_street_lacks_and_no_surplus_of_another_counts():
    assert docs(first_street(), "07:20")[0]["remaining_m"] == 270.0  # 0.9 of 300 m
    halfway = first_street().drive("支路", 0, 150, "07:10", "07:12")
    assert docs(halfway, "07:20")[0]["remaining_m"] == pytest.approx(120.0, abs=0.1)
    assert docs(both_streets(), "07:20")[0]["remaining_m"] == 0.0


def test_where_every_metre_counts_the_last_one_ends_what_remains():
    town = Town(*STREETS, rules=ServiceRules(served_ratio=1.0))
    done = (
        truck(town)
        .drive("云中街", 0, 600, "07:04", "07:10")
        .drive("支路", 0, 300, "07:10", "07:13")
    )
    found = judged(done)
    assert window_docs(found, HABITS, found.latest_ms - 1)[0]["remaining_m"] > 0.0
    assert window_docs(found, HABITS, found.latest_ms)[0]["remaining_m"] == 0.0


def test_what_remains_at_an_earlier_instant_knows_nothing_of_later_passes():
    remaining_m = [
        docs(both_streets(), clock)[0]["remaining_m"]
        for clock in ("07:00", "07:06", "07:08", "07:11", "07:13")
    ]
    assert remaining_m[0] == 810.0
    assert remaining_m == sorted(set(remaining_m), reverse=True)


def test_a_pass_that_is_not_certain_is_no_service_but_nobody_is_warned_for_it():
    perhaps = first_street().drive("支路", 0, 300, "07:10", "07:13", certain=False)
    window, _ = docs(perhaps, "09:55")
    assert (window["served_m"], window["remaining_m"], window["state"]) == (600.0, 0.0, "on_track")


def test_the_forecast_of_an_open_window_is_rounded_to_minutes_and_hundredths():
    forecast = docs(first_street(), "07:20:17")[0]["forecast"]
    assert forecast["finish_ms"] % 60_000 == 0
    assert forecast["finish_ms"] > at("07:20")
    assert 0.0 < forecast["miss_probability"] == round(forecast["miss_probability"], 2) < 1.0


def test_a_window_that_nobody_serves_has_been_a_visible_miss_for_some_time():
    forecast = docs(truck(), "10:05")[0]["forecast"]
    assert forecast["miss_probability"] > 0.9
    assert at("07:00") < forecast["visible_since_ms"] < at("10:05")


def test_a_window_that_is_over_has_no_forecast():
    assert docs(first_street(), "23:59:59")[0]["forecast"] != NO_FORECAST
    assert docs(first_street(), "00:00", next_day())[0]["forecast"] == NO_FORECAST


def test_a_window_that_has_not_begun_has_all_yet_to_do():
    window, streets = upcoming_docs(
        WINDOW, ["云中街", "支路"], [600.04, 300.0], [TRUCK], ServiceRules(served_ratio=0.5)
    )
    assert (window["state"], window["is_final"], window["forecast"]) == (
        "upcoming", False, NO_FORECAST,
    )  # fmt: skip
    assert (window["served_m"], window["length_m"], window["remaining_m"]) == (0.0, 900.0, 450.0)
    assert [(each["key"], each["state"], each["served_ratio"]) for each in streets] == [
        (f"{KEY}|云中街", "upcoming", 0.0), (f"{KEY}|支路", "upcoming", 0.0),
    ]  # fmt: skip


def test_a_window_says_the_same_of_itself_before_and_after_it_begins():
    before, streets_before = upcoming_docs(
        WINDOW, ["云中街", "支路"], [600.0, 300.0], [TRUCK], ServiceRules()
    )
    after, streets_after = docs(truck(), "07:00")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"state", "forecast"}
    assert [each["key"] for each in streets_before] == [each["key"] for each in streets_after]


def test_a_street_that_is_left_out_is_exempt():
    (found,) = exempt_docs(WINDOW, ["支路"])
    assert (found["key"], found["grid"], found["state"]) == (f"{KEY}|支路", "JY01", "exempt")
    assert exempt_docs(WINDOW, []) == []
