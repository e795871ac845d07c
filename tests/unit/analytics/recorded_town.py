"""Days of a small town, judged from observations without any matching, to be recorded."""

from dataclasses import replace

from analytics.coverage.exemption import exempt_frame
from analytics.day import Day
from analytics.makeup.linking import make_ups
from analytics.verdicts.judge import judge
from geofence.plan.plan import Operator, Plan
from geofence.plan.version import content_version
from tests.unit.analytics.town import MONDAY, Town, Truck, at, grid, next_day, street

OWN, OTHER = "晋BQ0384", "晋B39720"
TOWN = Town(
    street("云中街", (0, 0), (400, 0)),
    street("魏都大道", (0, 300), (400, 300)),
    street("乙路", (0, 600), (300, 600), grids=["JY02"]),
    grids=[
        grid("JY01", "07:00-10:00", "14:30-17:30"),
        grid("JY02", "07:00-10:00", vehicles=[OTHER]),
    ],
)
NOON_MS = at("12:00")
NIGHT_MS = at("06:00", next_day())


def versioned(plan: Plan | None = None, **changes: object) -> Plan:
    changed = replace(plan or TOWN.plan, **changes)
    return replace(changed, version=content_version(changed))


PLAN = versioned(operators=(Operator("sweep-1", "机扫一公司", contact="司机 13800000000"),))


def own_truck() -> Truck:
    """Collects 云中街 in the morning and is in sight until the evening."""
    truck = Truck(TOWN).stand("云中街", 0, "06:50", "07:05")
    truck.drive("云中街", 0, 400, "07:05", "07:10")
    return truck.stand("云中街", 400, "07:10", "18:30")


def own_truck_unheard() -> Truck:
    """The same as long as what came after 08:00 is still under way."""
    truck = Truck(TOWN).stand("云中街", 0, "06:50", "07:05")
    truck.drive("云中街", 0, 400, "07:05", "07:10")
    return truck.stand("云中街", 400, "07:10", "08:00")


def other_truck() -> Truck:
    truck = Truck(TOWN, OTHER).stand("乙路", 0, "06:50", "07:30")
    truck.drive("乙路", 0, 300, "07:30", "07:40")
    return truck.stand("乙路", 300, "07:40", "11:00")


def day_of(*trucks: Truck, plan: Plan = PLAN) -> Day:
    seen = [truck.observation() for truck in trucks]
    judgement = judge(seen, plan, TOWN.network, MONDAY)
    return Day(
        service_date=MONDAY,
        plan=plan,
        judgement=judgement,
        exempt=exempt_frame(plan, TOWN.network, MONDAY),
        make_ups=make_ups(judgement, seen, plan, TOWN.network, MONDAY, NIGHT_MS),
        faults=(),
        ping_count=sum(len(each.time_ms) for each in seen),
        vehicles_seen=tuple(each.vehicle_id for each in seen),
    )
