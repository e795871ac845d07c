"""Where the streets of a schematic city run, as straight lines on a chequerboard of grids.

Every grid gets one rectangle. Rectangles are bounded by connecting roads, which join everything;
inside, 街 run east-west and 路 north-south. `simulators.city.city` bends the result and cuts it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from geofence.plan.plan import Grid

CONNECTING_NAME = "联络线"
WIDTH_M = (640.0, 740.0)
HEIGHT_M = (600.0, 680.0)
PAIR_M = (28.0, 36.0)
"""Distance of parallel streets before bending, which changes it by at most 3 m."""
CLEAR_M = 70.0
"""Least distance of streets of one grid that are no such pair."""
WIDE_M = 300.0
"""Most distance of neighbouring lines of one direction, so that sections stay short."""
SNAP_M = 15.0
"""Streets of neighbouring grids that would meet their border this close become one line."""
DEAD_END_NAMES = frozenset("里巷园村")
"""Last characters of the names of streets that may end dead."""
ATTEMPTS = 400


@dataclass(frozen=True, slots=True)
class Line:
    """A straight road before bending, in metres of the chequerboard."""

    name: str
    grids: tuple[str, ...]
    east_west: bool
    at: float
    """Its northing if it runs east-west, else its easting."""
    start: float
    end: float
    """From and to along its direction, ``start < end``."""
    oneway: bool = False
    against: bool = False
    """True if it is drawn, and so driven, from `end` to `start`."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The rectangle of one grid."""

    grid: Grid
    column: int
    row: int


@dataclass(slots=True)
class Board:
    """The chequerboard: rectangles, their bounds and the lines drawn so far."""

    easting: list[float]
    northing: list[float]
    cells: list[Cell]
    borders: list[Line] = field(default_factory=list)
    inner: dict[tuple[int, int], list[Line]] = field(default_factory=dict)

    def lines(self) -> Iterator[Line]:
        """Give all lines: borders first, then grid by grid."""
        yield from self.borders
        for cell in self.cells:
            yield from self.inner[cell.column, cell.row]

    def corners(self) -> list[tuple[float, float]]:
        """Give the corners of all rectangles."""
        return sorted(
            {
                (self.easting[cell.column + right], self.northing[cell.row + up])
                for cell in self.cells
                for right in (0, 1)
                for up in (0, 1)
            }
        )


def runs_east_west(name: str) -> bool:
    """Tell whether a street of that name is drawn east-west, from its last telling character."""
    return max(map(name.rfind, "街里巷")) >= max(map(name.rfind, "路道"))


def lay_out(grids: Sequence[Grid], rng: np.random.Generator) -> Board:
    """Place every grid and draw its streets. Neighbours in the list become neighbours in town."""
    columns = max(1, round(len(grids) ** 0.5))
    rows = -(-len(grids) // columns)
    board = Board(
        easting=np.cumsum([0.0, *rng.uniform(*WIDTH_M, columns).round(1)]).round(1).tolist(),
        northing=np.cumsum([0.0, *rng.uniform(*HEIGHT_M, rows).round(1)]).round(1).tolist(),
        cells=[],
    )
    for index, grid in enumerate(grids):
        row, place = divmod(index, columns)
        board.cells.append(Cell(grid, place if row % 2 == 0 else columns - 1 - place, row))
    on_border = _draw_borders(board)
    for cell in board.cells:
        board.inner[cell.column, cell.row] = _inner_lines(board, cell, on_border, rng)
    return board


def _draw_borders(board: Board) -> set[tuple[str, str]]:
    """Draw the rectangles; a street that two neighbours share may be the border between them.

    Returns the (grid, street) pairs that are drawn by this.
    """
    sides: dict[tuple[bool, int, int], list[Grid]] = {}
    for cell in board.cells:
        for step in (0, 1):
            sides.setdefault((True, cell.row + step, cell.column), []).append(cell.grid)
            sides.setdefault((False, cell.column + step, cell.row), []).append(cell.grid)
    drawn: set[tuple[str, str]] = set()
    for (east_west, across, along), neighbours in sides.items():
        at, bounds = (
            (board.northing[across], board.easting)
            if east_west
            else (board.easting[across], board.northing)
        )
        line = Line(CONNECTING_NAME, (), east_west, at, bounds[along], bounds[along + 1])
        if len(neighbours) == 2:
            first, second = neighbours
            for name in dict.fromkeys(first.streets):
                pairs = {(first.id, name), (second.id, name)}
                if (
                    name in second.streets
                    and runs_east_west(name) == east_west
                    and not pairs & drawn
                ):
                    line = replace(line, name=name, grids=(first.id, second.id))
                    drawn |= pairs
                    break
        board.borders.append(line)
    return drawn


def _inner_lines(
    board: Board, cell: Cell, on_border: set[tuple[str, str]], rng: np.random.Generator
) -> list[Line]:
    names = [
        name for name in dict.fromkeys(cell.grid.streets) if (cell.grid.id, name) not in on_border
    ]
    alone = len(dict.fromkeys(cell.grid.streets)) == 1
    paired = rng.random() < 0.5
    sets = [
        _parallel_lines(
            board,
            cell,
            [name for name in names if runs_east_west(name) == east_west],
            east_west=east_west,
            dual=alone,
            pair=paired == east_west or len(names) > 4,
            rng=rng,
        )
        for east_west in (True, False)
    ]
    return [
        line for lines, crossing in (sets, sets[::-1]) for line in _with_parts(lines, crossing, rng)
    ]


@dataclass(frozen=True, slots=True)
class _Track:
    """One line across a grid, which one street takes whole or two take half each."""

    line: Line
    second_name: str = ""


def _parallel_lines(
    board: Board,
    cell: Cell,
    names: list[str],
    *,
    east_west: bool,
    dual: bool,
    pair: bool,
    rng: np.random.Generator,
) -> list[_Track]:
    """Draw a grid's streets of one direction, with connecting roads where they are too few."""
    dual = dual and len(names) == 1
    count = len(names) if len(names) < 4 else len(names) // 2 + 1
    least = 2 + (not east_west) + (pair or dual)
    titles = [(name, "") for name in names]
    if len(names) > count:
        whole = 2 * count - len(names)
        halves = names[whole:]
        titles = titles[:whole] + list(zip(halves[::2], halves[1::2], strict=True))
    if dual:
        titles.append((names[0], ""))
    titles += [("", "")] * (least - len(titles))
    positions = _positions(board, cell, titles, east_west=east_west, dual=dual, pair=pair, rng=rng)
    along, index = (board.easting, cell.column) if east_west else (board.northing, cell.row)
    tracks = []
    for number, ((name, second), at) in enumerate(zip(titles, positions, strict=True)):
        line = Line(
            name,
            (cell.grid.id,) if name else (),
            east_west,
            at,
            along[index],
            along[index + 1],
            oneway=dual and number < 2,
            against=dual and number == 1,
        )
        tracks.append(_Track(line, second))
    return tracks


def _positions(
    board: Board,
    cell: Cell,
    titles: list[tuple[str, str]],
    *,
    east_west: bool,
    dual: bool,
    pair: bool,
    rng: np.random.Generator,
) -> list[float]:
    """Spread lines over a grid: one close pair at most, others clear of each other."""
    bounds, index = (board.northing, cell.row) if east_west else (board.easting, cell.column)
    low, high = bounds[index], bounds[index + 1]
    neighbours = _lines_across_the_border(board, cell, east_west=east_west)
    count = len(titles)
    step = (high - low) / (count + 1 - (1 if dual else 0))
    places = np.empty(count)
    for _ in range(ATTEMPTS):
        order = rng.permutation(count)
        first, middle = int(np.flatnonzero(order == 0)[0]), count // 2
        order[[first, middle]] = order[[middle, first]]  # halves of others meet on the first
        places[order] = low + step * (np.arange(count) + 1 + rng.uniform(-0.3, 0.3, count))
        for number, (name, _second) in enumerate(titles):
            same = [line.at for line in neighbours if name and line.name == name]
            if same and rng.random() < 0.9:
                places[number] = same[0]
        if pair or dual:
            first, second = (0, 1) if dual else (int(order[0]), int(order[1]))
            places[second] = places[first] + rng.uniform(*PAIR_M)
        for line in neighbours:
            nearest = int(np.argmin(np.abs(places - line.at)))
            if abs(places[nearest] - line.at) < SNAP_M:
                places[nearest] = line.at
        if _well_spread(places.round(1), [line.at for line in neighbours], low, high):
            break
    return places.round(1).tolist()


def _lines_across_the_border(board: Board, cell: Cell, *, east_west: bool) -> list[Line]:
    """Lines of neighbouring grids that end on this one's border and run the same way."""
    steps = ((-1, 0), (1, 0)) if east_west else ((0, -1), (0, 1))
    along, index = (board.easting, cell.column) if east_west else (board.northing, cell.row)
    return [
        line
        for right, up in steps
        for line in board.inner.get((cell.column + right, cell.row + up), [])
        if line.east_west == east_west and {line.start, line.end} & {along[index], along[index + 1]}
    ]


def _well_spread(places: np.ndarray, across: list[float], low: float, high: float) -> bool:
    gaps = np.diff(np.sort([low, *places, high]))
    if gaps.max() > WIDE_M or not 0.3 < (places[0] - low) / (high - low) < 0.7:
        return False
    close = (gaps >= PAIR_M[0]) & (gaps <= PAIR_M[1])
    if not ((gaps >= CLEAR_M) | close).all() or close[0] or close[-1] or close.sum() > 1:
        return False
    apart = np.abs(np.subtract.outer(places, across)) if across else np.full((1, 1), np.inf)
    return bool(((apart == 0) | (apart >= SNAP_M)).all())


def _with_parts(
    tracks: list[_Track], crossing: list[_Track], rng: np.random.Generator
) -> Iterator[Line]:
    """Halve lines that two streets share, let alleys end dead, make some whole lines one-way."""
    # the first line each way stays whole, so halves meet on it and every place can be left
    middle = crossing[0].line.at
    for number, track in enumerate(tracks):
        line = track.line
        if track.second_name:
            yield replace(line, end=middle)
            yield replace(line, name=track.second_name, start=middle)
        elif number > 0 and not line.oneway and line.name[-1:] in DEAD_END_NAMES:
            yield _dead_end(line, [other.line.at for other in crossing], rng)
        elif not line.oneway and number > 0 and rng.random() < 0.3:
            yield replace(line, oneway=True, against=bool(rng.random() < 0.5))
        else:
            yield line


def _dead_end(line: Line, crossing: list[float], rng: np.random.Generator) -> Line:
    """Shorten a line so that it ends 45 m or more from the next crossing, if there is room."""
    for _ in range(ATTEMPTS):
        end = round(line.start + rng.uniform(0.4, 0.8) * (line.end - line.start), 1)
        if min(abs(end - place) for place in crossing) >= 45.0:
            if rng.random() < 0.5:
                return replace(line, end=end)
            return replace(line, start=end)
    return line
