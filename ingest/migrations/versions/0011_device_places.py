"""Where each device was when ingest started last."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table."""
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "device_places",
        sa.Column("device_id", text, primary_key=True),
        sa.Column("vehicle_id", text, nullable=False),
        sa.Column("noted_ms", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("device_places")
