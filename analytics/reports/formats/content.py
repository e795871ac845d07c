"""What a report says and shows, as one hash: of the same content nothing is written a second time.

All that goes into a file is in it but the instant at which it is made: tables, maps, names,
language, formats, and the program that writes them.
"""

import hashlib
import sys
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analytics.reports.drawing.drawing import FONT_FILE, font_folder
from analytics.reports.drawing.map_sketch import MapSketch
from analytics.reports.formats.formats import Format
from analytics.reports.tables.report import Report
from analytics.wording.words import Words
from ingest.time_zones import release

SOURCES = ("analytics/reports", "analytics/wording", "ingest/plain_text.py", "pingcheng.py")
"""What writes the files, relative to where the packages are installed."""
LIBRARIES = ("jinja2", "markupsafe", "msgspec", "numpy", "pandas", "pyarrow", "typst", "xlsxwriter")
_ROOT = Path(__file__).resolve().parents[3]
_SUFFIXES = frozenset({".py", ".j2", ".typ"})


def content_of(
    report: Report, sketches: Iterable[MapSketch], words: Words, formats: Collection[Format]
) -> str:
    """Give the hash of what the files of a report hold."""
    found = hashlib.sha256()
    for part in _parts(report, sketches, words, formats):
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()


def _parts(
    report: Report, sketches: Iterable[MapSketch], words: Words, formats: Collection[Format]
) -> Iterator[bytes]:
    yield _program()
    yield repr((
        report.plan_name, report.plan_versions, report.timezone, report.schematic,
        report.first, report.last, str(words.language), sorted(map(str, formats)),
    )).encode()  # fmt: skip
    for name in sorted(report.frames):
        frame = report.frames[name]
        yield repr((name, len(frame), list(frame.columns))).encode()
        yield from (_column(frame[column]) for column in frame.columns)
    for each in sketches:
        streets = [(street.name, street.verdict) for street in each.streets]
        yield repr((
            each.service_date, each.grid_id, each.window, each.verdict, each.bounds,
            each.schematic, streets,
        )).encode()  # fmt: skip
        lines = [each.others]
        for street in each.streets:
            lines += [street.lines, street.missing, street.ambiguous]
        yield repr([[len(line) for line in group] for group in lines]).encode()
        yield from (line.tobytes() for group in lines for line in group)


def _column(values: "pd.Series[Any]") -> bytes:
    kind = str(values.dtype).encode() + b"\n"
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return kind + bytes(values.dt.tz_convert(None).to_numpy().tobytes())
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biufmM":
        return kind + values.to_numpy().tobytes()
    return kind + repr(values.tolist()).encode("utf-8", "surrogatepass")


@cache
def _program() -> bytes:
    """Give what the files owe to the program, whatever the report."""
    found = hashlib.sha256()
    for source in SOURCES:
        path = _ROOT / source
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.suffix in _SUFFIXES:
                found.update(file.relative_to(_ROOT).as_posix().encode() + b"\n")
                found.update(hashlib.sha256(file.read_bytes()).digest())
    versions = [f"{name} {version(name)}" for name in LIBRARIES]
    font = (font_folder() / FONT_FILE).stat().st_size
    told = (sys.version, release(), font, versions, found.hexdigest())
    return repr(told).encode()
