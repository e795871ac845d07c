"""Trucks that stand for two hours in the middle of a short street: nothing may be served.

The block is drawn here and nobody moves; only the receivers' errors make it hard.
"""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from benchmarks.towns.motion import Motion
from benchmarks.towns.shifts import window_s
from benchmarks.towns.town import CENTRE, SERVICE_DATE, TIMEZONE, WINDOWS
from geofence.plan.plan import Grid, Operator, Plan, Section
from geofence.plan.timetable import parse_window
from geofence.plan.version import content_version
from simulators.truth.truth import TRUTH_COLUMNS

WORLD = "parked trucks"
STREETS_M = (60.0, 100.0, 200.0)
TRUCKS = 20
"""That many on each street, each of a grid of its own."""
BLOCK_M = 180.0
"""Depth of the blocks on both sides of a street."""
APART_M = 3000.0
BEFORE_S, AFTER_S = 300, 900


def parked_plan() -> Plan:
    """Draw a street between two avenues for each length, with a road round the block behind."""
    sections, grids = [], []
    for place, length_m in enumerate(STREETS_M):
        name = f"{length_m:g} m"
        own = tuple(f"{place}-{truck:02d}" for truck in range(TRUCKS))
        low, high = -BLOCK_M, BLOCK_M
        lines = {
            name: [(0.0, 0.0), (length_m, 0.0)],
            "west": [(0.0, 2 * low), (0.0, low), (0.0, 0.0), (0.0, high), (0.0, 2 * high)],
            "east": [(length_m, low), (length_m, 0.0), (length_m, high)],
            "north": [(0.0, high), (length_m, high)],
            "south": [(0.0, low), (length_m, low)],
            "out west": [(-2 * BLOCK_M, 0.0), (0.0, 0.0)],
            "out east": [(length_m, 0.0), (length_m + 2 * BLOCK_M, 0.0)],
        }
        for number, (title, line) in enumerate(lines.items()):
            metres = np.array(line) + np.array([APART_M * place, 0.0])
            degrees = np.stack(CENTRE.to_degrees(*metres.T), axis=1).round(7)
            is_own = title == name
            sections.append(
                Section(f"P{place}{number}", name if is_own else "", own if is_own else (),
                        oneway=False, coordinates=degrees)
            )  # fmt: skip
        grids += [
            Grid(grid, "parked", (f"T-{grid}",), (parse_window(WINDOWS[0]),), streets=(name,))
            for grid in own
        ]
    operator = Operator("parked", "Operator of parked trucks")
    plan = Plan(
        "Parked trucks", TIMEZONE, date(2026, 1, 1), (operator,), tuple(grids),
        tuple(sections), "", schematic=True,
    )  # fmt: skip
    return replace(plan, version=content_version(plan))


def parked_motions() -> dict[str, Motion]:
    """Let each truck stand, its engine off."""
    start_s, end_s = window_s(WINDOWS[0])
    second = np.arange(start_s - BEFORE_S, end_s + AFTER_S)
    still = np.zeros(len(second))
    found = {}
    for place, length_m in enumerate(STREETS_M):
        for truck in range(TRUCKS):
            found[f"T-{place}-{truck:02d}"] = Motion(
                second=second,
                x=still + APART_M * place + length_m / 2,
                y=still,
                speed_mps=still,
                heading_deg=still + np.nan,
                road=np.full(len(second), -1),
                along_m=still,
            )
    return found


def parked_truth(plan: Plan) -> pd.DataFrame:
    """Nothing was served anywhere."""
    rows = [
        (SERVICE_DATE.isoformat(), grid.id, grid.windows[0].text, grid.streets[0],
         float(grid.streets[0].removesuffix(" m")), 0.0, 0.0, "")
        for grid in plan.grids
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))
