"""Coordinates that are hardly meant: swapped, on a coarse step, or of towns far apart."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.review.warning import PlanWarning, WarningCode, listed

FAR_M = 100_000.0
"""Sections farther than this from the middle are told: within it lengths are off by 0.02 % at the
most."""
_EARTH_M = 6_371_000.0
_DEGREES_OF_AN_HOUR = 15.0
_FAR_DEG = 60.0
_NEAR_DEG = 30.0


def doubtful_coordinates(plan: Plan) -> Iterator[PlanWarning]:
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


def coarse_coordinates(network: Network) -> Iterator[PlanWarning]:
    """Tell on what step the coordinates lie, and how far off streets may be."""
    step = network.step
    if step is None:
        return
    if step.is_whole:
        told = "all coordinates are"
    else:
        ids = [network.section_ids[section] for section in np.flatnonzero(step.coarse).tolist()]
        told = f"the coordinates of {len(ids)} of {network.section_count} sections are"
    told += (
        f" multiples of {step.step_deg:.6g}°, which leaves a street up to {step.off_m:.0f} m "
        "in doubt"
    )
    if step.misleads and step.is_whole:
        told += "; all verdicts are unknown unless fixes show that the streets lie right"
    told += "; export the streets again with six decimals or more"
    if not step.is_whole:
        told += f": {listed(ids)}"
    yield PlanWarning(WarningCode.COORDINATES_COARSE, "", told)


def far_towns(network: Network) -> Iterator[PlanWarning]:
    """Tell sections far from most others, and by how much metres are off so far from the middle."""
    x, y = network.vertex_x, network.vertex_y
    first = network.section_first_vertex[:-1]
    away_m = np.hypot(x - np.median(x), y - np.median(y))[first]
    far = np.flatnonzero(away_m > FAR_M)
    if not len(far):
        return
    off = np.cosh(float(np.abs(x).max()) / _EARTH_M) - 1.0
    names = [f"{network.section_ids[s]} ({away_m[s] / 1000:,.0f} km)" for s in far.tolist()]
    count = f"{len(far)} section{' lies' if len(far) == 1 else 's lie'}"
    yield PlanWarning(
        WarningCode.TOWNS_FAR_APART,
        "",
        f"{count} more than {FAR_M / 1000:g} km from most others, which makes lengths wrong by up "
        f"to {100 * off:.2f} %; if it is another town, give it a plan of its own: {listed(names)}",
    )
