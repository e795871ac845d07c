"""A part of a street: the half, or the third, of its length that lies toward one side."""

import numpy as np

from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.pieces import Outcome, united, where
from geofence.locating.ground.street import Street
from geofence.locating.naming.mention import MIDDLE, SIDES, UNKNOWN_SIDE
from geofence.locating.resolution import Piece, UnlocatedReason

LEAST_COS = float(np.cos(np.radians(70.0)))
"""A street that runs further off the side than by 70 degrees has no part toward it."""
ROUND = 0.6
"""A rounder street, as a ring, has no axis: it is cut across the direction of the side itself."""
STEP_M = 10.0
"""Between samples of a section that is cut."""


def part_of(measured: MeasuredMap, street: Street, side: str, *, thirds: bool) -> Outcome:
    """Cut a street across its axis, where half of its length lies on each side.

    With `thirds`, as where somebody speaks of its middle part, it is cut in three.
    """
    if side == UNKNOWN_SIDE:
        return Outcome(
            reason=UnlocatedReason.SIDE_UNCLEAR, detail="no side is told: which part is not known"
        )
    axis, sign = street.axis, 0.0
    if side != MIDDLE:
        toward = np.array(SIDES[side]) / np.hypot(*SIDES[side])
        axis = toward if street.roundness > ROUND else axis
        cosine = float(axis @ toward)
        if abs(cosine) < LEAST_COS:
            return Outcome(
                reason=UnlocatedReason.SIDE_UNCLEAR,
                detail=f"the street runs {_course(street)}: no half of it lies to the {side}",
            )
        sign = float(np.sign(cosine))
    in_three = thirds or side == MIDDLE
    low, high = street.quantiles_along(axis, (1 / 3, 2 / 3) if in_three else (1 / 2, 1 / 2))
    pieces: list[Piece] = []
    for section in street.sections:
        shares, places = measured.sampled(int(section), STEP_M)
        along = places @ axis
        if sign > 0:
            margin = along - high
        elif sign < 0:
            margin = low - along
        else:
            margin = np.minimum(along - low, high - along)
        pieces.extend(where(measured, int(section), shares, margin))
    if not pieces:
        return Outcome(
            reason=UnlocatedReason.SIDE_UNCLEAR, detail="the street is too short to be divided"
        )
    share = "third" if in_three else "half"
    return Outcome(united(pieces), detail=f"the {side} {share} of its length")


def _course(street: Street) -> str:
    names = ("east-west", "northeast-southwest", "north-south", "northwest-southeast")
    angle = np.degrees(np.arctan2(street.axis[1], street.axis[0])) % 180.0
    return names[int((angle + 22.5) // 45.0) % 4]
