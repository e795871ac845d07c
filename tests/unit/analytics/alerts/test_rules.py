import pytest

from analytics.alerts.rules import conditions_of
from analytics.verdicts.judge import judge
from ingest.settings.alerts import AlertKind, AlertSettings
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, street

SETTINGS = AlertSettings()
TOWN = Town(
    street("云中街", (0, 0), (600, 0)),
    street("支路", (600, 0), (600, 300)),
    grids=[grid("JY01", "07:00-10:00", "14:30-17:30")],
)
FAR = Town(
    street("云中街", (0, 0), (600, 0)),
    street("场站", (200_000, 0), (200_300, 0), grids=()),
)


def held(truck, clock, town=TOWN, settings=SETTINGS):
    """What holds at a clock time, by the fixes and passes until then."""
    now_ms = at(clock)
    truck.fixes = [fix for fix in truck.fixes if fix[0] <= now_ms]
    seen = [truck.observation()] if truck.fixes else []
    judged = judge(seen, town.plan, town.network, MONDAY).cases
    return {each.key.kind: each for each in conditions_of(judged, now_ms, settings)}


def standing(from_="06:30", until="18:00", town=TOWN):
    return Truck(town).stand("支路", 300, from_, until)


def test_nothing_holds_before_the_window_and_within_the_grace_of_its_start():
    assert held(standing(), "06:59") == {}
    assert held(standing(), "07:14") == {}


def test_a_grid_in_which_nothing_was_served_after_the_grace_of_the_start_starts_late():
    found = held(standing(), "07:15")
    assert set(found) == {AlertKind.LATE_START}
    facts = found[AlertKind.LATE_START].facts
    assert (facts.grid_id, facts.vehicles, facts.streets) == ("JY01", (TRUCK,), ("云中街", "支路"))
    assert facts.lacking_m == pytest.approx(810)


def test_a_grid_that_began_does_not_start_late():
    begun = standing(until="07:05").drive("云中街", 0, 300, "07:05", "07:10")
    assert AlertKind.LATE_START not in held(begun.stand("云中街", 300, "07:10", "12:00"), "07:20")


def test_an_ambiguous_pass_is_no_late_start():
    doubtful = standing().passing("云中街", 0, 300, "07:05", "07:10", certain=False)
    assert AlertKind.LATE_START not in held(doubtful, "07:20")


def test_a_silence_that_may_hide_service_is_no_late_start_but_a_lost_tracker():
    silent = standing(until="07:01")
    assert held(silent, "07:11") == {}
    assert set(held(silent, "07:20")) == {AlertKind.TRACKING_LOST}


def test_a_silence_too_far_away_to_hide_anything_is_a_late_start_too():
    silent = Truck(FAR).stand("场站", 100, "06:30", "07:01")
    assert set(held(silent, "07:20", FAR)) == {AlertKind.LATE_START, AlertKind.TRACKING_LOST}


def test_a_grid_is_at_risk_when_what_is_left_does_not_fit_at_its_pace_so_far():
    slow = (
        Truck(TOWN).drive("云中街", 0, 200, "07:00", "09:00").stand("云中街", 200, "09:00", "10:10")
    )
    found = held(slow, "09:00")
    assert set(found) == {AlertKind.AT_RISK}
    assert found[AlertKind.AT_RISK].facts.streets == ("云中街", "支路")
    assert found[AlertKind.AT_RISK].facts.lacking_m == pytest.approx(610, abs=2)


def test_a_grid_not_begun_is_at_risk_once_no_truck_could_do_it_any_more():
    # 810 m at 15 km/h take 3 min 14 s
    assert AlertKind.AT_RISK not in held(standing(), "10:06")
    assert AlertKind.AT_RISK in held(standing(), "10:07")


def test_what_a_silence_may_have_served_is_not_counted_as_lacking():
    before = Truck(TOWN).drive("云中街", 0, 200, "07:00", "09:00")
    before.stand("云中街", 200, "09:20", "10:10")
    assert AlertKind.AT_RISK not in held(before, "09:25")


def test_a_window_is_missed_after_grace_and_the_time_that_fixes_take():
    def some():
        done = Truck(TOWN).drive("云中街", 0, 600, "07:00", "07:10")
        return done.stand("云中街", 600, "07:10", "18:00")

    assert AlertKind.WINDOW_MISSED not in held(some(), "10:11")
    facts = held(some(), "10:12")[AlertKind.WINDOW_MISSED].facts
    assert (facts.streets, facts.unknown, facts.due_ms) == (("支路",), (), at("14:30"))
    assert facts.lacking_m == pytest.approx(300)


def test_a_vehicle_not_heard_of_since_the_end_of_grace_may_still_send_what_it_kept():
    some = Truck(TOWN).drive("云中街", 0, 600, "07:00", "07:10")
    some.stand("云中街", 600, "07:10", "10:05")
    assert AlertKind.WINDOW_MISSED not in held(some, "10:19")
    assert AlertKind.WINDOW_MISSED in held(some, "10:20")


def test_streets_of_which_nobody_can_say_are_told_apart():
    town = Town(
        street("云中街", (0, 0), (600, 0)),
        street("远街", (50_000, 0), (50_600, 0)),
    )
    hidden = Truck(town).stand("云中街", 0, "06:50", "09:00")
    hidden.stand("云中街", 0, "09:10", "18:00")
    facts = held(hidden, "10:20", town)[AlertKind.WINDOW_MISSED].facts
    assert (facts.streets, facts.unknown) == (("远街",), ("云中街",))


def test_a_window_of_which_nobody_can_say_is_not_missed():
    assert AlertKind.WINDOW_MISSED not in held(Truck(TOWN), "10:30")
    hidden = standing(until="08:00").stand("支路", 300, "09:30", "18:00")
    assert AlertKind.WINDOW_MISSED not in held(hidden, "10:30")


def test_a_grid_of_which_its_gaps_could_not_hold_enough_is_missed_at_its_deadline():
    lanes = [street(f"街{number}", (0, 40 * number), (600, 40 * number)) for number in range(8)]
    town = Town(*lanes, grids=[grid("JY01", "07:00-10:00", "14:30-17:30")])

    def seen():  # each street may have been served in the gap, but by far not all of them
        truck = Truck(town).stand("街0", 0, "06:50", "09:00")
        return truck.stand("街0", 0, "09:04", "18:00")

    assert AlertKind.WINDOW_MISSED not in held(seen(), "14:20", town)
    facts = held(seen(), "14:32", town)[AlertKind.WINDOW_MISSED].facts
    assert facts.streets == ()
    assert len(facts.unknown) == 8
    assert facts.lacking_m > 0.1 * 8 * 600


def test_a_vehicle_is_lost_after_so_many_minutes_of_an_open_window():
    silent = standing(until="08:00")
    assert AlertKind.TRACKING_LOST not in held(silent, "08:10")
    found = held(silent, "08:11")[AlertKind.TRACKING_LOST]
    assert (found.key.subject, found.facts.last_seen_ms) == (TRUCK, at("08:00"))
    assert AlertKind.TRACKING_LOST not in held(silent, "10:00")


def test_a_vehicle_never_heard_of_is_lost_too_but_not_for_its_silence_before_the_window():
    assert held(Truck(TOWN), "07:10") == {}
    found = held(Truck(TOWN), "07:11")[AlertKind.TRACKING_LOST]
    assert found.facts.last_seen_ms is None


def test_a_vehicle_lost_in_two_open_windows_is_told_of_once():
    town = Town(grids=[grid("JY01", "07:00-10:00", "09:00-11:30")])
    truck = Truck(town).stand("云中街", 0, "06:50", "09:05")
    found = held(truck, "09:30", town)[AlertKind.TRACKING_LOST]
    assert found.key.window == "07:00-10:00"


def test_kinds_that_nobody_wants_are_left_out():
    only = AlertSettings(kinds=["window_missed"])
    assert held(standing(), "07:20", settings=only) == {}
