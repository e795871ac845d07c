from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from typer.testing import CliRunner

import ingest
from ingest.fault import LogError
from ingest.log.check import faults_of
from ingest.log.database import connect, writing
from ingest.log.pinglog import open_log
from ingest.log.tables import REVISIONS
from pingcheng import app
from tests.fixtures.fixes import MORNING_MS


def alembic_config(connection=None):
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(ingest.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def make_old_log(url, *, kept_revision):
    engine = connect(url, create=True)
    with writing(engine) as connection:
        command.upgrade(alembic_config(connection), "0001")
        for statement in (
            f"""INSERT INTO pings (
                vehicle_id, event_time_ms, longitude, latitude, received_time_ms, sequence
            ) VALUES ('晋BQ0384', {MORNING_MS}, 113.3, 40.08, {MORNING_MS}, 7)""",
            f"""INSERT INTO rejections (code, topic, received_time_ms, key, value, payload)
            VALUES ('not_json', 'fleet/晋BQ0384/ping', {MORNING_MS}, '', '', 'abc')""",
            "UPDATE counters SET value = 2 WHERE name = 'received'",
            "UPDATE counters SET value = 1 WHERE name IN ('stored', 'rejected')",
            "INSERT INTO counters (name, value) VALUES ('rejected.not_json', 1)",
        ):
            connection.exec_driver_sql(statement)
        if not kept_revision:
            connection.exec_driver_sql("DROP TABLE alembic_version")
    engine.dispose()


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
        (rejection,) = log.rejected()
        assert (rejection["payload_bytes"], rejection["released_time_ms"]) == (3, None)
        assert log.counters().balanced
        assert log.read_pings_since(0)[1] == 7
        assert sound(log)


def test_an_empty_database_gets_the_newest_schema(database_url):
    with open_log(database_url) as log:
        assert sound(log)
    with open_log(database_url, create=False) as log:
        assert log.counters().received == 0


def sound(log):
    # the server of the tests runs with fsync off, to be fast
    return [fault for fault in faults_of(log) if "fsync" not in fault] == []


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


def test_a_check_tells_what_was_changed_by_hand(database_url):
    open_log(database_url).close()
    engine = connect(database_url, create=False)
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE counters SET value = 3 WHERE name = 'stored'")
        connection.exec_driver_sql("DROP INDEX ix_pings_sequence")
    engine.dispose()
    result = CliRunner().invoke(app, ["database", "check", "--database", database_url])
    assert result.exit_code == 1
    assert "the counters do not balance" in result.output
    assert "the counter of stored is 3, but the log holds 0" in result.output
    assert "ix_pings_sequence" in result.output


def test_a_sound_log_is_told_so_and_an_absent_one_is_an_error(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    missing = CliRunner().invoke(app, ["database", "check", "--database", url])
    assert (missing.exit_code, "there is no ping log" in missing.output) == (1, True)
    open_log(url).close()
    found = CliRunner().invoke(app, ["database", "check", "--database", url])
    assert (found.exit_code, "the ping log is sound" in found.output) == (0, True)


def test_tables_of_someone_else_are_left_alone(database_url):
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE trucks (plate text)")
    engine.dispose()
    with open_log(database_url) as log:
        assert sound(log)
