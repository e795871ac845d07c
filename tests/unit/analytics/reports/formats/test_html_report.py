from html.parser import HTMLParser

import pytest

from analytics.reports.formats.html_report import write_html
from analytics.reports.tables.views import VIEWS
from tests.fixtures.reported_night import MARKUP, SCRIPT


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.cells, self.links, self._open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._open.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href"}]
        self.ids = [*getattr(self, "ids", []), *(value for name, value in attrs if name == "id")]

    def handle_data(self, data):
        if self._open and self._open[-1] == "td":
            self.cells.append(data)


@pytest.fixture(scope="module")
def text(pages, words):
    return write_html(pages, words).decode()


def test_it_needs_nothing_from_elsewhere(text):
    page = Page(text)
    assert page.links
    assert all(link.startswith(("data:image/svg+xml;base64,", "#")) for link in page.links)
    assert "link" not in page.tags
    assert "http://" not in text
    assert "https://" not in text


def test_a_street_named_like_a_script_is_text(text):
    page = Page(text)
    assert page.tags.count("script") == 1  # the one that sorts
    assert SCRIPT in page.cells
    assert MARKUP in page.cells


def test_every_link_within_the_page_has_its_place(text):
    page = Page(text)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_it_prints_and_knows_the_dark(text):
    assert "@media print" in text
    assert "prefers-color-scheme: dark" in text


def test_it_tells_all_views_that_have_rows(text, report, words):
    for view in VIEWS:
        if view.name not in {"summary", "problems"} and len(report.frames[view.name]):
            assert f'id="{view.name}"' in text, view.name
    assert words("page.headline").split("{")[0].strip() in text


def test_the_same_pages_give_the_same_bytes(pages, words):
    assert write_html(pages, words) == write_html(pages, words)
