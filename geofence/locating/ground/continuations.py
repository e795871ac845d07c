"""What carries on beyond a street's end: straight ahead, without a name or under another one."""

import numpy as np

from geofence.locating.ground.measured_map import Floats, MeasuredMap
from geofence.locating.ground.parts import LEAST_COS
from geofence.locating.ground.pieces import Outcome, whole
from geofence.locating.ground.street import Street
from geofence.locating.naming.mention import SIDES
from geofence.locating.resolution import UnlocatedReason
from geofence.streetmap.drivable import LINK

STRAIGHT_COS = float(np.cos(np.radians(45.0)))
"""What bends more at a junction does not carry on."""
LONGEST_M = 3000.0
"""A continuation ends where the name changes, or at this length."""
_TWIN_M = 80.0
"""Ends of both carriageways of a street are this near."""
_HEADING_M = 40.0
"""How much of a section's end tells where it heads."""


def continuation_of(measured: MeasuredMap, street: Street, side: str) -> Outcome:
    """Follow what carries on at one end, or, if no side is told, at the one end where it does."""
    ends = [np.array(SIDES[side])] if side else [street.axis, -street.axis]
    if side and abs(float(street.axis @ ends[0])) / np.hypot(*ends[0]) < LEAST_COS:
        return Outcome(
            reason=UnlocatedReason.CONTINUATION_ABSENT,
            detail=f"the street does not run {side}",
        )
    found = [walked for end in ends if (walked := _beyond(measured, street, end))]
    if not found:
        where = f"to the {side}" if side else "at either end"
        return Outcome(
            reason=UnlocatedReason.CONTINUATION_ABSENT,
            detail=f"nothing carries on {where} beyond the end that the map gives the street",
        )
    if len(found) > 1:
        return Outcome(
            reason=UnlocatedReason.AMBIGUOUS, detail="the street carries on at both ends"
        )
    names = sorted({measured.main_name(section) for section in found[0]} - {""})
    under = f"under the name {', '.join(names)}" if names else "without a name"
    return Outcome(whole(found[0]), detail=f"it carries on {under}")


def _beyond(measured: MeasuredMap, street: Street, toward: Floats) -> set[int]:
    """Give the sections beyond the end of a street that lies furthest toward a side."""
    places = measured.junction_xy[street.junctions]
    furthest = places[np.argmax(places @ toward)]
    tips = street.junctions[np.hypot(*(places - furthest).T) <= _TWIN_M]
    found: set[int] = set()
    for tip in tips:
        own = [int(s) for s in measured.sections_at(int(tip)) if int(s) in street.members]
        if not own:
            continue
        heading = -np.mean([_heading(measured, section, int(tip)) for section in own], axis=0)
        if np.hypot(*heading) > 0 and float(heading @ toward) > 0:
            found |= _walk(measured, street, int(tip), heading / np.hypot(*heading))
    return found


def _walk(measured: MeasuredMap, street: Street, junction: int, heading: Floats) -> set[int]:
    """Go straight on from a junction until the name changes."""
    found: set[int] = set()
    name: int | None = None
    length = 0.0
    while length < LONGEST_M:
        best, best_cos = -1, STRAIGHT_COS
        for candidate in measured.sections_at(junction):
            section = int(candidate)
            if section in street.members or section in found or _is_link(measured, section):
                continue
            if name is not None and int(measured.street_map.name[section]) != name:
                continue
            cosine = float(_heading(measured, section, junction) @ heading)
            if cosine > best_cos:
                best, best_cos = section, cosine
        if best < 0:
            break
        found.add(best)
        name = int(measured.street_map.name[best])
        length += float(measured.length_m[best])
        start, end = measured.street_map.ends[best]
        junction = int(end if start == junction else start)
        heading = -_heading(measured, best, junction)
    return found


def carries_on(measured: MeasuredMap, street: Street, section: int, junction: int) -> bool:
    """Whether a section that leaves a street's junction goes on where the street ends."""
    own = [int(each) for each in measured.sections_at(junction) if int(each) in street.members]
    if len(own) != 1:
        return False
    cosine = float(_heading(measured, section, junction) @ _heading(measured, own[0], junction))
    return -cosine > STRAIGHT_COS


def _is_link(measured: MeasuredMap, section: int) -> bool:
    classes = measured.street_map.road_classes
    return classes[int(measured.street_map.road_class[section])].endswith(LINK)


def _heading(measured: MeasuredMap, section: int, junction: int) -> Floats:
    """Give the direction in which a section leaves a junction, a unit vector."""
    length = float(measured.length_m[section])
    share = min(_HEADING_M / length, 1.0) if length > 0 else 1.0
    backward = int(measured.street_map.ends[section, 0]) != junction
    step = measured.point_at(section, 1.0 - share if backward else share) - measured.point_at(
        section, 1.0 if backward else 0.0
    )
    size = float(np.hypot(*step))
    return step / size if size > 0 else np.zeros(2)
