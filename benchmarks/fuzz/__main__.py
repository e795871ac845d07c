"""Throw broken and hostile inputs at all that reads from outside and all that shows its texts.

    python -m benchmarks.fuzz [--count 10000000] [--subjects decoders,texts] [--seed 1]
    python -m benchmarks.fuzz --again plans:1234 --seed 1     # one input, with its traceback

Subjects, and their share of the count, by their speed:

    decoders  70 %    messages of every dialect, damaged as JSON and as bytes
    frames    10 %    frames of JT/T 808, in pieces, through the gateway's session and the decoder
    texts     16.9 %  hostile names in reports, CSV, HTML, chats, logs, terminals, import reports
    http       0.5 %  requests to the live page: paths, queries, headers, bodies, four roles
    gateway    1 %    requests to the HTTP gateway: three protocols, tokens, topics
    plans      0.5 %  plan.toml, streets.geojson and facilities.geojson
    notices    0.5 %  TSV, CSV and XLSX
    maps       0.1 %  Shapefile, GeoPackage, FlatGeobuf, KML and GeoJSON
    recordings 0.5 %  tables of vendors, GPX, KML, KMZ and NMEA, packed and not

Of subjects that are named, each takes the share that it has among them. An input is made of seed,
subject and number alone, but what the page answers also hangs on what it was asked before. An
input that takes more than a minute counts as uncaught. Exits with 1 if anything was uncaught or
came through, 2 for wrong use.
"""

import argparse
import os
import random
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from rich.console import Console
from rich.table import Table

from benchmarks.fuzz.running import SUBJECTS, limited, open_subject, split, throw_all
from benchmarks.fuzz.subject import Counts, shorten

TELL_S = 10.0
"""Between two lines of progress."""


def main(arguments: list[str] | None = None) -> int:
    """Throw all inputs, print the table and give the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fuzz", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--count", type=_positive, default=10_000_000, help="inputs in all")
    parser.add_argument(
        "--subjects", type=_subjects, default=list(SUBJECTS), metavar="NAME,…",
        help=f"these alone: {', '.join(SUBJECTS)}",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=_positive, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--again", type=_input, metavar="NAME:NUMBER", help="this input alone")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="pingcheng-fuzz-") as folder:
        if options.again:
            return _throw_again(options.again, options.seed, Path(folder))
        shared, started_s = split(options.count, options.subjects), time.perf_counter()
        try:
            found = throw_all(shared, options.seed, options.workers, Path(folder), _Progress())
        except BrokenProcessPool as error:
            print(f"error: a process died, as no input may have it: {error}", file=sys.stderr)
            return 1
    print_counts(found, Console(width=100))
    whole, seconds = sum(each.inputs for each in found.values()), time.perf_counter() - started_s
    failed = sum(each.uncaught + each.through for each in found.values())
    print(f"\n{whole:,} inputs in {seconds:.0f} s, seed {options.seed}: {failed:,} failures")
    for counts in found.values():
        for failure in counts.failures:
            print(f"\n{failure}")
    return 1 if failed else 0


def print_counts(found: dict[str, Counts], console: Console) -> None:
    """Print one row a subject."""
    table = Table("subject", title="Fuzzed inputs")
    for heading in ("inputs", "refused as faults", "uncaught", "came through or vanished"):
        table.add_column(heading, justify="right")
    for name, counts in found.items():
        figures = (counts.inputs, counts.refused, counts.uncaught, counts.through)
        table.add_row(name, *(f"{figure:,}" for figure in figures))
    console.print(table)


class _Progress:
    """Says on stderr how far it is, now and then, and what has failed, at once."""

    def __init__(self) -> None:
        self._told_s = time.monotonic()

    def __call__(self, text: str, is_urgent: bool) -> None:
        if is_urgent or time.monotonic() - self._told_s >= TELL_S:
            self._told_s = time.monotonic()
            print(text, file=sys.stderr, flush=True)


def _throw_again(wanted: tuple[str, int], seed: int, folder: Path) -> int:
    name, number = wanted
    with closing(open_subject(name, folder)) as subject:
        made = subject.make(random.Random(f"{seed} {name} {number}"))
        print(shorten(made))
        with limited():
            print("refused" if subject.throw(made) else "taken")
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _subjects(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in SUBJECTS]:
        raise argparse.ArgumentTypeError(
            f"there is no subject {', '.join(unknown)}; write some of {', '.join(SUBJECTS)}"
        )
    return names


def _input(text: str) -> tuple[str, int]:
    name, _, number = text.partition(":")
    if name not in SUBJECTS or not number.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no input; write one as plans:1234")
    return name, int(number)


if __name__ == "__main__":
    structlog.configure(logger_factory=lambda *_: structlog.ReturnLogger())
    sys.exit(main())
