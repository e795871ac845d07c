"""Served metres of a window as stretches of sections, and how two states of them differ."""

import numpy as np

from analytics.coverage.coverage import CELL_M, NEVER, Cells, Flags, Instants, runs
from analytics.dashboard.documents.documents import ServedDoc, UnservedDoc


def served_stretches(key: str, cells: Cells, earliest: Instants) -> list[ServedDoc]:
    """Give all stretches served, each as long as possible, in order of cells.

    `key` is that of the window; a stretch has that of its street.
    """
    return _stretches(key, cells, earliest, earliest != NEVER, range(len(cells.sections)))


def differing_stretches(
    key: str, cells: Cells, before: Instants | None, after: Instants
) -> tuple[list[ServedDoc], list[UnservedDoc]]:
    """Give what is served now and was not, and the sections of which something is no longer.

    Of the latter, what is still served is among the former, whole.
    """
    is_served = after != NEVER
    was_served = np.zeros_like(is_served) if before is None else before != NEVER
    gone, fresh = was_served & ~is_served, is_served & ~was_served
    if not gone.any():
        places = _sections_with(cells, fresh)
        return _stretches(key, cells, after, fresh, places), []
    lost = set(_sections_with(cells, gone))
    unserved = [
        UnservedDoc(key=_street_key(key, cells, place), section=int(cells.sections[place]))
        for place in sorted(lost)
    ]
    for place in lost:
        part = _cells_of(cells, place)
        fresh[part] = is_served[part]
    return _stretches(key, cells, after, fresh, _sections_with(cells, fresh)), unserved


def _stretches(
    key: str, cells: Cells, earliest: Instants, chosen: Flags, places: "range | list[int]"
) -> list[ServedDoc]:
    found = []
    for place in places:
        part = _cells_of(cells, place)
        weight_m, instants = cells.weight_m[part], earliest[part]
        length_m = (len(weight_m) - 1) * CELL_M + float(weight_m[-1])
        for begin, end in runs(chosen[part]):
            found.append(
                ServedDoc(
                    key=_street_key(key, cells, place),
                    section=int(cells.sections[place]),
                    from_m=begin * CELL_M,
                    to_m=round(min(end * CELL_M, length_m), 1),
                    at_ms=int(instants[begin:end].max()),
                )
            )
    return found


def _sections_with(cells: Cells, chosen: Flags) -> list[int]:
    """Give the places of the sections that have a chosen cell, ascending."""
    at = np.searchsorted(cells.section_first, np.flatnonzero(chosen), side="right") - 1
    return [int(place) for place in np.unique(at)]


def _cells_of(cells: Cells, place: int) -> slice:
    return slice(int(cells.section_first[place]), int(cells.section_first[place + 1]))


def _street_key(key: str, cells: Cells, place: int) -> str:
    first = cells.section_first[place]
    street = int(np.searchsorted(cells.street_first, first, side="right")) - 1
    return f"{key}|{cells.streets[street]}"
