"""How many streets or grids have which verdict, by operator or grid."""

import pandas as pd
from rich.table import Table

from analytics.verdicts.verdict import Verdict
from geofence.plan.plan import Plan
from ingest.plain_text import cell

VERDICTS = tuple(verdict.value for verdict in Verdict)
_STYLES = {
    "served": "green", "late": "yellow", "partial": "magenta", "skipped": "red", "unknown": "cyan",
}  # fmt: skip


def count_by_operator(verdicts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Count the rows of a street or grid table by operator and verdict.

    Returns
    -------
    DataFrame
        Index ``operator`` (its name, in the plan's order, only those with rows), one column a
        verdict.
    """
    operators = {grid.id: grid.operator_id for grid in plan.grids}
    names = {operator.id: operator.name for operator in plan.operators}
    owner = verdicts["grid_id"].map(operators).map(names)
    counts = _count(verdicts, owner.rename("operator"))
    return counts.reindex([name for name in dict.fromkeys(names.values()) if name in counts.index])


def count_by_grid(verdicts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Count the rows of a street or grid table by grid and verdict, grids in the plan's order."""
    counts = _count(verdicts, verdicts["grid_id"].rename("grid"))
    return counts.reindex([grid.id for grid in plan.grids if grid.id in counts.index])


def _count(verdicts: pd.DataFrame, key: "pd.Series[str]") -> pd.DataFrame:
    counts = pd.crosstab(key, verdicts["verdict"])
    return counts.reindex(columns=list(VERDICTS), fill_value=0).rename_axis(columns=None)


def count_table(counts: pd.DataFrame, title: str) -> Table:
    """Draw counts by verdict, with their sum and the shares served and unknown."""
    table = Table(title=title, title_justify="left", show_footer=len(counts) > 1)
    total = counts.sum()
    table.add_column(str(counts.index.name), footer="all")
    for verdict in VERDICTS:
        table.add_column(
            verdict, justify="right", style=_STYLES[verdict], footer=str(total[verdict])
        )
    shares = _shares(total)
    for name, footer in zip(("in all", "% served", "% unknown"), shares, strict=True):
        table.add_column(name, justify="right", footer=footer)
    for key, row in counts.iterrows():
        table.add_row(cell(key), *(str(row[verdict]) for verdict in VERDICTS), *_shares(row))
    return table


def _shares(row: "pd.Series[int]") -> tuple[str, str, str]:
    count = int(row.sum())
    share = [f"{row[verdict] / count:.1%}" if count else "" for verdict in ("served", "unknown")]
    return str(count), share[0], share[1]
