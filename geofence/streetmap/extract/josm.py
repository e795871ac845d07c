"""XML that somebody drew in: new objects have negative ids, deleted ones bear ``action``.

JOSM keeps what it deleted in the file until it is uploaded, so a reader that knows no ``action``
shows streets that are gone.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from geofence.streetmap.extract.blocks import OsmFile
from geofence.streetmap.extract.extract import (
    NAME_KEYS,
    Extract,
    NamedArea,
    NamedNode,
    Tags,
    Ways,
)
from geofence.streetmap.fault import StreetMapError

_E7 = 10_000_000
"""OpenStreetMap keeps seven decimals of a degree, an editor more."""


@dataclass(slots=True)
class _Object:
    kind: str
    id: int
    place: tuple[float, float] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    refs: list[int] = field(default_factory=list)
    """Nodes of a way, ways of a relation."""


def read_drawn(file: OsmFile) -> Extract:
    """Read what bears ``highway`` or a name, and is not deleted.

    Raises
    ------
    StreetMapError
        If the file is broken.
    """
    drawing = _Drawing(file)
    for block in file.blocks():
        drawing.read(block.data)
    return drawing.extract()


class _Drawing:
    """All objects of a file."""

    def __init__(self, file: OsmFile) -> None:
        self._file = file
        self._places: dict[int, tuple[float, float]] = {}
        self._deleted: set[int] = set()
        self._named: list[NamedNode] = []
        self._areas: list[NamedArea] = []
        self._ways: dict[int, _Object] = {}
        self._now: _Object | None = None

    def read(self, data: bytes) -> None:
        """Read a part of the file that is a file of its own."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise StreetMapError(
                f"{self._file.path}: ends early or is broken XML ({error}); save or export it again"
            ) from error
        except (KeyError, ValueError) as error:
            what = f"{self._now.kind} {self._now.id}" if self._now else "an object"
            raise StreetMapError(
                f"{self._file.path}: {what}: cannot be read ({error}); save or export it again"
            ) from error

    def _begin(self, name: str, values: dict[str, str]) -> None:
        now = self._now
        if name in {"node", "way", "relation"}:
            self._now = now = _Object(name, int(values["id"]))
            if values.get("action") == "delete" or values.get("visible") == "false":
                self._now = None
                if name == "node":
                    self._deleted.add(now.id)
            elif name == "node":
                now.place = _place(values)
        elif now is None:
            return
        elif name == "tag":
            now.tags[values["k"]] = values["v"]
        elif name == "nd" or (name == "member" and values["type"] == "way"):
            now.refs.append(int(values["ref"]))

    def _end(self, name: str) -> None:
        now = self._now
        if now is None or name != now.kind:
            return
        self._now = None
        named = any(key in now.tags for key in NAME_KEYS)
        if name == "way":
            self._ways[now.id] = now
        elif name == "relation":
            if named and now.tags.get("type") == "multipolygon":
                self._areas.append(NamedArea(now.id, now.tags, tuple(now.refs)))
        elif now.place:
            self._places[now.id] = now.place
            if named:
                self._named.append(NamedNode(now.id, *now.place, now.tags))

    def extract(self) -> Extract:
        """Give what was read."""
        wanted = [way for way in self._ways.values() if _is_wanted(way.tags)]
        numbers: dict[tuple[tuple[str, str], ...], int] = {}
        tag_sets: list[Tags] = []
        index = []
        for way in wanted:
            key = tuple(sorted(way.tags.items()))
            if key not in numbers:
                numbers[key] = len(tag_sets)
                tag_sets.append(way.tags)
            index.append(numbers[key])
        bounding = sorted({way for area in self._areas for way in area.ways} & self._ways.keys())
        return Extract(
            self._table(wanted, index),
            tag_sets,
            self._named,
            self._areas,
            self._table([self._ways[way] for way in bounding], [0] * len(bounding)),
        )

    def _table(self, ways: Sequence[_Object], tags: Collection[int]) -> Ways:
        # a vertex that was deleted is gone, one that the extract lacks is only unknown
        nodes = [[node for node in way.refs if node not in self._deleted] for way in ways]
        absent = (np.nan, np.nan)
        places = [self._places.get(node, absent) for part in nodes for node in part]
        return Ways(
            _integers(way.id for way in ways),
            np.concatenate([[0], np.cumsum(_integers(map(len, nodes)))]),
            _integers(node for part in nodes for node in part),
            np.array(places, dtype=np.float64).reshape(-1, 2),
            _integers(tags),
        )


def _integers(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, dtype=np.int64)


def _is_wanted(tags: Tags) -> bool:
    return "highway" in tags or any(key in tags for key in NAME_KEYS)


def _place(values: dict[str, str]) -> tuple[float, float] | None:
    """Read a place as OpenStreetMap would keep it; None if it is no place on Earth."""
    longitude, latitude = float(values["lon"]), float(values["lat"])
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        return None
    return round(longitude * _E7) / _E7, round(latitude * _E7) / _E7
