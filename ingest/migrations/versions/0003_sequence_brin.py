"""In PostgreSQL a block range index of the sequence, which costs a write next to nothing."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Put it in the place of the tree."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_pings_sequence", "pings")
        op.create_index(
            "ix_pings_sequence",
            "pings",
            ["sequence"],
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
        )
