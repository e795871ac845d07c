"""How the database of a ping log is opened, and what its errors mean."""

import re
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

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

from ingest.deadlines import Deadlines, set_deadlines
from ingest.fault import LogError, UnstorableError
from ingest.secret_text import HIDDEN, is_secret_name, url_without_secrets, without

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


def connect(url: str, *, create: bool, deadlines: Deadlines | None = None) -> sa.Engine:
    """Prepare to use the database at a SQLAlchemy URL, without speaking to it yet.

    Without `deadlines` a statement takes as long as it takes.

    Raises
    ------
    LogError
        If the URL is broken, its driver absent, or there is no file and none is to be created.
    """
    try:
        parsed = sa.make_url(url)
        _check_password(parsed)
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
        raise _broken(url) from None
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
    if deadlines is not None:
        set_deadlines(engine, deadlines)
    return engine


def beside(url: str, suffix: str) -> Path:
    """Name a file or folder that goes with a database.

    It stands beside SQLite's file; for a server, which may be elsewhere, in the current folder.

    Raises
    ------
    LogError
        If the URL is broken.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return Path(f"{parsed.database}{suffix}")
    place = (parsed.database, parsed.host, parsed.port)
    return Path("_".join(str(part) for part in place if part).replace("/", "_") + suffix)


def is_file(url: str) -> bool:
    """Tell whether a database is a file of this machine and no server.

    Raises
    ------
    LogError
        If the URL is broken.
    """
    return _parsed(url).get_backend_name() == "sqlite"


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except (ArgumentError, ValueError):
        raise _broken(url) from None


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
        return UnstorableError(f"the ping log {_shown(engine.url)} cannot take such data: {kind}")
    reason = (str(cause) if cause is not None else str(error)).strip()
    first_line = reason.splitlines()[0] if reason else type(error).__name__
    first_line = without(_secrets_in(engine.url), first_line)
    return LogError(f"the ping log {_shown(engine.url)} cannot be {done}: {first_line}")


def shown_url(url: str) -> str:
    """Write a database URL without its password."""
    try:
        read = sa.make_url(url)
    except (ArgumentError, ValueError):
        scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url)
        hidden = url_without_secrets(url)
        return f"{scheme.group()}…" if scheme and hidden != url else hidden
    if _is_cut_short(read):
        return url_without_secrets(url)
    # as it was given where nothing is to be hidden: rendered, Chinese names cannot be read
    return _shown(read) if _secrets_in(read) else url


def _shown(url: sa.URL) -> str:
    hidden = {name: HIDDEN for name in url.query if is_secret_name(name)}
    shown = url.update_query_dict(hidden).render_as_string(hide_password=True)
    return shown.replace(quote_plus(HIDDEN), HIDDEN)


def _secrets_in(url: sa.URL) -> list[str]:
    values = [value for name, value in url.query.items() if is_secret_name(name)]
    options = [each for value in values for each in ((value,) if isinstance(value, str) else value)]
    return options if url.password is None else [url.password, *options]


def _is_cut_short(url: sa.URL) -> bool:
    """Whether the password has an @, at which it ends for SQLAlchemy: the rest is in the host."""
    return url.password is not None and "@" in (url.host or "")


def _check_password(url: sa.URL) -> None:
    if _is_cut_short(url):
        raise LogError(
            "the password in the database URL has an @ in it; write %40 for each (and %25 for %)"
        )


def _broken(url: str) -> LogError:
    return LogError(
        f"{shown_url(url)!r} is no database URL; write sqlite:///pings.db or "
        "postgresql+psycopg://user@host/name"
    )


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
