"""Compile the kernels before tests begin: each of several workers would do it for itself.

They are kept on disk, so that it is done once for all that run later: ``python -m
tests.house.compiled``.
"""

from dataclasses import replace
from datetime import date
from importlib.resources import as_file, files

from analytics.live.live_day import LiveDay
from analytics.makeup.linking import make_ups
from analytics.verdicts.evaluation import bearing_on, evaluate, plan_horizon
from geofence.network.network import build_network
from geofence.plan.reader import read_plan
from geofence.seen.observe import observe
from ingest.ping import resolve
from simulators.fleet.fleet import simulate_day
from simulators.receivers.scenario import Scenario

DAY = date(2022, 3, 28)
GRIDS = 2


def main() -> None:
    """Judge a small day with all that there is in it, at night and live."""
    with as_file(files("geofence") / "sample") as sample:
        plan = read_plan(sample / "plan.toml")
    plan = replace(plan, grids=plan.grids[:GRIDS])
    pings = simulate_day(plan, DAY, Scenario.MAKE_UP, 1).pings
    live = LiveDay(plan, DAY)
    live.add(pings[: len(pings) // 2])
    live.add(pings[len(pings) // 2 :])
    list(live.judgement().evidence())
    nightly = evaluate(pings, plan, [DAY])
    network = build_network(plan.sections)
    seen = tuple(observe(bearing_on(resolve(pings).pings, plan, DAY), network, plan.rules))
    make_ups(nightly, seen, plan, network, DAY, plan_horizon(plan, DAY)[1])


if __name__ == "__main__":
    main()
