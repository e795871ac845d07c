"""How the database of a ping log is opened, and what its errors mean."""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    SQLAlchemyError,
    StatementError,
)

from ingest.fault import LogError, UnstorableError

_SQLITE_BUSY_S = 5
_SQLITE_CACHE_KIB = 16 * 1024
SQLITE_WAL_MIB = 16
"""What the write-ahead log shrinks to; it begins anew at 4 MB unless a reader keeps it."""
_WRITING = "pingcheng_writing"
# a server that is gone without a word is noticed within 10 s
_POSTGRES_CONNECTION = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "pingcheng",
}
_POSTGRES_SESSION = """
    SELECT set_config('synchronous_commit', 'on', false)
     WHERE current_setting('synchronous_commit') = 'off'
    UNION ALL SELECT set_config('lock_timeout', '10s', false)
    UNION ALL SELECT set_config('tcp_keepalives_idle', '5', false)
    UNION ALL SELECT set_config('tcp_keepalives_interval', '2', false)
    UNION ALL SELECT set_config('tcp_keepalives_count', '3', false)
"""
_NOT_IN_DATA = (ValueError, OverflowError, TypeError)


def connect(url: str, *, create: bool) -> sa.Engine:
    """Prepare to use the database at a SQLAlchemy URL, without speaking to it yet.

    Raises
    ------
    LogError
        If the URL is broken, its driver absent, or there is no file and none is to be created.
    """
    try:
        parsed = sa.make_url(url)
        kind = parsed.get_backend_name()
        if kind == "sqlite":
            _check_sqlite_file(parsed, create=create)
        if kind == "postgresql":
            engine = sa.create_engine(
                parsed,
                connect_args={
                    name: value
                    for name, value in _POSTGRES_CONNECTION.items()
                    if name not in parsed.query
                },
                pool_pre_ping=True,  # a server that was restarted meanwhile costs no failed commit
            )
        else:
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
    if (engine.dialect.name, engine.dialect.driver) not in {
        ("sqlite", "pysqlite"),
        ("postgresql", "psycopg"),
    }:
        raise LogError(
            f"{shown_url(url)}: a ping log is kept in SQLite or PostgreSQL; write "
            "sqlite:///pings.db or postgresql+psycopg://user@host/name"
        )
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    else:
        sa.event.listen(engine, "connect", _set_up_postgres)
    return engine


def writing(engine: sa.Engine) -> Any:  # noqa: ANN401 - a context manager of SQLAlchemy's own kind
    """Begin a transaction that will write; SQLite then lets one writer in at a time."""
    return engine.execution_options(**{_WRITING: True}).begin()


def reading(engine: sa.Engine) -> sa.Connection:
    """Begin to read the state of one instant, however many statements that takes."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    return engine.connect()


def driver_errors(engine: sa.Engine) -> tuple[type[Exception], ...]:
    """Name what a transaction may raise: of SQLAlchemy, of the driver, and of unfit values."""
    return SQLAlchemyError, engine.dialect.loaded_dbapi.Error, ValueError, OverflowError


def log_error(engine: sa.Engine, done: str, error: Exception) -> LogError:
    """Tell in one line what went wrong, without the statement and its data."""
    cause: BaseException | None = error
    if isinstance(error, StatementError):  # DBAPIError is one
        cause = error.orig
    if _is_about_data(engine, error) or isinstance(cause, _NOT_IN_DATA):
        # what the driver tells quotes the data
        kind = type(cause).__name__
        return UnstorableError(f"the ping log {engine.url!s} cannot take such data: {kind}")
    reason = (str(cause) if cause is not None else str(error)).strip()
    first_line = reason.splitlines()[0] if reason else type(error).__name__
    return LogError(f"the ping log {engine.url!s} cannot be {done}: {first_line}")


def shown_url(url: str) -> str:
    """Write a database URL without its password."""
    try:
        read = sa.make_url(url)
        # as it was given where nothing is to be hidden: rendered, Chinese names cannot be read
        return url if read.password is None else read.render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return url.split("://", maxsplit=1)[0] + "://…" if "@" in url else url


def _is_about_data(engine: sa.Engine, error: Exception) -> bool:
    driver = engine.dialect.loaded_dbapi
    unfit = [DataError, IntegrityError, driver.DataError, driver.IntegrityError]
    if engine.dialect.name == "sqlite":  # "type 'x' is not supported"
        unfit += [sqlite3.InterfaceError, sqlite3.ProgrammingError]
        if isinstance(error, DBAPIError) and isinstance(error.orig, tuple(unfit)):
            return True
    return isinstance(error, tuple(unfit))


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
    # what grew while a reader kept it is cut when it begins anew, else the file stays as large
    cursor.execute(f"PRAGMA journal_size_limit = {SQLITE_WAL_MIB * 1024 * 1024}")
    cursor.execute("PRAGMA synchronous = FULL")  # a commit is on disk before it is acknowledged
    cursor.execute("PRAGMA temp_store = MEMORY")
    # pings arrive for all vehicles at once, each at another place of the primary key
    cursor.execute(f"PRAGMA cache_size = -{_SQLITE_CACHE_KIB}")
    cursor.close()


def _set_up_postgres(connection: Any, _: object) -> None:  # noqa: ANN401 - a driver's connection
    connection.execute(_POSTGRES_SESSION)
    connection.commit()


def _begin_sqlite(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
