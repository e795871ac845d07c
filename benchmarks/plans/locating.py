"""What locating mentions costs on large maps, and how that grows with mentions and sections.

    python -m benchmarks.plans.locating [--sections 250000,500000,1000000] [--mentions 10000]

Makes up a chequerboard of each size. Its streets are twenty blocks long; one in five shares its
name with others, and one in two hundred bears one and the same name. A grid mentions ten
neighbouring streets: seven by their names, one by a part, one by its branches, one that no map has.
The mentions grow with the sections, so the last columns, each time by the time before, are 2 where
cost is linear.
"""

import argparse
import resource
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
from rich.console import Console
from rich.table import Table

from geofence.locating.locate import locate
from geofence.plan.plan import Grid
from geofence.streetmap.street_map import NAMELESS, Names, StreetMap

BLOCKS = 20
"""Of a street."""
COMMON_SHARE = 0.005
"""Of streets that bear one and the same name: of a million sections about 500."""
WEST_DEG, SOUTH_DEG, BLOCK_DEG = 113.3, 40.08, 0.001
CHARACTERS = "东西南北中新和平安宁永兴福德文武清远长青红旗友谊云林花园柳泉金盾石山水河湖"
WORDS = ("街", "路", "大道", "巷")
ONE_OF = "--one"


def main() -> None:
    """Print the table; or, asked by it, the figures of one size."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sections", default="250000,500000,1000000", help="(default %(default)s)")
    parser.add_argument("--mentions", type=int, default=10_000, help="on the largest map")
    parser.add_argument(ONE_OF, nargs=2, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        sys.stdout.write("\t".join(map(str, _measure(*options.one))))
        return
    sizes = [int(size) for size in options.sections.split(",")]
    rows = [_in_a_process(size, options.mentions * size // max(sizes)) for size in sizes]
    Console(width=110).print(_table(sizes, rows))


def _in_a_process(sections: int, mentions: int) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.plans.locating", ONE_OF]
    told = subprocess.run(
        [*command, str(sections), str(mentions)], check=True, capture_output=True, text=True
    )
    return [float(figure) for figure in told.stdout.split("\t")]


def _measure(sections: int, mentions: int) -> tuple[float, ...]:
    """Give mentions, located ones, seconds on the core of both steps, and megabytes."""
    side = round((sections / 2) ** 0.5) + 1
    street_map, street = chequerboard(side)
    grids = _grids(street_map, street, mentions)
    started = time.process_time()
    located = locate(street_map, grids)
    done = time.process_time()
    stretches = len(located.grids_of_pieces)
    drawn = time.process_time()
    found = len(located.resolutions) - len(located.unlocated)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return len(located.resolutions), found, stretches, done - started, drawn - done, memory_mb


def chequerboard(side: int) -> tuple[StreetMap, np.ndarray]:
    """Make up a map of so many junctions a side; give the street of each section as well."""
    rng = np.random.default_rng(0)
    junction = np.arange(side * side).reshape(side, side)
    east = np.stack([junction[:, :-1].ravel(), junction[:, 1:].ravel()], axis=1)
    north = np.stack([junction[:-1].ravel(), junction[1:].ravel()], axis=1)
    ends = np.concatenate([east, north])
    row, column = np.divmod(ends, side)
    places = np.stack([WEST_DEG + column * BLOCK_DEG * 1.3, SOUTH_DEG + row * BLOCK_DEG], axis=-1)
    in_a_row = side // BLOCKS + 1
    along_east = row[: len(east), 0] * in_a_row + column[: len(east), 0] // BLOCKS
    along_north = column[len(east) :, 0] * in_a_row + row[len(east) :, 0] // BLOCKS
    street = np.concatenate([along_east, along_north + side * in_a_row])
    count = int(street.max()) + 1
    names = list(dict.fromkeys(_made_up(rng) for _ in range(2 * count)))[: int(0.9 * count)]
    bears = np.arange(count) % len(names)
    rng.shuffle(bears)
    bears[rng.random(count) < COMMON_SHARE] = 0
    bears[rng.random(count) < 0.1] = NAMELESS
    sections = len(ends)
    street_map = StreetMap(
        places.reshape(-1, 2),
        np.arange(0, 2 * sections + 1, 2),
        ends,
        [str(number) for number in range(sections)],
        bears[street].astype(np.int32),
        tuple(Names(name) for name in names),
        np.zeros(sections, np.int16),
        ("residential",),
        np.zeros(sections, np.bool_),
        np.zeros(sections, np.int8),
    )
    return street_map, street


def _made_up(rng: np.random.Generator) -> str:
    word = WORDS[rng.integers(len(WORDS))]
    return "".join(rng.choice(list(CHARACTERS), rng.integers(2, 5))) + word


def _grids(street_map: StreetMap, street: np.ndarray, mentions: int) -> list[Grid]:
    rng = np.random.default_rng(1)
    _, first = np.unique(street, return_index=True)
    names = [street_map.names_of(int(section)) for section in first]
    grids = []
    for number in range(mentions // 10):
        start = int(rng.integers(len(names) - 30))
        near = [name.main for name in names[start : start + 30] if name is not None][:10]
        near[7] += str(rng.choice(["北段", "西段"]))
        near[8] += "支路"
        near[9] = f"无此{near[9]}"
        grids.append(Grid(str(number), str(number // 20), (), (), streets=tuple(near)))
    return grids


def _table(sizes: list[int], rows: list[list[float]]) -> Table:
    table = Table(title="locating, seconds on the core")
    for heading in ("", *(f"{size:,}" for size in sizes)):
        table.add_column(heading, justify="right" if heading else "left")
    for one, other in pairwise(sizes):
        table.add_column(f"{other:,} / {one:,}", justify="right")
    figures = ("mentions", "located", "stretches", "locate, s", "stretches, s", "memory, MB")
    for at, name in enumerate(figures):
        values = [row[at] for row in rows]
        ratios = [f"{other / one:.1f}" if one else "" for one, other in pairwise(values)]
        table.add_row(name, *(f"{value:,.4g}" for value in values), *ratios)
    return table


if __name__ == "__main__":
    main()
