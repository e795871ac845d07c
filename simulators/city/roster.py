"""A made-up roster: operators, grids, plates, street names and windows for any number of grids."""

from datetime import date

import numpy as np

from geofence.plan.plan import Grid, Operator, Plan
from geofence.plan.timetable import parse_window

GRIDS_PER_OPERATOR = 12
PREFIXES = ("JY", "JR", "JT", "QY", "QR")
TIMETABLES = (
    ("07:00-10:00", "09:00-11:30", "14:30-17:30", "15:30-18:30"),
    ("07:00-08:30", "09:00-11:30", "14:30-17:30", "19:00-21:30"),
    ("08:00-11:30", "15:00-18:00"),
    ("08:00-21:00",),
)
FIRST = "安平永兴文华新建光明友民和长春福德泰云清昌"
SECOND = "顺宁泉盛化新康林阳乐富贵源庆和远"
SUFFIXES = ("街", "路", "东街", "西街", "南路", "北路", "大道", "里", "巷", "街北段", "路支路")
PLATE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def synthetic_roster(count: int, seed: int = 0) -> Plan:
    """Make a plan of `count` grids without any geometry; the same for the same seed.

    Raises
    ------
    ValueError
        If `count` is below 1.
    """
    if count < 1:
        raise ValueError(f"a roster needs at least one grid, got {count}")
    rng = np.random.default_rng([seed, count])
    operators = tuple(
        Operator(f"sweep-{number}", f"机扫第{number}公司")
        for number in range(1, -(-count // GRIDS_PER_OPERATOR) + 1)
    )
    width = max(2, len(str(count)))
    plates = _plates(count, rng)
    grids: list[Grid] = []
    for index in range(count):
        operator = index // GRIDS_PER_OPERATOR
        streets = _streets(grids[-1].streets if index % GRIDS_PER_OPERATOR else (), rng)
        grids.append(
            Grid(
                id=f"{PREFIXES[operator % len(PREFIXES)]}{index + 1:0{width}d}",
                operator_id=operators[operator].id,
                vehicles=(plates[index],),
                windows=tuple(map(parse_window, TIMETABLES[operator % len(TIMETABLES)])),
                streets=streets,
            )
        )
    return Plan(
        name=f"Synthetic collection of {count} grids",
        timezone="Asia/Shanghai",
        effective_from=date(2022, 3, 25),
        operators=operators,
        grids=tuple(grids),
        sections=(),
        version="",
        schematic=True,
    )


def _plates(count: int, rng: np.random.Generator) -> list[str]:
    plates: dict[str, None] = {}
    while len(plates) < count:
        characters = rng.choice(list(PLATE_CHARACTERS), 5)
        plates["晋B" + "".join(characters)] = None
    return list(plates)


def _streets(neighbour: tuple[str, ...], rng: np.random.Generator) -> tuple[str, ...]:
    """Name two to six streets; one in three grids shares a street with the grid before."""
    names: dict[str, None] = {}
    if neighbour and rng.random() < 1 / 3:
        names[neighbour[int(rng.integers(len(neighbour)))]] = None
    count = int(rng.integers(2, 7))
    while len(names) < count:
        parts = (rng.choice(list(FIRST)), rng.choice(list(SECOND)), rng.choice(SUFFIXES))
        names["".join(parts)] = None
    return tuple(names)
