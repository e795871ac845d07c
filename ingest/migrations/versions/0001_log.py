"""The log of version 0.1: pings, conflicts, rejections, counters."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _content() -> list[sa.Column[Any]]:
    return [
        sa.Column("longitude", sa.Double, nullable=False),
        sa.Column("latitude", sa.Double, nullable=False),
        sa.Column("speed_mps", sa.Double),
        sa.Column("heading_deg", sa.Double),
        sa.Column("accuracy_m", sa.Double),
        sa.Column("hdop", sa.Double),
        sa.Column("satellites", sa.SmallInteger),
        sa.Column("working", sa.Boolean),
        sa.Column("received_time_ms", sa.BigInteger, nullable=False),
    ]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "pings",
        sa.Column("vehicle_id", _text(), primary_key=True),
        sa.Column("event_time_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        *_content(),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_pings_sequence", "pings", ["sequence"])
    op.create_table(
        "conflicts",
        sa.Column("vehicle_id", _text(), primary_key=True),
        sa.Column("event_time_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content_hash", sa.LargeBinary(16), primary_key=True),
        *_content(),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rejections",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("received_time_ms", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
    )
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    names = ("received", "stored", "duplicate", "conflicting", "rejected")
    op.bulk_insert(counters, [{"name": name, "value": 0} for name in names])
