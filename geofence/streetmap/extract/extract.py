"""What is read of an extract: ways with their nodes as flat arrays, named nodes and relations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Tags = Mapping[str, str]
Progress = Callable[[int, int], None]
"""Told how many of how many bytes are read; a file is read more than once if it must."""

NAME_KEYS = (
    "name", "name:zh", "name:zh-Hans", "name:zh-Hant", "name:en", "official_name", "short_name",
    "loc_name", "alt_name", "old_name", "bridge:name", "tunnel:name",
)  # fmt: skip
"""Keys of which a thing that is no street must have one to be read."""


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Ways; way number i is entry i of each array of ways. Nodes may be absent from the extract."""

    ids: NDArray[np.int64]
    first_node: NDArray[np.int64]
    """(ways + 1,) where each way begins in `nodes`; the last is their number."""
    nodes: NDArray[np.int64]
    """(n,) ids of the nodes of all ways, way after way."""
    places: NDArray[np.float64]
    """(n, 2) longitude and latitude of each; NaN where the extract lacks the node."""
    tags: NDArray[np.int64]
    """(ways,) index into `Extract.tag_sets`."""


@dataclass(frozen=True, slots=True)
class NamedNode:
    """A node that bears a name."""

    id: int
    longitude_deg: float
    latitude_deg: float
    tags: Tags


@dataclass(frozen=True, slots=True)
class NamedArea:
    """A relation of type multipolygon that bears a name."""

    id: int
    tags: Tags
    ways: tuple[int, ...]
    """Ids of the ways that bound it, holes too."""


@dataclass(frozen=True, slots=True, eq=False)
class Extract:
    """An extract, as it stands."""

    ways: Ways
    """Those that bear ``highway`` or a name."""
    tag_sets: Sequence[Tags]
    """Tags of ways, each set once."""
    nodes: Sequence[NamedNode]
    areas: Sequence[NamedArea]
    bounds: Ways
    """Ways that bound the areas; their tags are of no use."""


NamedThing = NamedNode | NamedArea


class WayTable:
    """Collects ways one after the other, or many at once, and their sets of tags."""

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray[np.int64], ...]] = []
        self._places: list[NDArray[np.float64]] = []
        self._set_of: dict[str, int] = {}

    def add(
        self,
        ids: NDArray[np.int64],
        counts: NDArray[np.int64],
        nodes: NDArray[np.int64],
        places: NDArray[np.float64],
        tags: tuple[NDArray[np.int64], Sequence[str]],
    ) -> None:
        """Add ways with the numbers of their nodes, and tags as an index into written sets."""
        index, written = tags
        known = self._set_of
        numbers = [known.setdefault(text, len(known)) for text in written]
        self._parts.append((ids, counts, nodes, np.array(numbers, dtype=np.int64)[index]))
        self._places.append(places)

    def written_sets(self) -> list[str]:
        """Give the sets of tags as they were written, in the order of their numbers."""
        return list(self._set_of)

    def ways(self) -> Ways:
        """Give all that was added."""
        none = np.empty(0, dtype=np.int64)
        columns = zip(*self._parts, strict=True) if self._parts else ((none,),) * 4
        ids, counts, nodes, tags = (np.concatenate(column) for column in columns)
        places = np.concatenate([np.empty((0, 2)), *self._places])
        return Ways(ids, np.concatenate([[0], np.cumsum(counts)]), nodes, places, tags)
