"""Which verdict by the new plan answers to which by the old one: what only moved is the same."""

from collections.abc import Callable

from geofence.difference.change import ChangeKind
from geofence.difference.comparison import Comparison
from geofence.plan.plan import Grid

Key = tuple[str, str, str]
"""Grid, window and street."""


def counterparts(comparison: Comparison) -> Callable[[Key], Key]:
    """Tell how what the old plan judges is called in the new one.

    A street may be renamed or handed over; of a grid with as many windows as before those that
    changed answer to each other in their order.
    """
    streets: dict[tuple[str, str], tuple[str, str]] = {}
    for change in comparison.changes:
        if change.kind is ChangeKind.STREET_RENAMED:
            streets[change.grid_id, change.before[0]] = (change.grid_id, change.after[0])
        elif change.kind is ChangeKind.STREET_HANDED_OVER and change.grid_id in change.before:
            streets[change.grid_id, change.subject] = (change.after[0], change.subject)
    windows = {
        (grid.id, before): after
        for grid in comparison.old.grids
        if grid.id in comparison.new.grid_by_id
        for before, after in _windows(grid, comparison.new.grid_by_id[grid.id])
    }

    def counterpart(key: Key) -> Key:
        grid_id, window, street = key
        owner, name = streets.get((grid_id, street), (grid_id, street))
        return owner, windows.get((grid_id, window), window) if owner == grid_id else window, name

    return counterpart


def _windows(before: Grid, after: Grid) -> list[tuple[str, str]]:
    had, has = _texts(before), _texts(after)
    gone = [text for text in had if text not in has]
    new = [text for text in has if text not in had]
    return list(zip(gone, new, strict=True)) if len(gone) == len(new) else []


def _texts(grid: Grid) -> list[str]:
    ordered = sorted(grid.windows, key=lambda window: (window.start_min, window.end_min))
    return [window.text for window in ordered]
