import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.tracking.faults import TrackingCode
from analytics.tracking.reports import refused_frame
from analytics.tracking.trackers import find_tracking_faults
from tests.fixtures.refusals import refusal
from tests.fixtures.town import TRUCK, Town, Truck, at

NOTHING_REFUSED = refused_frame([])


def pings(town: Town, vehicle: str, delay_s: float = 1) -> pd.DataFrame:
    """A truck that drives to and fro all morning, heard at once."""
    truck = Truck(town, vehicle, interval_s=20)
    for hour in range(6, 11):
        truck.drive("云中街", 0, 1000, f"{hour:02}:00", f"{hour:02}:29")
        truck.drive("云中街", 1000, 0, f"{hour:02}:30", f"{hour:02}:59")
    frame = truck.pings()
    delay = pd.to_timedelta(delay_s, unit="s").as_unit("ms")
    return frame.assign(received_time=frame["event_time"] + delay)


def fleet(town: Town, *others: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([pings(town, f"晋B{n}") for n in range(3)] + list(others), ignore_index=True)


def codes(frame: pd.DataFrame, refused: pd.DataFrame = NOTHING_REFUSED) -> dict[str, str]:
    town = Town()
    report = find_tracking_faults(frame, refused, town.network, town.plan.timezone, {})
    return {fault.vehicle_id: str(fault.code) for fault in report.faults}


def test_a_sound_fleet_has_no_fault():
    assert codes(fleet(Town())) == {}


def test_no_ping_no_fault():
    assert codes(fleet(Town())[:0]) == {}


def test_stored_and_refused_pings_of_one_clock_are_judged_together():
    town = Town()
    own = pings(town, TRUCK)
    ahead_ms = own["event_time"].astype("int64").to_numpy() + 28_800_000
    rows = [
        refusal("time_in_future", int(event), received_time_ms=int(received))
        for event, received in zip(ahead_ms, own["received_time"].astype("int64"), strict=True)
    ]
    assert codes(fleet(town), refused_frame(rows)) == {TRUCK: "local_as_utc"}
    assert codes(fleet(town)[:0], refused_frame(rows)) == {TRUCK: "local_as_utc"}


def test_a_frozen_receiver_is_told_with_the_time_it_was_frozen():
    town = Town()
    own = pings(town, TRUCK).assign(speed_mps=2.0)
    stuck = (own["event_time"] >= pd.Timestamp(at("08:05"), unit="ms", tz="UTC")) & (
        own["event_time"] < pd.Timestamp(at("08:20"), unit="ms", tz="UTC")
    )
    for name in ("longitude", "latitude"):
        own[name] = own[name].mask(stuck, own.loc[stuck, name].iloc[0])
    report = find_tracking_faults(own, NOTHING_REFUSED, town.network, town.plan.timezone, {})
    (fault,) = report.faults
    assert fault.code is TrackingCode.FROZEN_GPS
    assert fault.since_ms == at("08:05")
    assert fault.value == pytest.approx(900, abs=40)


def test_pings_without_a_time_of_reception_say_nothing_of_clocks():
    frame = fleet(Town()).drop(columns="received_time")
    town = Town()
    report = find_tracking_faults(frame, NOTHING_REFUSED, town.network, town.plan.timezone, {})
    assert (report.clocks, report.faults) == ((), ())


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), repeated=st.floats(0, 1))
def test_order_and_repetition_change_nothing(seed, repeated):
    town = Town()
    own = pings(town, TRUCK, delay_s=900)
    frame = fleet(town, own)
    again = frame.sample(frac=repeated, random_state=seed)
    shuffled = pd.concat([frame, again]).sample(frac=1, random_state=seed)
    first, second = (
        find_tracking_faults(each, NOTHING_REFUSED, town.network, town.plan.timezone, {})
        for each in (frame, shuffled.reset_index(drop=True))
    )
    assert [fault.code for fault in first.faults] == [TrackingCode.CLOCK_BEHIND]
    assert repr(second) == repr(first)
