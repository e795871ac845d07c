from dataclasses import replace

from analytics.verdicts.fleet import Fleet
from geofence.network.network import build_network
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures.moved_streets import gcj02, moved
from tests.fixtures.recorded_city import DATE, city, network, simulated

PINGS = resolve(simulated().pings).pings


def test_what_was_seen_on_streets_that_fit_is_believed():
    seen = tuple(observe(PINGS, network(), city().rules))
    believed, misfit = Fleet(city(), network(), DATE).believed(seen)
    assert misfit is None
    assert all(one is other for one, other in zip(believed, seen, strict=True))


def test_on_streets_that_do_not_fit_nothing_is_believed_of_any_vehicle():
    plan = moved(city(), gcj02)
    there = build_network(plan.sections)
    seen = tuple(observe(PINGS, there, plan.rules))
    believed, misfit = Fleet(plan, there, DATE).believed(seen)
    assert misfit is not None
    assert sum(len(each.passes.section) for each in seen) > 0
    assert [each.vehicle_id for each in believed] == [each.vehicle_id for each in seen]
    assert sum(len(each.time_ms) for each in believed) == 0


def test_vehicles_that_have_no_grid_to_serve_are_not_asked():
    plan = moved(city(), gcj02)
    there = build_network(plan.sections)
    seen = tuple(observe(PINGS, there, plan.rules))
    away = [replace(each, vehicle_id=f"备{each.vehicle_id}") for each in seen]
    assert Fleet(plan, there, DATE).misfit(away) is None
