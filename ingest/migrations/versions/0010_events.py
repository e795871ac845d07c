"""Events beside fixes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table."""
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "events",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("vehicle_id", text, nullable=False),
        sa.Column("event_time_ms", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("longitude", sa.Double),
        sa.Column("latitude", sa.Double),
        sa.Column("reference", sa.Text),
        sa.Column("weight_kg", sa.Double),
        sa.Column("received_time_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_events_vehicle_time", "events", ["vehicle_id", "event_time_ms"])


def downgrade() -> None:
    """Drop it, and count what it held away."""
    held = "SELECT count(*) FROM events"
    op.execute(
        f"UPDATE counters SET value = value - ({held}) WHERE name IN ('received', 'stored')"  # noqa: S608
    )
    op.execute("DELETE FROM counters WHERE name = 'events'")
    op.drop_table("events")
