"""The map that ``pingcheng plan locate`` is told to look on, with what is said while it is read."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from geofence.commands.console import progress_bar
from ingest.plain_text import plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from geofence.plan.plan import Plan
    from geofence.streetmap.street_map import StreetMap
    from geofence.streetmap.vector.vector_file import Wishes

OSM_LICENCE = "© OpenStreetMap contributors, ODbL 1.0"
FixesOf = Callable[["Plan", Path], "NDArray[np.float64]"]
"""Of a plan and a file of pings: (n, 2) longitudes and latitudes of the plan's vehicles."""
_handed_in: list[FixesOf] = []


def ask_fixes_with(fixes_of: FixesOf) -> None:
    """Take who can read pings, which geofence cannot; raises ValueError if there are none."""
    _handed_in[:] = [fixes_of]


@dataclass(frozen=True, slots=True)
class MapFiles:
    """Where a map comes from: an extract, or own lines that an extract or fixes may tell about."""

    osm: Path | None
    lines: Path | None
    boundary: Path | None
    drivable: Path | None
    pings: Path | None
    """Of the fleet, which tell in which datum own lines are."""


def read_map(files: MapFiles, wishes: "Wishes", roster: "Plan") -> "tuple[StreetMap, str]":
    """Read it, and give it with where its lines come from.

    Raises
    ------
    StreetMapError
        If a file cannot be read.
    ValueError
        If the pings cannot be, or no map is named.
    """
    from geofence.streetmap.boundary import read_boundary, within

    area = read_boundary(files.boundary) if files.boundary else None
    extract = _read_osm(files.osm, files.drivable) if files.osm else None
    if files.lines is not None:
        path, source = files.lines, files.lines.name
        fixes = _handed_in[0](roster, files.pings) if files.pings else None
        streets = _read_lines(files.lines, wishes, extract, fixes)
        if extract is not None:  # knows places by name, which own lines do not
            streets = replace(streets, places=extract.places)
    elif files.osm is not None and extract is not None:
        path, source, streets = files.osm, f"{files.osm.name}, {OSM_LICENCE}", extract
    else:
        raise ValueError("name a map")
    if area is not None:
        streets = within(streets, area, str(path))
    typer.echo(f"map         {streets.section_count:,} sections, {len(streets.names):,} names")
    return streets, source


def _read_osm(path: Path, drivable: Path | None) -> "StreetMap":
    from geofence.streetmap.drivable import DrivableRules, read_drivable_rules
    from geofence.streetmap.osm import read_osm

    rules = read_drivable_rules(drivable) if drivable else DrivableRules()
    for line in rules.describe():
        typer.echo(plain(f"rule        {line}"))
    with progress_bar(f"reading {path.name}") as progress:
        streets = read_osm(path, rules=rules, progress=progress)
    for remark in streets.remarks:
        typer.echo(plain(f"map         {remark}"))
    return streets


def _read_lines(
    path: Path,
    wishes: "Wishes",
    reference: "StreetMap | None",
    fixes: "NDArray[np.float64] | None",
) -> "StreetMap":
    from geofence.streetmap.vector.vector_file import read_vector_file

    with progress_bar(f"reading {path.name}") as progress:
        reading = read_vector_file(
            path,
            wishes,
            reference=reference,
            fixes=fixes,
            progress=lambda _, done, total: progress(done, total),
        )
    for told in reading.notes.told:
        typer.echo(plain(f"lines       {told}"))
    for warning in reading.notes.warnings:
        typer.echo(plain(f"warning: {path.name}: {warning}"), err=True)
    return reading.streets
