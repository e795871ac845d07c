import pandas as pd

from ingest.ping import conform
from simulators.receivers.faults import frozen, misplaced, mistimed

BEGIN = pd.Timestamp("2022-03-28T07:00:00Z")
BEGIN_S = BEGIN.timestamp()


def drive(count: int = 6) -> pd.DataFrame:
    """A fix a minute, each farther east."""
    return conform(
        pd.DataFrame(
            {
                "vehicle_id": "晋BQ0384",
                "event_time": pd.date_range(BEGIN, periods=count, freq="min"),
                "longitude": [113.3 + 0.001 * number for number in range(count)],
                "latitude": 40.08,
            }
        )
    )


def test_a_wrong_clock_shifts_event_times_from_the_instant_it_goes_wrong():
    late = mistimed(drive(), ahead_s=-90, from_s=BEGIN_S + 120)
    shift_s = (late["event_time"] - drive()["event_time"]).dt.total_seconds()
    assert list(shift_s) == [0, 0, -90, -90, -90, -90]


def test_seconds_sent_as_milliseconds_are_of_1970():
    assert set(mistimed(drive(), factor=0.001)["event_time"].dt.year) == {1970}


def test_another_datum_moves_every_position():
    moved = misplaced(drive(), lambda longitude, latitude: (longitude + 0.006, latitude - 0.001))
    assert list((moved["longitude"] - drive()["longitude"]).round(6)) == [0.006] * 6
    assert list(moved["latitude"].round(6)) == [40.079] * 6


def test_a_frozen_receiver_repeats_its_position_for_a_time():
    stuck = frozen(drive(), BEGIN_S + 60, BEGIN_S + 240)
    assert list(stuck["longitude"].round(3)) == [113.3, 113.301, 113.301, 113.301, 113.304, 113.305]


def test_a_receiver_that_freezes_when_nothing_is_sent_changes_nothing():
    assert frozen(drive(), BEGIN_S + 9000, BEGIN_S + 9999).equals(drive())
