import csv
import io
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.plain_text import FORMULA_STARTS, cell, harmless, plain, unmarked

ANY = st.text(st.characters(codec=None), max_size=40)
CRAFTED = st.text(st.sampled_from("=+-@＝－;\t\r\n'\" ,a1云街"), max_size=12)


@pytest.mark.parametrize(
    "text", ["云中街", "平城区　北街", "Rue de l'Été, n° 5", "می‌خواهم", "שדרות", "𮯰街", ""]
)
def test_what_people_write_stays_as_it_is(text):
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("JY\u202e10", r"JY\u202e10"),
        ("a\u2066b\u2069", r"a\u2066b\u2069"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("one\r\ntwo\u2028three", r"one\r\ntwo\u2028three"),
        ("nul\x00", r"nul\x00"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("half\ud800", r"half\ud800"),
        ("\uffff\U0001fffe", r"\uffff\U0001fffe"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_an_escape(text, shown):
    assert plain(text) == shown


@given(ANY)
def test_nothing_plain_ends_a_line_commands_a_terminal_or_turns_the_direction(text):
    shown = plain(text)
    assert plain(shown) == shown
    shown.encode()  # no half of a pair is left
    assert not any(unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} for each in shown)
    assert not any(
        unicodedata.bidirectional(each) in {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI",
                                            "PDI"}
        for each in shown
    )  # fmt: skip


def test_a_line_feed_can_be_kept():
    assert plain("one\ntwo\r", keep="\n") == "one\ntwo\\r"


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_text_that_a_spreadsheet_would_run_has_an_apostrophe_before_it(start):
    assert harmless(f"{start}1") == f"'{start}1"
    assert harmless(f' "{start}1') == f"' \"{start}1"


@given(ANY | CRAFTED)
@example('街;"=1+1"')
@example("a\n;=1")
def test_no_cell_is_a_formula_wherever_a_spreadsheet_parts_them(text):
    file = io.StringIO()
    csv.writer(file).writerow(["JY01", harmless(text), "served"])
    lines = file.getvalue().replace("\r", "\n")
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(lines), delimiter=delimiter):
            for told in row:
                assert not told.strip(' "').startswith(FORMULA_STARTS)


@given(ANY | CRAFTED)
def test_what_is_harmless_stays_as_it_is(text):
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize(
    "text",
    ["<!channel>", "@everyone", "*bold*", "[a](b)", "`code`", "<at user_id=all></at>", "# head",
     "a://b", "~x~", "__x__", "|a|", "&lt;"],
)  # fmt: skip
def test_markup_mentions_and_links_are_written_in_full_width(text):
    shown = unmarked(text)
    assert not set("*_~`#<>[](){}|\\@!&$") & set(shown)
    assert "://" not in shown
    assert unicodedata.normalize("NFKC", shown) == text


def test_texts_of_alerts_can_still_be_read():
    assert unmarked("#2 JR20 07:00-08:30\n云河路") == "＃2 JR20 07:00-08:30\n云河路"


def test_a_cell_of_a_terminal_shows_brackets_as_they_are():
    assert cell("[/x]\x1b").plain == "[/x]\\x1b"
    assert cell(12).plain == "12"
