"""Which tasks serve a grid or street, and how fast they are done, as a plan says it.

A need is a mask of `ingest.tasks`: of a truck that tells its tasks one of these must be among them.
`ANY_TASK` needs none: whether the truck worked decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from geofence.plan.fault import FaultCode
from geofence.plan.table import FaultList, PlanTable, nearest
from ingest.tasks import BITS, names_of

ANY_TASK = 0


@dataclass(frozen=True, slots=True)
class Work:
    """All that a plan asks of the tasks that trucks tell."""

    needs: tuple[int, ...] = ()
    """What grids and streets need, but for `ANY_TASK`, ascending."""
    speeds_kmh: tuple[tuple[int, float], ...] = ()
    """Mean speed up to which a truck does a task, by its bit, ascending."""

    @property
    def looked_at(self) -> int:
        """The mask of the tasks that change anything."""
        return reduce(or_, [*self.needs, *(bit for bit, _ in self.speeds_kmh)], ANY_TASK)


NO_WORK = Work()
"""Of a plan that says nothing of tasks."""


def read_tasks(value: object, where: str, faults: FaultList) -> int:
    """Read a list of names of tasks; `ANY_TASK` if it is absent or wrong."""
    if value is None:
        return ANY_TASK
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        faults.add(FaultCode.WRONG_TYPE, where, value, 'write a list of tasks, as in ["BRUSHING"]')
        return ANY_TASK
    if not value:
        faults.add(FaultCode.EMPTY, where, None, "name at least one task, or drop it for any")
    if len(set(value)) < len(value):
        faults.add(FaultCode.VALUE_REPEATED, where, ", ".join(value), "list each task once")
    unknown = [name for name in value if name not in BITS]
    for name in unknown:
        faults.add(FaultCode.CHOICE_UNKNOWN, where, name, _remedy(name))
    return reduce(or_, (BITS[name] for name in value if name in BITS), ANY_TASK)


def read_speeds(service: PlanTable) -> tuple[tuple[int, float], ...]:
    """Read ``[service.per_task]``."""
    values = service.values.get("per_task", {})
    if not isinstance(values, Mapping):
        service.fault(FaultCode.WRONG_TYPE, "per_task", values, "begin it with [service.per_task]")
        return ()
    table = PlanTable(values, service.where("per_task"), service.faults, values)
    speeds: dict[int, float] = {}
    for name in values:
        if name not in BITS:
            table.fault(FaultCode.CHOICE_UNKNOWN, name, name, _remedy(name))
            continue
        number = table.number(name)
        if number is not None and number <= 0:
            table.fault(FaultCode.RULE_RANGE, name, values[name], "write a number above 0")
        elif number is not None:
            speeds[BITS[name]] = number
    return tuple(sorted(speeds.items()))


def follow_speeds(
    service: PlanTable,
    numbers: dict[str, float],
    speeds_kmh: Iterable[tuple[int, float]],
    usual: Mapping[str, float],
) -> None:
    """See that a truck out of sight may have collected as fast as one in sight.

    `numbers` is what ``[service]`` says of rules, `usual` what they are if it says nothing.
    """
    in_sight = {"service_speed_kmh": numbers.get("service_speed_kmh", usual["service_speed_kmh"])}
    in_sight |= {f"per_task.{name}": kmh for name, kmh in speeds_by_name(speeds_kmh).items()}
    fastest = max(in_sight, key=lambda name: in_sight[name])
    told = numbers.get("prism_service_kmh")
    if told is not None and told < in_sight[fastest]:
        service.fault(
            FaultCode.RULE_RANGE, "prism_service_kmh", told,
            f"write at least {fastest}, which is {in_sight[fastest]}, or leave it "
            "out: a truck out of sight may have collected as fast as one in sight",
        )  # fmt: skip
    if told is None and in_sight[fastest] != usual["prism_service_kmh"]:
        numbers["prism_service_kmh"] = in_sight[fastest]


def speeds_by_name(speeds_kmh: Iterable[tuple[int, float]]) -> dict[str, float]:
    """Give speeds by the names of their tasks."""
    return {names_of(bit)[0]: kmh for bit, kmh in speeds_kmh}


def said_of(tasks: int) -> dict[str, Any]:
    """Give what the content of a plan says of a need: nothing if it is `ANY_TASK`."""
    return {"tasks": names_of(tasks)} if tasks else {}


def _remedy(name: str) -> str:
    return f"there is no such task{nearest(name.strip().upper(), BITS) or nearest(name, BITS)}"
