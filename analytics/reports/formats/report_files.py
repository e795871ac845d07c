"""A report as files: drawn in every format asked for, put in place when all are complete."""

import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from analytics.reports.drawing.map_sketch import MapSketch, sketches
from analytics.reports.formats.content import content_of
from analytics.reports.formats.formats import Format
from analytics.reports.formats.mark import Placed, mark, placed, stand
from analytics.reports.steps import Steps
from analytics.reports.tables.report import Report
from analytics.wording.words import Words
from ingest.output_file import put, remove

_PART = re.compile(r"\.\d{4}-\d\d-\d\d(_\d{4}-\d\d-\d\d)?-[a-z0-9_]+")
"""Folders in which a report is made before its files are put where they belong."""
_LEFT_S = 3600.0
"""What a run that was killed left behind is removed when it is so old."""


def write_report(
    report: Report,
    out: Path,
    words: Words,
    formats: Collection[Format],
    steps: Steps,
    basis: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write ``OUT/<date>/compliance-<date>.xlsx`` and so on, each only once all are complete.

    If the folder has the files of a report that said the same, they stay as they are, with the time
    at which they were made. Files of an earlier report in formats that are not asked for are
    removed: they might say something else. While files are put in place, and after that was cut
    short, `MARK` says that the folder is not whole. It also keeps the `basis` of the report.

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
    shown: Sequence[MapSketch] = ()
    if not {Format.HTML, Format.PDF}.isdisjoint(formats):
        with steps.step("maps"):
            shown = sketches(report.misses)
    content = content_of(report, shown, words, formats)
    before = placed(out, report.dates)
    if before.is_whole and before.content == content and stand(folder, before.files):
        mark(folder, replace(before, made_ms=report.generated_ms, basis=basis or {}))
        _remove_others(folder, report.dates, before.files)
        return [folder / name for name in before.files]
    part = Path(tempfile.mkdtemp(prefix=f".{report.dates}-", dir=out))
    try:
        files = {}
        for name, written in _draw(report, shown, words, formats, steps):
            (part / name).parent.mkdir(exist_ok=True)
            (part / name).write_bytes(written)
            files[name] = sha256(written).hexdigest()
        folder.mkdir(exist_ok=True)
        mark(folder, Placed(before.made_ms, is_whole=False))
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            put(part / name, folder / name)
        _remove_others(folder, report.dates, files)
        made_ms = report.generated_ms
        mark(folder, Placed(made_ms, True, made_ms, content, files, basis or {}))
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return [folder / name for name in files]


def _remove_others(folder: Path, dates: str, files: Collection[str]) -> None:
    for path in _written_in(folder, dates):
        if str(path.relative_to(folder)) not in files:
            remove(path)


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
    report: Report,
    shown: Sequence[MapSketch],
    words: Words,
    formats: Collection[Format],
    steps: Steps,
) -> Iterator[tuple[str, bytes]]:
    """Give name and content of each file; `shown` are the maps of those that have any."""
    # each import is the time of the step that needs it, and of no run that does not
    stem = f"compliance-{report.dates}"
    if Format.XLSX in formats:
        with steps.step("xlsx"):
            from analytics.reports.formats.xlsx_report import write_xlsx

            content = write_xlsx(report, words)
        yield f"{stem}.xlsx", content
    if Format.CSV in formats or Format.PARQUET in formats:
        yield from _draw_tables(report, formats, steps)
    if {Format.HTML, Format.PDF}.isdisjoint(formats):
        return
    with steps.step("charts"):
        from analytics.reports.drawing.charts import draw_charts

        charts = draw_charts(report, words)
    with steps.step("maps"):
        from analytics.reports.drawing.maps import draw_maps

        maps = draw_maps(shown, words)
    with steps.step("pages"):
        from analytics.reports.formats.pages import lay_out

        pages = lay_out(report, words, shown, maps, charts)
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
