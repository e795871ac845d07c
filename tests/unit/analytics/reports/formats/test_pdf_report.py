import re
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from analytics.reports.formats.pages import lay_out
from analytics.reports.formats.pdf_report import write_pages, write_pdf
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
