"""The report as PDF, set by typst from a template; all that varies reaches it as data.

No name of a street or plan ever becomes markup: the template reads one JSON file and shows its
strings as they are.
"""

import tempfile
from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec
import typst

from analytics.reports.drawing.drawing import FONT, font_folder
from analytics.reports.formats.pages import Pages
from analytics.reports.formats.xlsx_report import FILLS
from analytics.reports.tables.report import Report
from analytics.wording.words import Words

MOST_ROWS = 1000
"""A longer table is not printed; a note says where it is."""
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
        (folder / DATA).write_bytes(msgspec.json.encode(_data(report, pages, words, folder)))
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


def _data(report: Report, pages: Pages, words: Words, folder: Path) -> dict[str, object]:
    """Write the images into the folder and give the rest as plain data that names them."""
    charts = {name: _saved(folder, f"chart-{name}.svg", svg) for name, svg in pages.charts.items()}
    maps = [
        {
            "title": page.title,
            "failures": page.failures,
            "image": _saved(folder, f"map-{number}.svg", page.svg),
        }
        for number, page in enumerate(pages.maps)
    ]
    # of one day the counts by street say little that the verdicts of streets do not
    details = [each for each in pages.details if pages.is_range or each.name != "by_street"]
    plain = replace(pages, charts={}, maps=[], details=details).clipped(MOST_ROWS, words)
    made = report.generated_at
    return {
        **asdict(plain),
        "charts": charts,
        "maps": maps,
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
            "maps_elsewhere": words("page.maps_elsewhere") if pages.is_range else "",
        },
    }


def _saved(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return name
