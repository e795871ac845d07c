"""What was refused by vehicle, code and hour, so that a flood is counted and not kept."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_NOBODYS = "CASE WHEN code IN ('unknown_vehicle', 'bad_topic') THEN '' ELSE vehicle_id END"
# in characters, and of what is about a row 64 more: as ingest.log.quarantine reckons
_SIZE = "length(payload) + length(topic) + length(key) + length(value) + length(vehicle_id) + 64"


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table of hours of what there is, and the indices that retention goes by."""
    op.create_table(
        "quarantine_hours",
        sa.Column("vehicle_id", _text(), primary_key=True),
        sa.Column("hour_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("kept", sa.BigInteger, nullable=False),
        sa.Column("kept_bytes", sa.BigInteger, nullable=False),
        sa.Column("counted", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO quarantine_hours (vehicle_id, hour_ms, code, kept, kept_bytes, counted) "  # noqa: S608
        f"SELECT {_NOBODYS}, received_time_ms - received_time_ms % 3600000, code, count(*), "
        f"sum({_SIZE}), 0 FROM rejections GROUP BY 1, 2, 3"
    )
    op.execute(
        "INSERT INTO counters (name, value) "  # noqa: S608
        f"SELECT 'quarantine_bytes', coalesce(sum({_SIZE}), 0) FROM rejections"
    )
    op.create_index("ix_rejections_received", "rejections", ["received_time_ms"])
    op.create_index("ix_audit_at_ms", "audit", ["at_ms"])


def downgrade() -> None:
    """Drop them; before, every refusal was kept, so what was only counted is counted out."""
    counters = sa.table("counters", sa.column("name"), sa.column("value"))
    connection = op.get_bind()
    found = dict(tuple(row) for row in connection.execute(sa.select(counters)))
    of_code = {
        name.removeprefix("counted."): value
        for name, value in found.items()
        if name.startswith("counted.")
    }
    lost = {f"rejected.{code}": value for code, value in of_code.items()}
    lost |= dict.fromkeys(("received", "rejected"), sum(of_code.values()))
    for name, value in lost.items():
        changed = sa.update(counters).where(counters.c.name == name)
        connection.execute(changed.values(value=counters.c.value - value))
    gone = sa.or_(counters.c.name == "quarantine_bytes", counters.c.name.startswith("counted."))
    connection.execute(sa.delete(counters).where(gone))
    op.drop_index("ix_audit_at_ms", "audit")
    op.drop_index("ix_rejections_received", "rejections")
    op.drop_table("quarantine_hours")
