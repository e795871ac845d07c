"""A work list as people read it in a terminal, one table an operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analytics.wording.words import Language
from analytics.worklist.worklist import OPEN
from geofence.plan.plan import Operator, Plan
from ingest.plain_text import cell, plain


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    columns: tuple[str, ...]
    made_up_columns: tuple[str, ...]
    nothing: str
    total: str
    schematic: str


_WORDS = {
    Language.EN: _Words(
        title="{name}: second collection, {date}, as of {now}",
        columns=("", "grid", "street", "missed in", "passes", "reports", "missing m",
                 "from previous m", "longitude, latitude"),
        made_up_columns=("made up", "grid", "street", "missed in", "vehicle"),
        nothing="  nothing is open",
        total="{streets} streets to collect again, {passes} passes; {made_up} misses made up",
        schematic="The streets are SCHEMATIC: drawn by a program, not surveyed.",
    ),
    Language.ZH: _Words(
        title="{name} 补收清单 {date} 截至 {now}",
        columns=("序", "网格", "街道", "漏收时段", "需收次数", "居民反映", "未收米数",
                 "距上一条米数", "经度, 纬度"),
        made_up_columns=("补收时间", "网格", "街道", "漏收时段", "车辆"),
        nothing="  无待补收街道",
        total="待补收街道 {streets} 条,共需 {passes} 次;已补收 {made_up} 处",
        schematic="街道为示意图(SCHEMATIC):由程序绘制,非实测。",
    ),
}  # fmt: skip


def print_worklist(
    console: Console,
    listed: pd.DataFrame,
    plan: Plan,
    operators: Sequence[Operator],
    as_of: tuple[date, int],
    made_up_count: int,
    language: Language,
) -> None:
    """Print the lists of some operators.

    Parameters
    ----------
    as_of
        The service date, and the instant (ms) up to which it was judged.
    made_up_count
        Misses that are made up, listed or not.
    """
    words, zone = _WORDS[language], ZoneInfo(plan.timezone)
    now = datetime.fromtimestamp(as_of[1] / 1000, zone)
    if plan.schematic:
        console.print(words.schematic, highlight=False)
    for operator in operators:
        title = words.title.format(name=operator.name, date=as_of[0], now=f"{now:%Y-%m-%d %H:%M}")
        console.print(Text(plain(title), style="bold"))
        own = listed[listed["operator"] == operator.id]
        waiting = own[own["state"] == OPEN].to_dict("records")
        made_up = own[own["state"] != OPEN].to_dict("records")
        if waiting:
            console.print(_rows(words.columns, [_waiting(row) for row in waiting]))
        else:
            console.print(words.nothing, highlight=False)
        if made_up:
            console.print(_rows(words.made_up_columns, [_made_up(row, zone) for row in made_up]))
    waiting_rows = listed[listed["state"] == OPEN]
    total = words.total.format(
        streets=len(waiting_rows),
        passes=int(waiting_rows["passes_needed"].sum()),
        made_up=made_up_count,
    )
    console.print(total, highlight=False)


def _rows(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(*names)
    for row in rows:
        table.add_row(*map(cell, row))  # a street may look like markup
    return table


def _waiting(row: dict[Any, Any]) -> list[str]:
    return [
        str(row["order"]),
        row["grid_id"],
        row["street"],
        row["windows"].replace("|", ", "),
        str(row["passes_needed"]),
        str(row["reports"] or ""),
        f"{row['missing_m']:,.0f}",
        f"{row['from_previous_m']:,.0f}",
        f"{row['longitude']:.5f}, {row['latitude']:.5f}",
    ]


def _made_up(row: dict[Any, Any], zone: ZoneInfo) -> list[str]:
    return [
        f"{row['made_up_at'].tz_convert(zone):%H:%M:%S}",
        row["grid_id"],
        row["street"],
        row["windows"].replace("|", ", "),
        row["vehicle_id"].replace("|", ", "),
    ]
