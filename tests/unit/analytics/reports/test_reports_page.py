"""docs/reports.md keeps pace with the views."""

import re
from pathlib import Path

import pytest

from analytics.reports.tables.views import VIEWS

PAGE = Path(__file__).parents[4] / "docs" / "reports.md"


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_column_of_every_file_has_a_row_in_its_order(view):
    text = PAGE.read_text(encoding="utf-8")
    (section,) = re.findall(rf"^### {view.name}\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL)
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == tuple(
        column.name for column in view.stored
    )
