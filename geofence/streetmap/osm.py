"""From an OpenStreetMap extract to a `StreetMap`: the drivable ways, cut at their junctions."""

from collections import Counter
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geofence.cycle_search import without_cycle_search
from geofence.streetmap.drivable import DrivableRules
from geofence.streetmap.extract.extract import Extract, Progress, Ways
from geofence.streetmap.extract.reading import read_extract
from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.osm_places import places_of
from geofence.streetmap.osm_tags import direction_of, names_of, structure_of
from geofence.streetmap.runs import laid_out
from geofence.streetmap.splitting import Cuts, split
from geofence.streetmap.street_map import NAMELESS, Names, StreetMap

_REASONS_SHOWN = 8
_TELLING = ("highway", "area", "route", "service", "oneway", "junction", "bridge", "tunnel")
"""Keys that tell whether and how a way is driven, besides those of access. What they say is found
once for each of their few combinations: names make the sets of tags many."""


@without_cycle_search
def read_osm(
    path: Path,
    *,
    rules: DrivableRules | None = None,
    progress: Progress | None = None,
) -> StreetMap:
    """Read the streets and places of an extract: PBF or XML, packed or not.

    The map is the same whatever the order of objects in the file. Sections are ordered by way, and
    along each way as its traffic goes.

    Parameters
    ----------
    rules
        Which ways are streets; `DrivableRules` as it stands if none is given.
    progress
        Told how many of how many bytes are read.

    Raises
    ------
    StreetMapError
        If the file is no extract, ends early, or has no street.
    """
    extract = read_extract(path, progress)
    streets = _Streets(extract, rules or DrivableRules())
    ways = streets.ways
    cuts = split(ways, streets.direction[ways.tags] < 0)
    if not len(cuts.way):
        raise StreetMapError(f"{path}: {streets.none()}")
    tags = ways.tags[cuts.way]
    return StreetMap(
        coordinates=cuts.coordinates,
        first_vertex=cuts.first_vertex,
        ends=cuts.ends,
        ids=_ids(ways.ids[cuts.way], cuts.part),
        name=streets.name[tags],
        names=streets.names,
        road_class=streets.road_class[tags],
        road_classes=streets.road_classes,
        oneway=(streets.direction[tags] != 0) & ~cuts.two_way,
        structure=streets.structure[tags],
        places=tuple(places_of(extract)),
        remarks=(*streets.remarks(), *_holes(cuts)),
    )


class _Streets:
    """The ways of an extract that are streets by a rule, and what each set of their tags says."""

    def __init__(self, extract: Extract, rules: DrivableRules) -> None:
        self._rules, self._all = rules, extract.ways
        count = len(extract.tag_sets)
        self.direction = np.zeros(count, dtype=np.int8)
        self.structure = np.zeros(count, dtype=np.int8)
        self._is_road = np.zeros(count, dtype=np.bool_)
        self._reasons: list[str | None] = [None] * count
        telling = (*_TELLING, *rules.opening_keys, *rules.access_keys)
        known: dict[tuple[str | None, ...], tuple[str | None, int, int]] = {}
        for number, tags in enumerate(extract.tag_sets):
            if "highway" in tags:
                key = tuple(map(tags.get, telling))
                if key not in known:
                    known[key] = rules.reason_against(tags), direction_of(tags), structure_of(tags)
                self._is_road[number] = True
                self._reasons[number], self.direction[number], self.structure[number] = known[key]
        self.ways = self._chosen()
        self.road_class = np.zeros(count, dtype=np.int16)
        self.name = np.full(count, NAMELESS, dtype=np.int32)
        names: dict[Names, int] = {}
        classes: dict[str, int] = {}
        # in the order of ways, which does not depend on the file's
        used, first = np.unique(self.ways.tags, return_index=True)
        for number in used[np.argsort(first)].tolist():
            tags = extract.tag_sets[number]
            self.road_class[number] = classes.setdefault(tags["highway"], len(classes))
            if its := names_of(tags):
                self.name[number] = names.setdefault(its, len(names))
        self.names, self.road_classes = tuple(names), tuple(classes)

    def _chosen(self) -> Ways:
        """Take the streets, by id; of ways with one id the last that the file has."""
        every = self._all
        is_street = np.array([reason is None for reason in self._reasons], dtype=np.bool_)
        wanted, road = (is_street & self._is_road)[every.tags], self._is_road[every.tags]
        if self._rules.include_ways:
            wanted |= np.isin(every.ids, self._rules.include_ways) & road
        if self._rules.exclude_ways:
            wanted &= ~np.isin(every.ids, self._rules.exclude_ways)
        chosen = np.flatnonzero(wanted)
        chosen = chosen[np.argsort(every.ids[chosen], kind="stable")]
        ids = every.ids[chosen]
        return taken(every, chosen[np.append(ids[1:] != ids[:-1], np.ones(len(ids[:1]), bool))])

    def _roads(self) -> tuple[int, Counter[str]]:
        """Count the ways with `highway`, and by reason those that are left out."""
        counts = np.bincount(self._all.tags, minlength=len(self._reasons)).tolist()
        reasons: Counter[str] = Counter()
        for count, reason in zip(counts, self._reasons, strict=True):
            if reason:
                reasons[reason] += count
        return int(self._is_road[self._all.tags].sum()), reasons

    def remarks(self) -> list[str]:
        """Say how many ways are streets, why the others are none, and what the rule misses."""
        roads, reasons = self._roads()
        lines = [f"{len(self.ways.ids)} of {roads} ways with highway are streets"]
        if reasons:
            lines[0] += f"; left out: {_counted(reasons)}"
        for key in ("include_ways", "exclude_ways"):
            asked = np.unique(np.array(getattr(self._rules, key), dtype=np.int64))
            absent = asked[~np.isin(asked, self._all.ids)].tolist() if len(asked) else []
            if absent:
                lines.append(f"{key}: the map has no way {', '.join(map(str, absent))}")
        return lines

    def none(self) -> str:
        """Say what an extract without a street holds instead."""
        roads, reasons = self._roads()
        if not roads:
            return "has no way with highway, so no street; export streets too, with their nodes"
        if not reasons:
            return (
                f"has no street: the nodes of its {roads} ways with highway are absent; "
                "export ways with their nodes (in Overpass: out body; >; out skel;)"
            )
        return (
            f"has no street: of {roads} ways with highway none is drivable, {_counted(reasons)}; "
            "change the rule by [drivable], or export streets too"
        )


def taken(ways: Ways, chosen: NDArray[np.int64]) -> Ways:
    """Take some ways, in the order given."""
    if np.array_equal(chosen, np.arange(len(ways.ids))):
        return ways
    first, at = laid_out(ways.first_node[chosen], np.diff(ways.first_node)[chosen])
    return Ways(ways.ids[chosen], first, ways.nodes[at], ways.places[at], ways.tags[chosen])


def _ids(way: NDArray[np.int64], part: NDArray[np.int64]) -> list[str]:
    """Write ids, all as one text: a piece of text for each number would take longer."""
    endings = pa.array([f"-{number:03d}\n" for number in range(part.max() + 1)])
    lines = pc.binary_join_element_wise(
        "w", pa.array(way).cast(pa.string()), endings.take(pa.array(part)), ""
    )
    return cast("str", lines.buffers()[2].to_pybytes().decode()).split("\n")[:-1]


def _counted(reasons: Counter[str]) -> str:
    ranked = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{count} {reason}" for reason, count in ranked[:_REASONS_SHOWN]]
    rest = sum(count for _, count in ranked[_REASONS_SHOWN:])
    return ", ".join((*shown, f"{rest} for other reasons") if rest else shown)


def _holes(cuts: Cuts) -> list[str]:
    lines = []
    if cuts.incomplete:
        lines.append(
            f"{cuts.incomplete} streets lack nodes and are cut there: whoever cut the extract left "
            "them out; osmium extract keeps them"
        )
    if cuts.short:
        lines.append(f"{cuts.short} streets have no two places and are left out")
    return lines
