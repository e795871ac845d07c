import csv
import io
import re
import tomllib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.notice.decision import DECISION_MEANINGS, Decision, DecisionCode
from geofence.notice.notice import Imported
from geofence.notice.report import (
    REPORT_COLUMNS,
    render_csv,
    render_imported_plan,
    render_markdown,
)
from ingest.plain_text import harmless
from tests.fixtures.town import TRUCK, Town, grid

WHOLE = Decision(None, "", DecisionCode.SCHEMATIC_ASSUMED, "", "schematic = true")
ODD = Decision(2, "JY01", DecisionCode.PLATE_ODD, "晋B6591", "kept as read: 4 characters")
UNSURE = Decision(3, "QY27", DecisionCode.OPERATOR_UNCERTAIN, "JT -> QY", "kept 机扫一公司")
SHORT = Decision(4, "QY27", DecisionCode.PLATE_ODD, "晋B0", "kept as read: 1 character")

TEXT = st.text("云中街JY01|\\,;\"' \t\n、#-", max_size=8)
DECISIONS = st.lists(
    st.builds(
        Decision,
        row=st.none() | st.integers(1, 99),
        grid_id=TEXT,
        code=st.sampled_from(list(DecisionCode)[:4]),
        value=TEXT,
        decision=TEXT,
    ),
    max_size=6,
)


def imported(*decisions: Decision, night: tuple[str, ...] = (), **changes) -> Imported:
    grids = (
        grid("JY01", streets=("云中街", "滨河路"), vehicles=(TRUCK, "机扫1-113")),
        grid("QY27", streets=("云中街",)),
    )
    plan = replace(Town(grids=grids).plan, sections=(), **changes)
    return Imported(plan, decisions, night)


def cells(line: str) -> list[str]:
    """The cells of a line of a Markdown table, as a reader of Markdown parts them."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


# CSV


def test_the_csv_has_a_line_for_each_decision_in_their_order():
    assert render_csv([WHOLE, ODD]).splitlines() == [
        "row,grid_id,code,value,decision",
        ",,schematic_assumed,,schematic = true",
        "2,JY01,plate_odd,晋B6591,kept as read: 4 characters",
    ]


def test_without_decisions_the_csv_is_its_heading():
    assert render_csv([]) == ",".join(REPORT_COLUMNS) + "\n"


@settings(max_examples=60)
@given(DECISIONS)
def test_whatever_was_decided_is_read_back_from_the_csv(decisions):
    rows = list(csv.reader(io.StringIO(render_csv(decisions), newline="")))[1:]
    assert [
        Decision(int(row) if row else None, grid_id, DecisionCode(code), value, decision)
        for row, grid_id, code, value, decision in rows
    ] == [
        replace(
            one, **{name: harmless(getattr(one, name)) for name in ("grid_id", "value", "decision")}
        )
        for one in decisions
    ]


def test_a_cell_with_the_line_ends_of_old_macs_is_read_back_from_the_csv():
    old = replace(ODD, value="云中街\r滨河路")
    rows = list(csv.reader(io.StringIO(render_csv([old]), newline="")))
    assert [row[3] for row in rows[1:]] == ["云中街\n滨河路"]


# Markdown


def test_the_page_begins_with_its_source_and_what_the_plan_holds():
    page = render_markdown(imported(ODD, UNSURE), "notice.tsv").splitlines()
    assert page[0] == "# Import of notice.tsv"
    assert page[2].startswith(
        "2 operators, 2 grids, 3 streets of grids, 2 vehicles; 2 decisions. "
    )  # fmt: skip


def test_decisions_of_one_code_stand_under_one_heading_with_its_meaning_and_their_number():
    page = render_markdown(imported(ODD, UNSURE, SHORT), "n")
    sections = page.split("\n## ")[1:]
    assert [section.splitlines()[0] for section in sections] == [
        "operator_uncertain (1)", "plate_odd (2)"
    ]  # fmt: skip
    assert sections[1].splitlines()[2] == DECISION_MEANINGS[DecisionCode.PLATE_ODD]
    assert [cells(line) for line in sections[1].splitlines()[4:]] == [
        ["row", "grid", "read", "decision"],
        ["---"] * 4,
        ["2", "JY01", "晋B6591", "kept as read: 4 characters"],
        ["4", "QY27", "晋B0", "kept as read: 1 character"],
    ]


def test_a_decision_on_the_whole_notice_has_no_row():
    page = render_markdown(imported(WHOLE), "n")
    assert cells(page.splitlines()[-1]) == ["", "", "", "schematic = true"]


def test_a_page_without_decisions_has_no_section():
    page = render_markdown(imported(), "n")
    assert "; 0 decisions." in page
    assert "##" not in page


@settings(max_examples=60)
@given(DECISIONS)
def test_whatever_was_read_each_decision_is_one_line_of_four_cells(decisions):
    page = render_markdown(imported(*decisions), "n")
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(lines) == len(decisions) + len({decision.code for decision in decisions})
    assert all(len(cells(line)) == 4 for line in lines)


# The plan


def comments(imported: Imported, preface: str = "") -> dict[str, list[str]]:
    """The lines of comment that stand above each grid."""
    text = render_imported_plan(imported, preface)
    blocks = [block for block in text.split("\n\n") if "[[grids]]" in block]
    found = {}
    for block in blocks:
        comment, body = block.split("[[grids]]")
        found[tomllib.loads(body)["id"]] = comment.splitlines()
    return found


def test_a_grid_that_leaves_no_doubt_has_no_comment():
    assert comments(imported(WHOLE, ODD, SHORT)) == {"JY01": [], "QY27": []}


def test_a_grid_whose_operator_is_uncertain_says_so_and_why():
    assert comments(imported(UNSURE)) == {
        "JY01": [],
        "QY27": ["# operator and windows carried down past JT -> QY: uncertain"],
    }


def test_a_grid_of_the_night_shift_says_so():
    assert comments(imported(night=("JY01",)))["JY01"] == [
        "# 夜岗收集: collected on the night shift"
    ]


def test_a_grid_may_have_both_comments_a_line_each():
    (night, unsure) = comments(imported(UNSURE, night=("QY27",)))["QY27"]
    assert "night shift" in night
    assert "uncertain" in unsure


def test_the_preface_stands_at_the_head_of_the_plan_as_a_comment():
    text = render_imported_plan(imported(), "From a notice.\nSCHEMATIC")
    assert text.startswith("# From a notice.\n# SCHEMATIC\n")


@pytest.mark.parametrize("value", ["东一\n区 -> QY", "JT -> \rname = 1"])
def test_a_comment_stays_a_comment_whatever_was_read(value):
    strange = replace(UNSURE, value=value)
    told = tomllib.loads(render_imported_plan(imported(strange), ""))
    assert told == tomllib.loads(render_imported_plan(imported(), ""))


@pytest.mark.parametrize(
    "value",
    ["=1+1", "-街", "<img src=x>", "[a](b)", "![a](b)", "`x`", "**x**", "\u202e10", "~~x~~"],
)
def test_what_a_notice_says_is_no_formula_and_no_markup(value):
    odd = replace(ODD, value=value)
    (_, (*_, told, _)) = csv.reader(io.StringIO(render_csv([odd])))
    assert not told.startswith(("=", "-"))
    shown = cells(render_markdown(imported(odd), "notice.tsv").splitlines()[-1])[2]
    assert not re.search(r"(?<!\\)[<>`*~\[\]\u202e]", shown)
