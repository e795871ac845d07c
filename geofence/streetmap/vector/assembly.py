"""Sections and the table they come from → a `StreetMap`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.streetmap.noding.flat_lines import Flags, Floats, Longs
from geofence.streetmap.noding.noding import Sections
from geofence.streetmap.street_map import NAMELESS, Names, StreetMap
from geofence.streetmap.vector.field_values import Objects, texts, unique_ids, ways
from geofence.streetmap.vector.fields import Chosen
from geofence.streetmap.vector.notes import Notes

_SHOWN = 5
_MOST_CLASSES = 1000
"""A field of more different words says something else than a class."""


@dataclass(frozen=True, slots=True)
class Table:
    """The fields of the features, by what they say."""

    numbers: Longs
    """What the file itself calls each feature."""
    columns: tuple[Objects, ...]
    chosen: dict[str, Chosen | None]
    others: tuple[int, ...]
    """Columns of further names."""

    def column(self, role: str) -> Objects | None:
        """Give the field that says something, if there is one."""
        chosen = self.chosen[role]
        return None if chosen is None else self.columns[chosen.column]


def street_map_of(
    table: Table, sections: Sections, feature: Longs, structure: NDArray[np.int8], notes: Notes
) -> StreetMap:
    """Give sections what the table says of their features.

    Parameters
    ----------
    feature
        (sections,) the row of the table that each section is of.
    structure
        (sections,) a `Structure`.
    """
    count = len(table.numbers)
    forward = _ways(table.column("oneway"), count, notes)[feature]
    coordinates = _turned(sections.spots, sections.first, forward < 0)
    ends = np.where((forward < 0)[:, None], sections.ends[:, ::-1], sections.ends)
    ids = _ids(table, feature, notes)
    name, names = _names(table, count)
    road_class, road_classes = _classes(table.column("class"), count)
    return StreetMap(
        coordinates=coordinates,
        first_vertex=sections.first,
        ends=ends,
        ids=ids,
        name=name[feature],
        names=names,
        road_class=road_class[feature],
        road_classes=road_classes,
        oneway=forward != 0,
        structure=structure,
    )


def _ways(column: Objects | None, count: int, notes: Notes) -> Longs:
    if column is None:
        return np.zeros(count, dtype=np.int64)
    found, unknown = ways(column)
    if unknown:
        shown = ", ".join(f"{word} ({times})" for word, times in unknown.most_common(_SHOWN))
        notes.warnings.append(
            f"{sum(unknown.values())} values of the one-way field are not understood and count as "
            f"both ways: {shown}; write 1, -1 or 0"
        )
    return np.array([int(way) for way in found], dtype=np.int64)


def _turned(spots: Floats, first: Longs, backward: Flags) -> Floats:
    """Turn the lines round that traffic follows backward."""
    section = np.repeat(np.arange(len(backward)), np.diff(first))
    vertex = np.arange(len(spots))
    opposite = first[section] + first[section + 1] - 1 - vertex
    turned: Floats = spots[np.where(backward[section], opposite, vertex)]
    return turned


def _ids(table: Table, feature: Longs, notes: Notes) -> list[str]:
    column = table.column("id")
    given = None if column is None else texts(column)
    of_feature, reason = unique_ids(given, table.numbers.tolist())
    if reason:
        notes.told.append(f"ids: {reason}")
    if reason and column is not None:
        notes.warnings.append(f"the id field is not used: {reason}; ids change if features move")
    part = np.zeros(len(feature), dtype=np.int64)
    if len(feature):
        begins = np.flatnonzero(np.insert(feature[1:] != feature[:-1], 0, True))
        part = np.arange(len(feature)) - np.repeat(begins, np.diff(begins, append=len(feature))) + 1
    return [
        f"{of_feature[each]}-{number:03d}"
        for each, number in zip(feature.tolist(), part.tolist(), strict=True)
    ]


def _names(table: Table, count: int) -> tuple[NDArray[np.int32], tuple[Names, ...]]:
    main = table.column("name")
    columns = [texts(main) if main is not None else [""] * count]
    columns += [texts(table.columns[column]) for column in table.others]
    number: dict[tuple[str, ...], int] = {}
    found = np.full(count, NAMELESS, dtype=np.int32)
    for at, (first, *rest) in enumerate(zip(*columns, strict=True)):
        spelled = tuple(dict.fromkeys(text for text in (first, *rest) if text))
        if spelled:
            found[at] = number.setdefault(spelled, len(number))
    return found, tuple(Names(spelled[0], spelled[1:]) for spelled in number)


def _classes(column: Objects | None, count: int) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    words = [""] * count if column is None else texts(column)
    different = tuple(dict.fromkeys(words))
    if len(different) > _MOST_CLASSES:
        return np.zeros(count, dtype=np.int16), ("",)
    number = {word: at for at, word in enumerate(different)}
    return np.array([number[word] for word in words], dtype=np.int16), different
