"""Objects in the text that libosmium writes of them (OPL), as arrays.

Ways come by the million and are read in columns; named nodes and relations are few.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from geofence.streetmap.extract.extract import NamedArea, NamedNode, Tags, WayTable

_FIELDS = csv.ParseOptions(delimiter=" ", quote_char=False, double_quote=False)
_NODES = csv.ParseOptions(delimiter=",", quote_char=False, double_quote=False)
_TO_ROWS = bytes.maketrans(b"N,xy", b"\n\n,,")
"""Of ``Nn1x2.5y3.5,n2x2.6y3.6`` a row a node without the letter n; empty rows do not count."""

_NEXT, _IS = "\ud800", "\ud801"
"""Halves of characters, which no text has that was read."""


def by_kind(data: bytes) -> tuple[bytes, str]:
    """Part a text into its ways and all the rest, which is short."""
    letters = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n")) + 1
    begins = np.concatenate([[0], ends[:-1]])[: len(ends)]
    is_way = letters[begins] == ord("w")
    if is_way.all():
        return data, ""
    turns = np.flatnonzero(np.diff(is_way, prepend=False, append=False))
    runs = [slice(begins[turn], ends[stop - 1]) for turn, stop in turns.reshape(-1, 2).tolist()]
    ways = b"".join(data[run] for run in runs)
    gaps = [0, *(edge for run in runs for edge in (run.start, run.stop)), len(data)]
    rest = (data[gaps[at] : gaps[at + 1]] for at in range(0, len(gaps), 2))
    return ways, b"".join(rest).decode()


def add_ways(data: bytes, table: WayTable) -> None:
    """Add all ways of a text that holds nothing else to a table."""
    if not data:
        return
    text = pa.string()
    lines = csv.read_csv(
        pa.BufferReader(data),
        # one block: a way of thousands of nodes must fit into it
        csv.ReadOptions(column_names=["id", "tags", "nodes"], block_size=len(data) + 1),
        _FIELDS,
        csv.ConvertOptions(
            column_types={"id": text, "tags": text, "nodes": text}, strings_can_be_null=False
        ),
    ).combine_chunks()
    written = lines["tags"].chunk(0).dictionary_encode()
    refs = lines["nodes"].chunk(0)
    nodes, places = _node_rows(refs)
    table.add(
        pc.cast(pc.utf8_slice_codeunits(lines["id"], 1), pa.int64()).to_numpy(),
        _counts(refs),
        nodes,
        places,
        (written.indices.to_numpy().astype(np.int64), written.dictionary.to_pylist()),
    )


def _counts(refs: "pa.StringArray") -> NDArray[np.int64]:
    """Count the nodes of each way: each begins with the letter n, which nothing else has."""
    places, text = (np.frombuffer(refs.buffers()[at], kind) for at, kind in ((1, "i4"), (2, "u1")))
    begins = places[refs.offset : refs.offset + len(refs) + 1]
    return np.diff(np.searchsorted(np.flatnonzero(text == ord("n")), begins))


def _node_rows(refs: "pa.StringArray") -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    text = refs.buffers()[2].to_pybytes().translate(_TO_ROWS, b"n")
    if not text.strip():
        return np.empty(0, dtype=np.int64), np.empty((0, 2))
    rows = csv.read_csv(
        pa.BufferReader(text),
        csv.ReadOptions(column_names=["id", "x", "y"]),
        _NODES,
        csv.ConvertOptions(column_types={"id": pa.int64(), "x": pa.float64(), "y": pa.float64()}),
    )
    return rows["id"].to_numpy(), np.stack([rows["x"].to_numpy(), rows["y"].to_numpy()], axis=1)


def tag_sets(written: Iterable[str]) -> list[Tags]:
    """Read fields of tags, such as ``Thighway=service,name=A%20%1``."""
    fields = [text[1:].split(",") if len(text) > 1 else [] for text in written]
    pairs = dict.fromkeys(chain.from_iterable(fields))
    pair_of = dict(zip(pairs, _pairs(pairs), strict=True)).__getitem__
    return [dict(map(pair_of, field)) for field in fields]


def _pairs(written: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Read keys and values, many at once.

    What is written as a number becomes a character only after the signs between tags, and between
    key and value, are others that cannot be written at all.
    """
    parts = "".join(f"{pair}{_NEXT}" for pair in written).replace("=", _IS).split("%")
    parts[1::2] = map(_CHARACTERS.__getitem__, parts[1::2])
    for pair in "".join(parts).split(_NEXT)[:-1]:
        key, _, value = pair.partition(_IS)
        yield key, value


class _Characters(dict[str, str]):
    """Characters by their number as it is written: of Chinese names each is."""

    def __missing__(self, number: str) -> str:
        code = int(number, 16)
        # half a character that stands alone could be written nowhere
        self[number] = character = (
            "\N{REPLACEMENT CHARACTER}" if 0xD800 <= code < 0xE000 else chr(code)
        )
        return character


_CHARACTERS = _Characters()


def named_things(text: str) -> Iterator[NamedNode | NamedArea]:
    """Read nodes that have a place, and relations that are multipolygons."""
    lines = [line.split(" ", 2) for line in text.splitlines()]
    sets = tag_sets(written for _, written, _ in lines)
    for (number, _, rest), tags in zip(lines, sets, strict=True):
        if number.startswith("n"):
            x, y = rest.split(" ")
            if x[1:] and y[1:]:
                yield NamedNode(int(number[1:]), float(x[1:]), float(y[1:]), tags)
        elif tags.get("type") == "multipolygon":
            each = (member.partition("@")[0] for member in rest[1:].split(","))
            ways = tuple(int(member[1:]) for member in each if member.startswith("w"))
            yield NamedArea(int(number[1:]), tags, ways)
