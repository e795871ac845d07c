import sqlite3
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from ingest.fault import LogError, UnstorableError
from ingest.log.database import (
    SQLITE_WAL_MIB,
    beside,
    connect,
    driver_errors,
    log_error,
    reading,
    shown_url,
    writing,
)
from ingest.log.pinglog import open_log

CREATE = "CREATE TABLE trucks (plate TEXT PRIMARY KEY, axles INTEGER NOT NULL)"
POSTGRES = "postgresql+psycopg://sweeper@db.example/pings"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "扫.db"


@pytest.fixture
def engine(path):
    engine = connect(f"sqlite:///{path}", create=True)
    with writing(engine) as connection:
        connection.exec_driver_sql(CREATE)
    yield engine
    engine.dispose()


def plates(connection):
    return connection.exec_driver_sql("SELECT plate FROM trucks").scalars().all()


def add(connection, plate, axles=2):
    connection.exec_driver_sql("INSERT INTO trucks VALUES (?, ?)", (plate, axles))


def error_of(engine, statement, *values):
    """Run a statement that fails; give the error as the log tells it."""
    with pytest.raises(driver_errors(engine)) as caught, writing(engine) as connection:
        connection.exec_driver_sql(statement, values)
    return log_error(engine, "written", caught.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("pings.db", "'pings.db' is no database URL; write sqlite:///pings.db or postgresql"),
        ("", "'' is no database URL"),
        ("sqlite://", "needs a file; write sqlite:///pings.db"),
        ("sqlite:///:memory:", "needs a file; write sqlite:///pings.db"),
        ("sqlite:////nowhere/at/all/pings.db", "/nowhere/at/all is no folder"),
        ("postgresql+nosuchdriver://user:geheim@host/name", "host/name: .* knows no such kind"),
        ("cobol://user:geheim@host/name", "host/name: .* knows no such kind"),
        ("mysql+pymysql://user:geheim@host/name", "the driver pymysql is not installed; add it"),
        ("postgresql+psycopg://user:geheim@host:port/name", "is no database URL"),
    ],
)
def test_a_url_that_is_of_no_use_is_an_error_that_says_why_and_keeps_the_password(url, told):
    with pytest.raises(LogError, match=told) as caught:
        connect(url, create=True)
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_kind_of_database_that_the_log_was_not_made_for_is_refused(monkeypatch, path):
    class Tape(SQLiteDialect_pysqlite):
        driver = "tape"

    monkeypatch.setitem(registry.impls, "sqlite.tape", lambda: Tape)
    with pytest.raises(LogError, match=r"kept in SQLite or PostgreSQL; write sqlite:///"):
        connect(f"sqlite+tape:///{path}", create=True)


def test_a_file_that_is_not_to_be_made_must_be_there(path):
    with pytest.raises(LogError, match=rf"there is no ping log {path}; ingest makes one"):
        connect(f"sqlite:///{path}", create=False)
    path.touch()
    connect(f"sqlite:///{path}", create=False).dispose()


def test_to_connect_speaks_to_no_database_yet(path):
    connect(f"sqlite:///{path}", create=True).dispose()
    connect(POSTGRES, create=False).dispose()
    assert not path.exists()


def test_a_commit_is_on_disk_before_it_returns(engine):
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_of_a_transaction_that_fails_nothing_stays_not_even_its_tables(engine):
    def fail():
        with writing(engine) as connection:
            connection.exec_driver_sql("CREATE TABLE drivers (name TEXT)")
            add(connection, "晋BQ0384")
            add(connection, "晋BQ0384")

    with pytest.raises(sa.exc.IntegrityError):
        fail()
    with reading(engine) as connection:
        assert plates(connection) == []
        assert sa.inspect(connection).get_table_names() == ["trucks"]


def test_who_writes_keeps_other_writers_out_from_the_first_moment_and_readers_never(engine, path):
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    with writing(engine):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM trucks").fetchone() == (0,)
    with reading(engine) as connection:
        plates(connection)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    other.close()


def test_a_reader_sees_one_instant_however_often_it_looks(engine):
    with reading(engine) as connection:
        before = plates(connection)
        with writing(engine) as writer:
            add(writer, "晋BQ0384")
        assert plates(connection) == before == []
    with reading(engine) as connection:
        assert plates(connection) == ["晋BQ0384"]


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("INSERT INTO trucks VALUES (?, NULL)", ("geheim",)),
        ("INSERT INTO trucks VALUES ('geheim', 2), ('geheim', 2)", ()),
        ("INSERT INTO trucks VALUES ('geheim', ?)", (2**63,)),
        ("INSERT INTO trucks VALUES (?, 2)", (["geheim"],)),
        ("INSERT INTO trucks VALUES (?, 2)", ("geheim\ud800",)),
    ],
)
def test_data_that_never_fits_is_told_apart_and_not_quoted(engine, statement, values):
    told = error_of(engine, statement, *values)
    assert isinstance(told, UnstorableError)
    assert "geheim" not in str(told)
    assert f"{engine.url} cannot take such data" in str(told)


@pytest.mark.parametrize(
    ("error", "unfit"),
    [
        (sa.exc.IntegrityError("", {}, psycopg.errors.UniqueViolation("geheim")), True),
        (sa.exc.DataError("", {}, psycopg.errors.NumericValueOutOfRange("geheim")), True),
        (psycopg.errors.NotNullViolation("geheim"), True),
        (psycopg.DataError("geheim"), True),
        (sa.exc.OperationalError("", {}, psycopg.OperationalError("the server is away")), False),
        (psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"), False),
    ],
)
def test_a_server_that_refuses_data_is_told_apart_from_one_in_trouble(error, unfit):
    told = log_error(connect(POSTGRES, create=False), "written", error)
    assert isinstance(told, UnstorableError) == unfit
    assert "geheim" not in str(told)


def test_what_may_pass_is_told_in_one_line_without_the_statement(engine):
    told = error_of(engine, "INSERT INTO lorries VALUES (?)", "geheim")
    assert not isinstance(told, UnstorableError)
    assert str(told) == f"the ping log {engine.url} cannot be written: no such table: lorries"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (sa.exc.SQLAlchemyError("the disk is full\nand more"), "opened: the disk is full"),
        (sqlite3.OperationalError(""), "opened: OperationalError"),
        (sqlite3.OperationalError(" \n"), "opened: OperationalError"),
    ],
)
def test_an_error_of_many_lines_or_none_is_told_in_one(engine, error, told):
    assert str(log_error(engine, "opened", error)).endswith(f"cannot be {told}")


def test_an_error_of_a_server_tells_where_it_is_and_no_password():
    engine = connect("postgresql+psycopg://sweeper:geheim@db.example/pings", create=False)
    told = str(log_error(engine, "read", sa.exc.SQLAlchemyError("the server is away")))
    assert "sweeper:***@db.example/pings cannot be read: the server is away" in told


def test_no_error_of_a_server_holds_a_password_wherever_it_was_given():
    engine = connect("postgresql+psycopg://sweeper@db.example/扫?password=geheim", create=False)
    told = str(log_error(engine, "read", sa.exc.SQLAlchemyError("no such option: geheim")))
    assert "geheim" not in told
    assert told.endswith("?password=*** cannot be read: no such option: ***")


def test_a_password_with_an_at_sign_is_told_how_to_write_it_before_its_end_is_taken_for_a_host():
    with pytest.raises(LogError, match="write %40") as refused:
        connect("postgresql+psycopg://sweeper:ge@heim@db.example/pings", create=False)
    assert "heim" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("sqlite:////var/lib/扫/pings.db", "/var/lib/扫/pings.db-broker"),
        ("sqlite:///pings.db", "pings.db-broker"),
        ("postgresql+psycopg://me:geheim@db.example:5433/扫路", "扫路_db.example_5433-broker"),
        ("postgresql+psycopg:///pings?host=/run/postgresql", "pings-broker"),
    ],
)
def test_what_goes_with_a_database_is_beside_its_file_or_named_after_its_server(url, place):
    assert beside(url, "-broker") == Path(place)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///扫.db", "sqlite:///扫.db"),
        ("sqlite:///pings.db", "sqlite:///pings.db"),
        (POSTGRES, POSTGRES),
        ("postgresql+psycopg://me:geheim@h/n", "postgresql+psycopg://me:***@h/n"),
        ("postgresql+psycopg://me:ge/heim@h/n", "postgresql+psycopg://me:***@h/n"),
        ("postgresql+psycopg://me:geheim@h:port/n", "postgresql+psycopg://…"),
        ("postgresql+psycopg://h/n?password=geheim", "postgresql+psycopg://h/n?password=***"),
        (
            "postgresql+psycopg://me@h/n?application_name=x&sslpassword=geheim",
            "postgresql+psycopg://me@h/n?application_name=x&sslpassword=***",
        ),
        ("postgresql+psycopg://h:port/n?password=geheim", "postgresql+psycopg://…"),
        ("postgresql+psycopg://me:so@geheim@h/n", "postgresql+psycopg://***@h/n"),
        ("pings.db", "pings.db"),
    ],
)
def test_a_url_is_shown_without_its_password(url, shown):
    assert shown_url(url) == shown


def arguments_of(url):
    """Give what the driver would be told to connect with."""

    class CaughtError(Exception):
        pass

    def catch(_, __, ___, arguments):
        raise CaughtError(arguments)

    engine = connect(url, create=False)
    sa.event.listen(engine, "do_connect", catch)
    with pytest.raises(CaughtError) as caught:
        engine.raw_connection()
    return caught.value.args[0]


def test_a_server_that_falls_silent_is_noticed_within_ten_seconds():
    told = arguments_of(POSTGRES)
    assert 0 < told["connect_timeout"] <= 10
    assert 0 < told["tcp_user_timeout"] <= 10_000
    probes_s = told["keepalives_interval"] * told["keepalives_count"]
    assert told["keepalives"]
    assert told["keepalives_idle"] + probes_s <= 10


def test_what_the_url_says_of_the_connection_comes_before_our_own():
    told = arguments_of(f"{POSTGRES}?connect_timeout=77&application_name=nightly")
    assert (int(told["connect_timeout"]), told["application_name"]) == (77, "nightly")
    assert told["tcp_user_timeout"] == arguments_of(POSTGRES)["tcp_user_timeout"]


@pytest.mark.parametrize(
    ("name", "told"),
    [("", "unable to open database file"), ("text.db", "file is not a database")],
)
def test_a_file_that_is_no_database_is_an_error_once_it_is_opened(tmp_path, name, told):
    (tmp_path / "text.db").write_text("not a database, and longer than a header is" * 9)
    with pytest.raises(LogError, match=told) as caught:
        open_log(f"sqlite:///{tmp_path / name}")
    assert "\n" not in str(caught.value)


def test_the_write_ahead_log_shrinks_when_a_long_reader_is_gone(engine, path):
    wal = path.with_name(f"{path.name}-wal")
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE noise (bytes BLOB)")
    reader = connect(f"sqlite:///{path}", create=False)
    with reading(reader) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM noise").scalar() == 0
        fill(engine, 3 * SQLITE_WAL_MIB)
        assert wal.stat().st_size > 2 * SQLITE_WAL_MIB << 20
    reader.dispose()
    for _ in range(3):  # one moves what is in it to its place, the next begins anew
        fill(engine, 1)
    assert wal.stat().st_size <= SQLITE_WAL_MIB << 20


def fill(engine, mib):
    for _ in range(mib):
        with writing(engine) as connection:
            connection.exec_driver_sql("INSERT INTO noise VALUES (randomblob(1048576))")
