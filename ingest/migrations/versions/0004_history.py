"""Stored plans, and the history of verdicts with the evidence behind each revision."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# ordered by code point, as vehicles are
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _key() -> list[sa.Column[Any]]:
    return [
        sa.Column("service_date", sa.Text, primary_key=True),
        sa.Column("grid_id", _TEXT, primary_key=True),
        sa.Column("window", _TEXT, primary_key=True),
        sa.Column("street", _TEXT, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    ]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("effective_from", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("stored_ms", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "judgings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("service_date", sa.Text, nullable=False),
        sa.Column("judged_ms", sa.BigInteger, nullable=False),
        sa.Column("plan_version", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("is_final", sa.Boolean, nullable=False),
    )
    op.create_index("ix_judgings_service_date", "judgings", ["service_date"])
    op.create_table(
        "verdicts",
        *_key(),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("served_ratio", sa.Double),
        sa.Column("started_ms", sa.BigInteger),
        sa.Column("completed_ms", sa.BigInteger),
        sa.Column("schedule_deviation_s", sa.BigInteger),
        sa.Column("observed_share", sa.Double),
        sa.Column("length_m", sa.Double),
        sa.Column("provably_missed_m", sa.Double),
        sa.Column("flags", sa.Text, nullable=False),
        sa.Column("plan_version", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("recorded_ms", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table("evidence", *_key(), sa.Column("record", sa.LargeBinary, nullable=False))
