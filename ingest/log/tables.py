"""Tables of the ping log, portable between SQLite and PostgreSQL.

What stands here is the newest schema; `ingest.migrations` makes it, step by step.
"""

from typing import Any

import sqlalchemy as sa

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""Every schema there has been; the last is the one below."""

# pings are ordered by code point everywhere, not by the rules of the database's language
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

metadata = sa.MetaData()


def _content_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("longitude", sa.Double, nullable=False),
        sa.Column("latitude", sa.Double, nullable=False),
        sa.Column("speed_mps", sa.Double),
        sa.Column("heading_deg", sa.Double),
        sa.Column("accuracy_m", sa.Double),
        sa.Column("hdop", sa.Double),
        sa.Column("satellites", sa.SmallInteger),
        sa.Column("working", sa.Boolean),
        sa.Column("received_time_ms", sa.BigInteger, nullable=False),
    ]


pings = sa.Table(
    "pings",
    metadata,
    sa.Column("vehicle_id", _TEXT, primary_key=True),
    sa.Column("event_time_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    *_content_columns(),
    # grows with every row that is stored or changed, in the order of commits
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""The winner of every key; ``received_time_ms`` is when this very fix was first received."""

# rows lie in the order of their sequence, but for those that were changed
sa.Index(
    "ix_pings_sequence",
    pings.c.sequence,
    postgresql_using="brin",
    postgresql_with={"autosummarize": "on"},
)

BRIN_INDEX = "ix_pings_event_time_ms_brin"
"""Of PostgreSQL only: in SQLite it would be a second copy of the primary key."""
sa.Index(BRIN_INDEX, pings.c.event_time_ms, postgresql_using="brin").ddl_if(dialect="postgresql")

conflicts = sa.Table(
    "conflicts",
    metadata,
    sa.Column("vehicle_id", _TEXT, primary_key=True),
    sa.Column("event_time_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    # stands for the content in the key: columns that may be NULL cannot be part of one
    sa.Column("content_hash", sa.LargeBinary(16), primary_key=True),
    *_content_columns(),
    sqlite_with_rowid=False,
)
"""Distinct fixes that lost against another one of their key."""

rejections = sa.Table(
    "rejections",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("received_time_ms", sa.BigInteger, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("vehicle_id", sa.Text, nullable=False, server_default=""),
    sa.Column("payload_bytes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("released_time_ms", sa.BigInteger),
)
"""What was refused, in order of refusal; once released it counts as rejected no more."""
sa.Index("ix_rejections_received", rejections.c.received_time_ms)

quarantine_hours = sa.Table(
    "quarantine_hours",
    metadata,
    sa.Column("vehicle_id", _TEXT, primary_key=True),
    sa.Column("hour_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("kept", sa.BigInteger, nullable=False),
    sa.Column("kept_bytes", sa.BigInteger, nullable=False),
    sa.Column("counted", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What was refused of a vehicle in an hour of reception: rows in `rejections`, and only counted.

Those that no vehicle of the plan sent are together under no name."""

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)
"""The conservation law in numbers, changed in the transaction that changes what they count."""

archived_days = sa.Table(
    "archived_days",
    metadata,
    sa.Column("day_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("pings", sa.BigInteger, nullable=False),
    sa.Column("conflicts", sa.BigInteger, nullable=False),
    sa.Column("last_sequence", sa.BigInteger, nullable=False),
)
"""UTC days whose rows were moved to a Parquet file. A row of `pings` or `conflicts` with the key
(and content) of one in a file came later and stands in its place."""

superseded_files = sa.Table(
    "superseded_files",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("day_ms", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("superseded_ms", sa.BigInteger, nullable=False),
)
"""Files of archived days in whose place there is a newer one, kept for a grace time: whoever began
to read before, and backups of this database, still name them."""

log_identity = sa.Table("log_identity", metadata, sa.Column("id", sa.Text, primary_key=True))
"""One row: a random name of this log, which its archive files bear. A restored backup keeps it."""

_temporary = sa.MetaData()  # no part of the log: a connection makes its own when it needs them

wanted_keys = sa.Table(
    "wanted_keys",
    _temporary,
    sa.Column("vehicle_id", _TEXT, nullable=False),
    sa.Column("event_time_ms", sa.BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The keys of the batch at hand. A list of them in a query would make SQLite read all pings."""

staged = sa.Table(
    "staged",
    _temporary,
    sa.Column("vehicle_id", _TEXT, nullable=False),
    sa.Column("event_time_ms", sa.BigInteger, nullable=False),
    *_content_columns(),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
"""Rows of the batch at hand, to be compared with what is stored."""

COUNTED = ("received", "stored", "duplicate", "conflicting", "rejected")
REJECTED_PREFIX = "rejected."
COUNTED_PREFIX = "counted."
"""Of the rejected those of which no row is kept."""
KEPT_BYTES = "quarantine_bytes"
"""Counter of what the rows in `rejections` take."""
SEQUENCE = "sequence"
"""Counter that holds the last sequence given; who writes locks it first."""
