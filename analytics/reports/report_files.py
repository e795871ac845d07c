"""A report as files: drawn in every format asked for, put in place when all are complete."""

import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path

from analytics.reports.formats import Format
from analytics.reports.report import Report
from analytics.reports.steps import Steps
from analytics.reports.words import Words


def write_report(
    report: Report,
    out: Path,
    words: Words,
    formats: Collection[Format],
    steps: Steps,
    workers: int = 1,
) -> list[Path]:
    """Write ``OUT/<date>/compliance-<date>.xlsx`` and so on, each only once all are complete.

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
    part = Path(tempfile.mkdtemp(prefix=f".{report.dates}-", dir=out))
    try:
        names = []
        for name, content in _draw(report, words, formats, steps, workers):
            (part / name).parent.mkdir(exist_ok=True)
            (part / name).write_bytes(content)
            names.append(name)
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (part / name).replace(folder / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return [folder / name for name in names]


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
                from analytics.reports.map_sketch import sketches
                from analytics.reports.maps import MapDrawing

                sketched = sketches(report.misses)
                drawing = stack.enter_context(MapDrawing(sketched, words.language, workers))
        if Format.XLSX in formats:
            with steps.step("xlsx"):
                from analytics.reports.xlsx_report import write_xlsx

                content = write_xlsx(report, words)
            yield f"{stem}.xlsx", content
        if Format.CSV in formats or Format.PARQUET in formats:
            yield from _draw_tables(report, formats, steps)
        if drawing is None:
            return
        with steps.step("charts"):
            from analytics.reports.charts import draw_charts

            charts = draw_charts(report, words)
        with steps.step("maps"):
            maps = drawing.maps()
        with steps.step("pages"):
            from analytics.reports.pages import lay_out

            pages = lay_out(report, words, sketched, maps, charts)
    if Format.HTML in formats:
        with steps.step("html"):
            from analytics.reports.html_report import write_html

            content = write_html(pages, words)
        yield f"{stem}.html", content
    if Format.PDF in formats:
        with steps.step("pdf"):
            from analytics.reports.pdf_report import write_pdf

            content = write_pdf(report, pages, words)
        yield f"{stem}.pdf", content


def _draw_tables(
    report: Report, formats: Collection[Format], steps: Steps
) -> Iterator[tuple[str, bytes]]:
    for kind in (Format.CSV, Format.PARQUET):
        if kind in formats:
            with steps.step(kind.value):
                from analytics.reports import table_files

                draw = {
                    Format.CSV: table_files.csv_files,
                    Format.PARQUET: table_files.parquet_files,
                }[kind]
                files = draw(report)
            yield from ((f"{kind}/{name}", content) for name, content in files.items())
