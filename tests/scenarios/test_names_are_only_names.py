"""No name of a street, operator, grid or plan puts markup or a formula through any output.

Whoever writes a plan, a notice or a message chooses names. Each output is looked at with the means
of whoever reads it: a browser's parser, a spreadsheet's, XML, a terminal's.
"""

import csv
import io
import re
import unicodedata
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import msgspec
import openpyxl
import pytest
import structlog
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from analytics.alerts.alert import AlertState, Event, Message
from analytics.alerts.text import text_of
from analytics.history.change_report import change_line
from analytics.history.history import Change
from analytics.reports.drawing.charts import draw_charts
from analytics.reports.drawing.map_sketch import sketches
from analytics.reports.drawing.maps import draw_maps
from analytics.reports.drawing.svg import shapes_of, svg_of
from analytics.reports.formats.html_report import write_html
from analytics.reports.formats.pages import lay_out
from analytics.reports.formats.pdf_report import write_pdf
from analytics.reports.formats.table_files import csv_files
from analytics.reports.formats.xlsx_report import write_xlsx
from analytics.verdicts.compliance import count_by_grid, count_by_operator, count_table
from analytics.verdicts.tables import write_tables
from analytics.wording.words import Language, Words
from analytics.worklist.files import worklist_csv
from analytics.worklist.table import print_worklist
from geofence.notice.decision import Decision, DecisionCode
from geofence.notice.report import render_csv
from ingest.plain_text import unmarked
from ingest.program_log import log_to_stderr
from ingest.settings.alerts import AlertKind
from tests.fixtures.conditions import FACTS, condition
from tests.fixtures.hostile_names import FRAGMENTS, NAMES, TAME, hostile_day, hostile_report
from tests.fixtures.missed_streets import listed, miss
from tests.fixtures.town import MONDAY, ZONE, at

NIGHT = st.lists(NAMES, min_size=6, max_size=6, unique=True).map(tuple)
FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
JUDGED = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
SOME = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
WORDS = Words(Language.ZH)
SIGNS = tuple("=+-@＝＋－＠")
RANKS = [FRAGMENTS[first : first + 6] for first in range(0, len(FRAGMENTS) - 5, 6)]
"""Each fragment as a whole name."""


def is_seen(text: str) -> bool:
    """Whether nothing turns, hides, ends a line or commands a terminal."""
    unseen = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return all(
        character in "\n\u200c\u200d" or unicodedata.category(character) not in unseen
        for character in text
    )


def is_no_formula(content: str) -> bool:
    """Whether no spreadsheet, whatever parts its cells, finds a formula in CSV."""
    lines = content.replace("\r\n", "\n").replace("\r", "\n")
    return not any(
        told.strip(' "\t\r\n').startswith(SIGNS) and not re.fullmatch(r"[+-]?[\d.]+", told)
        for delimiter in ",;\t"
        for row in csv.reader(io.StringIO(lines), delimiter=delimiter)
        for told in row
    )


class Tags(HTMLParser):
    """What a browser makes of a page: tags with the names of their attributes, and its text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag, attributes):
        self.tags[tag, tuple(name for name, _ in attributes)] += 1

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, _):
        self.tags["comment", ()] += 1


def drawings(report):
    sketched = sketches(report.misses)
    return draw_maps(sketched, WORDS), draw_charts(report, WORDS), sketched


def pages_of(report):
    maps, charts, sketched = drawings(report)
    return lay_out(report, WORDS, sketched, maps, charts)


@cache
def tame_tags():
    return Tags(write_html(pages_of(hostile_report(TAME)), WORDS)).tags


def check_pages(report):
    pages = pages_of(report)
    for drawn in [*(page.picture for page in pages.maps), *pages.charts.values()]:
        kinds = {
            node.tag.partition("}")[2]
            for svg in (svg_of(drawn), shapes_of(drawn))
            for node in ET.fromstring(svg).iter()
        }
        assert not kinds & {"text", "a", "script", "foreignObject", "image"}
    found = Tags(write_html(pages, WORDS))
    assert found.tags == tame_tags()
    assert is_seen(found.text)
    pdf = write_pdf(report, pages, WORDS)
    assert pdf.startswith(b"%PDF")
    assert not re.search(rb"/(URI|JavaScript|JS|Launch)\b", pdf)


def check_tables(report, judgement, folder):
    for content in csv_files(report).values():
        assert is_no_formula(content.decode("utf-8-sig"))
    write_tables(judgement, folder, ZONE)
    for name in ("streets.csv", "grids.csv"):
        assert is_no_formula((folder / name).read_text("utf-8"))
    content = write_xlsx(report, WORDS)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            root = ET.fromstring(parts.read(name))
            kinds = {node.tag.partition("}")[2] for node in root.iter()}
            assert not kinds & {"f", "hyperlink", "drawing", "legacyDrawingHF"}
    for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets:
        shown = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert all(cell.data_type != "f" for cell in shown)
        assert all(is_seen(cell.value) for cell in shown if isinstance(cell.value, str))


@pytest.mark.parametrize("names", RANKS, ids=range(len(RANKS)))
def test_each_hostile_name_is_text_in_drawings_page_pdf_and_every_table(names, tmp_path):
    report = hostile_report(names)
    check_pages(report)
    check_tables(report, hostile_day(names).judgement, tmp_path)


@FEW
@given(NIGHT)
def test_no_name_puts_markup_into_drawings_page_or_pdf_or_a_formula_into_xlsx_or_any_csv(
    tmp_path_factory, names
):
    report = hostile_report(names)
    check_pages(report)
    check_tables(report, hostile_day(names).judgement, tmp_path_factory.mktemp("tables"))


@SOME
@given(NAMES)
@example(";=1")
def test_no_name_puts_a_formula_into_work_lists_or_the_report_of_an_import(name):
    found = listed(miss("近街")).assign(street=name, operator=name)
    assert is_no_formula(worklist_csv(found, ZoneInfo(ZONE)).decode("utf-8-sig"))
    decision = Decision(2, name, DecisionCode.PLATE_ODD, name, f"kept as read: {name}")
    assert is_no_formula(render_csv([decision]))


@MANY
@given(NAMES, st.sampled_from(list(AlertKind)), st.sampled_from(["zh", "en"]), st.booleans())
def test_no_name_puts_markup_a_mention_or_a_line_into_an_alert(name, kind, language, many):
    known = msgspec.structs.replace(
        FACTS, grid_id=name, vehicles=(name,), streets=(name, name), unknown=(name,)
    )
    state = AlertState(condition(kind, name).key, known)
    alerts = (state,) * (2 if many else 1)
    message = Message(Event.RAISED, alerts)
    told = text_of(message, tuple(range(len(alerts))), ZoneInfo(ZONE), language)
    assert is_seen(told.title + told.body)
    assert ("\n" in told.title, told.body.count("\n")) == (False, len(alerts) - 1)
    sent = unmarked(told.title) + unmarked(told.body)
    assert not set("*_~`#<>[](){}|\\@!&$") & set(sent)
    assert "://" not in sent


@JUDGED
@given(NAMES)
def test_no_name_commands_a_terminal_or_is_taken_for_its_markup(name):
    names = (name, *TAME[1:3], name, name, name)
    day, console = hostile_day_of(names), Console(file=io.StringIO(), width=2000)
    counts = count_by_operator(day.judgement.streets, day.plan)
    console.print(count_table(counts, "by operator"))
    console.print(count_table(count_by_grid(day.judgement.streets, day.plan), "by grid"))
    found = listed(miss("近街")).assign(street=name, grid_id=name)
    operators = day.plan.operators
    print_worklist(console, found, day.plan, operators, (MONDAY, at("15:00")), 0, Language.ZH)
    change = Change(MONDAY, name, "07:00-10:00", name, "unknown", "served", "late_pings", 2, 0)
    console.print(change_line([change], 0, ZONE, Language.ZH), markup=False, highlight=False)
    assert is_seen(console.file.getvalue())


def hostile_day_of(names):
    unique = (names[0], *(name for name in TAME if name != names[0]))
    return hostile_day((*unique[:3], *names[3:]))


@MANY
@given(NAMES)
def test_no_name_begins_a_line_of_the_log(name):
    before = structlog.get_config()
    log_to_stderr()
    try:
        written = io.StringIO()
        structlog.configure(logger_factory=lambda *_: structlog.WriteLogger(written))
        structlog.get_logger("ingest").warning("lost", street=name, error=ValueError(name))
    finally:
        structlog.configure(**before)
    line = written.getvalue()
    assert line.endswith("\n")
    assert is_seen(line)
    assert line.count("\n") == 1
