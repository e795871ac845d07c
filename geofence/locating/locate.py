"""The mentions of all grids of a plan against a map, and the streets inside their areas."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from geofence.locating.ground.areas import without
from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.resolution import Located, Resolution
from geofence.locating.resolver import Areas, Progress, Resolver
from geofence.plan.plan import Grid
from geofence.streetmap.street_map import StreetMap

Named = Mapping[str, Sequence[str]]


def locate(
    street_map: StreetMap,
    grids: Sequence[Grid],
    *,
    progress: Progress | None = None,
    areas: Areas | None = None,
) -> Located:
    """Find the streets of every mention, grid by grid, in the order of the plan.

    Parameters
    ----------
    street_map
        What to look in.
    grids
        With their mentions as the plan writes them.
    progress
        Called with how many mentions are done, and of how many.
    areas
        By id of the grid, polygons in degrees. Of a grid with an area, what its mentions mean is
        taken inside it, or whole if it lies outside; if it mentions nothing, all streets inside are
        its.

    """
    return Resolver(MeasuredMap(street_map), grids, areas or {}, progress).located()


def locate_areas(
    street_map: StreetMap,
    areas: Areas,
    *,
    named: Named | None = None,
    exclude: Named | None = None,
    add: Named | None = None,
) -> Located:
    """Give the streets inside areas: a resolution for each street of each area.

    Parameters
    ----------
    street_map
        What to look in.
    areas
        By grid id, polygons in degrees.
    named
        Of a grid that stands here only these mentions are taken, inside its area.
    exclude
        Mentions that a grid leaves out; one that cannot be located leaves out nothing and is among
        the unlocated.
    add
        Mentions that a grid has besides, whole and wherever they lie.

    """
    measured = MeasuredMap(street_map)
    inside = _of(measured, areas, named or {}, empty_too=True)
    left_out = _of(measured, areas, exclude or {}, clip=False)
    added = _of(measured, areas, add or {}, clip=False)
    resolutions: list[Resolution] = []
    for grid_id in areas:
        taken = [piece for each in left_out[grid_id] for piece in each.pieces]
        for each in inside[grid_id]:
            pieces = without(each.pieces, taken)
            if pieces or each.reason is not None:
                resolutions.append(replace(each, pieces=pieces))
        resolutions += [each for each in left_out[grid_id] if each.reason is not None]
        resolutions += added[grid_id]
    return Located(tuple(resolutions))


def _of(
    measured: MeasuredMap, areas: Areas, named: Named, *, clip: bool = True, empty_too: bool = False
) -> Mapping[str, list[Resolution]]:
    """Resolve mentions of areas; with `empty_too` those without mentions give all inside."""
    grids = [
        Grid(grid_id, "", (), (), streets=tuple(named.get(grid_id, ())))
        for grid_id in areas
        if empty_too or grid_id in named
    ]
    found: dict[str, list[Resolution]] = defaultdict(list)
    for each in Resolver(measured, grids, areas, clip=clip).located().resolutions:
        found[each.grid_id].append(each)
    return found
