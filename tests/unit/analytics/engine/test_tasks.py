import pickle

from analytics.engine import tasks
from analytics.engine.brief import brief_of
from analytics.engine.shares import Share
from analytics.engine.tasks import (
    PLANS_KEPT,
    brief_some,
    judge_some,
    observe_some,
    packed,
    pass_some,
    send,
)
from analytics.verdicts.evaluation import HeldPortion
from analytics.verdicts.judge import judge
from analytics.verdicts.tables import lines_of
from geofence.kept.store import ObservationStore
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures import recorded_city as city
from tests.fixtures.deadly_tasks import Elsewhere
from tests.fixtures.driven_fleet import all_bits


def sent(name="a"):
    return pickle.loads(pickle.dumps(send(name, pickle.dumps((city.city(), city.network())))))


def pings():
    return resolve(city.simulated().pings).pings


def seen():
    return tuple(observe(pings(), city.network(), city.city().rules))


def test_some_vehicles_are_observed_as_among_all(tmp_path):
    vehicles = [each.vehicle_id for each in seen()][1:3]
    some = packed(HeldPortion(pings()[pings()["vehicle_id"].isin(vehicles)]))
    expected = all_bits(seen()[1:3])
    for store in (None, ObservationStore(tmp_path, 64), ObservationStore(tmp_path, 64)):
        assert all_bits(observe_some(sent(), some, store)) == expected


def test_of_pings_that_cannot_be_read_nothing_was_seen():
    found = observe_some(sent(), packed(Elsewhere(pings())), None)
    assert found is None
    assert not brief_some(found).is_read
    assert pass_some(found, city.network().sections_of_grid[city.city().grids[0].id]) == []
    assert brief_some(seen()).is_read
    assert [each.fixes for each in brief_some(seen()).briefs] == [
        brief_of(each).fixes for each in seen()
    ]


def test_some_grids_are_judged_as_among_all():
    plan = city.city()
    whole = judge(seen(), plan, city.network(), city.DATE)
    some = tuple(grid.id for grid in plan.grids[2:4])
    share = Share(some, tuple(vehicle for grid in plan.grids[2:4] for vehicle in grid.vehicles))
    parts = [seen()[:3], None, seen()[3:]]
    part = judge_some(sent(), parts, share, city.DATE, {}, True)
    rows = whole.streets[whole.streets["grid_id"].isin(some)].reset_index(drop=True)
    assert part.judgement.streets.equals(rows)
    lines = list(lines_of(whole.evidence()))
    chosen = [line for line, grid in zip(lines, whole.streets["grid_id"], strict=True)
              if grid in some]  # fmt: skip
    assert part.evidence == b"".join(chosen)
    assert judge_some(sent(), parts, share, city.DATE, {}, False).evidence == b""


def test_a_worker_remembers_the_last_plans_only():
    for name in "abcdef":
        tasks._world(sent(name))
    assert list(tasks._worlds) == list("abcdef"[-PLANS_KEPT:])
