from datetime import date, datetime
from zoneinfo import ZoneInfo

from geofence.plan.plan import Grid, ServiceRules
from geofence.plan.timetable import parse_window
from simulators.trucks.service_day import windows_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def times(*windows: str, day=date(2022, 4, 1), zone=SHANGHAI, days=frozenset(range(7))):
    grid = Grid("JY01", "op", ("晋BQ0384",), tuple(map(parse_window, windows)), days)
    return windows_of(grid, day, zone, ServiceRules())


def clock(instant_s: float, zone=SHANGHAI) -> str:
    return datetime.fromtimestamp(instant_s, zone).strftime("%d %H:%M")


def test_overlapping_windows_last_until_the_next_that_begins_after_their_end():
    found = times("07:00-10:00", "09:00-11:30", "14:30-17:30", "15:30-18:30")
    assert [clock(window.last_s) for window in found] == [
        "01 14:30",
        "01 14:30",
        "02 00:00",
        "02 00:00",
    ]
    assert clock(found[0].in_time_s) == "01 10:10"


def test_grace_reaches_over_a_deadline_that_comes_sooner():
    first, _second = times("07:00-08:30", "08:30-11:30")
    assert clock(first.last_s) == "01 08:40"


def test_a_window_over_midnight_lasts_until_the_next_day_s_first():
    (night,) = times("22:00-02:00")
    assert (clock(night.end_s), clock(night.last_s)) == ("02 02:00", "02 22:00")


def test_the_last_window_before_a_free_day_ends_at_midnight():
    (only,) = times("08:00-21:00", days=frozenset({4}))
    assert clock(only.last_s) == "02 00:00"


def test_no_window_on_a_free_day():
    assert times("08:00-21:00", days=frozenset({0})) == []


def test_a_skipped_local_time_moves_forward_and_a_repeated_one_is_the_first():
    (spring,) = times("02:30-04:00", day=date(2022, 3, 27), zone=BERLIN)
    assert clock(spring.start_s, BERLIN) == "27 03:30"
    assert spring.end_s - spring.start_s == 1800
    (autumn,) = times("02:30-04:00", day=date(2022, 10, 30), zone=BERLIN)
    assert autumn.end_s - autumn.start_s == 2.5 * 3600
