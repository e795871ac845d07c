"""Damaged files of a city's own lines: Shapefile, GeoPackage, FlatGeobuf, KML and GeoJSON."""

import random
import shutil
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np

from benchmarks.fuzz.laws import check_seen
from benchmarks.fuzz.names import hostile_name
from benchmarks.fuzz.subject import Subject, ThroughError
from benchmarks.ingest.fuzz_decoders import BYTE_DAMAGES
from geofence.fault import GeofenceError
from geofence.streetmap.street_map import StreetMap
from geofence.streetmap.vector.vector_file import read_vector_file
from tests.fixtures.drawn_files import write_drawn

_LINES = (
    [(113.80, 34.00), (113.82, 34.00)],
    [(113.81, 33.99), (113.81, 34.01)],
    [(113.815, 34.00), (113.815, 34.02), (113.82, 34.02)],
)
_FIELDS = {
    "道路名称": ("魏都大道", "许继大道", "建安大道"),
    "编号": ("A1", "A2", "A3"),
    "单行": ("否", "是", "-1"),
}
_PARTS = {
    "shp": ("shp", "shx", "dbf", "dbf", "dbf", "prj", "cpg"),
    **{ending: (ending,) for ending in ("gpkg", "fgb", "kml", "geojson")},
}


class Damage(NamedTuple):
    """What is done to a file."""

    ending: str
    part: str
    """Ending of the file of it that is damaged."""
    inserted: str
    """A text that is put somewhere into it."""
    seed: int
    times: int


class Maps(Subject):
    """A map is read whole, or refused in a line."""

    name: ClassVar[str] = "maps"
    share: ClassVar[float] = 0.001

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._sound = folder / "sound"
        self._sound.mkdir()
        for ending in _PARTS:
            write_drawn(
                self._sound / f"map.{ending}", _LINES, {k: list(v) for k, v in _FIELDS.items()},
                encoding="GBK" if ending == "shp" else None,
            )  # fmt: skip

    def make(self, chance: random.Random) -> Damage:
        """Choose what is damaged, and how."""
        ending = chance.choice(list(_PARTS))
        inserted = hostile_name(chance) if chance.random() < 0.3 else ""
        times = chance.choice((0, 1, 1, 2, 5))
        return Damage(
            ending, chance.choice(_PARTS[ending]), inserted, chance.randrange(1 << 32), times
        )

    def throw(self, made: object) -> bool:
        """Damage a copy and read it."""
        assert isinstance(made, Damage)
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for part in set(_PARTS[made.ending]):
            shutil.copy(self._sound / f"map.{part}", copy)
        struck = copy / f"map.{made.part}"
        struck.write_bytes(_damaged(made, struck.read_bytes()))
        try:
            reading = read_vector_file(copy / f"map.{made.ending}")
        except GeofenceError as error:
            if len(str(error)) > 5000:
                raise ThroughError(f"a refusal of {len(str(error))} characters") from None
            check_seen(str(error).replace(str(self.folder), ""), "a refusal")
            return True
        for line in (*reading.notes.told, *reading.notes.warnings):
            check_seen(line, "a note")
        _check_map(reading.streets)
        return False


def _damaged(made: Damage, content: bytes) -> bytes:
    chance = random.Random(made.seed)
    if made.inserted:
        at = chance.randrange(len(content) + 1)
        text = made.inserted.encode(chance.choice(("utf-8", "gb18030")), "surrogatepass")
        content = content[:at] + text + content[at + chance.choice((0, len(text))) :]
    for _ in range(made.times):
        content = chance.choice(BYTE_DAMAGES)(chance, content)
    return content


def _check_map(streets: StreetMap) -> None:
    if len(set(streets.ids)) != streets.section_count:
        raise ThroughError("an id stands twice in a map")
    if not np.isfinite(streets.coordinates).all():
        raise ThroughError("a map has a coordinate that is no number")
    if (np.abs(streets.coordinates) > (180.0, 90.0)).any():
        raise ThroughError("a map has a coordinate that is no degree")
    if (np.diff(streets.first_vertex) < 2).any():
        raise ThroughError("a map has a section of less than two vertices")
