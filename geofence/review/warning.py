"""What is odd in a plan that can be read: nothing here stops it from being used."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geofence.network.network import Network
from geofence.plan.plan import PROVABLE_M, Plan

SHORT_SECTION_M = 2.0
_DEGREES_OF_AN_HOUR = 15.0
_FAR_DEG = 60.0
_NEAR_DEG = 30.0
_LONGEST_LIST = 12


class WarningCode(StrEnum):
    """A kind of oddity; `WARNING_MEANINGS` says what each means."""

    VEHICLE_SHARED = "vehicle_shared"
    OPERATOR_WITHOUT_GRID = "operator_without_grid"
    GRID_WITHOUT_SECTION = "grid_without_section"
    STREET_UNLOCATED = "street_unlocated"
    STREET_NOT_LISTED = "street_not_listed"
    SECTION_SHORT = "section_short"
    STREET_SHORT = "street_short"
    LINES_COINCIDE = "lines_coincide"
    LINES_CROSS = "lines_cross"
    NETWORK_SPLIT = "network_split"
    COORDINATES_DOUBTFUL = "coordinates_doubtful"


WARNING_MEANINGS: dict[WarningCode, str] = {
    WarningCode.VEHICLE_SHARED: "One vehicle serves several grids.",
    WarningCode.OPERATOR_WITHOUT_GRID: "An operator runs no grid.",
    WarningCode.GRID_WITHOUT_SECTION: "No section is drawn for a grid, so nothing of it is judged.",
    WarningCode.STREET_UNLOCATED: (
        "A grid lists streets that no section draws: they are shown and counted, never judged."
    ),
    WarningCode.STREET_NOT_LISTED: (
        "Sections of a grid bear street names that the grid's own list lacks; they are judged."
    ),
    WarningCode.SECTION_SHORT: f"Sections are shorter than {SHORT_SECTION_M:g} m.",
    WarningCode.STREET_SHORT: (
        f"A street of a grid is shorter than {PROVABLE_M:g} m: `served` or `unknown`, never worse."
    ),
    WarningCode.LINES_COINCIDE: (
        "Sections lie on top of each other: they are one place, and a pass over one serves all."
    ),
    WarningCode.LINES_CROSS: (
        "Lines cross without a vertex in common, as bridges do: a turn there is hardly believed."
    ),
    WarningCode.NETWORK_SPLIT: "Parts of the network are not joined: no path leads between.",
    WarningCode.COORDINATES_DOUBTFUL: (
        "The longitudes do not fit the time zone, while the latitudes would."
    ),
}


@dataclass(frozen=True, slots=True)
class PlanWarning:
    """One oddity of a plan."""

    code: WarningCode
    subject: str
    """The vehicle, operator or grid it is about; empty for the whole plan."""
    detail: str

    def __str__(self) -> str:
        subject = f"{self.subject}: " if self.subject else ""
        return f"{subject}{self.detail} [{self.code}]"


def warnings_of(plan: Plan, network: Network | None) -> tuple[PlanWarning, ...]:
    """List what is odd; `network` is that of the plan's sections, None if it has none."""
    return (
        *_shared_vehicles(plan),
        *_idle_operators(plan),
        *_streets(plan),
        *(_short_streets(network) if network else ()),
        *(_network(network) if network else ()),
        *(_coincident(network) if network else ()),
        *(_crossing(network) if network else ()),
        *_doubtful_coordinates(plan),
    )


def _listed(names: list[str]) -> str:
    more = len(names) - _LONGEST_LIST
    return ", ".join(names[:_LONGEST_LIST]) + (f" and {more} more" if more > 0 else "")


def _shared_vehicles(plan: Plan) -> Iterator[PlanWarning]:
    grids = defaultdict(list)
    for grid in plan.grids:
        for vehicle in grid.vehicles:
            grids[vehicle].append(grid.id)
    for vehicle, ids in grids.items():
        if len(ids) > 1:
            yield PlanWarning(WarningCode.VEHICLE_SHARED, vehicle, f"serves {_listed(ids)}")


def _idle_operators(plan: Plan) -> Iterator[PlanWarning]:
    busy = {grid.operator_id for grid in plan.grids}
    for operator in plan.operators:
        if operator.id not in busy:
            yield PlanWarning(WarningCode.OPERATOR_WITHOUT_GRID, operator.id, "runs no grid")


def _streets(plan: Plan) -> Iterator[PlanWarning]:
    drawn: dict[str, set[str]] = {grid.id: set() for grid in plan.grids}
    for section in plan.sections:
        for grid_id in section.grids:
            drawn[grid_id].add(section.name)
    for grid in plan.grids:
        names = drawn[grid.id]
        if not names:
            yield PlanWarning(WarningCode.GRID_WITHOUT_SECTION, grid.id, "has no section")
        unlocated = [street for street in grid.streets if street not in names]
        if unlocated:
            yield PlanWarning(
                WarningCode.STREET_UNLOCATED, grid.id, f"not drawn: {_listed(unlocated)}"
            )
        unlisted = sorted(names - set(grid.streets)) if grid.streets else []
        if unlisted:
            yield PlanWarning(
                WarningCode.STREET_NOT_LISTED, grid.id, f"drawn but not listed: {_listed(unlisted)}"
            )


def _network(network: Network) -> Iterator[PlanWarning]:
    short = np.flatnonzero(network.section_length_m < SHORT_SECTION_M)
    if len(short):
        lengths = [
            f"{network.section_ids[section]} ({network.section_length_m[section]:.2f} m)"
            for section in short
        ]
        yield PlanWarning(
            WarningCode.SECTION_SHORT,
            "",
            f"{len(short)} shorter than {SHORT_SECTION_M:g} m: {_listed(lengths)}",
        )
    drawn = np.repeat(network.edge_section >= 0, 2)
    arcs = (network.arc_from[drawn], network.arc_to[drawn])
    joined = coo_array(
        (np.ones(len(arcs[0]), dtype=np.int8), arcs),
        shape=(network.node_count, network.node_count),
    )
    count, part_of_node = connected_components(joined, directed=False)
    if count == 1:
        return
    part_of_edge = part_of_node[arcs[0][::2]]
    length_m = network.edge_length_m[drawn[::2]]
    length_km = np.bincount(part_of_edge, length_m, minlength=count) / 1000
    main = int(np.argmax(length_km))
    _, first_edge = np.unique(part_of_edge, return_index=True)
    examples = [
        network.section_ids[network.edge_section[first_edge[part]]]
        for part in range(count)
        if part != main
    ]
    yield PlanWarning(
        WarningCode.NETWORK_SPLIT,
        "",
        f"the network is in {count} parts; {length_km.sum() - length_km[main]:.2f} km of "
        f"{length_km.sum():.2f} km are cut off, at sections {_listed(examples)}",
    )


def _short_streets(network: Network) -> Iterator[PlanWarning]:
    length_m: defaultdict[tuple[str, str], float] = defaultdict(float)
    for name, grids, section_m in zip(
        network.section_names, network.section_grids, network.section_length_m, strict=True
    ):
        for grid_id in grids:
            length_m[grid_id, name] += float(section_m)
    short: defaultdict[str, list[str]] = defaultdict(list)
    for (grid_id, name), street_m in length_m.items():
        if street_m < PROVABLE_M:
            short[grid_id].append(f"{name} ({street_m:.1f} m)")
    for grid_id, streets in short.items():
        yield PlanWarning(
            WarningCode.STREET_SHORT,
            grid_id,
            f"shorter than {PROVABLE_M:g} m, never called missed: {_listed(sorted(streets))}",
        )


def _coincident(network: Network) -> Iterator[PlanWarning]:
    """Tell each pair of which one is collected, and count the others."""
    twins = network.twins
    pairs: defaultdict[tuple[int, int], float] = defaultdict(float)
    for section, carrier, from_m, to_m in zip(
        twins.section.tolist(), twins.carrier.tolist(), twins.from_m, twins.to_m, strict=True
    ):
        pairs[section, carrier] += float(to_m - from_m)
    ids, grids = network.section_ids, network.section_grids
    others = 0
    for (section, carrier), shared_m in sorted(
        pairs.items(), key=lambda item: (ids[item[0][0]], ids[item[0][1]])
    ):
        if not grids[section] and not grids[carrier]:
            others += 1
            continue
        where = "comes back beside itself" if section == carrier else f"lies on {ids[carrier]}"
        yield PlanWarning(
            WarningCode.LINES_COINCIDE,
            "",
            f"{ids[section]} {where} for {shared_m:.1f} m; what serves one serves both",
        )
    if others:
        yield PlanWarning(
            WarningCode.LINES_COINCIDE, "", f"{others} more pairs of sections that no grid collects"
        )


def _crossing(network: Network) -> Iterator[PlanWarning]:
    """Tell each crossing with a line that is collected, and count the others."""
    grids = dict(zip(network.section_ids, network.section_grids, strict=True))
    others = 0
    for crossing in network.crossings:
        if not grids[crossing.section_id] and not grids[crossing.other_id]:
            others += 1
            continue
        yield PlanWarning(
            WarningCode.LINES_CROSS,
            "",
            f"{crossing} without a vertex in common; if it is no bridge, draw one in both",
        )
    if others:
        yield PlanWarning(
            WarningCode.LINES_CROSS,
            "",
            f"{others} more crossings of sections that no grid collects",
        )


def _doubtful_coordinates(plan: Plan) -> Iterator[PlanWarning]:
    """Tell a plan whose longitudes lie far from its time zone while its latitudes lie near."""
    if not plan.sections:
        return
    noon = datetime.combine(plan.effective_from, time(12), UTC)
    offset = noon.astimezone(ZoneInfo(plan.timezone)).utcoffset()
    meridian = offset.total_seconds() / 3600 * _DEGREES_OF_AN_HOUR if offset else 0.0
    longitude, latitude = np.median(
        np.concatenate([section.coordinates for section in plan.sections]), axis=0
    )
    if abs(longitude - meridian) > _FAR_DEG and abs(latitude - meridian) < _NEAR_DEG:
        yield PlanWarning(
            WarningCode.COORDINATES_DOUBTFUL,
            "",
            f"[{longitude:.4f}, {latitude:.4f}] is far from the zone {plan.timezone}; "
            "are longitude and latitude swapped?",
        )
