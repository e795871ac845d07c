"""Rejections that can be released, archived days, the last sequence as a counter."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, the table, the index and the counter."""
    op.add_column("rejections", sa.Column("vehicle_id", sa.Text, nullable=False, server_default=""))
    op.add_column(
        "rejections", sa.Column("payload_bytes", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("rejections", sa.Column("released_time_ms", sa.BigInteger))
    # of what was clipped the size is not known any more: what was kept is the least it was
    op.execute("UPDATE rejections SET payload_bytes = length(payload)")
    op.create_table(
        "archived_days",
        sa.Column("day_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("pings", sa.BigInteger, nullable=False),
        sa.Column("conflicts", sa.BigInteger, nullable=False),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
    )
    op.execute(
        "INSERT INTO counters (name, value) "
        "SELECT 'sequence', coalesce(max(sequence), 0) FROM pings"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_pings_event_time_ms_brin", "pings", ["event_time_ms"], postgresql_using="brin"
        )
