"""A line of the table: what was done, what came out of it, and whether that keeps the promise."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.box import ASCII
from rich.console import Console
from rich.table import Table

Figure = int | float | str


@dataclass(frozen=True, slots=True)
class Row:
    """One fault on one broker and one database."""

    fault: str
    done: str
    """What was done to it."""
    result: str
    """What came out."""
    wanted: str
    holds: bool
    """Whether the result is the wanted one."""
    figures: dict[str, Figure] = field(default_factory=dict)
    """What was counted and measured, for ``--json``."""
    broker: str = ""
    database: str = ""


def print_table(rows: Sequence[Row], console: Console) -> None:
    """Print rows as a table in plain text."""
    headings = "fault", "broker", "database", "done", "result", "wanted", "holds"
    table = Table(*headings, box=ASCII, show_lines=True)
    for row in rows:
        cells = row.fault, row.broker, row.database, row.done, row.result, row.wanted
        table.add_row(*cells, "yes" if row.holds else "NO")
    console.print(table)
