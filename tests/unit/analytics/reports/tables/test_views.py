"""What the views say of themselves, and that docs/reports.md keeps pace with them."""

import re
from pathlib import Path

import pytest

from analytics.reports.tables.views import DTYPES, VIEW_OF, VIEWS, Kind

PAGE = Path(__file__).parents[5] / "docs" / "reports.md"
COLUMNS = [(view.name, column) for view in VIEWS for column in view.columns]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_column_of_every_file_has_a_row_in_its_order(view):
    text = PAGE.read_text(encoding="utf-8")
    (section,) = re.findall(rf"^### {view.name}\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL)
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == tuple(
        column.name for column in view.stored
    )


def test_a_view_is_found_by_its_name_which_no_other_has():
    assert len(VIEW_OF) == len(VIEWS)
    assert all(VIEW_OF[view.name] is view for view in VIEWS)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_has_no_column_twice(view):
    assert len(set(view.names)) == len(view.columns)


def test_codes_and_nothing_else_have_a_namespace_of_words():
    assert [
        (view, column.name)
        for view, column in COLUMNS
        if (column.kind is Kind.WORD) != bool(column.namespace)
    ] == []


def test_a_column_holds_the_same_kind_wherever_it_is_called_the_same():
    kinds = {(column.name, column.kind) for _, column in COLUMNS}
    assert len(kinds) == len({name for name, _ in kinds})


def test_every_kind_has_a_dtype():
    assert set(DTYPES) == set(Kind)


def test_advice_is_for_people_and_in_no_file_for_machines():
    faults = VIEW_OF["tracking_faults"]
    assert set(faults.columns) - set(faults.stored) == {faults.columns[-1]}
    assert faults.names[-1] == "remedy"
