"""A street map in metres, with what leads where: what all ways of locating ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geofence.locating.resolution import Piece
from geofence.network.projection import LocalProjection
from geofence.streetmap.street_map import NAMELESS, StreetMap

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_FAR_M = 1e8
"""Where what cannot be projected is put, far from all that can."""


@dataclass(frozen=True, eq=False)
class MeasuredMap:
    """A `StreetMap` with its vertices in metres and the sections that meet at its junctions."""

    street_map: StreetMap

    @cached_property
    def projection(self) -> LocalProjection:
        """Metres around the middle of the map, which a stray vertex does not move."""
        longitude, latitude = self.street_map.coordinates.T
        if not len(longitude):
            return LocalProjection(0.0, 0.0)
        first = longitude[0]
        beside = (longitude - first + 180.0) % 360.0 - 180.0  # whole across 180°
        middle = (first + np.median(beside) + 180.0) % 360.0 - 180.0
        return LocalProjection(round(float(middle), 4), round(float(np.median(latitude)), 4))

    @cached_property
    def xy(self) -> Floats:
        """(n, 2) metres east and north of all vertices."""
        return self._projected(self.street_map.coordinates)

    @cached_property
    def along_m(self) -> Floats:
        """(n,) metres from the first vertex of its section to each vertex."""
        steps = np.zeros(len(self.xy))
        steps[1:] = np.hypot(*np.diff(self.xy, axis=0).T)
        first = self.street_map.first_vertex
        steps[first[:-1]] = 0.0
        total = np.cumsum(steps)
        return total - np.repeat(total[first[:-1]], np.diff(first))

    @cached_property
    def length_m(self) -> Floats:
        """(sections,) length of each."""
        return self.along_m[self.street_map.first_vertex[1:] - 1]

    @cached_property
    def lines(self) -> NDArray[np.object_]:
        """(sections,) each as a shapely line in metres."""
        owner = np.repeat(np.arange(self.street_map.section_count), self._vertex_counts)
        return np.asarray(shapely.linestrings(self.xy, indices=owner), dtype=object)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Of `lines`."""
        return shapely.STRtree(self.lines)

    @cached_property
    def _vertex_counts(self) -> Ints:
        return np.diff(self.street_map.first_vertex).astype(np.int64)

    @cached_property
    def junction_xy(self) -> Floats:
        """(junctions, 2) where each junction lies."""
        ends = self.street_map.ends
        place = np.zeros((int(ends.max(initial=-1)) + 1, 2))
        first = self.street_map.first_vertex
        place[ends[:, 0]] = self.xy[first[:-1]]
        place[ends[:, 1]] = self.xy[first[1:] - 1]
        return place

    @cached_property
    def _meeting(self) -> tuple[Ints, Ints]:
        """Where the sections of each junction begin, and the sections, junction by junction."""
        flat = self.street_map.ends.reshape(-1)
        order = np.argsort(flat, kind="stable")
        counts = np.bincount(flat, minlength=len(self.junction_xy))
        return np.concatenate([[0], np.cumsum(counts)]), order // 2

    @cached_property
    def _named(self) -> tuple[Ints, Ints]:
        """Where the sections of each name begin, and the sections, name by name."""
        name = self.street_map.name.astype(np.int64)
        order = np.argsort(name, kind="stable")
        order = order[np.searchsorted(name[order], 0) :]
        counts = np.bincount(name[order], minlength=len(self.street_map.names))
        return np.concatenate([[0], np.cumsum(counts)]), order

    def sections_at(self, junction: int) -> Ints:
        """Give the sections that end at a junction; a loop stands twice."""
        first, sections = self._meeting
        return sections[first[junction] : first[junction + 1]]

    def sections_named(self, names: Sequence[int]) -> Ints:
        """Give the sections that bear one of some names, ascending."""
        first, sections = self._named
        return np.sort(
            np.concatenate([sections[first[name] : first[name + 1]] for name in names])
            if len(names)
            else np.zeros(0, dtype=np.int64)
        )

    def is_nameless(self, section: int) -> bool:
        """Whether a section bears no name."""
        return int(self.street_map.name[section]) == NAMELESS

    def main_name(self, section: int) -> str:
        """Give the main name of a section; empty if it bears none."""
        names = self.street_map.names_of(section)
        return names.main if names else ""

    def vertices(self, section: int) -> Floats:
        """Give the (vertices, 2) metres of a section."""
        first = self.street_map.first_vertex
        return self.xy[first[section] : first[section + 1]]

    def shares(self, section: int) -> Floats:
        """Give the share of a section's length at each of its vertices."""
        first = self.street_map.first_vertex
        along = self.along_m[first[section] : first[section + 1]]
        return along / along[-1] if along[-1] > 0 else np.linspace(0.0, 1.0, len(along))

    def point_at(self, section: int, share: float) -> Floats:
        """Give the place at a share of a section's length."""
        vertices, shares = self.vertices(section), self.shares(section)
        return np.array([np.interp(share, shares, vertices[:, axis]) for axis in (0, 1)])

    def sampled(self, section: int, step_m: float) -> tuple[Floats, Floats]:
        """Give shares every `step_m` at most, ends and vertices included, and their places."""
        count = max(int(np.ceil(self.length_m[section] / step_m)), 1)
        shares = np.union1d(np.linspace(0.0, 1.0, count + 1), self.shares(section))
        places = np.stack(
            [
                np.interp(shares, self.shares(section), self.vertices(section)[:, axis])
                for axis in (0, 1)
            ],
            axis=1,
        )
        return shares, places

    def piece_length_m(self, piece: Piece) -> float:
        """Give the length of a piece."""
        return float(self.length_m[piece.section]) * (piece.to_share - piece.from_share)

    def to_metres(self, geometry: BaseGeometry) -> BaseGeometry:
        """Project a geometry in degrees."""
        projected: BaseGeometry = shapely.transform(shapely.force_2d(geometry), self._projected)
        return projected

    def _projected(self, degrees: Floats) -> Floats:
        x, y = self.projection.to_metres(*degrees.T)
        return np.nan_to_num(
            np.stack([x, y], axis=1), nan=_FAR_M, posinf=_FAR_M, neginf=-_FAR_M
        ).clip(-_FAR_M, _FAR_M)

    def junctions_of(self, sections: Ints) -> Ints:
        """Give the junctions at the ends of sections, each once."""
        return np.unique(self.street_map.ends[sections])
