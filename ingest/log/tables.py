"""Tables of the ping log, portable between SQLite and PostgreSQL.

What stands here is the newest schema; `ingest.migrations` makes it, step by step.
"""

from typing import Any

import sqlalchemy as sa

REVISIONS = tuple(f"{number:04}" for number in range(1, 14))
"""Every schema there has been; the last is the one below."""

EVERY_TABLE = frozenset({
    "alembic_version", "alert_deliveries", "alerts", "archived_days", "audit", "changed_days",
    "conflicts", "counters", "device_places", "events", "evidence", "judgings", "log_identity",
    "pings", "plans", "quarantine_hours", "rejections", "reports", "segments", "sessions",
    "share_leases", "share_members", "superseded_files", "users", "verdicts",
})  # fmt: skip
"""All that a log of any schema has, also those that analytics looks after; others are not ours."""

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
        sa.Column("tasks", sa.Integer),
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

events = sa.Table(
    "events",
    metadata,
    # stands for all that follows but the time of reception: what comes again is known by it
    sa.Column("id", sa.LargeBinary(16), primary_key=True),
    sa.Column("vehicle_id", _TEXT, nullable=False),
    sa.Column("event_time_ms", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("longitude", sa.Double),
    sa.Column("latitude", sa.Double),
    sa.Column("reference", sa.Text),
    sa.Column("weight_kg", sa.Double),
    sa.Column("received_time_ms", sa.BigInteger, nullable=False),
)
"""Events beside fixes; ``received_time_ms`` is when this very event was first received."""
sa.Index("ix_events_vehicle_time", events.c.vehicle_id, events.c.event_time_ms)

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

device_places = sa.Table(
    "device_places",
    metadata,
    sa.Column("device_id", _TEXT, primary_key=True),
    sa.Column("vehicle_id", _TEXT, nullable=False),
    sa.Column("noted_ms", sa.BigInteger, nullable=False),
)
"""The vehicle each device of the devices file was in when ingest started last."""

segments = sa.Table(
    "segments",
    metadata,
    sa.Column("day_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("pings", sa.BigInteger, nullable=False),
    sa.Column("last_sequence", sa.BigInteger, nullable=False),
)
"""UTC days whose winners a file holds, too: those that `pings` had of the day when the last
sequence of the log was this one. No row of them has gone since, or the segment with it."""

changed_days = sa.Table(
    "changed_days",
    metadata,
    sa.Column("day_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("last_sequence", sa.BigInteger, nullable=False),
    sa.Column("changed_ms", sa.BigInteger, nullable=False),
    sa.Column("removals", sa.BigInteger, nullable=False),
)
"""UTC days with pings: the last sequence of a batch that changed them, when it was received, and
how often rows were taken out. Of a day that changed before there was this table nothing, or 0."""

share_members = sa.Table(
    "share_members",
    metadata,
    sa.Column("member", sa.Text, primary_key=True),
    sa.Column("told", sa.Text, nullable=False),
    sa.Column("until_ms", sa.BigInteger, nullable=False),
)
"""Processes of ingest that share a fleet, until when by the database's clock."""

share_leases = sa.Table(
    "share_leases",
    metadata,
    sa.Column("share", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("member", sa.Text, nullable=False),
    sa.Column("until_ms", sa.BigInteger, nullable=False),
)
"""Which of them has which share."""

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
IGNORED_PREFIX = "field_ignored."
"""Counters of fields that were left out of pings, by name."""
COUNTED_PREFIX = "counted."
"""Of the rejected those of which no row is kept."""
KEPT_BYTES = "quarantine_bytes"
"""Counter of what the rows in `rejections` take."""
MOVED_PREFIX = "moved."
"""Counters of how often pings of a UTC day, by its epoch milliseconds, became another vehicle's."""
EVENTS = "events"
"""Counter of those of the stored that are events."""
SEQUENCE = "sequence"
"""Counter that holds the last sequence given; who writes locks it first."""
