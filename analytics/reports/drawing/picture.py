"""A drawing as plain shapes and texts, and the pen that draws it; knows nothing of reports.

Shapes are elements of SVG already. Texts are kept apart: what has the font sets them as text, what
has not draws their outlines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.reports.drawing.drawing import INK
from analytics.reports.drawing.typeface import width_of

UNITS = 10
"""Units of a drawing in a point: coordinates are whole numbers of these."""
MIDDLE = 0.37
"""How far below its middle a line of text stands, in sizes of the text."""
_PAPER_PT = 0.6
Anchor = Literal["start", "middle", "end"]
_SHARE: dict[Anchor, float] = {"start": 0.0, "middle": 0.5, "end": 1.0}
Line = NDArray[np.float64]
"""Shape (n, 2): points of paper to the right and down."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text that stands somewhere."""

    x: float
    """Where it begins, in points from the left."""
    y: float
    """Where its baseline is there, in points from the top."""
    text: str
    size: float
    colour: str
    angle: float
    """Degrees by which it is turned upwards about where it begins."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What was drawn."""

    width: float
    """In points, as the height."""
    height: float
    shapes: str
    """Elements of SVG, in units; all texts lie over them."""
    labels: tuple[Label, ...]


class Pen:
    """Draws one picture, in points from its upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        self._width, self._height = width, height
        self._shapes: list[str] = []
        self._papers: list[str] = []
        self._labels: list[Label] = []

    def lines(
        self,
        lines: Iterable[Line],
        colour: str,
        width: float,
        dashes: Sequence[float] = (),
        *,
        clip: bool = False,
    ) -> None:
        """Draw lines as one shape; `dashes` are in widths. What `frame` bounds is cut to it."""
        path = "".join(map(_path, lines))
        if not path:
            return
        dashed = ""
        if dashes:
            lengths = " ".join(f"{UNITS * width * each:g}" for each in dashes)
            dashed = f' stroke-dasharray="{lengths}"'
        cut = ' clip-path="url(#frame)"' if clip else ""
        self._shapes.append(
            f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{UNITS * width:g}" '
            f'stroke-linejoin="round"{dashed}{cut}/>'
        )

    def clip_to(self, x: float, y: float, width: float, height: float) -> None:
        """Set to what lines are cut that ask for it."""
        self._shapes.append(
            f'<clipPath id="frame"><path d="{_box(x, y, width, height)}"/></clipPath>'
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        self._shapes.append(f'<path d="{_box(x, y, width, height)}" fill="{colour}"/>')

    def shape(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """Fill what lies between some points."""
        self._shapes.append(f'<path d="{_path(np.array(points))}z" fill="{colour}"/>')

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """Fill a circle."""
        u, v, r = _units(x), _units(y), _units(radius)
        self._shapes.append(f'<circle cx="{u}" cy="{v}" r="{r}" fill="{colour}"/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        anchor: Anchor = "start",
        colour: str = INK,
        angle: float = 0.0,
        paper: bool = False,
    ) -> None:
        """Write a text whose `anchor` is at x and whose middle is at y, turned about that.

        Parameters
        ----------
        paper
            Whether something pale lies under it, so that it can be read over lines.
        """
        width = width_of(text, size)
        along, across = -_SHARE[anchor] * width, MIDDLE * size
        turned, up = cos(radians(angle)), sin(radians(angle))

        def place(right: float, down: float) -> tuple[float, float]:
            return x + right * turned + down * up, y - right * up + down * turned

        if paper:
            half = 0.6 * size + _PAPER_PT
            corners = [
                place(along - _PAPER_PT, -half), place(along + width + _PAPER_PT, -half),
                place(along + width + _PAPER_PT, half), place(along - _PAPER_PT, half),
            ]  # fmt: skip
            self._papers.append(f"{_path(np.array(corners))}z")
        left, base = place(along, across)
        self._labels.append(
            Label(round(left, 2), round(base, 2), text, size, colour, round(angle, 2))
        )

    def picture(self) -> Picture:
        """Give what was drawn."""
        papers = [f'<path d="{each}" fill="#fff" fill-opacity=".75"/>' for each in self._papers]
        return Picture(
            self._width, self._height, "".join([*self._shapes, *papers]), tuple(self._labels)
        )


def _units(value: float) -> int:
    return round(UNITS * value)


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{_units(x)} {_units(y)}h{_units(width)}v{_units(height)}h{-_units(width)}z"


def _path(line: Line) -> str:
    """Write a line with whole numbers: where it begins, then each step."""
    points = np.rint(line * UNITS).astype(np.int64)
    steps = np.diff(points, axis=0)
    # a road may be drawn finer than paper shows
    steps = steps[(steps != 0).any(axis=1)]
    begin = f"M{points[0, 0]} {points[0, 1]}"
    if not len(steps):
        return f"{begin}h0"
    return f"{begin}l{' '.join(map(str, steps.ravel().tolist()))}".replace(" -", "-")
