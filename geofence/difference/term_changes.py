"""What differs of two plans besides their streets: operators, grids, rules and dated entries."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import reduce
from operator import or_

from geofence.difference.change import Change, ChangeKind
from geofence.plan.plan import MINUTES_OF_A_DAY, Exemption, Facility, Grid, Plan
from geofence.plan.timetable import render_days
from geofence.plan.work import speeds_by_name
from ingest.tasks import names_of

MOVED_DEG = 1e-6
"""A facility that is off by less is where it was: a tenth of a metre."""


def head_changes(old: Plan, new: Plan) -> Iterator[Change]:
    """Tell what differs of the plan as such."""
    pairs = (
        (ChangeKind.PLAN_RENAMED, old.name, new.name),
        (
            ChangeKind.EFFECTIVE_FROM,
            old.effective_from.isoformat(),
            new.effective_from.isoformat(),
        ),
        (ChangeKind.TIMEZONE, old.timezone, new.timezone),
        (ChangeKind.GEOMETRY_SURVEYED, _drawn(old), _drawn(new)),
    )
    for kind, before, after in pairs:
        if before != after:
            yield Change(kind, before=(before,), after=(after,))
    before_rules, after_rules = asdict(old.rules), asdict(new.rules)
    for rule, value in before_rules.items():
        if value != after_rules[rule]:
            yield Change(
                ChangeKind.RULE,
                subject=rule,
                before=(f"{value:g}",),
                after=(f"{after_rules[rule]:g}",),
            )
    had, has = speeds_by_name(old.speeds_kmh), speeds_by_name(new.speeds_kmh)
    for task in dict.fromkeys([*had, *has]):
        if had.get(task) != has.get(task):
            before_kmh, after_kmh = (
                (f"{speeds[task]:g}",) if task in speeds else () for speeds in (had, has)
            )
            yield Change(
                ChangeKind.RULE, subject=f"per_task.{task}", before=before_kmh, after=after_kmh
            )


def operator_changes(old: Plan, new: Plan) -> Iterator[Change]:
    """Tell which operators are new, gone, renamed, or have other spares."""
    before, after = old.operator_by_id, new.operator_by_id
    for each in new.operators:
        if each.id not in before:
            yield Change(ChangeKind.OPERATOR_NEW, operator_id=each.id, after=(each.name,))
    for each in old.operators:
        if each.id not in after:
            yield Change(ChangeKind.OPERATOR_GONE, operator_id=each.id, before=(each.name,))
            continue
        name = after[each.id].name
        if name != each.name:
            yield Change(
                ChangeKind.OPERATOR_RENAMED, operator_id=each.id, before=(each.name,), after=(name,)
            )
    for operator_id in dict.fromkeys([*before, *after]):
        had = before[operator_id].spares if operator_id in before else ()
        has = after[operator_id].spares if operator_id in after else ()
        if set(had) != set(has):
            yield Change(ChangeKind.SPARES, operator_id=operator_id, before=had, after=has)


def grid_changes(before: Grid, after: Grid) -> Iterator[Change]:
    """Tell what differs of a grid besides its streets."""
    grid_id, operator_id = after.id, after.operator_id
    if before.operator_id != operator_id:
        yield Change(
            ChangeKind.GRID_OPERATOR,
            grid_id,
            operator_id,
            before=(before.operator_id,),
            after=(operator_id,),
        )
    had, has = _windows(before), _windows(after)
    if set(had) != set(has):
        yield Change(ChangeKind.WINDOWS, grid_id, operator_id, before=had, after=has)
    if before.days != after.days:
        yield Change(
            ChangeKind.DAYS,
            grid_id,
            operator_id,
            before=(render_days(before.days),),
            after=(render_days(after.days),),
        )
    if set(before.vehicles) != set(after.vehicles):
        yield Change(
            ChangeKind.VEHICLES, grid_id, operator_id, before=before.vehicles, after=after.vehicles
        )
    if before.tasks != after.tasks:
        yield Change(
            ChangeKind.TASKS,
            grid_id,
            operator_id,
            before=names_of(before.tasks),
            after=names_of(after.tasks),
        )


def street_task_changes(old: Plan, new: Plan, grid_id: str) -> Iterator[Change]:
    """Tell which streets of a grid name other tasks than they did."""
    for street in sorted(old.drawn_streets(grid_id) & new.drawn_streets(grid_id)):
        had, has = (_tasks_of(plan, grid_id, street) for plan in (old, new))
        if had != has:
            yield Change(
                ChangeKind.STREET_TASKS, grid_id, subject=street,
                before=names_of(had), after=names_of(has),
            )  # fmt: skip


def dated_changes(old: Plan, new: Plan) -> Iterator[Change]:
    """Tell which stand-ins and exceptions are others."""
    had = {(each.service_date, each.grid_id): each.vehicles for each in old.assignments}
    has = {(each.service_date, each.grid_id): each.vehicles for each in new.assignments}
    for day, grid_id in sorted(had.keys() | has.keys()):
        before, after = had.get((day, grid_id), ()), has.get((day, grid_id), ())
        if set(before) != set(after):
            yield Change(
                ChangeKind.ASSIGNMENT,
                grid_id,
                subject=day.isoformat(),
                before=before,
                after=after,
            )
    were, are = frozenset(old.exemptions), frozenset(new.exemptions)
    yield from (_exception(each, is_new=False) for each in old.exemptions if each not in are)
    yield from (_exception(each, is_new=True) for each in new.exemptions if each not in were)


def facility_changes(old: Plan, new: Plan) -> Iterator[Change]:
    """Tell which depots and transfer stations are new, gone or elsewhere."""
    had = {(each.kind, each.name): each for each in old.facilities}
    has = {(each.kind, each.name): each for each in new.facilities}
    for key in dict.fromkeys([*had, *has]):
        before, after = had.get(key), has.get(key)
        if before is None or after is None or _is_elsewhere(before, after):
            yield Change(
                ChangeKind.FACILITY, subject=key[1], before=_place(before), after=_place(after)
            )


def _tasks_of(plan: Plan, grid_id: str, street: str) -> int:
    numbers = plan.sections_of_street[grid_id, street]
    return reduce(or_, (plan.sections[number].tasks for number in numbers), 0)


def _windows(grid: Grid) -> tuple[str, ...]:
    """Write windows by their instants: one that is only written otherwise is the same."""
    return tuple(
        f"{_clock(each.start_min)}-{_clock(each.end_min)}"
        for each in sorted(grid.windows, key=lambda window: (window.start_min, window.end_min))
    )


def _clock(minutes: int) -> str:
    of_day = minutes if minutes == MINUTES_OF_A_DAY else minutes % MINUTES_OF_A_DAY
    return f"{of_day // 60:02}:{of_day % 60:02}"


def _exception(each: Exemption, *, is_new: bool) -> Change:
    dates = each.first.isoformat()
    if each.last != each.first:
        dates = f"{dates}/{each.last.isoformat()}"
    told = (each.reason, dates, "|".join(each.streets), "|".join(each.windows), each.note)
    return Change(
        ChangeKind.EXCEPTION,
        each.grid_id,
        subject=dates,
        before=() if is_new else told,
        after=told if is_new else (),
    )


def _is_elsewhere(before: Facility, after: Facility) -> bool:
    return (
        abs(before.longitude - after.longitude) > MOVED_DEG
        or abs(before.latitude - after.latitude) > MOVED_DEG
    )


def _place(facility: Facility | None) -> tuple[str, ...]:
    if facility is None:
        return ()
    return (f"{facility.latitude:.6f}, {facility.longitude:.6f}",)


def _drawn(plan: Plan) -> str:
    return "schematic" if plan.schematic else "surveyed"
