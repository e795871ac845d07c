import pickle

from analytics.engine import tasks
from analytics.engine.shares import Share
from analytics.engine.tasks import PLANS_KEPT, judge_some, observe_one, send
from analytics.verdicts.judge import judge
from analytics.verdicts.tables import lines_of
from geofence.seen.observe import fixes_of_fleet, observe
from ingest.ping import resolve
from tests.fixtures import recorded_city as city
from tests.fixtures.driven_fleet import all_bits


def sent(name="a"):
    return pickle.loads(pickle.dumps(send(name, pickle.dumps(city.city()))))


def seen():
    return list(observe(resolve(city.simulated().pings).pings, city.network(), city.city().rules))


def test_one_vehicle_is_observed_as_among_all():
    fleet = fixes_of_fleet(resolve(city.simulated().pings).pings, city.network(), city.city().work)
    assert all_bits([observe_one(sent(), one) for one in fleet]) == all_bits(seen())


def test_some_grids_are_judged_as_among_all():
    plan = city.city()
    whole = judge(seen(), plan, city.network(), city.DATE)
    some = tuple(grid.id for grid in plan.grids[2:4])
    share = Share(some, tuple(seen()))
    part = judge_some(sent(), share, city.DATE, True)
    rows = whole.streets[whole.streets["grid_id"].isin(some)].reset_index(drop=True)
    assert part.judgement.streets.equals(rows)
    lines = list(lines_of(whole.evidence()))
    chosen = [line for line, grid in zip(lines, whole.streets["grid_id"], strict=True)
              if grid in some]  # fmt: skip
    assert list(part.evidence) == chosen
    assert list(judge_some(sent(), share, city.DATE, False).evidence) == []


def test_a_worker_remembers_the_last_plans_only():
    for name in "abcdef":
        tasks._world(sent(name))
    assert list(tasks._worlds) == list("abcdef"[-PLANS_KEPT:])
