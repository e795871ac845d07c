"""Tables of stored plans and recorded verdicts, made in the ping log's database by migration 0004.

Rows are only ever added.
"""

from typing import Any

import sqlalchemy as sa

# ordered by code point, as vehicles are
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

metadata = sa.MetaData()

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("effective_from", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("stored_ms", sa.BigInteger, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
"""Plans in the order in which they were stored; `content` is
`analytics.history.plan_store.pack`'s."""

judgings = sa.Table(
    "judgings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("service_date", sa.Text, nullable=False),
    sa.Column("judged_ms", sa.BigInteger, nullable=False),
    sa.Column("plan_version", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("is_final", sa.Boolean, nullable=False),
)
"""By which plan a date was judged, and up to which sequence of the log."""

sa.Index("ix_judgings_service_date", judgings.c.service_date)


def _key() -> list[sa.Column[Any]]:
    return [
        sa.Column("service_date", sa.Text, primary_key=True),
        sa.Column("grid_id", _TEXT, primary_key=True),
        sa.Column("window", _TEXT, primary_key=True),
        # empty for the verdict of the grid itself
        sa.Column("street", _TEXT, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    ]


KEY = ("service_date", "grid_id", "window", "street")
"""What a verdict is of."""

verdicts = sa.Table(
    "verdicts",
    metadata,
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
"""Revisions of verdicts; two of one `digest` say the same and rest on the same evidence."""

evidence = sa.Table(
    "evidence", metadata, *_key(), sa.Column("record", sa.LargeBinary, nullable=False)
)
"""Compressed records of streets. A revision without one has that of the revision before."""
