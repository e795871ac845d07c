"""The report as PDF, set by typst from a template; all that varies reaches it as data.

No name of a street or plan ever becomes markup: the template reads one JSON file and shows its
strings as they are.
"""

import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import fields, replace
from functools import lru_cache
from importlib.resources import files
from math import inf
from pathlib import Path
from typing import Any, Literal

import msgspec
import typst

from analytics.reports.drawing.drawing import FONT, font_folder
from analytics.reports.drawing.picture import Picture
from analytics.reports.drawing.svg import shapes_of
from analytics.reports.drawing.typeface import is_drawn, width_of
from analytics.reports.formats.pages import MapPage, Pages, Table
from analytics.reports.formats.xlsx_report import FILLS
from analytics.reports.tables.report import Report
from analytics.wording.words import Words

MOST_ROWS = 1000
"""A longer table is not printed; a note says where it is."""
CELL_PT = 7.5
"""Size of the text of tables."""
PAGE_PT = 762.0
"""Room for a table from left to right."""
_INSET_PT = 8.5
MOST_MAPS = 400
"""Of more the worst are printed; a note says where the others are."""
_WORST = ("skipped", "partial", "late")
TEMPLATE = "report.typ"
DATA = "report.json"


def write_pdf(report: Report, pages: Pages, words: Words) -> bytes:
    """Set the PDF. The same pages at the same instant give the same bytes."""
    return _compile(report, pages, words, "pdf")[0]


def write_pages(report: Report, pages: Pages, words: Words, ppi: float) -> list[bytes]:
    """Set the same document as one PNG image a page."""
    return _compile(report, pages, words, "png", ppi)


def _compile(
    report: Report, pages: Pages, words: Words, kind: Literal["pdf", "png"], ppi: float = 144.0
) -> list[bytes]:
    with tempfile.TemporaryDirectory(prefix="pingcheng-report-") as name:
        folder = Path(name)
        template = files("analytics.reports.formats") / TEMPLATE
        (folder / TEMPLATE).write_bytes(template.read_bytes())
        (folder / DATA).write_bytes(msgspec.json.encode(_data(report, pages, words)))
        set_pages: Any = typst.compile(
            str(folder / TEMPLATE),
            root=str(folder),
            font_paths=[str(font_folder())],
            ignore_system_fonts=True,
            format=kind,
            ppi=ppi,
            timestamp=report.generated_ms // 1000,
        )
    # several images come as a list, one alone does not
    return set_pages if isinstance(set_pages, list) else [set_pages]


def _data(report: Report, pages: Pages, words: Words) -> dict[str, object]:
    """Give all that the template shows as plain data."""
    maps = [
        {"title": page.title, "failures": page.failures, "picture": _drawn(page.picture)}
        for page in _worst(pages.maps)
    ]
    left_out = len(pages.maps) - len(maps)
    # of one day the counts by street say little that the verdicts of streets do not
    details = [each for each in pages.details if pages.is_range or each.name != "by_street"]
    plain = replace(pages, charts={}, maps=[], details=details).clipped(MOST_ROWS, words)
    made = report.generated_at
    return {
        **_fields(plain),
        "charts": {name: _drawn(chart) for name, chart in pages.charts.items()},
        "maps": maps,
        **{
            group: [_sheet(each) for each in getattr(plain, group)]
            for group in ("problems", "rates", "events", "details")
        },
        "cell_size": CELL_PT,
        "font": FONT,
        "lang": str(words.language),
        "date": [made.year, made.month, made.day],
        "fills": FILLS,
        "words": {
            "page_number": words("page.number"),
            "problems": words("view.problems"),
            "maps": words("view.maps"),
            "none": words("page.none"),
            "all_clear": words("page.all_clear"),
            "maps_elsewhere": words("page.maps_elsewhere")
            if pages.is_range
            else words("page.maps_left_out", count=f"{left_out:,}")
            if left_out
            else "",
        },
    }


def _worst(maps: Sequence[MapPage]) -> list[MapPage]:
    """Choose the maps that are printed, in their order."""

    def rank(number: int) -> int:
        verdict = maps[number].verdict
        return _WORST.index(verdict) if verdict in _WORST else len(_WORST)

    chosen = sorted(range(len(maps)), key=rank)[:MOST_MAPS]
    return [maps[number] for number in sorted(chosen)]


def _fields(of: Pages | Table) -> dict[str, object]:
    """Give fields by name, without a copy of every cell."""
    return {field.name: getattr(of, field.name) for field in fields(of)}


def _sheet(table: Table) -> dict[str, object]:
    return {**_fields(table), "widths": _widths(table)}


def _widths(table: Table) -> list[float]:
    """Give the widths of columns in which every cell is one line; nothing if there are none."""
    rows = [[heading.text for heading in table.headings], *table.rows]
    columns = [[_room(text) for text in column] for column in zip(*rows, strict=True)]
    widths = [max(column) + _INSET_PT for column in columns]
    left = PAGE_PT - sum(widths)
    if not left >= 0:
        return []
    wide = [heading.is_wide for heading in table.headings]
    return [
        round(width + left / sum(wide) if is_wide else width, 2)
        for width, is_wide in zip(widths, wide, strict=True)
    ]


@lru_cache(maxsize=8192)
def _room(text: str) -> float:
    """Give the width that a cell takes at most, without end if only typst can tell."""
    if not is_drawn(text) or any(unicodedata.category(each)[0] == "M" for each in text):
        return inf
    # between Chinese characters some signs are wider than alone
    signs = sum("\u2010" <= each <= "\u2027" for each in text)
    return width_of(text, CELL_PT) * 1.01 + 0.15 * CELL_PT * signs


def _drawn(picture: Picture) -> dict[str, object]:
    """Give the shapes of a picture as an image, and its texts for typst to set over it."""
    return {
        "width": picture.width,
        "height": picture.height,
        "shapes": shapes_of(picture),
        "labels": [(e.x, e.y, e.text, e.size, e.colour, -e.angle) for e in picture.labels],
    }
