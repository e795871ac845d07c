"""A made-up town of three grids and what it takes to drive in it."""

from dataclasses import replace
from datetime import date

from geofence.plan.plan import Grid, Operator, Plan
from geofence.plan.timetable import parse_window
from simulators.city.city import generate_city

DAY = date(2022, 4, 1)
STREETS = {
    "JY01": ("云中街", "御河西路", "兴云里"),
    "JY02": ("云中街", "御河西路", "永义路", "花园里前街"),
    "JY03": ("云林街", "永义路"),
}
MORNING_AND_NOON = ("07:00-08:30", "09:00-11:30")


def town(
    *windows: str, grids: int = 3, vehicles: tuple[tuple[str, ...], ...] | None = None
) -> Plan:
    """A plan with drawn streets; one vehicle a grid unless told."""
    plates = vehicles or tuple((f"晋B{number:04d}",) for number in range(grids))
    roster = tuple(
        Grid(
            grid_id,
            "sweep-1",
            plates[number],
            tuple(map(parse_window, windows or MORNING_AND_NOON)),
            streets=STREETS[grid_id],
        )
        for number, grid_id in enumerate(list(STREETS)[:grids])
    )
    city = generate_city(roster, 7)
    plan = Plan(
        name="Small town",
        timezone="Asia/Shanghai",
        effective_from=DAY,
        operators=(Operator("sweep-1", "机扫一公司"),),
        grids=roster,
        sections=(),
        version="",
        schematic=True,
    )
    return replace(plan, sections=tuple(city.sections), facilities=tuple(city.facilities))
