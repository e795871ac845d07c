"""Tables of the ping log, portable between SQLite and PostgreSQL, and how they are opened."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from ingest.fault import LogError
from ingest.rejection import RejectionCode

_SQLITE_BUSY_S = 30
_WRITING = "pingcheng_writing"

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
    sa.Column("sequence", sa.BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)
"""The winner of every key; ``received_time_ms`` is when this very fix was first received."""

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
)
"""What was refused, in order of refusal."""

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)
"""The conservation law in numbers, changed in the transaction that changes what they count."""

wanted_keys = sa.Table(
    "wanted_keys",
    sa.MetaData(),  # no part of the log: a connection makes its own when it first needs it
    sa.Column("vehicle_id", _TEXT, nullable=False),
    sa.Column("event_time_ms", sa.BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The keys of the batch at hand. A list of them in a query would make SQLite read all pings."""

COUNTED = ("received", "stored", "duplicate", "conflicting", "rejected")
REJECTED_PREFIX = "rejected."


def connect(url: str, *, create: bool) -> sa.Engine:
    """Open the database of a log; make its tables if `create`, else demand them.

    Raises
    ------
    LogError
        If the URL is broken, its driver absent, or the database cannot be used.
    """
    engine = _engine(url, create=create)
    try:
        if create:
            metadata.create_all(engine)
            with writing(engine) as connection:
                _create_counters(connection)
        elif not sa.inspect(engine).has_table(counters.name):
            raise LogError(f"{shown_url(url)} holds no ping log; ingest makes one")
    except SQLAlchemyError as error:
        engine.dispose()
        raise log_error(engine, "opened", error) from error
    return engine


def writing(engine: sa.Engine) -> Any:  # noqa: ANN401 - a context manager of SQLAlchemy's own kind
    """Begin a transaction that will write; SQLite then lets one writer in at a time."""
    return engine.execution_options(**{_WRITING: True}).begin()


def shown_url(url: str) -> str:
    """Write a database URL without its password."""
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return url.split("://", maxsplit=1)[0] + "://…" if "@" in url else url


def log_error(engine: sa.Engine, done: str, error: SQLAlchemyError) -> LogError:
    """Tell what SQLAlchemy met in one line, without the statement and its data."""
    reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    reason = reason.splitlines()[0]
    return LogError(f"the ping log {engine.url!s} cannot be {done}: {reason}")


def _engine(url: str, *, create: bool) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            _check_sqlite_file(parsed, create=create)
        engine = sa.create_engine(parsed)
    except NoSuchModuleError:
        raise LogError(f"{shown_url(url)}: SQLAlchemy knows no such kind of database") from None
    except (ArgumentError, ValueError):
        raise LogError(
            f"{shown_url(url)!r} is no database URL; write sqlite:///pings.db or "
            "postgresql+psycopg://user@host/name"
        ) from None
    except ModuleNotFoundError as error:
        raise LogError(
            f"{shown_url(url)}: the driver {error.name} is not installed; add it with pip"
        ) from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _check_sqlite_file(url: sa.URL, *, create: bool) -> None:
    if not url.database or url.database == ":memory:":
        raise LogError("a ping log needs a file; write sqlite:///pings.db")
    path = Path(url.database)
    if not path.parent.is_dir():
        raise LogError(f"the ping log {path} cannot be opened: {path.parent} is no folder")
    if not create and not path.is_file():
        raise LogError(f"there is no ping log {path}; ingest makes one")


def _set_up_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401 - a driver's connection
    connection.isolation_level = None  # transactions begin where _begin_sqlite says
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_SQLITE_BUSY_S * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # a commit is on disk before it is acknowledged
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _create_counters(connection: sa.Connection) -> None:
    names = [*COUNTED, *(REJECTED_PREFIX + code for code in RejectionCode)]
    present = set(connection.scalars(sa.select(counters.c.name)))
    absent = [{"name": name, "value": 0} for name in names if name not in present]
    if absent:
        connection.execute(sa.insert(counters), absent)
