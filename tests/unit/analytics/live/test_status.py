import pytest

from analytics.coverage.windows import ServiceWindow
from analytics.live.status import GridProgress, Status, is_final, live_statuses, statuses
from geofence.plan.plan import ServiceRules
from tests.fixtures.town import MONDAY, Town, Truck, at, grid, next_day, street

RULES = ServiceRules()
WINDOW = ServiceWindow(
    "JY01", MONDAY, "07:00-10:00", at("07:00"), at("10:00"), at("14:30"), at("10:10")
)


def status(clock: str, *served: float, started: str | None = "07:00") -> tuple[Status, ...]:
    """Status of streets of 1000 m of which so many metres are served."""
    progress = GridProgress(
        (1000.0,) * len(served), served, at(started) if started and any(served) else None
    )
    return statuses(WINDOW, progress, at(clock), RULES)


@pytest.mark.parametrize(
    ("clock", "served", "expected"),
    [
        ("06:59:59", 0, "upcoming"),
        ("07:00", 0, "on_track"),
        ("07:14:59", 0, "on_track"),
        ("07:15", 0, "at_risk"),
        ("08:00", 300, "on_track"),  # 300 m an hour for 2 h 10 min: 650 m more, 600 m needed
        ("08:00", 280, "at_risk"),  # 607 m more, 620 m needed
        ("09:00", 900, "on_track"),
        ("10:09:59", 899, "at_risk"),
        ("10:10", 899, "overdue"),
        ("10:10", 900, "on_track"),
        ("15:00", 0, "overdue"),
    ],
)
def test_a_street_stands_where_its_pace_puts_it(clock, served, expected):
    assert status(clock, served) == (expected,)


def test_streets_of_a_grid_share_its_pace_and_a_finished_one_is_on_track():
    assert status("08:00", 900, 0) == ("on_track", "on_track")
    assert status("09:30", 900, 0) == ("on_track", "at_risk")


def test_pace_is_counted_from_the_first_metre():
    assert status("08:00", 200, started="07:00") == ("at_risk",)
    assert status("08:00", 200, started="07:30") == ("on_track",)


def test_a_verdict_is_final_half_an_hour_after_the_deadline():
    assert not is_final(WINDOW, at("14:59:59"), RULES)
    assert is_final(WINDOW, at("15:00"), RULES)


def test_a_verdict_is_not_final_within_the_period_judged():
    tight = ServiceWindow(
        "JY01", MONDAY, "07:00-10:00", at("07:00"), at("10:00"), at("10:00"), at("10:10")
    )
    rules = ServiceRules(allowed_lateness_min=0.0)
    assert not is_final(tight, at("10:09:59"), rules)
    assert is_final(tight, at("10:10"), rules)


def test_statuses_of_a_date_look_no_further_than_now():
    town = Town(
        street("东街", (0, 0), (1000, 0)), grids=[grid("JY01", "07:00-10:00", "14:30-17:30")]
    )
    truck = (
        Truck(town).drive("东街", 0, 1000, "07:30", "07:50").stand("东街", 1000, "07:50", "18:00")
    )
    observations = [truck.observation()]

    def told(now_ms: int) -> list[tuple[object, ...]]:
        found = live_statuses(observations, town.plan, town.network, MONDAY, now_ms)
        columns = ["window", "status", "is_final", "served_ratio"]
        return [tuple(row) for row in found[columns].round(3).itertuples(index=False)]

    assert told(at("07:10")) == [
        ("07:00-10:00", "on_track", False, 0.0),
        ("14:30-17:30", "upcoming", False, 0.0),
    ]
    assert told(at("07:20"))[0] == ("07:00-10:00", "at_risk", False, 0.0)
    assert told(at("07:40"))[0] == ("07:00-10:00", "on_track", False, 0.5)
    assert told(at("00:30", next_day())) == [
        ("07:00-10:00", "on_track", True, 1.0),
        ("14:30-17:30", "overdue", True, 0.0),
    ]


def test_nobody_is_warned_of_what_may_be_done():
    town = Town(street("东街", (0, 0), (1000, 0)))
    truck = Truck(town).stand("东街", 0, "06:30", "11:00")
    truck.passing("东街", 0, 1000, "09:30", "09:50", certain=False)

    def told(clock: str) -> tuple[object, ...]:
        found = live_statuses([truck.observation()], town.plan, town.network, MONDAY, at(clock))
        return (found["status"].item(), found["served_ratio"].item())

    assert told("09:29") == ("at_risk", 0.0)
    assert told("09:50") == ("on_track", 0.0)
    assert told("10:30") == ("on_track", 0.0)
