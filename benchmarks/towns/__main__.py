"""Verdicts in towns that nobody here drew: SUMO's random networks and its vehicles' own motion.

Every street, its truth and every second of motion come from Eclipse SUMO; the receivers' errors and
silences are put on top. The product is judged beside fastmm, which gets the fixes as they came,
once with every metre of its path served and once with the plan's limit of speed. What lies within
0.03 of a threshold is left out. Needs: make .venv/.installed-towns

Examples
--------
  python -m benchmarks.towns                                    three towns, every row
  python -m benchmarks.towns --rows sigma --methods product     a quick look
  python -m benchmarks.towns --seeds 11-13,20 --work /var/tmp/towns --json figures.json
  python -m benchmarks.towns --rows margins                     what the matcher's margins are worth

columns:
  world           where streets and motion are from
  verdicts        streets and windows scored
  wrong %         of those decided, that is not unknown; in brackets how many
  unknown %       unknown though no silence was made, of all scored
  false served    called served or late that were not, of those not done
  false skipped   called skipped that were served or late, of those done
  accused         called partial or skipped that were served or late
  behind silences wrong and unknown, of the streets whose truck was silenced on purpose
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from benchmarks.towns.methods import METHODS, PEERS, is_installed
from benchmarks.towns.rows import MARGINS, NAMES, ROWS, Days, Row, measure, weigh_margins
from benchmarks.towns.sumo import SumoError
from benchmarks.towns.town import GRIDS, WINDOWS
from benchmarks.verdicts.figures import Figures, percent

COLUMNS = (
    "world", "measured", "method", "verdicts", "wrong %", "unknown %", "false served",
    "false skipped", "accused", "behind silences",
)  # fmt: skip
MARGIN_COLUMNS = (
    "world", "measured", "truck", "margin at least", "so sure at least %", "truly driven %",
    "claims",
)  # fmt: skip
Entry = dict[str, object]


def measured(row: Row, title: str, figures: Figures) -> tuple[str, ...]:
    """Lay out what a method came to in a row."""
    counts = figures.counts
    hidden = counts["hidden"]
    return (
        row.world,
        row.title,
        title,
        f"{figures.scored:,}",
        f"{percent(counts['wrong'], figures.decided)} ({counts['wrong']})",
        percent(counts["unknown_without_gap"], figures.scored),
        f"{counts['false_served']} of {counts['not_done']}",
        f"{counts['false_skip']} of {counts['done']}",
        str(counts["accused"]),
        f"{counts['wrong_hidden']} wrong, {figures.unknown_hidden} unknown of {hidden}"
        if hidden
        else "",
    )


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Write a Markdown table, however wide."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def seeds_of(text: str) -> list[int]:
    """Read seeds such as ``1-3,7``."""
    seeds: list[int] = []
    for word in text.split(","):
        first, _, last = word.partition("-")
        try:
            seeds += range(int(first), int(last or first) + 1)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{word} is no seed and no range of seeds") from error
    if not seeds:
        raise argparse.ArgumentTypeError(f"{text} names no seed")
    return seeds


def words_of(known: tuple[str, ...], text: str) -> list[str]:
    """Read words with commas between, each one of those known."""
    words = text.split(",")
    if unknown := [word for word in words if word not in known]:
        raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are {', '.join(known)}")
    return words


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    first, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.towns", description=first, epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--seeds", type=seeds_of, default=[1, 2, 3], metavar="1-3",
                        help="one town a seed (default 1-3)")  # fmt: skip
    parser.add_argument("--rows", type=lambda text: words_of(NAMES, text), default=list(NAMES),
                        metavar=",".join(NAMES), help="what is measured (default: all)"
                        )  # fmt: skip
    parser.add_argument("--methods", type=lambda text: words_of(tuple(METHODS), text),
                        default=list(METHODS), metavar=",".join(METHODS),
                        help="who judges (default: all)")  # fmt: skip
    parser.add_argument("--work", type=Path, metavar="FOLDER",
                        help="towns and motion are kept there and used again (default: thrown away)"
                        )  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="all counts, by seed too")
    return parser.parse_args(arguments)


@contextmanager
def folder_of(kept: Path | None) -> Iterator[Path]:
    """Give the folder for towns and motion: the one named, or one that is thrown away."""
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="towns-") as name:
        yield Path(name)


def _pooled(by_seed: Mapping[int, Figures]) -> Figures:
    total = Figures()
    for figures in by_seed.values():
        total.counts.update(figures.counts)
    return total


def run(options: argparse.Namespace, days: Days) -> tuple[str, list[Entry]]:
    """Measure all rows; give the tables and the counts behind them."""
    rows: list[tuple[str, ...]] = []
    entries: list[Entry] = []
    for name in options.rows:
        for row in ROWS.get(name, ()):
            for method, by_seed in measure(row, days, options.methods).items():
                rows.append(measured(row, METHODS[method][0], _pooled(by_seed)))
                counts = {seed: dict(figures.counts) for seed, figures in by_seed.items()}
                entries.append({"world": row.world, "row": row.title, "method": method,
                                "seeds": counts})  # fmt: skip
    tables = [table(COLUMNS, rows)] if rows else []
    if "margins" in options.rows:
        told: list[tuple[str, ...]] = []
        for row in MARGINS:
            found = weigh_margins(row, days).rows()
            told += [
                (row.world, row.title, "stood" if line.stood else "drove", f"{line.margin:g}",
                 f"{100 * line.said:.1f}", f"{100 * line.true:.2f}", f"{line.claims:,}")
                for line in found
            ]  # fmt: skip
            entries.append({"world": row.world, "row": row.title, "margins": found})
        tables.append(table(MARGIN_COLUMNS, told))
    return "\n\n".join(tables), entries


def print_towns(seeds: Sequence[int], tell: Callable[[str], object]) -> None:
    """Print the tables of every row, for a command that measures more than towns."""
    main(["--seeds", ",".join(map(str, seeds))], tell)


def main(arguments: list[str] | None = None, tell: Callable[[str], object] | None = None) -> None:
    """Print the tables."""
    options = options_of(arguments)
    begun = time.perf_counter()
    seeds = ", ".join(map(str, options.seeds))
    tell = tell or Console(stderr=True, width=100).print
    if absent := [name for name in options.methods if name in PEERS and not is_installed()]:
        options.methods = [name for name in options.methods if name not in absent]
        print(f"{', '.join(absent)} left out: fastmm is not installed; install it with: "
              "make .venv/.installed-bench")  # fmt: skip
    try:
        with folder_of(options.work) as work:
            tables, entries = run(options, Days(options.seeds, work, tell))
    except SumoError as error:
        sys.exit(str(error))
    print(f"seeds {seeds}; {GRIDS} trucks a town, {len(WINDOWS)} windows a day\n\n{tables}\n\n"
          f"took {time.perf_counter() - begun:.0f} s")  # fmt: skip
    if options.json:
        found = {"seeds": options.seeds, "entries": entries}
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
