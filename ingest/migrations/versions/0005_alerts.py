"""Alerts and what of them is to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("service_date", sa.Text, nullable=False),
        sa.Column("window", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("held_since_ms", sa.BigInteger),
        sa.Column("raised_ms", sa.BigInteger),
        sa.Column("said_ms", sa.BigInteger),
        sa.Column("clear_since_ms", sa.BigInteger),
        sa.Column("ended_ms", sa.BigInteger),
        sa.Column("end_said_ms", sa.BigInteger),
        sa.Column("escalated_ms", sa.BigInteger),
        sa.Column("acknowledged_ms", sa.BigInteger),
        sa.Column("acknowledged_by", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint("service_date", "window", "kind", "subject", name="uq_alerts_key"),
    )
    op.create_table(
        "alert_deliveries",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("next_try_ms", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("sent_ms", sa.BigInteger),
        sa.Column("given_up_ms", sa.BigInteger),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
    )
    waiting = sa.text("sent_ms IS NULL AND given_up_ms IS NULL")
    op.create_index(
        "ix_alert_deliveries_waiting",
        "alert_deliveries",
        ["next_try_ms"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
