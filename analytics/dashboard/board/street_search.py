"""Search by grid, plate and street; Chinese also by its pinyin and the initials of that."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from analytics.dashboard.documents.board_documents import BoardStreetDoc
from analytics.dashboard.documents.documents import FoundDoc
from analytics.dashboard.documents.plan_documents import center_of
from geofence.plan.plan import Plan

MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class _Entry:
    document: FoundDoc
    spellings: tuple[str, ...]


class SearchIndex:
    """The grids, vehicles and streets of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._entries = [
            *(_grid_entry(plan, grid.id) for grid in plan.grids),
            *_vehicle_entries(plan),
            *_street_entries(plan),
        ]

    def find(self, text: str) -> list[FoundDoc]:
        """Give what fits best: whole names first, then beginnings, then what merely contains it."""
        return [each.document for each in _best(self._entries, text)]

    def streets(self, text: str) -> list[BoardStreetDoc]:
        """Give the streets that fit best."""
        streets = (each for each in self._entries if each.document["kind"] == "street")
        return [
            BoardStreetDoc(grid=each.document["grid"] or "", street=each.document["label"])
            for each in _best(streets, text)
        ]


def spellings_of(name: str) -> tuple[str, ...]:
    """Give a name as it may be typed: as it is, in pinyin, and by the initials of that."""
    plain = _folded(name)
    full = "".join(_readings(name, Style.NORMAL))
    initials = "".join(_readings(name, Style.FIRST_LETTER))
    return tuple(dict.fromkeys([plain, _folded(full), _folded(initials)]))


def _readings(name: str, style: Style) -> list[str]:
    return [str(part) for part in lazy_pinyin(name, style=style)]


def _folded(text: str) -> str:
    return "".join(text.casefold().split())


def _best(entries: Iterable[_Entry], text: str) -> list[_Entry]:
    sought = _folded(text)
    if not sought:
        return []
    ranked = [(_rank(entry.spellings, sought), place, entry) for place, entry in enumerate(entries)]
    ranked = [each for each in ranked if each[0] is not None]
    ranked.sort(key=lambda each: (each[0], each[1]))
    return [entry for _, _, entry in ranked[:MOST_FOUND]]


def _rank(spellings: tuple[str, ...], sought: str) -> int | None:
    if sought in spellings:
        return 0
    if any(spelling.startswith(sought) for spelling in spellings):
        return 1
    return 2 if any(sought in spelling for spelling in spellings) else None


def _grid_entry(plan: Plan, grid_id: str) -> _Entry:
    return _entry(
        "grid", grid_id, grid_id, grid_id, center_of(plan, grid_id), spellings_of(grid_id)
    )


def _vehicle_entries(plan: Plan) -> Iterable[_Entry]:
    grids: dict[str, str] = {}
    for grid in plan.grids:
        for vehicle in grid.vehicles:
            grids.setdefault(vehicle, grid.id)
    for assignment in plan.assignments:
        for vehicle in assignment.vehicles:
            grids.setdefault(vehicle, assignment.grid_id)
    for vehicle, grid_id in grids.items():
        yield _entry("vehicle", vehicle, vehicle, grid_id, None, spellings_of(vehicle))


def _street_entries(plan: Plan) -> Iterable[_Entry]:
    spell = lru_cache(maxsize=None)(spellings_of)
    for grid in plan.grids:
        for name in sorted({*plan.drawn_streets(grid.id), *grid.streets} - {""}):
            place = center_of(plan, grid.id, name)
            yield _entry("street", name, name, grid.id, place, spell(name))


def _entry(
    kind: str,
    entry_id: str,
    label: str,
    grid_id: str | None,
    place: tuple[float, float] | None,
    spellings: tuple[str, ...],
) -> _Entry:
    document = FoundDoc(
        kind=kind,  # type: ignore[typeddict-item]
        id=entry_id,
        label=label,
        grid=grid_id,
        longitude=place[0] if place else None,
        latitude=place[1] if place else None,
    )
    return _Entry(document, spellings)
