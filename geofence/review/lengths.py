"""Sections and streets too short to be judged like others."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from geofence.network.network import Network
from geofence.plan.plan import PROVABLE_M
from geofence.review.warning import SHORT_SECTION_M, PlanWarning, WarningCode, listed


def short_sections(network: Network) -> Iterator[PlanWarning]:
    """Tell sections that a truck hardly notices, all in one."""
    short = np.flatnonzero(network.section_length_m < SHORT_SECTION_M)
    if not len(short):
        return
    lengths = [
        f"{network.section_ids[section]} ({network.section_length_m[section]:.2f} m)"
        for section in short
    ]
    yield PlanWarning(
        WarningCode.SECTION_SHORT,
        "",
        f"{len(short)} shorter than {SHORT_SECTION_M:g} m: {listed(lengths)}",
    )


def short_streets(network: Network) -> Iterator[PlanWarning]:
    """Tell for each grid the streets of which absence cannot be proven."""
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
            f"shorter than {PROVABLE_M:g} m, never called missed: {listed(sorted(streets))}",
        )
