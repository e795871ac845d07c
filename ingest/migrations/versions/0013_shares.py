"""Several processes of ingest share a fleet: who is there, and which share each of them has."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "share_members",
        sa.Column("member", sa.Text, primary_key=True),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "share_leases",
        sa.Column("share", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop them; no ping is in them."""
    op.drop_table("share_leases")
    op.drop_table("share_members")
