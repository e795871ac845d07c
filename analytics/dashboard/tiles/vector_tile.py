"""Lines as a layer of a Mapbox vector tile (specification 2.1), which is a small protobuf.

Written here because nothing that is installed encodes one tile in memory: GDAL, the one that knows
the format, makes whole folders of files. All lines of a tile are encoded in one go.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXTENT = 4096
"""Units along the side of a tile."""
_MOVE_TO, _LINE_TO, _LINESTRING = 1, 2, 2
_VERSION = 2
_VARINT, _BYTES = 0, 2

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines in tile units, line after line, those of one feature next to each other."""

    points: Integers
    """Shape (n, 2): x to the right, y down."""
    first: Integers
    """Shape (lines + 1,): where each line begins in `points`; each has two points or more."""
    feature: Integers
    """Shape (lines,): the feature of each line, ascending from 0, none left out."""


def encode_layer(name: str, lines: Lines, ids: Integers, names: Sequence[str]) -> bytes:
    """Write a tile of one layer.

    Parameters
    ----------
    ids
        Of each feature, 0 or more.
    names
        Of each feature, as its property ``name``; an empty one is left out.
    """
    if len(ids) == 0:
        return b""
    geometry, ends = _geometry(lines)
    values = {text: number for number, text in enumerate(dict.fromkeys(filter(None, names)))}
    begins = [0, *ends[:-1].tolist()]
    features = [
        _field(2, _feature(number, values.get(text), geometry[begin:end]))
        for number, text, begin, end in zip(ids.tolist(), names, begins, ends.tolist(), strict=True)
    ]
    layer = [
        _field(1, name.encode()), *features, _field(3, b"name"),
        *(_field(4, _field(1, text.encode())) for text in values),
        _number(5, EXTENT), _number(15, _VERSION),
    ]  # fmt: skip
    return _field(3, b"".join(layer))


def varints(numbers: Integers) -> tuple[bytes, Integers]:
    """Write numbers from 0 to 2**35 one after the other; give also where each ends."""
    groups = numbers[:, None] >> (7 * np.arange(5))
    size = np.maximum(1, (groups > 0).sum(axis=1))
    place = np.arange(5)
    written = (groups & 0x7F) | np.where(place < size[:, None] - 1, 0x80, 0)
    return written[place < size[:, None]].astype(np.uint8).tobytes(), np.cumsum(size)


def _geometry(lines: Lines) -> tuple[bytes, Integers]:
    """Write the commands of all features; give also where those of each end."""
    lengths = np.diff(lines.first)
    # the pen goes on from line to line of a feature, and begins each feature at the corner
    before = np.concatenate([np.zeros((1, 2), np.int64), lines.points[:-1]])
    is_new = np.concatenate([[True], np.diff(lines.feature) > 0])
    before[lines.first[:-1][is_new]] = 0
    steps = lines.points - before
    zigzag = (steps << 1) ^ (steps >> 63)
    # a line is: move, x, y, line of so many, x, y, …
    begin = np.concatenate([[0], np.cumsum(2 * lengths + 2)])
    numbers = np.zeros(int(begin[-1]), np.int64)
    numbers[begin[:-1]] = 1 << 3 | _MOVE_TO
    numbers[begin[:-1] + 3] = (lengths - 1) << 3 | _LINE_TO
    line = np.repeat(np.arange(len(lengths)), lengths)
    within = np.arange(len(lines.points)) - lines.first[:-1][line]
    at = begin[:-1][line] + 1 + 2 * within + (within > 0)
    numbers[at], numbers[at + 1] = zigzag[:, 0], zigzag[:, 1]
    written, ends = varints(numbers)
    is_last = np.concatenate([np.diff(lines.feature) > 0, [True]])
    return written, ends[begin[1:][is_last] - 1]


def _feature(number: int, value: int | None, geometry: bytes) -> bytes:
    tags = b"" if value is None else _field(2, b"\x00" + _varint(value))
    return _number(1, number) + tags + _number(3, _LINESTRING) + _field(4, geometry)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
