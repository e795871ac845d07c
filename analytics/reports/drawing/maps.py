"""Maps of grids that failed, as SVG: each street by its verdict, and where nobody collected.

Colour and dashes say the verdict of a street; a broad pale band under it says which stretches were
not seen collected. Streets of other grids and roads of none are grey.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analytics.reports.drawing.drawing import COLOURS, DASHES, GREY, INK, drawing, svg_of
from analytics.reports.drawing.map_sketch import MAP_ASPECT, Line, MapSketch, StreetSketch
from analytics.reports.tables.views import VERDICTS
from analytics.wording.words import Language, Words
from ingest.plain_text import plain

HEIGHT_IN = 3.6
LEGEND_IN = 1.45
MISSING = "#ffd9a8"
AMBIGUOUS = "#cfd8ff"
_LABEL_PT = 8.0
_PAPER = {"facecolor": "white", "alpha": 0.75, "linewidth": 0.0, "pad": 0.6}
"""What stands behind text, so that it can be read over lines."""
_BATCH = 4
"""Maps that a process draws at a time; fewer are not worth starting one."""


def draw_maps(sketches: Sequence[MapSketch], words: Words) -> list[bytes]:
    """Draw maps in their order, in this process."""
    with drawing():
        return [svg_of(_draw(sketch, words)) for sketch in sketches]


class MapDrawing:
    """Maps being drawn by other processes while this one does something else."""

    def __init__(self, sketches: Sequence[MapSketch], language: Language, workers: int) -> None:
        self._sketches, self._words = sketches, Words(language)
        self._pool: ProcessPoolExecutor | None = None
        self._parts: list[Future[list[bytes]]] = []
        if workers > 1 and len(sketches) > 2 * _BATCH:
            # spawned: this process has threads, which a fork would not take along
            self._pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
            self._parts = [
                self._pool.submit(draw_maps, sketches[first : first + _BATCH], self._words)
                for first in range(0, len(sketches), _BATCH)
            ]

    def maps(self) -> list[bytes]:
        """Wait for the maps, in the order of the sketches."""
        if self._pool is None:
            return draw_maps(self._sketches, self._words)
        return [drawn for part in self._parts for drawn in part.result()]

    def __enter__(self) -> Self:
        """Use as a context, at whose end the processes go, finished or not."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the processes go."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _draw(sketch: MapSketch, words: Words) -> Figure:
    width_in = HEIGHT_IN * MAP_ASPECT + LEGEND_IN
    figure = Figure(figsize=(width_in, HEIGHT_IN))
    axes = figure.add_axes((0, 0, HEIGHT_IN * MAP_ASPECT / width_in, 1))
    west, east, south, north = sketch.bounds
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color(GREY)
    _lines(axes, sketch.others, color=GREY, linewidths=1.6)
    missing = [line for street in sketch.streets for line in street.missing]
    ambiguous = [line for street in sketch.streets for line in street.ambiguous]
    _lines(axes, missing, color=MISSING, linewidths=10.0, capstyle="butt")
    _lines(axes, ambiguous, color=AMBIGUOUS, linewidths=10.0, capstyle="butt")
    for verdict in VERDICTS:
        lines = [
            ln for street in sketch.streets if street.verdict == verdict for ln in street.lines
        ]
        _lines(axes, lines, color=COLOURS[verdict], linewidths=3.2, linestyles=[DASHES[verdict]])
    metre_pt = HEIGHT_IN * 72 / (north - south)
    _names(axes, sketch.streets, metre_pt)
    _scale_bar(axes, sketch.bounds)
    _north(axes, words)
    _legend(figure, sketch, words)
    return figure


def _lines(axes: Axes, lines: Sequence[Line], **style: object) -> None:
    if lines:
        axes.add_collection(LineCollection(lines, **style), autolim=False)  # type: ignore[arg-type]


def _names(axes: Axes, streets: Sequence[StreetSketch], metre_pt: float) -> None:
    """Write each name beside its longest line, where it covers the least of the others."""
    taken: list[tuple[float, float, float]] = []
    for street in streets:
        name = plain(street.name)
        line = max(street.lines, key=lambda each: float(np.hypot(*np.diff(each, axis=0).T).sum()))
        radius = 0.5 * _LABEL_PT * max(len(name), 2) / metre_pt
        x, y, angle = min(
            (_beside(line, share, side * 9.5 / metre_pt) for share in (0.5, 0.3, 0.7, 0.15, 0.85)
             for side in (1.0, -1.0)),
            key=lambda place: _crowding(place[0], place[1], radius, taken),
        )  # fmt: skip
        taken.append((x, y, radius))
        axes.text(x, y, name, fontsize=_LABEL_PT, rotation=angle, ha="center", va="center",
                  rotation_mode="anchor", bbox=_PAPER, clip_on=True)  # fmt: skip


def _beside(line: Line, share: float, offset_m: float) -> tuple[float, float, float]:
    """Give the point beside a share of a line, and the angle at which text runs along it."""
    measure = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = share * measure[-1]
    piece = min(int(np.searchsorted(measure, at, side="right")), len(line) - 1)
    dx, dy = line[piece] - line[piece - 1]
    x = float(np.interp(at, measure, line[:, 0]))
    y = float(np.interp(at, measure, line[:, 1]))
    length = float(np.hypot(dx, dy)) or 1.0
    angle = float(np.degrees(np.arctan2(dy, dx)))
    upright = (angle + 90.0) % 180.0 - 90.0
    return x - dy / length * offset_m, y + dx / length * offset_m, upright


def _crowding(
    x: float, y: float, radius: float, taken: Sequence[tuple[float, float, float]]
) -> float:
    return sum(max(0.0, radius + other - float(np.hypot(x - u, y - v))) for u, v, other in taken)


def _scale_bar(axes: Axes, bounds: tuple[float, float, float, float]) -> None:
    west, east, south, north = bounds
    wanted = (east - west) / 5
    power = 10.0 ** np.floor(np.log10(wanted))
    length = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    x, y, tick = (
        west + 0.03 * (east - west),
        south + 0.05 * (north - south),
        0.012 * (north - south),
    )
    axes.plot([x, x, x + length, x + length], [y + tick, y, y, y + tick], color=INK, linewidth=1.0)
    told = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    axes.text(x + length / 2, y + tick, told, ha="center", va="bottom", fontsize=7,
              bbox=_PAPER)  # fmt: skip


def _north(axes: Axes, words: Words) -> None:
    axes.annotate(
        words("map.north"), xy=(0.965, 0.97), xytext=(0.965, 0.85), xycoords="axes fraction",
        ha="center", va="top", fontsize=8, bbox=_PAPER,
        arrowprops={"arrowstyle": "-|>", "color": INK},
    )  # fmt: skip


def _legend(figure: Figure, sketch: MapSketch, words: Words) -> None:
    found = {street.verdict for street in sketch.streets}
    handles = [
        Line2D([], [], color=COLOURS[verdict], linewidth=3.2, linestyle=DASHES[verdict],
               label=words(f"verdict.{verdict}"))
        for verdict in VERDICTS if verdict in found
    ]  # fmt: skip
    bands = {
        "map.missing": (MISSING, any(street.missing for street in sketch.streets)),
        "map.ambiguous": (AMBIGUOUS, any(street.ambiguous for street in sketch.streets)),
    }
    handles += [
        Line2D([], [], color=colour, linewidth=8, solid_capstyle="butt", label=words(key))
        for key, (colour, is_there) in bands.items() if is_there
    ]  # fmt: skip
    handles.append(Line2D([], [], color=GREY, linewidth=1.6, label=words("map.neighbour")))
    left = 1 - LEGEND_IN / figure.get_figwidth() + 0.005
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(left, 1.0), frameon=False,
                  fontsize=8, handlelength=2.4, borderaxespad=0.0, labelspacing=0.7)  # fmt: skip
    if sketch.schematic:
        figure.text(left + 0.008, 0.02, words("map.schematic"), fontsize=7, color="#6b7077")
