"""Sections of a map as a plan draws them: cut where grids change, named as the plan mentions them.

A section bears one name. Where grids have several words for it, a mention of the whole street comes
before one of a part; the others stand beside it as ``mentions``, by which the street counts as
located. What an area alone claims bears the map's name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from geofence.locating.resolution import Claim, Located, MentionKind, Stretch
from geofence.streetmap.street_map import StreetMap
from geofence.survey.lines import Floats, measures_m, near_any, part_of

LEAST_M = 2.0
"""A shorter rest of a section goes with what lies beside it."""
_WHOLE = (MentionKind.STREET, MentionKind.PAIR)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnSection:
    """A section of streets.geojson."""

    id: str
    name: str
    """Empty of a road without a name that no grid collects."""
    grids: tuple[str, ...]
    oneway: bool
    line: Floats
    mentions: tuple[str, ...] = ()
    map_name: str = ""
    road_class: str = ""


def draw_streets(
    street_map: StreetMap, located: Located, *, around_m: float, unnamed: str = "unnamed {}"
) -> list[DrawnSection]:
    """Draw all that is claimed, and the roads around it that trucks may take.

    Parameters
    ----------
    around_m
        How far from what is claimed other roads are still drawn; infinity draws all of them.
    unnamed
        How a street without a name is called that the area of a grid claims, with its way.
    """
    kinds = {(one.grid_id, one.mention): one.kind for one in located.resolutions}
    claimed = {
        section: list(stretches)
        for section, stretches in groupby(located.grids_of_pieces, key=attrgetter("piece.section"))
    }
    kept = _kept(street_map, sorted(claimed), around_m)
    drawn: list[DrawnSection] = []
    for section in np.flatnonzero(kept).tolist():
        parts = _parts(street_map.line(section), claimed.get(section, ()))
        names = street_map.names_of(section)
        map_name = names.main if names else ""
        for number, (line, claims) in enumerate(parts, start=1):
            section_id = street_map.ids[section]
            # sections of one way, w12-001 and w12-002, are one street
            way = section_id.rpartition("-")[0] or section_id
            name, mentions = _named(claims, kinds, map_name or unnamed.format(way))
            drawn.append(
                DrawnSection(
                    id=section_id if len(parts) == 1 else f"{section_id}.{number}",
                    name=name if claims else map_name,
                    grids=tuple(dict.fromkeys(claim.grid_id for claim in claims)),
                    oneway=bool(street_map.oneway[section]),
                    line=line,
                    mentions=mentions,
                    map_name=map_name,
                    road_class=street_map.road_classes[street_map.road_class[section]],
                )
            )
    return drawn


def _kept(street_map: StreetMap, claimed: Sequence[int], around_m: float) -> NDArray[np.bool_]:
    kept = np.full(street_map.section_count, np.isinf(around_m), dtype=np.bool_)
    kept[claimed] = True
    if np.isinf(around_m) or not claimed:
        return kept
    near = near_any([street_map.line(each) for each in claimed], street_map.coordinates, around_m)
    kept |= np.logical_or.reduceat(near, street_map.first_vertex[:-1])
    return kept


def _parts(line: Floats, stretches: Sequence[Stretch]) -> list[tuple[Floats, tuple[Claim, ...]]]:
    """Cut a line where claims change; claims of a rest too short to stand alone go under."""
    if not stretches:
        return [(line, ())]
    length_m = measures_m(line)[-1]
    spans: list[tuple[float, float, tuple[Claim, ...]]] = []
    for start, end, claims in _with_gaps(stretches):
        if spans and ((end - start) * length_m < LEAST_M or spans[-1][2] == claims):
            spans[-1] = (spans[-1][0], end, spans[-1][2])
        elif spans and (spans[-1][1] - spans[-1][0]) * length_m < LEAST_M:
            spans[-1] = (spans[-1][0], end, claims)
        else:
            spans.append((start, end, claims))
    return [(part_of(line, start, end), claims) for start, end, claims in spans]


def _with_gaps(stretches: Sequence[Stretch]) -> Iterator[tuple[float, float, tuple[Claim, ...]]]:
    """Give all of a section in order, with what nobody claims."""
    at = 0.0
    for stretch in stretches:
        start, end = stretch.piece.from_share, stretch.piece.to_share
        if start > at:
            yield at, start, ()
        yield start, end, stretch.claims
        at = end
    if at < 1.0:
        yield at, 1.0, ()


def _named(
    claims: Sequence[Claim], kinds: dict[tuple[str, str], MentionKind], otherwise: str
) -> tuple[str, tuple[str, ...]]:
    said = [claim for claim in claims if claim.mention]
    if not said:
        return otherwise, ()
    whole = [one for one in said if kinds.get((one.grid_id, one.mention)) in _WHOLE]
    name = (whole or said)[0].mention
    others = dict.fromkeys(claim.mention for claim in said if claim.mention != name)
    return name, tuple(others)
