"""A work list as it is read in a terminal."""

import io

import pytest
from rich.console import Console

from analytics.wording.words import Language
from analytics.worklist.table import print_worklist
from tests.fixtures.missed_streets import TOWN, listed, miss
from tests.fixtures.town import MONDAY, at


@pytest.mark.parametrize(
    ("language", "total", "nothing"),
    [(Language.EN, "2 streets to collect again, 3 passes; 1 misses made up", "nothing is open"),
     (Language.ZH, "待补收街道 2 条,共需 3 次;已补收 1 处", "无待补收街道")],
)  # fmt: skip
def test_the_table_tells_streets_passes_and_what_is_made_up(language, total, nothing):
    found = listed(miss("近街"), miss("近街", "14:00-15:00"), miss("=远街"),
                   miss("中街", made_up="15:00"))  # fmt: skip
    console = Console(file=io.StringIO(), width=120)
    print_worklist(
        console, found, TOWN.plan, TOWN.plan.operators, (MONDAY, at("16:00")), 1, language
    )
    text = console.file.getvalue()
    assert total in text
    assert nothing in text
    assert "07:00-10:00, 14:00-15:00" in text
    assert "2022-03-28 16:00" in text
    assert "15:00:00" in text
