"""The counters of the log, which obey the law of conservation.

received = stored + duplicate + conflicting + rejected
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ingest.log.tables import (
    COUNTED,
    COUNTED_PREFIX,
    EVENTS,
    IGNORED_PREFIX,
    KEPT_BYTES,
    REJECTED_PREFIX,
    counters,
)


@dataclass(frozen=True, slots=True)
class Counters:
    """The conservation law in numbers."""

    received: int
    stored: int
    duplicate: int
    conflicting: int
    rejected: int
    rejected_by_code: dict[str, int]
    """Codes that occurred, in alphabetical order."""
    counted_by_code: dict[str, int] = field(default_factory=dict)
    """Of these, how many were counted and are not kept."""
    quarantine_bytes: int = 0
    """What those take that are kept."""
    field_ignored: dict[str, int] = field(default_factory=dict)
    """How often an optional field was left out of a ping received, by its name."""
    events: int = 0
    """How many of the stored are events beside fixes."""

    @property
    def balanced(self) -> bool:
        """True if nothing vanished."""
        accounted = self.stored + self.duplicate + self.conflicting + self.rejected
        return (
            self.received == accounted
            and self.rejected == sum(self.rejected_by_code.values())
            and self.events <= self.stored
            and all(
                counted <= self.rejected_by_code.get(code, 0)
                for code, counted in self.counted_by_code.items()
            )
        )

    def conservation(self) -> str:
        """Write the law out."""
        counted = sum(self.counted_by_code.values())
        return (
            f"received {self.received} = stored {self.stored} + duplicate {self.duplicate} "
            f"+ conflicting {self.conflicting} + rejected {self.rejected}"
            + (f" ({counted} of them only counted)" if counted else "")
            + (f"; of the stored {self.events} are events" if self.events else "")
        )


def read_counters(connection: sa.Connection) -> Counters:
    """Read the counters within a transaction."""
    rows = connection.execute(sa.select(counters.c.name, counters.c.value)).all()
    values: dict[str, int] = dict(tuple(row) for row in rows)
    rejected, counted, ignored = (
        {
            name.removeprefix(prefix): value
            for name, value in sorted(values.items())
            if name.startswith(prefix) and value
        }
        for prefix in (REJECTED_PREFIX, COUNTED_PREFIX, IGNORED_PREFIX)
    )
    return Counters(
        **{name: values.get(name, 0) for name in COUNTED},
        rejected_by_code=rejected,
        counted_by_code=counted,
        quarantine_bytes=values.get(KEPT_BYTES, 0),
        field_ignored=ignored,
        events=values.get(EVENTS, 0),
    )


def count(connection: sa.Connection, change: Counter[str]) -> None:
    """Add a change to the counters, within the transaction that makes it true."""
    rows = [{"name": name, "value": value} for name, value in sorted(change.items()) if value]
    add_up(connection, counters, rows)


def add_up(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the figures of rows to those of the same primary key, or insert them where none is."""
    if not rows:
        return
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement, key = make(table), [column.name for column in table.primary_key]
    sums = {name: table.c[name] + statement.excluded[name] for name in rows[0] if name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=sums), list(rows))
