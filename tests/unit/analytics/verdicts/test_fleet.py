from dataclasses import replace

from analytics.tracking.fleet import FLEET
from analytics.verdicts.fleet import Fleet
from geofence.network.network import build_network
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures.moved_streets import gcj02, moved, sent_as
from tests.fixtures.recorded_city import DATE, city, network, simulated

PINGS = resolve(simulated().pings).pings


def test_what_was_seen_on_streets_that_fit_is_believed():
    seen = tuple(observe(PINGS, network(), city().rules))
    believed, misfits = Fleet(city(), network(), DATE).believed(seen)
    assert misfits == {}
    assert all(one is other for one, other in zip(believed, seen, strict=True))


def test_on_streets_that_do_not_fit_nothing_is_believed_of_any_vehicle():
    plan = moved(city(), gcj02)
    there = build_network(plan.sections)
    seen = tuple(observe(PINGS, there, plan.rules))
    believed, misfits = Fleet(plan, there, DATE).believed(seen)
    assert misfits.keys() == {FLEET}
    assert sum(len(each.passes.section) for each in seen) > 0
    assert [each.vehicle_id for each in believed] == [each.vehicle_id for each in seen]
    assert sum(len(each.time_ms) for each in believed) == 0


def test_vehicles_that_have_no_grid_to_serve_are_not_asked():
    plan = moved(city(), gcj02)
    there = build_network(plan.sections)
    seen = tuple(observe(PINGS, there, plan.rules))
    away = [replace(each, vehicle_id=f"备{each.vehicle_id}") for each in seen]
    assert FLEET not in Fleet(plan, there, DATE).misfits(away)


def test_of_one_vehicle_in_another_datum_nothing_is_believed_and_of_the_others_all():
    (vehicle, *_) = PINGS["vehicle_id"].value_counts().index
    seen = tuple(observe(sent_as(PINGS, gcj02, vehicle), network(), city().rules))
    believed, misfits = Fleet(city(), network(), DATE).believed(seen)
    assert misfits.keys() == {vehicle}
    for before, after in zip(seen, believed, strict=True):
        assert (after is before) == (before.vehicle_id != vehicle)
        assert len(after.passes.section) == 0 or after is before
