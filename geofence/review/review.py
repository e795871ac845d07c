"""All that is odd in a plan that can be read: nothing here stops it from being used."""

from collections import Counter
from collections.abc import Iterable, Iterator

from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.review.coordinates import coarse_coordinates, doubtful_coordinates, far_towns
from geofence.review.duties import overlapping_duties, shared_vehicles, short_windows
from geofence.review.lengths import short_sections, short_streets
from geofence.review.lines import close_vertices, coincident, crossing, turning_back
from geofence.review.names import names_alike, scattered_streets
from geofence.review.reach import one_way_ends, split_network
from geofence.review.roster import idle_operators, unequal_lists
from geofence.review.trackers import Tracker, tasks_not_told
from geofence.review.warning import PlanWarning, WarningCode

MOST_OF_A_KIND = 100
"""Warnings of one kind that are told; more of it are counted."""


def warnings_of(
    plan: Plan, network: Network | None, trackers: Iterable[Tracker] = ()
) -> tuple[PlanWarning, ...]:
    """List what is odd.

    Parameters
    ----------
    network
        That of the plan's sections, None if it has none.
    trackers
        The devices that tell tasks, as far as they are known.
    """
    return tuple(_bounded(_warnings(plan, network, trackers)))


def _warnings(
    plan: Plan, network: Network | None, trackers: Iterable[Tracker]
) -> Iterator[PlanWarning]:
    yield from shared_vehicles(plan)
    yield from overlapping_duties(plan, network)
    yield from tasks_not_told(plan, trackers)
    yield from idle_operators(plan)
    yield from unequal_lists(plan)
    yield from names_alike(plan)
    if network is not None:
        yield from short_windows(plan, network)
        yield from scattered_streets(network)
        yield from short_streets(network)
        yield from short_sections(network)
        yield from split_network(network)
        yield from one_way_ends(network)
        yield from coincident(network)
        yield from crossing(network)
        yield from turning_back(network)
        yield from close_vertices(network)
        yield from coarse_coordinates(network)
        yield from far_towns(network)
    yield from doubtful_coordinates(plan)


def _bounded(warnings: Iterator[PlanWarning]) -> Iterator[PlanWarning]:
    """Give the first of each kind, and the number of the others after all."""
    told: Counter[WarningCode] = Counter()
    more: Counter[WarningCode] = Counter()
    for warning in warnings:
        if told[warning.code] < MOST_OF_A_KIND:
            told[warning.code] += 1
            yield warning
        else:
            more[warning.code] += 1
    for code, count in more.items():
        yield PlanWarning(code, "", f"{count:,} more of this kind")
