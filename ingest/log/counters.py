"""The counters of the log, which obey the law of conservation.

received = stored + duplicate + conflicting + rejected
"""

from collections import Counter
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ingest.log.tables import COUNTED, COUNTED_PREFIX, KEPT_BYTES, REJECTED_PREFIX, counters


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

    @property
    def balanced(self) -> bool:
        """True if nothing vanished."""
        accounted = self.stored + self.duplicate + self.conflicting + self.rejected
        return (
            self.received == accounted
            and self.rejected == sum(self.rejected_by_code.values())
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
        )


def read_counters(connection: sa.Connection) -> Counters:
    """Read the counters within a transaction."""
    rows = connection.execute(sa.select(counters.c.name, counters.c.value)).all()
    values: dict[str, int] = dict(tuple(row) for row in rows)
    rejected, counted = (
        {
            name.removeprefix(prefix): value
            for name, value in sorted(values.items())
            if name.startswith(prefix) and value
        }
        for prefix in (REJECTED_PREFIX, COUNTED_PREFIX)
    )
    return Counters(
        **{name: values.get(name, 0) for name in COUNTED},
        rejected_by_code=rejected,
        counted_by_code=counted,
        quarantine_bytes=values.get(KEPT_BYTES, 0),
    )


def count(connection: sa.Connection, change: Counter[str]) -> None:
    """Add a change to the counters, within the transaction that makes it true."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(counters)
    rows = [{"name": name, "value": value} for name, value in sorted(change.items()) if value]
    if rows:
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"value": counters.c.value + statement.excluded.value},
            ),
            rows,
        )
