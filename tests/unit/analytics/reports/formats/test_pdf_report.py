import json
import re
from dataclasses import replace
from io import BytesIO

import pytest
import typst
from PIL import Image

from analytics.reports.drawing.drawing import FONT, font_folder
from analytics.reports.drawing.typeface import is_drawn
from analytics.reports.formats.pages import Heading, Table, lay_out
from analytics.reports.formats.pdf_report import (
    CELL_PT,
    PAGE_PT,
    _data,
    _room,
    _widths,
    write_pages,
    write_pdf,
)
from analytics.wording.words import Language, Words
from tests.fixtures.reported_night import clear_report


@pytest.fixture(scope="module")
def pdf(report, pages, words):
    return write_pdf(report, pages, words)


def test_it_has_pages_and_the_font_of_the_report(pdf):
    assert pdf.startswith(b"%PDF-")
    assert int(re.findall(rb"/Type/Pages/Count (\d+)", pdf)[0]) > 3
    assert b"NotoSansSC" in pdf


def test_the_same_pages_give_the_same_bytes(pdf, report, pages, words):
    assert write_pdf(report, pages, words) == pdf


def test_no_page_is_empty(report, pages, words):
    for page in write_pages(report, pages, words, ppi=40):
        inner = Image.open(BytesIO(page)).convert("L")
        width, height = inner.size
        # between head and foot of the page
        darkest, _ = inner.crop((0, height // 8, width, height * 7 // 8)).getextrema()
        assert darkest < 200


def test_a_name_of_a_street_is_never_markup(report, pages, words):
    """Typst would fail on it, were it evaluated."""
    broken = replace(pages, plan_name='#panic("evaluated") ]] $ \\ "', headline='#include "/x" *_')
    assert write_pdf(report, broken, words).startswith(b"%PDF-")


def test_a_night_in_which_nothing_went_wrong_has_a_report_too():
    report, words = clear_report(), Words(Language.ZH)
    pages = lay_out(report, words, (), (), {})
    assert write_pdf(report, pages, words).startswith(b"%PDF-")


def table(*rows, headings=("街道", "米"), wide=(False, False)):
    return Table(
        name="streets",
        title="",
        headings=tuple(
            Heading(text, is_number=False, is_wide=is_wide)
            for text, is_wide in zip(headings, wide, strict=True)
        ),
        rows=[list(row) for row in rows],
        verdict_column=-1,
        verdicts=[],
    )


def test_no_cell_takes_more_room_than_its_column_is_given(tmp_path):
    """As typst sets it: a line that did not fit would stand on the row below."""
    signs = [
        chr(code) for code in (*range(0x21, 0x7F), *range(0xA1, 0x17F), *range(0x2010, 0x2028))
    ]
    texts = [f"{sign}{sign} 街{sign}道 a{sign}" for sign in signs if is_drawn(sign)]
    texts += ["永泰南路(九州—七里村)", "晋B39720", "AVAWToffi 100.0%", "……——“街”"]
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    (tmp_path / "measure.typ").write_text(
        f'#set text(font: "{FONT}", lang: "zh", size: {CELL_PT}pt)\n'
        "#set text(kerning: false, ligatures: false, cjk-latin-spacing: none)\n"
        '#context [#metadata(json("texts.json").map(told => measure(told).width.pt())) <all>]'
    )
    told = typst.query(
        str(tmp_path / "measure.typ"), "<all>", field="value", one=True, root=str(tmp_path),
        font_paths=[str(font_folder())], ignore_system_fonts=True,
    )  # fmt: skip
    widths = dict(zip(texts, json.loads(told), strict=True))
    assert [text for text in texts if widths[text] > _room(text)] == []


def test_columns_are_as_wide_as_their_widest_cell_and_a_wide_one_takes_the_rest():
    narrow = _widths(table(["云中街", "12"], ["魏都大道", "1"]))
    assert narrow[0] - narrow[1] == pytest.approx(_room("魏都大道") - _room("12"), abs=0.02)
    assert sum(_widths(table(["云中街", "12"], wide=(False, True)))) == pytest.approx(PAGE_PT)


@pytest.mark.parametrize("name", ["云" * 120, "شارع", "e\u0301", "𓀀"])
def test_what_only_typst_can_measure_is_left_to_it(name):
    assert _widths(table([name, "12"])) == []


def test_of_very_many_maps_the_worst_are_printed_in_their_order(report, pages, words, monkeypatch):
    monkeypatch.setattr("analytics.reports.formats.pdf_report.MOST_MAPS", 3)
    verdicts = ["late", "skipped", "late", "partial", "late"]
    maps = [
        replace(pages.maps[0], title=f"{n}", verdict=verdict) for n, verdict in enumerate(verdicts)
    ]
    printed = _data(report, replace(pages, maps=maps), words)
    assert [each["title"] for each in printed["maps"]] == ["0", "1", "3"]
    assert printed["words"]["maps_elsewhere"] == words("page.maps_left_out", count="2")
    assert _data(report, replace(pages, maps=maps[:3]), words)["words"]["maps_elsewhere"] == ""
