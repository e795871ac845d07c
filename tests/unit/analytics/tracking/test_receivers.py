import numpy as np
import pandas as pd
import pytest

from analytics.tracking.receivers import Found, receiver_faults
from ingest.ping import resolve
from tests.fixtures.false_fixes import (
    by_cell_tower,
    doubled,
    lost,
    polled,
    resent,
    set_back,
    shelved,
)
from tests.fixtures.town import TRUCK, Town, Truck


def morning(delay_s: float = 2.0) -> pd.DataFrame:
    """A truck that drives to and fro, heard at once."""
    truck = Truck(Town(), TRUCK, interval_s=10)
    for hour in (7, 8):
        truck.drive("云中街", 0, 1000, f"{hour:02}:00", f"{hour:02}:05")
        truck.drive("云中街", 1000, 0, f"{hour:02}:06", f"{hour:02}:11")
    frame = truck.pings().assign(speed_mps=3.3)
    frame["latitude"] += np.random.default_rng(1).normal(0.0, 1e-5, len(frame))
    return heard(frame, delay_s)


def heard(frame: pd.DataFrame, delay_s: float = 2.0) -> pd.DataFrame:
    delay = pd.to_timedelta(delay_s, unit="s").as_unit("ms")
    return frame.assign(received_time=frame["event_time"] + delay)


def told(pings: pd.DataFrame) -> dict[str, Found]:
    found = receiver_faults(resolve(pings).pings, Town().network)
    return {each.code: each for vehicle, each in found if vehicle == TRUCK}


def test_of_a_sound_receiver_nothing_is_told():
    assert told(morning()) == {}


def test_no_ping_no_fault():
    assert told(morning()[:0]) == {}


def test_fixes_without_a_fix_are_counted_by_what_says_so():
    (found,) = told(lost(morning(), 40, 12, satellites=7)).values()
    assert found.code == "no_fix"
    assert found.evidence.startswith("12 of ")
    assert "0 of them by an accuracy above 100 m" in found.evidence
    (found,) = told(by_cell_tower(morning(), 40, 9, 0.003, 1800.0)).values()
    assert "9 of them by an accuracy" in found.evidence
    assert found.seconds == pytest.approx(90)


def test_a_few_of_them_are_no_fault():
    assert told(by_cell_tower(morning(), 40, 4, 0.003, 1800.0)) == {}


def test_a_poller_is_told_by_what_it_repeats():
    found = told(polled(morning(), 4, speeds=False))
    assert list(found) == ["stale_positions"]
    assert "repeat an earlier one" in found["stale_positions"].evidence


def test_an_old_place_sent_again_between_true_ones_is_told_too():
    assert list(told(resent(morning(), 2, 9, 4.0))) == ["stale_positions"]


def test_two_receivers_are_told_with_how_long_they_took_turns():
    for pings in (shelved(morning(), 5.0), doubled(morning(), 24.5)):
        found = told(heard(pings))
        assert list(found) == ["two_receivers"]
        assert 300 < found["two_receivers"].seconds <= 5000


def test_a_clock_set_back_is_told_by_the_order_of_reception():
    pings = set_back(morning(), 20, 65.5)
    (found,) = told(pings).values()
    assert found.code == "clock_set_back"
    assert found.evidence.endswith("times go back once, by 56 s")


def test_where_nobody_noted_the_reception_it_may_be_two_receivers():
    pings = set_back(morning(), 20, 65.5).drop(columns="received_time")
    assert list(told(pings)) == ["two_receivers"]
