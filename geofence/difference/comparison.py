"""Two plans side by side: all that differs, in the order in which a person reads it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import shapely

from geofence.difference.change import Change, ChangeKind
from geofence.difference.drawn_change import DrawnChange, Role
from geofence.difference.street_changes import StreetChanges, compare_streets
from geofence.difference.street_lines import (
    SAME_PLACE_M,
    Line,
    lines_of,
    project,
    projection_of,
    sign_of,
    streets_of,
)
from geofence.difference.term_changes import (
    dated_changes,
    facility_changes,
    grid_changes,
    head_changes,
    operator_changes,
    street_task_changes,
)
from geofence.plan.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What differs between two plans."""

    old: Plan
    new: Plan
    changes: tuple[Change, ...]
    """Of the plan first, then grid by grid in the order of the new plan, then the rest."""
    drawn: tuple[DrawnChange, ...]

    @property
    def is_judged(self) -> bool:
        """Whether verdicts may come out otherwise by the new plan."""
        return any(change.is_judged for change in self.changes)

    @property
    def gained_m(self) -> float:
        """Metres that grids collect on and did not before; one counts once for each grid."""
        return sum(each.gained_m for each in self.changes if each.kind in _METRES)

    @property
    def lost_m(self) -> float:
        """Metres that grids no longer collect on."""
        return sum(each.lost_m for each in self.changes if each.kind in _METRES)

    def by_grid(self) -> Mapping[str, Sequence[Change]]:
        """Give what differs of each grid, and of the plan as such under an empty id."""
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.grid_id, []).append(change)
        return found


_METRES = frozenset(
    {
        ChangeKind.GRID_NEW,
        ChangeKind.GRID_GONE,
        ChangeKind.STREET_NEW,
        ChangeKind.STREET_GONE,
        ChangeKind.STREET_LENGTH,
    }
)


def compare(old: Plan, new: Plan) -> Comparison:
    """Compare two plans.

    What is only written otherwise, in another order, or cut at other places with the same metres
    is no change for anybody who is judged; cuts are told all the same.
    """
    projection = projection_of(old, new)
    old_lines, new_lines = project(old.sections, projection), project(new.sections, projection)
    streets = compare_streets(streets_of(old, old_lines), streets_of(new, new_lines))
    changes = [
        *head_changes(old, new),
        *operator_changes(old, new),
        *_of_grids(old, new, streets),
        *_roads(old, new, old_lines, new_lines),
        *dated_changes(old, new),
        *facility_changes(old, new),
    ]
    roads = [
        DrawnChange(Role.ROAD, "", section.name, line)
        for section, line in zip(new.sections, new_lines, strict=True)
        if not section.grids
    ]
    return Comparison(old, new, tuple(changes), (*roads, *streets.drawn))


def _of_grids(old: Plan, new: Plan, streets: StreetChanges) -> Iterator[Change]:
    by_grid: dict[str, list[Change]] = {}
    for change in sorted(streets.changes, key=lambda each: (_RANK.get(each.kind, 0), each.subject)):
        by_grid.setdefault(change.grid_id, []).append(change)
    for grid in new.grids:
        found = by_grid.get(grid.id, [])
        before = old.grid_by_id.get(grid.id)
        if before is None:
            own = [each for each in found if each.kind is ChangeKind.STREET_NEW]
            names = tuple(each.subject for each in own)
            gained_m = sum(each.gained_m for each in own)
            yield Change(
                ChangeKind.GRID_NEW, grid.id, grid.operator_id, after=names, gained_m=gained_m
            )
            yield from (each for each in found if each.kind is not ChangeKind.STREET_NEW)
            continue
        yield from grid_changes(before, grid)
        yield from found
        yield from street_task_changes(old, new, grid.id)
        had, has = old.unlocated(before), new.unlocated(grid)
        if set(had) != set(has):
            yield Change(ChangeKind.STREET_UNLOCATED, grid.id, before=had, after=has)
    for grid in old.grids:
        if grid.id not in new.grid_by_id:
            found = by_grid.get(grid.id, [])
            own = [each for each in found if each.kind is ChangeKind.STREET_GONE]
            names = tuple(each.subject for each in own)
            lost_m = sum(each.lost_m for each in own)
            yield Change(
                ChangeKind.GRID_GONE, grid.id, grid.operator_id, before=names, lost_m=lost_m
            )
            yield from (each for each in found if each.kind is not ChangeKind.STREET_GONE)


def _roads(old: Plan, new: Plan, old_lines: list[Line], new_lines: list[Line]) -> Iterator[Change]:
    """Tell how many metres of roads that no grid collects on are new or gone."""
    had = {sign_of(each): n for n, each in enumerate(old.sections) if not each.grids}
    has = {sign_of(each): n for n, each in enumerate(new.sections) if not each.grids}
    gone = [had[sign] for sign in had.keys() - has.keys()]
    fresh = [has[sign] for sign in has.keys() - had.keys()]
    if not gone and not fresh:
        return
    before = lines_of([old.sections[n] for n in gone], [old_lines[n] for n in gone])
    after = lines_of([new.sections[n] for n in fresh], [new_lines[n] for n in fresh])
    is_moved = bool(gone) and bool(fresh)
    lost = before.geometry.difference(_around(after.lines)) if is_moved else before.geometry
    gained = after.geometry.difference(_around(before.lines)) if is_moved else after.geometry
    yield Change(ChangeKind.ROADS, gained_m=float(gained.length), lost_m=float(lost.length))


def _around(lines: tuple[Line, ...]) -> shapely.Geometry:
    rings = shapely.buffer([shapely.LineString(line) for line in lines], SAME_PLACE_M)
    return shapely.union_all(rings)


_RANK = {
    ChangeKind.STREET_NEW: 1,
    ChangeKind.STREET_GONE: 2,
    ChangeKind.STREET_LENGTH: 3,
    ChangeKind.STREET_MOVED: 4,
    ChangeKind.STREET_RENAMED: 5,
    ChangeKind.STREET_HANDED_OVER: 6,
    ChangeKind.STREET_ONEWAY: 7,
    ChangeKind.STREET_SECTIONS: 8,
}
