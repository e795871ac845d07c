"""Superseded archive files are kept for a grace time; a log has a name that its files bear."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables, and name the log."""
    op.create_table(
        "superseded_files",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("day_ms", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("superseded_ms", sa.BigInteger, nullable=False),
    )
    identity = op.create_table("log_identity", sa.Column("id", sa.Text, primary_key=True))
    op.bulk_insert(identity, [{"id": uuid.uuid4().hex}])


def downgrade() -> None:
    """Drop them; the files stay where they are."""
    op.drop_table("superseded_files")
    op.drop_table("log_identity")
