from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from typer.testing import CliRunner

import ingest
from ingest.decoding.rejection import RejectionCode, refuse
from ingest.fault import LogError
from ingest.log.batch import Batch, row_of
from ingest.log.check import faults_of
from ingest.log.database import connect, reading, writing
from ingest.log.pinglog import open_log
from ingest.log.rows import rows_with_hash
from ingest.log.schema import HEAD, make_ready, migrate, revision_of, schema_faults
from ingest.log.tables import REVISIONS
from pingcheng import app
from tests.fixtures.fixes import MORNING_MS, frame, ping


def alembic_config(connection=None):
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(ingest.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def make_old_log(url, *, kept_revision, revision="0001"):
    engine = connect(url, create=True)
    with writing(engine) as connection:
        command.upgrade(alembic_config(connection), revision)
        for statement in (
            f"""INSERT INTO pings (
                vehicle_id, event_time_ms, longitude, latitude, received_time_ms, sequence
            ) VALUES ('晋BQ0384', {MORNING_MS}, 113.3, 40.08, {MORNING_MS}, 7)""",
            f"""INSERT INTO rejections (code, topic, received_time_ms, key, value, payload)
            VALUES ('not_json', 'fleet/晋BQ0384/ping', {MORNING_MS}, '', '', 'abc')""",
            "UPDATE counters SET value = 2 WHERE name = 'received'",
            "UPDATE counters SET value = 1 WHERE name IN ('stored', 'rejected')",
            "UPDATE counters SET value = 7 WHERE name = 'sequence'",  # which 0001 had not
            "INSERT INTO counters (name, value) VALUES ('rejected.not_json', 1)",
        ):
            connection.exec_driver_sql(statement)
        if not kept_revision:
            connection.exec_driver_sql("DROP TABLE alembic_version")
    engine.dispose()


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'pings.db'}"


@contextmanager
def database(url):
    engine = connect(url, create=True)
    yield engine
    engine.dispose()


def tables_of(engine):
    """The tables with their columns and indices."""
    found = sa.inspect(engine)
    return {
        name: (
            [column["name"] for column in found.get_columns(name)],
            sorted(index["name"] for index in found.get_indexes(name)),
        )
        for name in sorted(found.get_table_names())
    }


def revision(engine):
    with reading(engine) as connection:
        return revision_of(connection)


def run(engine, *statements):
    with writing(engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def sound(log):
    # the server of the tests runs with fsync off, to be fast
    return [fault for fault in faults_of(log) if "fsync" not in fault] == []


@pytest.mark.parametrize("kept_revision", [False, True])
def test_an_old_log_is_refused_until_it_is_migrated_and_then_has_its_contents(
    database_url, kept_revision
):
    make_old_log(database_url, kept_revision=kept_revision)
    with pytest.raises(LogError, match="run pingcheng database migrate --database"):
        open_log(database_url)
    result = CliRunner().invoke(app, ["database", "migrate", "--database", database_url])
    assert (result.exit_code, f"from the schema 0001 to {REVISIONS[-1]}" in result.output) == (
        0,
        True,
    )
    again = CliRunner().invoke(app, ["database", "migrate", "--database", database_url])
    assert (again.exit_code, "nothing to do" in again.output) == (0, True)
    with open_log(database_url) as log:
        assert log.read_pings().vehicle_id.tolist() == ["晋BQ0384"]
        (rejection,) = log.quarantine.rejected()
        assert (rejection["payload_bytes"], rejection["released_time_ms"]) == (3, None)
        assert log.counters().balanced
        assert log.read_pings_since(0)[1] == 7
        assert sound(log)


@pytest.mark.parametrize("old", REVISIONS[:-1])
def test_from_every_schema_there_has_been_a_log_comes_to_the_newest_and_keeps_its_pings(url, old):
    make_old_log(url, kept_revision=True, revision=old)
    with database(url) as engine:
        assert revision(engine) == old
        assert migrate(engine) == (old, HEAD)
        assert revision(engine) == HEAD
    with open_log(url, create=False) as log:
        assert len(log.read_pings()) == len(log.quarantine.rejected()) == 1
        assert sound(log)


def test_a_log_goes_back_to_an_older_schema_and_up_again_and_keeps_all_but_what_was_only_counted(
    database_url,
):
    make_old_log(database_url, kept_revision=True, revision="0006")
    with database(database_url) as engine:
        before = tables_of(engine)
        migrate(engine)
    flood = [refuse(RejectionCode.NOT_JSON, "t", MORNING_MS, b"x" * 4000) for _ in range(5000)]
    with open_log(database_url, most_quarantine_mib=64) as log:
        log.write(Batch([], tuple(flood)))
        assert sum(log.counters().counted_by_code.values()) > 0
        kept = len(log.quarantine.rejected())
    back = CliRunner().invoke(
        app, ["database", "migrate", "--database", database_url, "--to", "0006"]
    )
    assert back.exit_code == 0, back.output
    assert f"from the schema {HEAD} to 0006" in back.output
    with database(database_url) as engine:
        assert tables_of(engine) == before
        assert migrate(engine) == ("0006", HEAD)
    with open_log(database_url, create=False) as log:
        assert len(log.read_pings()) == 1
        assert (log.counters().rejected, len(log.quarantine.rejected())) == (kept, kept)
        assert sound(log)


def test_on_the_way_back_losers_forget_their_tasks_and_are_told_apart_as_they_were(database_url):
    told = [
        ping(longitude=east, working=working, tasks=tasks)
        for east, working, tasks in (
            (113.3, True, 32), (113.3, True, None), (113.4, True, 1), (113.4, True, 33),
            (113.4, False, 0), (113.4, False, None),
        )
    ]  # fmt: skip
    with open_log(database_url) as log:
        log.write(Batch([row_of(fix, MORNING_MS) for fix in told], ()))
        assert (log.counters().stored, log.counters().conflicting) == (1, 5)
    with database(database_url) as engine:
        assert migrate(engine, "0008") == (HEAD, "0008")
        with reading(engine) as connection:
            rows = connection.exec_driver_sql("SELECT longitude, content_hash FROM conflicts").all()
        plain = [ping(longitude=113.4, working=working) for working in (True, False)]
        hashes = {row["content_hash"] for row in rows_with_hash(frame(plain))}
        assert {bytes(told) for _, told in rows} == hashes
        migrate(engine)
    with open_log(database_url, create=False) as log:
        counters = log.counters()
        assert (counters.stored, counters.conflicting, counters.duplicate) == (1, 2, 3)
        assert counters.balanced
        assert sound(log)
        log.write(Batch([row_of(fix, MORNING_MS) for fix in plain], ()))
        assert log.counters().conflicting == 2


@pytest.mark.parametrize("schema", ["0001", "0005", "9999", "six"])
def test_where_there_is_no_way_back_it_is_told_which_there_are(url, schema):
    with database(url) as engine:
        migrate(engine)
        with pytest.raises(LogError, match=f"no way to the schema {schema}; 0006 to {HEAD}"):
            migrate(engine, schema)
        assert revision(engine) == HEAD


def test_an_empty_database_gets_the_newest_schema(database_url):
    with open_log(database_url) as log:
        assert sound(log)
    with open_log(database_url, create=False) as log:
        assert log.counters().received == 0


def test_what_is_at_the_newest_schema_is_left_as_it_is(url):
    with database(url) as engine:
        assert migrate(engine) == (None, HEAD)
        assert migrate(engine) == (HEAD, HEAD)


def test_a_database_that_holds_no_log_has_no_revision_and_gets_none_by_looking(url):
    with database(url) as engine:
        run(engine, "CREATE TABLE trucks (plate TEXT)")
        assert revision(engine) is None
        with pytest.raises(LogError, match="holds no ping log; ingest makes one"):
            make_ready(engine, url, create=False)
        assert sa.inspect(engine).get_table_names() == ["trucks"]
        make_ready(engine, url, create=True)
        assert revision(engine) == HEAD


def test_a_migration_that_is_cut_short_changes_nothing(url, monkeypatch):
    make_old_log(url, kept_revision=False)
    upgrade = command.upgrade

    def cut_short(config, target):
        upgrade(config, target)
        config.attributes["connection"].exec_driver_sql("SELECT * FROM nowhere")

    monkeypatch.setattr(command, "upgrade", cut_short)
    with database(url) as engine:
        before = sa.inspect(engine).get_table_names()
        with pytest.raises(LogError, match="cannot be migrated: no such table: nowhere"):
            migrate(engine)
        assert sa.inspect(engine).get_table_names() == before
        assert revision(engine) == REVISIONS[0]


def test_a_log_of_a_newer_program_is_refused(database_url):
    open_log(database_url).close()
    engine = connect(database_url, create=False)
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(LogError, match="9999, which this program is too old for"):
        open_log(database_url)
    result = CliRunner().invoke(app, ["database", "migrate", "--database", database_url])
    assert (result.exit_code, "newer" in result.output) == (1, True)


def test_the_program_knows_every_revision_there_is():
    scripts = ScriptDirectory.from_config(alembic_config())
    assert [each.revision for each in scripts.walk_revisions()][::-1] == list(REVISIONS)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("ALTER TABLE pings ADD COLUMN altitude_m FLOAT", "remove column: pings altitude_m"),
        ("ALTER TABLE pings DROP COLUMN hdop", "add column: pings hdop"),
        ("DROP TABLE conflicts", "add table: conflicts"),
        ("DROP INDEX ix_pings_sequence", "add index: ix_pings_sequence"),
        ("CREATE TABLE trucks (plate TEXT)", None),
    ],
)
def test_what_differs_from_the_schema_is_named_and_tables_of_others_are_left_alone(
    url, statement, told
):
    with database(url) as engine:
        migrate(engine)
        run(engine, statement)
        with reading(engine) as connection:
            assert schema_faults(connection) == ([] if told is None else [told])


def test_tables_of_someone_else_are_left_alone(database_url):
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE trucks (plate text)")
    engine.dispose()
    with open_log(database_url) as log:
        assert sound(log)
