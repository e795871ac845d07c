"""The font of reports as shapes: how wide a text is, and the outline of each character.

Reads what is needed of a TrueType file and no more: a library for fonts takes longer to open one of
30,000 glyphs than a night takes to draw.
"""

import mmap
import struct
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.reports.drawing.drawing import FONT_FILE, font_folder

BOX = 0
"""The glyph of what the font has not."""
_TABLES = frozenset({b"cmap", b"head", b"hhea", b"hmtx", b"loca", b"glyf", b"maxp"})
_UNSEEN = "\u200c\u200d"
"""Joiners, which have no shape."""
_IS_ON, _IS_SHORT_X, _IS_SHORT_Y, _IS_REPEATED, _IS_SAME_X, _IS_SAME_Y = 1, 2, 4, 8, 16, 32
"""Flags of a point of an outline."""
_Point = tuple[float, float, bool]
"""East, north, and whether the curve goes through it."""
_Numbers = NDArray[np.int64]


class Typeface:
    """A TrueType font."""

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises
        ------
        OSError
            If it cannot be read.
        ValueError
            If it is no TrueType font with a table of all characters of Unicode.
        """
        with path.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        (count,) = struct.unpack_from(">H", self._data, 4)
        head = self._data[12 : 12 + 16 * count]
        if len(head) < 16 * count:
            raise ValueError(f"{path}: is no TrueType font")
        self._tables = {name: begin for name, _, begin, _ in struct.iter_unpack(">4sIII", head)}
        if not set(self._tables) >= _TABLES:
            raise ValueError(f"{path}: is no TrueType font")
        self.em = self._number(b"head", 18)
        """Units of the font that make the size of a text."""
        self._wide = self._number(b"hhea", 34)
        """Glyphs with a width of their own; all others are as wide as the last of them."""
        is_long = self._number(b"head", 50)
        places = np.frombuffer(
            self._data,
            ">u4" if is_long else ">u2",
            self._number(b"maxp", 4) + 1,
            self._tables[b"loca"],
        )
        self._places: _Numbers = places.astype(np.int64) * (1 if is_long else 2)
        self._first, self._last, self._glyph = self._groups(path)

    @property
    def glyphs(self) -> int:
        """How many there are."""
        return len(self._places) - 1

    def glyph_of(self, character: str) -> int:
        """Give the number of a character's glyph, `BOX` if the font has none."""
        code = ord(character)
        group = int(np.searchsorted(self._first, code, side="right")) - 1
        if group < 0 or code > self._last[group]:
            return BOX
        return int(self._glyph[group] + code - self._first[group])

    def advance(self, character: str) -> int:
        """Give how far on the next character stands, in units of the font."""
        if character in _UNSEEN:
            return 0
        return self._number(b"hmtx", 4 * min(self.glyph_of(character), self._wide - 1))

    def outline(self, character: str) -> str:
        """Draw a character as a path of SVG, in units of the font, y down from the baseline."""
        if character in _UNSEEN:
            return ""
        return self.drawn(self.glyph_of(character))

    def drawn(self, glyph: int) -> str:
        """Draw a glyph; one put together of others, which the font of reports has not, as a box."""
        begin, end = (self._tables[b"glyf"] + self._places[glyph : glyph + 2]).tolist()
        if begin == end:
            return ""
        data = self._data[begin:end]
        (count,) = struct.unpack_from(">h", data)
        if count < 0:
            return self.drawn(BOX) if glyph != BOX else ""
        return "".join(map(_path, _contours(data, count)))

    def _number(self, table: bytes, offset: int) -> int:
        return int(struct.unpack_from(">H", self._data, self._tables[table] + offset)[0])

    def _groups(self, path: Path) -> tuple[_Numbers, _Numbers, _Numbers]:
        """Read which characters have which glyphs: first and last of a run, glyph of the first."""
        begin = self._tables[b"cmap"]
        for row in range(self._number(b"cmap", 2)):
            kind, coding, offset = struct.unpack_from(">HHI", self._data, begin + 4 + 8 * row)
            if (kind, coding, self._number(b"cmap", offset)) == (3, 10, 12):
                (groups,) = struct.unpack_from(">I", self._data, begin + offset + 12)
                rows = np.frombuffer(self._data, ">u4", 3 * groups, begin + offset + 16)
                first, last, glyph = rows.astype(np.int64).reshape(-1, 3).T
                return first, last, glyph
        raise ValueError(f"{path}: has no table of all characters of Unicode")


def _contours(data: bytes, count: int) -> Iterator[list[_Point]]:
    """Read the closed curves of a glyph."""
    if not count:
        return
    ends = struct.unpack_from(f">{count}H", data, 10)
    place = 10 + 2 * count
    place += 2 + int(struct.unpack_from(">H", data, place)[0])  # what only screens need
    flags: list[int] = []
    while len(flags) <= ends[-1]:
        flag = data[place]
        place += 1
        flags.append(flag)
        if flag & _IS_REPEATED:
            flags += [flag] * data[place]
            place += 1
    x, place = _run(data, place, flags, _IS_SHORT_X, _IS_SAME_X)
    y, _ = _run(data, place, flags, _IS_SHORT_Y, _IS_SAME_Y)
    for first, last in pairwise((-1, *ends)):
        yield [(x[n], y[n], bool(flags[n] & _IS_ON)) for n in range(first + 1, last + 1)]


def _run(data: bytes, place: int, flags: list[int], short: int, same: int) -> tuple[list[int], int]:
    """Read one coordinate of all points, each told by how far it is from the one before."""
    at, values = 0, []
    for flag in flags:
        if flag & short:
            at += data[place] if flag & same else -data[place]
            place += 1
        elif not flag & same:
            at += int.from_bytes(data[place : place + 2], "big", signed=True)
            place += 2
        values.append(at)
    return values, place


def _path(contour: list[_Point]) -> str:
    """Write a closed curve as lines and quadratic curves."""
    whole: list[_Point] = []
    for before, point in zip([contour[-1], *contour[:-1]], contour, strict=True):
        if not before[2] and not point[2]:
            # between two points that only bend it the curve goes through the middle
            whole.append(((before[0] + point[0]) / 2, (before[1] + point[1]) / 2, True))
        whole.append(point)
    begin = next((n for n, point in enumerate(whole) if point[2]), None)
    if begin is None:
        return ""
    x, y, _ = whole[begin]
    parts = [f"M{x:g} {-y:g}"]
    bend: _Point | None = None
    for point in (*whole[begin + 1 :], *whole[: begin + 1]):
        if not point[2]:
            bend = point
            continue
        u, v, _ = point
        ahead = f"{u - x:g} {y - v:g}"
        parts.append(f"q{bend[0] - x:g} {y - bend[1]:g} {ahead}" if bend else f"l{ahead}")
        bend, x, y = None, u, v
    return "".join([*parts, "z"]).replace(" -", "-")


@cache
def typeface() -> Typeface:
    """Open the font of reports.

    Raises
    ------
    FileNotFoundError
        If it is not installed.
    """
    return Typeface(font_folder() / FONT_FILE)


@lru_cache(maxsize=4096)
def advance(character: str) -> int:
    """Give how far on the next character stands, in units of the font of reports."""
    return typeface().advance(character)


@lru_cache(maxsize=4096)
def outline(character: str) -> str:
    """Draw a character of the font of reports."""
    return typeface().outline(character)


def width_of(text: str, size: float) -> float:
    """Give the width of a text, in points as its size."""
    return sum(map(advance, text)) * size / typeface().em


def is_drawn(text: str) -> bool:
    """Tell whether the font of reports has every character of a text."""
    return all(map(_is_drawn, text))


@lru_cache(maxsize=4096)
def _is_drawn(character: str) -> bool:
    return character in _UNSEEN or typeface().glyph_of(character) != BOX
