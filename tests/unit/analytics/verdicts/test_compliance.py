import pandas as pd
from rich.console import Console

from analytics.verdicts.compliance import count_by_grid, count_by_operator, count_table
from tests.fixtures.town import Town, grid

PLAN = Town(grids=[grid("B1"), grid("A1", operator="sweep-2"), grid("A2", operator="sweep-2")]).plan
VERDICTS = pd.DataFrame(
    {
        "grid_id": ["A1", "A1", "A2", "B1"],
        "verdict": ["served", "unknown", "served", "skipped"],
    }
)


def test_verdicts_are_counted_by_operator_in_the_plans_order():
    counts = count_by_operator(VERDICTS, PLAN)
    assert counts.index.tolist() == ["机扫一公司", "机扫二公司"]
    assert counts.loc["机扫二公司"].to_dict() == {
        "served": 2, "late": 0, "partial": 0, "skipped": 0, "unknown": 1,
    }  # fmt: skip


def test_verdicts_are_counted_by_grid_in_the_plans_order():
    counts = count_by_grid(VERDICTS, PLAN)
    assert counts.index.tolist() == ["B1", "A1", "A2"]
    assert counts["skipped"].tolist() == [1, 0, 0]


def drawn(counts: pd.DataFrame) -> list[list[str]]:
    console = Console(width=120)
    with console.capture() as capture:
        console.print(count_table(counts, "Streets"))
    return [line.replace("│", " ").replace("┃", " ").split() for line in capture.get().splitlines()]


def test_a_table_of_counts_ends_with_the_sum_and_shares():
    lines = drawn(count_by_operator(VERDICTS, PLAN))
    assert ["机扫二公司", "2", "0", "0", "0", "1", "3", "66.7%", "33.3%"] in lines
    assert ["all", "2", "0", "0", "1", "1", "4", "50.0%", "25.0%"] in lines


def test_a_table_of_nothing_can_be_drawn():
    assert ["Streets"] in drawn(count_by_operator(VERDICTS.head(0), PLAN))
