import numpy as np
import pandas as pd
import pytest

from analytics.dashboard.state import vehicle_day as module
from analytics.dashboard.state.vehicle_day import vehicle_day
from ingest.event import Event, EventKind
from tests.fixtures.town import TRUCK, Town, Truck, at, street

TOWN = Town(street("云中街", (0, 0), (600, 0)))
DRIVE = Truck(TOWN, interval_s=10).drive("云中街", 0, 600, "07:00", "07:05").pings()


def day(pings: pd.DataFrame):
    return vehicle_day(TRUCK, pings.reset_index(drop=True), ["JY01"], TOWN.plan, TOWN.network)


def test_without_a_ping_there_are_no_fixes_gaps_or_faults():
    found = day(DRIVE.iloc[:0])
    assert found == {
        "id": TRUCK, "fixes": [], "gaps": [], "faults": [], "events": [], "grids": ["JY01"],
    }  # fmt: skip


def test_events_are_told_with_what_they_say_and_of_many_the_last():
    lifts = [
        Event(TRUCK, at("07:01") + number, EventKind.BIN_LIFT, 113.3, 40.1, f"桶-{number}", 21.5)
        for number in range(module.MOST_EVENTS)
    ]
    card = Event(TRUCK, at("07:04"), EventKind.DRIVER_CARD)
    found = vehicle_day(
        TRUCK, DRIVE.reset_index(drop=True), [], TOWN.plan, TOWN.network, [*lifts, card]
    )["events"]
    assert len(found) == module.MOST_EVENTS
    assert found[0] == {
        "at_ms": at("07:01") + 1, "kind": "bin_lift", "reference": "桶-1", "weight_kg": 21.5,
        "longitude": 113.3, "latitude": 40.1,
    }  # fmt: skip
    nothing = dict.fromkeys(("reference", "weight_kg", "longitude", "latitude"))
    assert found[-1] == {"at_ms": at("07:04"), "kind": "driver_card", **nothing}


def test_a_fix_is_its_place_its_instant_its_speed_and_its_heading():
    one = DRIVE.iloc[:1].assign(
        longitude=113.30000049, latitude=40.0812345678, speed_mps=3.456, heading_deg=89.96
    )
    assert day(one)["fixes"] == [(113.3, 40.081235, at("07:00"), 3.46, 90.0)]


def test_what_was_not_reported_is_null():
    (*_, speed, heading) = day(DRIVE.iloc[:1])["fixes"][0]
    assert (speed, heading) == (None, None)


def test_a_silence_is_a_gap_from_the_last_fix_to_the_next():
    times = DRIVE["event_time"]
    first, last = (pd.Timestamp(at(clock), unit="ms", tz="UTC") for clock in ("07:01", "07:04"))
    found = day(DRIVE[(times <= first) | (times >= last)])
    assert found["gaps"] == [{"from_ms": at("07:01"), "to_ms": at("07:04")}]


def test_fixes_far_from_any_street_are_not_a_time_out_of_sight():
    away = DRIVE["latitude"].to_numpy() + np.where(np.arange(len(DRIVE)) >= 10, 0.01, 0.0)
    assert day(DRIVE.assign(latitude=away))["gaps"] == []


def test_a_tracker_whose_clock_runs_ahead_is_told_with_what_proves_it():
    received = DRIVE["event_time"] - pd.Timedelta(minutes=10)
    (fault,) = day(DRIVE.assign(received_time=received))["faults"]
    assert fault["code"] == "clock_ahead"
    assert fault["text"].startswith("Fixes are received more than a minute before")
    assert f"in {len(DRIVE)} messages" in fault["text"]
    assert (fault["since_ms"], fault["until_ms"]) == (at("06:50"), at("06:55"))


def test_a_sound_tracker_has_no_fault():
    received = DRIVE["event_time"] + pd.Timedelta(seconds=2)
    assert day(DRIVE.assign(received_time=received))["faults"] == []


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6, 8, 9, 13, 31])
def test_fixes_are_thinned_to_so_many_at_most_the_first_and_the_last_among_them(count, monkeypatch):
    monkeypatch.setattr(module, "MOST_FIXES", 5)
    pings = DRIVE.iloc[:count]
    instants = [fix[2] for fix in day(pings)["fixes"]]
    expected = [at("07:00") + 10_000 * number for number in range(count)]
    assert len(instants) <= 5
    assert instants == sorted(set(instants) & set(expected))
    assert (instants[0], instants[-1]) == (expected[0], expected[-1])
    if count <= 4:
        assert instants == expected


def test_thinned_fixes_are_equally_far_apart_but_for_the_last(monkeypatch):
    monkeypatch.setattr(module, "MOST_FIXES", 11)
    instants = [fix[2] for fix in day(DRIVE)["fixes"]]
    steps = set(np.diff(instants)[:-1].tolist())
    assert steps == {40_000}  # of 31 fixes every fourth
