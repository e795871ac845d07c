import pytest

from analytics.tracking.faults import TrackingCode, code_of, find_tracking_faults, warning_of
from analytics.tracking.fleet import evidence_of, read_fleet
from analytics.tracking.reports import refused_frame
from geofence.network.network import build_network
from ingest.decoding.datum import wgs84_to_gcj02
from ingest.ping import resolve
from tests.fixtures.moved_streets import bd09, by, gcj02, moved
from tests.fixtures.recorded_city import city, network, simulated

PINGS = resolve(simulated().pings).pings


@pytest.mark.parametrize(
    ("convert", "code"),
    [
        (gcj02, TrackingCode.STREETS_IN_GCJ02),
        (bd09, TrackingCode.STREETS_IN_BD09),
        (by(-0.003, 0.002), TrackingCode.STREETS_MOVED),
        (by(0.3, 0.0), TrackingCode.STREETS_ELSEWHERE),
    ],
)
def test_streets_that_do_not_fit_are_one_fault_of_the_fleet(convert, code):
    elsewhere = build_network(moved(city(), convert).sections)
    misfit = read_fleet(PINGS, elsewhere)
    assert code_of(misfit) is code
    report = find_tracking_faults(
        PINGS, refused_frame([]), elsewhere, city().timezone, misfit=misfit
    )
    (fault,) = [each for each in report.faults if each.is_of_fleet]
    assert (fault.code, fault.evidence) == (code, evidence_of(misfit))
    assert all(part in warning_of(misfit) for part in (code.value, "unknown", "Mend it: "))


def test_a_fleet_that_reports_another_datum_is_not_blamed_on_the_streets():
    sent = PINGS.copy()
    sent["longitude"], sent["latitude"] = wgs84_to_gcj02(
        PINGS["longitude"].to_numpy(), PINGS["latitude"].to_numpy()
    )
    misfit = read_fleet(sent, network())
    assert code_of(misfit) is TrackingCode.GCJ02_POSITIONS
    assert "of the whole fleet" in warning_of(misfit)


def test_a_fleet_on_its_streets_has_no_fault():
    assert read_fleet(PINGS, network()) is None
    assert read_fleet(PINGS[:0], network()) is None
