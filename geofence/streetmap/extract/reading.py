"""Reading an extract: PBF and plain XML by libosmium, what an editor has drawn by `josm`.

libosmium tells Python nothing of a way that a filter leaves out, and of those that are kept a text
(OPL) is read in columns: a call from C++ to Python for each of a million ways would take longer
than all the rest.
"""

import ctypes
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import osmium
from osmium.filter import IdFilter, KeyFilter
from osmium.io import File, FileBuffer, Reader, ThreadPool

from geofence.streetmap.extract.blocks import Block, OsmFile
from geofence.streetmap.extract.extract import (
    NAME_KEYS,
    Extract,
    NamedArea,
    NamedNode,
    NamedThing,
    Progress,
    Ways,
    WayTable,
)
from geofence.streetmap.extract.josm import read_drawn
from geofence.streetmap.extract.opl import add_ways, by_kind, named_things, tag_sets
from geofence.streetmap.fault import StreetMapError

ROOM_BYTES = 256 << 20
"""Many times what a block becomes as text: a disk that is full would end the process at once."""

_DRAWN = re.compile(
    rb"""\s(?:(?:id|ref)\s*=\s*["']-|action\s*=|visible\s*=\s*["']false|generator\s*=\s*["']JOSM)"""
)
"""Marks of an editor: libosmium gives nodes of negative ids no place, and reads no ``action``."""

_DAMAGES = (RuntimeError, ValueError, IndexError, OverflowError, osmium.InvalidLocationError)
"""What libosmium raises of a file that it cannot read."""

_PBF_HISTORY = "holds a history, no map (.osh); take the present of it: osmium time-filter"


def read_extract(path: Path, progress: Progress | None = None) -> Extract:
    """Read what bears ``highway`` or a name.

    Raises
    ------
    StreetMapError
        If the file cannot be read as an extract.
    """
    with TemporaryDirectory(prefix="pingcheng-") as folder:
        extract = _Passes(OsmFile(path, progress), Path(folder) / "block.opl").read()
    return extract or read_drawn(OsmFile(path, progress))


class _Passes:
    """One pass over a file; others if ways stand before their nodes, or bound areas."""

    def __init__(self, file: OsmFile, between: Path) -> None:
        self._file, self._between = file, between
        self._pool = ThreadPool()
        self._locations = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
        self._locations.ignore_errors()

    def read(self) -> Extract | None:
        """Read the file; None if somebody has drawn in it."""
        things, table = list[NamedThing](), WayTable()
        lines, named = KeyFilter("highway", *NAME_KEYS), KeyFilter(*NAME_KEYS)
        lines.enable_for(osmium.osm.WAY)
        named.enable_for(osmium.osm.NODE | osmium.osm.RELATION)
        for block in self._file.blocks():
            if block.format == "osm" and _DRAWN.search(block.data):
                return None
            of_ways, rest = by_kind(self._text(block, osmium.osm.ALL, lines, named))
            add_ways(of_ways, table)
            things.extend(named_things(rest))
        ways = table.ways()
        if np.isnan(ways.places).any():
            # nodes may stand behind their ways, as Overpass likes to write them
            ways, table = self._ways(lines)
        areas = [each for each in things if isinstance(each, NamedArea)]
        bounding = {way for area in areas for way in area.ways}
        return Extract(
            ways,
            tag_sets(table.written_sets()),
            [each for each in things if isinstance(each, NamedNode)],
            areas,
            self._ways(IdFilter(bounding))[0] if bounding else WayTable().ways(),
        )

    def _ways(self, wanted: object) -> tuple[Ways, WayTable]:
        """Read ways once all nodes have been read."""
        table = WayTable()
        for block in self._file.blocks():
            add_ways(self._text(block, osmium.osm.WAY, wanted), table)
        return table.ways(), table

    def _text(
        self, block: Block, kinds: "osmium.osm.osm_entity_bits", lines: object, *named: object
    ) -> bytes:
        """Have a block read, and what is wanted of it written."""
        if shutil.disk_usage(self._between.parent).free < ROOM_BYTES:
            raise StreetMapError(
                f"{self._between.parent}: has less than {ROOM_BYTES >> 20} MB free, which reading "
                "needs for a while; set TMPDIR to a folder with more"
            )
        out = File(str(self._between), "opl,add_metadata=none,locations_on_ways=true")
        writer = osmium.SimpleWriter(out, overwrite=True, thread_pool=self._pool)
        try:
            with Reader(FileBuffer(block.data, block.format), kinds, self._pool) as reader:
                history = reader.header().has_multiple_object_versions
                if not history:
                    # a way that is not wanted is gone before its nodes are looked up
                    osmium.apply(reader, lines, self._locations, *named, writer)
            writer.close()
            text = self._between.read_bytes()
            if not text.isascii():
                text.decode()  # libosmium passes on what is no UTF-8 now and then
        except _DAMAGES as error:
            _keep(writer)
            raise StreetMapError(f"{self._file.path}: {_damage(block, str(error))}") from error
        if history:
            raise StreetMapError(f"{self._file.path}: {_PBF_HISTORY}")
        return text


def _keep(writer: osmium.SimpleWriter) -> None:
    """Have a writer that failed stay: taken away, it would throw where nothing catches it."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(writer))


def _damage(block: Block, reason: str) -> str:
    if "XML parsing error" in reason:
        return (
            "ends early or is broken XML "
            f"({reason.partition(': ')[2] or reason}); download or export it again"
        )
    if "unicode" in reason.lower() or "utf" in reason.lower():
        return f"has a name or tag that is not UTF-8 ({reason}); download or export it again"
    kind = "PBF" if block.format == "pbf" else "XML of OpenStreetMap"
    return f"cannot be read as {kind}, {reason}; download or export it again"
