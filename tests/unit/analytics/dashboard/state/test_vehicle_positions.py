import pandas as pd
import pytest

from analytics.dashboard.state.vehicle_positions import TRAIL_MS, VehiclePositions
from ingest.ping import conform
from tests.fixtures.town import MONDAY, TRUCK, Town, at, grid

PLAN = Town(grids=[grid("JY01"), grid("JY02", vehicles=[TRUCK, "晋B2"])]).plan
SILENT_MS = 120_000


def pings(*rows, vehicle=TRUCK):
    """Rows of clock, metres north, speed and heading."""
    return conform(
        pd.DataFrame(
            {
                "vehicle_id": vehicle,
                "event_time": pd.to_datetime([at(row[0]) for row in rows], unit="ms", utc=True),
                "longitude": 113.3,
                "latitude": [40.08 + row[1] / 111_320 for row in rows],
                "speed_mps": [row[2] for row in rows],
                "heading_deg": [row[3] for row in rows],
            }
        )
    )


@pytest.fixture
def positions():
    return VehiclePositions(PLAN, MONDAY, SILENT_MS)


def test_vehicles_come_in_the_plans_order_with_all_their_grids(positions):
    found = positions.positions(at("08:00"))
    assert [(each["id"], each["grids"], each["motion"]) for each in found] == [
        (TRUCK, ["JY01", "JY02"], "unseen"), ("晋B2", ["JY02"], "unseen"),
    ]  # fmt: skip


def test_the_latest_fix_counts_in_whatever_order_they_come(positions):
    assert positions.add(pings(("08:00:10", 50, 3, 90))) == {TRUCK}
    assert positions.add(pings(("08:00:00", 0, 3, 0))) == set()
    (found,) = positions.positions(at("08:00:11"), [TRUCK])
    assert (found["heading_deg"], found["event_ms"]) == (90.0, at("08:00:10"))


def test_pings_of_vehicles_that_the_plan_does_not_know_are_passed_over(positions):
    assert positions.add(pings(("08:00", 0, 3, 0), vehicle="<b>x</b>")) == set()


@pytest.mark.parametrize(
    ("speed", "clock", "expected"),
    [(3.0, "08:00:30", "moving"), (0.2, "08:00:30", "standing"), (3.0, "08:02:11", "silent")],
)
def test_a_vehicle_moves_stands_or_is_silent(positions, speed, clock, expected):
    positions.add(pings(("08:00:10", 0, speed, 0)))
    assert positions.positions(at(clock), [TRUCK])[0]["motion"] == expected


def test_without_reports_speed_and_heading_come_from_the_last_step(positions):
    nothing = float("nan")
    positions.add(pings(("08:00:00", 0, nothing, nothing), ("08:00:10", 50, nothing, nothing)))
    (found,) = positions.positions(at("08:00:10"), [TRUCK])
    assert (found["motion"], found["heading_deg"], found["speed_mps"]) == ("moving", 0.0, None)
    positions.add(pings(("08:00:20", 50, nothing, nothing)))
    (found,) = positions.positions(at("08:00:20"), [TRUCK])
    assert (found["motion"], found["heading_deg"]) == ("standing", None)


def test_a_trail_is_thinned_and_no_longer_than_it_may_be(positions):
    clocks = pd.date_range("2022-03-28 08:00", "2022-03-28 08:10", freq="1s").strftime("%H:%M:%S")
    positions.add(pings(*((clock, number, 3, 0) for number, clock in enumerate(clocks))))
    trail = positions.traced(at("08:10"), [TRUCK])[0]["trail"]
    instants = [point[2] for point in trail]
    assert instants == sorted(instants)
    assert instants[0] >= at("08:10") - TRAIL_MS
    assert 50 < len(trail) <= 61
