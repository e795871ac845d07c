"""Maps of grids that failed: each street by its verdict, and where nobody collected.

Colour and dashes say the verdict of a street; a broad pale band under it says which stretches were
not seen collected. Streets of other grids and roads of none are grey.
"""

from collections.abc import Callable, Sequence
from math import floor, log10

import numpy as np

from analytics.reports.drawing.drawing import COLOURS, DASHES, GREY, INK
from analytics.reports.drawing.map_sketch import MAP_ASPECT, MapSketch, StreetSketch
from analytics.reports.drawing.picture import Line, Pen, Picture
from analytics.reports.tables.views import VERDICTS
from analytics.wording.words import Words
from ingest.plain_text import plain

HEIGHT = 260.0
"""In points, as all lengths of a drawing."""
WIDTH = HEIGHT * MAP_ASPECT
LEGEND = 108.0
MISSING = "#ffd9a8"
AMBIGUOUS = "#cfd8ff"
_NAME, _SMALL = 8.0, 7.0
_ROAD, _STREET, _BAND = 1.6, 3.2, 10.0
_BESIDE = 9.5
"""How far a name stands from its street."""
_SHARES = np.repeat([0.5, 0.3, 0.7, 0.15, 0.85], 2)
_SIDES = np.tile([1.0, -1.0], 5)


def draw_maps(sketches: Sequence[MapSketch], words: Words) -> list[Picture]:
    """Draw maps in their order."""
    return [_draw(sketch, words) for sketch in sketches]


def _draw(sketch: MapSketch, words: Words) -> Picture:
    west, _, south, north = sketch.bounds
    scale = HEIGHT / (north - south)

    def on_paper(lines: Sequence[Line]) -> list[Line]:
        return [(line - (west, north)) * (scale, -scale) for line in lines]

    pen = Pen(WIDTH + LEGEND, HEIGHT)
    pen.clip_to(0, 0, WIDTH, HEIGHT)
    pen.lines(on_paper(sketch.others), GREY, _ROAD, clip=True)
    streets = sketch.streets
    missing = [line for street in streets for line in street.missing]
    ambiguous = [line for street in streets for line in street.ambiguous]
    pen.lines(on_paper(missing), MISSING, _BAND)
    pen.lines(on_paper(ambiguous), AMBIGUOUS, _BAND)
    for verdict in VERDICTS:
        lines = [line for street in streets if street.verdict == verdict for line in street.lines]
        pen.lines(on_paper(lines), COLOURS[verdict], _STREET, DASHES[verdict])
    edge = 0.4
    frame = [(edge, edge), (WIDTH - edge, edge), (WIDTH - edge, HEIGHT - edge),
             (edge, HEIGHT - edge), (edge, edge)]  # fmt: skip
    pen.lines([np.array(frame)], GREY, 0.8)
    _names(pen, streets, on_paper)
    _scale_bar(pen, scale)
    _north(pen, words)
    _legend(pen, sketch, words)
    return pen.picture()


def _names(
    pen: Pen, streets: Sequence[StreetSketch], on_paper: Callable[[Sequence[Line]], list[Line]]
) -> None:
    """Write each name beside its longest line, where it covers the least of the others."""
    taken = np.empty((0, 3))
    for street in streets:
        name = plain(street.name)
        line = max(street.lines, key=lambda each: float(np.hypot(*np.diff(each, axis=0).T).sum()))
        (drawn,) = on_paper([line])
        radius = 0.5 * _NAME * max(len(name), 2)
        x, y, angle = _beside(drawn)
        room = taken[:, 2:] + radius - np.hypot(x - taken[:, :1], y - taken[:, 1:2])
        best = int(np.maximum(room, 0.0).sum(axis=0).argmin())
        taken = np.concatenate([taken, [[x[best], y[best], radius]]])
        pen.text(float(x[best]), float(y[best]), name, _NAME, anchor="middle",
                 angle=float(angle[best]), paper=True)  # fmt: skip


def _beside(line: Line) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give places beside a line, the best first, and the angle at which text runs along it."""
    steps = np.diff(line, axis=0)
    measure = np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])
    at = _SHARES * measure[-1]
    piece = np.minimum(np.searchsorted(measure, at, side="right"), len(line) - 1) - 1
    dx, dy = steps[piece].T
    length = np.hypot(dx, dy)
    length[length == 0.0] = 1.0
    x = np.interp(at, measure, line[:, 0]) + dy / length * _SIDES * _BESIDE
    y = np.interp(at, measure, line[:, 1]) - dx / length * _SIDES * _BESIDE
    upright = (np.degrees(np.arctan2(-dy, dx)) + 90.0) % 180.0 - 90.0
    return x, y, upright


def _scale_bar(pen: Pen, scale: float) -> None:
    wanted = WIDTH / 5 / scale
    power = 10.0 ** floor(log10(wanted))
    length_m = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    x, y, tick, length = 0.03 * WIDTH, 0.95 * HEIGHT, 0.012 * HEIGHT, length_m * scale
    ends = [(x, y - tick), (x, y), (x + length, y), (x + length, y - tick)]
    pen.lines([np.array(ends)], INK, 1.0)
    told = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    pen.text(x + length / 2, y - tick - 5, told, _SMALL, anchor="middle", paper=True)


def _north(pen: Pen, words: Words) -> None:
    x, top = 0.965 * WIDTH, 0.03 * HEIGHT
    pen.lines([np.array([(x, top + 3), (x, top + 30)])], INK, 1.0)
    pen.shape([(x, top), (x + 2.6, top + 6.5), (x - 2.6, top + 6.5)], INK)
    pen.text(x, top + 37, words("map.north"), _NAME, anchor="middle", paper=True)


def _legend(pen: Pen, sketch: MapSketch, words: Words) -> None:
    found = {street.verdict for street in sketch.streets}
    entries = [
        (words(f"verdict.{verdict}"), COLOURS[verdict], _STREET, DASHES[verdict])
        for verdict in VERDICTS
        if verdict in found
    ]
    bands = {
        "map.missing": (MISSING, any(street.missing for street in sketch.streets)),
        "map.ambiguous": (AMBIGUOUS, any(street.ambiguous for street in sketch.streets)),
    }
    entries += [
        (words(key), colour, 8.0, ()) for key, (colour, is_there) in bands.items() if is_there
    ]
    entries.append((words("map.neighbour"), GREY, _ROAD, ()))
    left = WIDTH + 7
    for row, (text, colour, width, dashes) in enumerate(entries):
        y = 7 + 16.0 * row
        pen.lines([np.array([(left, y), (left + 26, y)])], colour, width, dashes)
        pen.text(left + 31, y, text, _NAME)
    if sketch.schematic:
        pen.text(left, HEIGHT - 7, words("map.schematic"), _SMALL, colour="#6b7077")
