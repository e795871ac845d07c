"""The streets in, at or around a place."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geofence.locating.ground.measured_map import Ints, MeasuredMap
from geofence.locating.ground.pieces import Outcome, united, where, whole
from geofence.locating.resolution import Piece, Remark, UnlocatedReason
from geofence.streetmap.street_map import Structure

INSIDE_SHARE = 0.5
"""A section with at least this share of its length inside an area is inside."""
BESIDE_M = 40.0
"""A street this near to an area without streets of its own is at it."""
POINT_REACH_M = 60.0
"""A street this near to a place that is drawn as a point is at it."""
NEAREST_M = 150.0
"""Where none is so near, the nearest one is, if it is within this."""
RING_M = 60.0
"""What runs around an area runs within this of its edge."""
DEEP_M = 15.0
"""What lies further inside than this is not around it."""
BRIDGE_REACH_M = 25.0
_STEP_M = 10.0
QUARTERS = "place="
"""Begins the kinds of villages and quarters: as a point they are a name in the middle of one."""


def streets_of_place(measured: MeasuredMap, place: BaseGeometry, kind: str) -> Outcome:
    """Give a bridge's sections, what lies inside an area, or else what is nearest."""
    if "bridge" in kind:
        near = measured.tree.query(place, predicate="dwithin", distance=BRIDGE_REACH_M)
        on_it = near[measured.street_map.structure[near] == Structure.BRIDGE]
        if len(on_it):
            return Outcome(whole(on_it), detail="the sections on the bridge")
    if place.area > 0:
        inside = inside_area(measured, place)
        if len(inside):
            return Outcome(whole(inside), detail=f"the {len(inside)} sections inside it")
        return _nearest(measured, place, BESIDE_M)
    if kind.startswith(QUARTERS):
        return Outcome(
            reason=UnlocatedReason.PLACE_WITHOUT_STREETS,
            detail="the map knows the quarter as a point only, not how far it reaches",
        )
    return _nearest(measured, place, POINT_REACH_M)


def streets_around(measured: MeasuredMap, place: BaseGeometry) -> Outcome:
    """Give what runs along the edge of an area, or what is near to a point."""
    if place.area <= 0:
        return _nearest(measured, place, POINT_REACH_M)
    edge, core = place.boundary, place.buffer(-DEEP_M)
    shapely.prepare(edge)
    pieces: list[Piece] = []
    for each in np.sort(measured.tree.query(edge, predicate="dwithin", distance=RING_M)):
        section = int(each)
        shares, places = measured.sampled(section, _STEP_M)
        points = shapely.points(places)
        margin = RING_M - np.asarray(shapely.distance(edge, points))
        deep = np.asarray(shapely.contains(core, points))
        margin = np.where(deep, -RING_M, margin)
        found = where(measured, section, shares, margin)
        pieces.extend(piece for piece in found if _runs_along(measured, piece, place))
    if not pieces:
        return _nearest(measured, place, NEAREST_M)
    return Outcome(
        united(pieces),
        detail=f"what runs along its edge, within {RING_M:g} m",
        remarks=(Remark.NEAR_PLACE,),
    )


def inside_area(measured: MeasuredMap, area: BaseGeometry) -> Ints:
    """Give the sections with at least half of their length inside an area, ascending."""
    near = np.sort(measured.tree.query(area, predicate="intersects"))
    if not len(near):
        return near
    shapely.prepare(area)
    lines = measured.lines[near]
    within = np.asarray(shapely.covers(area, lines))
    length = np.asarray(shapely.length(lines))
    cut = np.flatnonzero(~within)
    share = np.ones(len(near))
    inside = np.asarray(shapely.length(shapely.intersection(lines[cut], area)))
    share[cut] = inside / np.maximum(length[cut], 1e-9)
    return near[share >= INSIDE_SHARE]


def _runs_along(measured: MeasuredMap, piece: Piece, area: BaseGeometry) -> bool:
    """Whether a piece goes along an edge rather than across it or away from it."""
    ends = shapely.points(
        [measured.point_at(piece.section, share) for share in (piece.from_share, piece.to_share)]
    )
    off = np.asarray(shapely.distance(area.boundary, ends))
    off = np.where(shapely.contains(area, ends), -off, off)
    return abs(float(off[1] - off[0])) < measured.piece_length_m(piece) / 2


def _nearest(measured: MeasuredMap, place: BaseGeometry, reach_m: float) -> Outcome:
    near = measured.tree.query(place, predicate="dwithin", distance=NEAREST_M)
    if not len(near):
        return Outcome(
            reason=UnlocatedReason.PLACE_WITHOUT_STREETS,
            detail=f"no street lies within {NEAREST_M:g} m of the place",
        )
    off = np.asarray(shapely.distance(measured.lines[near], place))
    within = max(reach_m, float(off.min()))
    return Outcome(
        whole(near[off <= within]),
        detail=f"the streets within {within:.0f} m",
        remarks=(Remark.NEAR_PLACE,),
    )
