import pytest

from analytics.tracking.faults import TrackingCode, code_of, warnings_of
from analytics.tracking.fleet import FLEET, evidence_of, read_misfits
from analytics.tracking.reports import refused_frame
from analytics.tracking.trackers import find_tracking_faults
from geofence.network.network import build_network
from ingest.datum import gcj02_to_wgs84, wgs84_to_gcj02
from ingest.ping import resolve
from tests.fixtures.moved_streets import bd09, by, gcj02, moved, rounded, sent_as
from tests.fixtures.recorded_city import city, network, simulated

PINGS = resolve(simulated().pings).pings
VEHICLE = PINGS["vehicle_id"].value_counts().index[0]


@pytest.mark.parametrize(
    ("convert", "code"),
    [
        (gcj02, TrackingCode.STREETS_IN_GCJ02),
        (bd09, TrackingCode.STREETS_IN_BD09),
        (by(-0.003, 0.002), TrackingCode.STREETS_MOVED),
        (by(0.3, 0.0), TrackingCode.STREETS_ELSEWHERE),
        (rounded(3), TrackingCode.STREETS_COARSE),
    ],
)
def test_streets_that_do_not_fit_are_one_fault_of_the_fleet(convert, code):
    elsewhere = build_network(moved(city(), convert).sections)
    misfits = read_misfits(PINGS, elsewhere)
    assert misfits.keys() == {FLEET}
    report = find_tracking_faults(PINGS, refused_frame([]), elsewhere, city().timezone, misfits)
    (fault,) = report.faults
    assert (fault.code, fault.evidence) == (code, evidence_of(misfits[FLEET]))
    assert fault.is_of_fleet
    (warned,) = warnings_of(misfits)
    assert all(part in warned for part in (code.value, "unknown", "Mend it: "))


def test_a_fleet_that_reports_another_datum_is_not_blamed_on_the_streets():
    misfits = read_misfits(sent_as(PINGS, wgs84_to_gcj02), network())
    assert code_of(FLEET, misfits[FLEET]) is TrackingCode.GCJ02_POSITIONS
    (warned,) = warnings_of(misfits)
    assert "of the whole fleet" in warned


@pytest.mark.parametrize(
    ("convert", "code"),
    [
        (gcj02, TrackingCode.GCJ02_POSITIONS),
        (bd09, TrackingCode.BD09_POSITIONS),
        (by(0.003, 0.003), TrackingCode.POSITIONS_MOVED),
        (gcj02_to_wgs84, TrackingCode.POSITIONS_MOVED),  # converted though they were WGS 84
    ],
)
def test_one_vehicle_that_lies_beside_the_streets_is_named_and_no_other(convert, code):
    misfits = read_misfits(sent_as(PINGS, convert, VEHICLE), network())
    assert {vehicle: code_of(vehicle, each) for vehicle, each in misfits.items()} == {VEHICLE: code}
    (warned,) = warnings_of(misfits)
    assert warned.startswith(f"{code} of {VEHICLE}: ")
    assert "Mend it: " in warned
    assert "all verdicts" not in warned.lower()


def test_vehicles_with_one_fault_are_told_in_one_line():
    (first, second, *_) = PINGS["vehicle_id"].value_counts().index
    sent = sent_as(sent_as(PINGS, gcj02, first), gcj02, second)
    (warned,) = warnings_of(read_misfits(sent, network()))
    names = ", ".join(sorted([first, second]))
    assert warned.startswith(f"gcj02_positions of {names}: ")
    assert "its streets are unknown" in warned


def test_a_fleet_on_its_streets_has_no_fault():
    assert read_misfits(PINGS, network()) == {}
    assert read_misfits(PINGS[:0], network()) == {}
