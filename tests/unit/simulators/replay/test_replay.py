import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.broker.address import BrokerAddress
from ingest.ping import Ping, conform
from simulators.replay.replay import ReplayError, messages, publish


def frame(*rows, received=None):
    """Rows: vehicle, seconds of event time."""
    pings = pd.DataFrame(
        {
            "vehicle_id": [vehicle for vehicle, _at in rows],
            "event_time": pd.to_datetime([at for _vehicle, at in rows], unit="s", utc=True),
            "longitude": [113.3 + at / 1e6 for _vehicle, at in rows],
            "latitude": 40.08,
        }
    )
    if received is not None:
        pings["received_time"] = pd.to_datetime(received, unit="s", utc=True)
    return conform(pings)


def sent(pings, burst=1):
    return [
        (message.at_s, message.vehicle_id, [ping.event_time_ms // 1000 for ping in message.pings])
        for message in messages(pings, burst)
    ]


def test_without_received_time_pings_go_in_order_of_event_time_at_its_pace():
    pings = frame(("B", 30), ("A", 10), ("A", 20))
    assert sent(pings) == [(0.0, "A", [10]), (10.0, "A", [20]), (20.0, "B", [30])]


def test_with_received_time_pings_go_in_the_order_and_at_the_pace_of_the_file():
    pings = frame(("A", 20), ("A", 10), ("A", 20), received=[100, 103, 160])
    assert sent(pings) == [(0.0, "A", [20]), (3.0, "A", [10]), (60.0, "A", [20])]


def test_a_file_out_of_its_own_order_never_goes_back_in_time():
    pings = frame(("A", 1), ("A", 2), ("A", 3), received=[100, 90, 110])
    assert [at_s for at_s, _vehicle, _events in sent(pings)] == [0.0, 0.0, 10.0]


def test_a_burst_holds_fixes_of_one_vehicle_and_goes_with_the_last():
    pings = frame(("A", 10), ("B", 11), ("A", 20), ("A", 30), ("B", 31))
    assert sent(pings, burst=2) == [
        (10.0, "A", [10, 20]),
        (20.0, "A", [30]),
        (21.0, "B", [11, 31]),
    ]


@given(
    rows=st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 99)), max_size=30),
    burst=st.integers(1, 7),
)
def test_every_ping_is_sent_once_whatever_the_burst(rows, burst):
    out = [
        (vehicle, event) for _at_s, vehicle, events in sent(frame(*rows), burst) for event in events
    ]
    assert sorted(out) == sorted(rows)


def test_what_a_fix_lacks_is_not_made_up():
    (message,) = messages(frame(("晋BQ0384", 10)))
    assert message.pings == [
        Ping(vehicle_id="晋BQ0384", event_time_ms=10_000, longitude=113.30001, latitude=40.08)
    ]


def test_a_burst_of_nothing_is_refused():
    with pytest.raises(ValueError, match="got a burst of 0"):
        list(messages(frame(("A", 1)), 0))


def test_a_speed_of_nothing_is_refused():
    with pytest.raises(ValueError, match="speed must be above 0, got 0"):
        publish([], BrokerAddress("127.0.0.1", 1), 0)


def test_a_broker_that_is_not_there_is_named():
    with pytest.raises(ReplayError, match=r"no broker at mqtt://127\.0\.0\.1:1: "):
        publish([], BrokerAddress("127.0.0.1", 1))
