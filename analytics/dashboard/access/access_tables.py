"""Tables of the database beside the ping log: who may use the page, and what residents report.

`ingest.migrations` makes them; what stands here is for queries.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

users = sa.Table(
    "users",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
)
"""Who may log in."""

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("user_name", sa.Text, nullable=False),
    sa.Column("csrf", sa.Text, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("seen_ms", sa.BigInteger, nullable=False),
)
"""Who is logged in; the token itself is with the browser only."""

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("user_name", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)
"""What users did, in order; nothing is ever changed in it."""

sa.Index("ix_audit_at_ms", audit.c.at_ms)

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("service_date", sa.Text, primary_key=True),
    sa.Column("grid_id", sa.Text, primary_key=True),
    sa.Column("window", sa.Text, primary_key=True),
    sa.Column("street", sa.Text, primary_key=True),
    sa.Column("reference", sa.Text, nullable=False, unique=True),
    sa.Column("first_ms", sa.BigInteger, nullable=False),
    sa.Column("last_ms", sa.BigInteger, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
)
"""Misses that residents reported and the evidence confirms; one row a miss, however many ask."""
