"""What a vehicle was doing at a fix: a mask of tasks, unknown of all that is stored."""

import hashlib
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_KEY = ("vehicle_id", "event_time_ms")
_CONTENT = (
    *("longitude", "latitude", "speed_mps", "heading_deg", "accuracy_m", "hdop", "satellites"),
    "working",
)


def upgrade() -> None:
    """Add the column to both tables of fixes."""
    for table in ("pings", "conflicts"):
        op.add_column(table, sa.Column("tasks", sa.Integer))


def downgrade() -> None:
    """Drop it; a loser that then says what another fix of its key says repeats that."""
    _forget_tasks_of_losers(op.get_bind())
    for table in ("conflicts", "pings"):
        op.drop_column(table, "tasks")


def _forget_tasks_of_losers(connection: sa.Connection) -> None:
    columns = (*_KEY, *_CONTENT)
    # typed, or SQLite would give truth values as numbers, which make another hash
    pings, conflicts = (_fixes(name) for name in ("pings", "conflicts"))
    winner_tells = sa.exists().where(
        *(pings.c[name] == conflicts.c[name] for name in _KEY), pings.c.tasks.is_not(None)
    )
    losers = connection.execute(
        sa.select(*(conflicts.c[name] for name in (*columns, "content_hash"))).where(
            conflicts.c.tasks.is_not(None) | winner_tells
        )
    ).all()
    repeated = 0
    for row in losers:
        key, content, old_hash = row[:2], list(row[2:-1]), bytes(row[-1])
        text = repr(content).encode()
        plain_hash = hashlib.blake2b(text, digest_size=16).digest()
        of_key = [conflicts.c[name] == value for name, value in zip(_KEY, key, strict=True)]
        won = sa.select(*(pings.c[name] for name in _CONTENT)).where(
            *(pings.c[name] == value for name, value in zip(_KEY, key, strict=True))
        )
        lost = sa.select(sa.func.count()).where(*of_key, conflicts.c.content_hash == plain_hash)
        this = [*of_key, conflicts.c.content_hash == old_hash]
        winner = connection.execute(won).one_or_none()
        is_repeated = winner is not None and list(winner) == content
        if is_repeated or (old_hash != plain_hash and connection.scalar(lost)):
            connection.execute(sa.delete(conflicts).where(*this))
            repeated += 1
        else:
            changed = sa.update(conflicts).where(*this)
            connection.execute(changed.values(content_hash=plain_hash))
    counters = sa.table("counters", sa.column("name"), sa.column("value"))
    for name, change in (("conflicting", -repeated), ("duplicate", repeated)):
        added = sa.update(counters).where(counters.c.name == name)
        connection.execute(added.values(value=counters.c.value + change))


def _fixes(name: str) -> Any:  # noqa: ANN401 - a table with columns by name
    return sa.table(
        name,
        sa.column("vehicle_id", sa.Text),
        sa.column("event_time_ms", sa.BigInteger),
        *(sa.column(each, sa.Double) for each in _CONTENT[:6]),
        sa.column("satellites", sa.SmallInteger),
        sa.column("working", sa.Boolean),
        sa.column("tasks", sa.Integer),
        sa.column("content_hash", sa.LargeBinary),
    )
