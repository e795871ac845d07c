"""A report as files: drawn in every format asked for, put in place when all are complete."""

import json
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from analytics.reports.formats.formats import Format
from analytics.reports.steps import Steps
from analytics.reports.tables.report import Report
from analytics.wording.words import Words
from ingest.output_file import put, remove

MARK = ".report.json"
"""Tells of a folder when its report was made, and whether all its files are of that one."""
_PART = re.compile(r"\.\d{4}-\d\d-\d\d(_\d{4}-\d\d-\d\d)?-[a-z0-9_]+")
"""Folders in which a report is made before its files are put where they belong."""
_LEFT_S = 3600.0
"""What a run that was killed left behind is removed when it is so old."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What stands in the folder of a report."""

    made_ms: int | None
    """When the last report was made that got there whole; None if none did."""
    is_whole: bool
    """False while files of another are being put in place, or after that was cut short."""


def placed(out: Path, dates: str) -> Placed:
    """Tell what stands in ``OUT/<dates>``."""
    try:
        found = json.loads((out / dates / MARK).read_text(encoding="utf-8"))
        made_ms = found["generated_ms"]
        return Placed(None if made_ms is None else int(made_ms), bool(found["is_whole"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Placed(None, is_whole=False)


def write_report(
    report: Report,
    out: Path,
    words: Words,
    formats: Collection[Format],
    steps: Steps,
    workers: int = 1,
) -> list[Path]:
    """Write ``OUT/<date>/compliance-<date>.xlsx`` and so on, each only once all are complete.

    Files of an earlier report in formats that are not asked for are removed: they might say
    something else. While files are put in place, and after that was cut short, `MARK` says that the
    folder is not whole.

    Parameters
    ----------
    workers
        Processes that draw maps; what comes out does not depend on it.

    Returns
    -------
    list[Path]
        The files, in order of format and name.

    Raises
    ------
    OSError
        If they cannot be written.
    """
    folder = out / report.dates
    out.mkdir(parents=True, exist_ok=True)
    sweep(out, report.generated_ms / 1000)
    part = Path(tempfile.mkdtemp(prefix=f".{report.dates}-", dir=out))
    try:
        names = []
        for name, content in _draw(report, words, formats, steps, workers):
            (part / name).parent.mkdir(exist_ok=True)
            (part / name).write_bytes(content)
            names.append(name)
        folder.mkdir(exist_ok=True)
        _mark(part, folder, placed(out, report.dates).made_ms, is_whole=False)
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            put(part / name, folder / name)
        for path in _written_in(folder, report.dates):
            if str(path.relative_to(folder)) not in names:
                remove(path)
        _mark(part, folder, report.generated_ms, is_whole=True)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return [folder / name for name in names]


def _mark(part: Path, folder: Path, made_ms: int | None, *, is_whole: bool) -> None:
    text = json.dumps({"generated_ms": made_ms, "is_whole": is_whole})
    (part / MARK).write_text(text + "\n", encoding="utf-8")
    put(part / MARK, folder / MARK)


def _written_in(folder: Path, dates: str) -> Iterator[Path]:
    """Name the files that reports of any format have in a folder; others are not ours."""
    for pattern in (f"compliance-{dates}.*", "csv/*.csv", "parquet/*.parquet"):
        yield from folder.glob(pattern)


def sweep(out: Path, now_s: float) -> None:
    """Remove what runs left that were killed, of whatever dates."""
    for left in out.glob(".*"):
        is_ours = _PART.fullmatch(left.name) and left.is_dir() and not left.is_symlink()
        if is_ours and now_s - left.stat().st_mtime > _LEFT_S:
            shutil.rmtree(left, ignore_errors=True)


def _draw(
    report: Report, words: Words, formats: Collection[Format], steps: Steps, workers: int
) -> Iterator[tuple[str, bytes]]:
    """Give name and content of each file. Maps are drawn beside while the tables are written."""
    # each import is the time of the step that needs it, and of no run that does not
    stem = f"compliance-{report.dates}"
    with ExitStack() as stack:
        drawing = None
        if not {Format.HTML, Format.PDF}.isdisjoint(formats):
            with steps.step("maps"):
                from analytics.reports.drawing.map_sketch import sketches
                from analytics.reports.drawing.maps import MapDrawing

                sketched = sketches(report.misses)
                drawing = stack.enter_context(MapDrawing(sketched, words.language, workers))
        if Format.XLSX in formats:
            with steps.step("xlsx"):
                from analytics.reports.formats.xlsx_report import write_xlsx

                content = write_xlsx(report, words)
            yield f"{stem}.xlsx", content
        if Format.CSV in formats or Format.PARQUET in formats:
            yield from _draw_tables(report, formats, steps)
        if drawing is None:
            return
        with steps.step("charts"):
            from analytics.reports.drawing.charts import draw_charts

            charts = draw_charts(report, words)
        with steps.step("maps"):
            maps = drawing.maps()
        with steps.step("pages"):
            from analytics.reports.formats.pages import lay_out

            pages = lay_out(report, words, sketched, maps, charts)
    if Format.HTML in formats:
        with steps.step("html"):
            from analytics.reports.formats.html_report import write_html

            content = write_html(pages, words)
        yield f"{stem}.html", content
    if Format.PDF in formats:
        with steps.step("pdf"):
            from analytics.reports.formats.pdf_report import write_pdf

            content = write_pdf(report, pages, words)
        yield f"{stem}.pdf", content


def _draw_tables(
    report: Report, formats: Collection[Format], steps: Steps
) -> Iterator[tuple[str, bytes]]:
    for kind in (Format.CSV, Format.PARQUET):
        if kind in formats:
            with steps.step(kind.value):
                from analytics.reports.formats import table_files

                draw = {
                    Format.CSV: table_files.csv_files,
                    Format.PARQUET: table_files.parquet_files,
                }[kind]
                files = draw(report)
            yield from ((f"{kind}/{name}", content) for name, content in files.items())
