import os
import random
import shutil
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ingest.decoding.rejection import RejectionCode, refuse
from ingest.event import Event, EventKind
from ingest.fault import LogError
from ingest.log.archive_moving import move_days, remove_superseded
from ingest.log.batch import Batch
from ingest.log.check import faults_of
from ingest.log.database import connect, writing
from ingest.log.pinglog import open_log
from ingest.log.rivals import is_in
from ingest.log.rows import DAY_MS, tuples_of
from ingest.log.segments.records import segments_between
from ingest.log.segments.sealing import seal_days
from ingest.ping import PING_COLUMNS
from ingest.recovery.adoption import adopt
from ingest.recovery.backup import back_up
from ingest.recovery.manifest import write_manifest
from ingest.recovery.restore import plan_restore, restore
from pingcheng import app
from tests.fixtures.fixes import MORNING_MS, VEHICLES, colliding_pings, frame, ping, same

TOMORROW_MS = MORNING_MS - MORNING_MS % DAY_MS + DAY_MS
NOW_MS = TOMORROW_MS + 9 * DAY_MS


def no_progress(_what, _total):
    return nullcontext(lambda _: None)


def batch(*fixes):
    return Batch(tuples_of(frame(fixes, [MORNING_MS + 5000] * len(fixes))), ())


def backup(url, out, store=None):
    return back_up(url, out, store=store, now_ms=NOW_MS, progress=no_progress)


def put_back(folder, url, archive=None, store=None):
    plan = plan_restore(folder, url, archive=archive, store=store, progress=no_progress)
    restore(folder, plan, no_progress)


def sound(log, *folders):
    # the server of the tests runs with fsync off, to be fast
    return [fault for fault in faults_of(log, folders) if "fsync" not in fault] == []


@pytest.fixture
def new_url(tmp_path, log_url, request):
    """The URL of another empty database of the same kind."""
    if log_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / '新.db'}"
    return request.getfixturevalue("postgres_server").new_database()


@pytest.fixture
def backed_up(tmp_path, log_url):
    """A backup of a log with all there may be, and what that log says."""
    bad = refuse(RejectionCode.NOT_JSON, "fleet/晋BQ0384/ping", MORNING_MS, b"\x00\\N\t?")
    with open_log(log_url) as log:
        log.write(Batch([], (bad, bad)))
        log.write(batch(ping(accuracy_m=1 / 3), ping(accuracy_m=5.0)))
        list(move_days(log, TOMORROW_MS, tmp_path / "存档", now_ms=NOW_MS))
        log.write(batch(ping(event_time_ms=MORNING_MS + 1), ping(vehicle_id=VEHICLES[1])))
        list(move_days(log, TOMORROW_MS, tmp_path / "存档", now_ms=NOW_MS))
        log.write(batch(ping(event_time_ms=MORNING_MS + DAY_MS, working=True, speed_mps=0.1)))
        lift = Event(VEHICLES[0], MORNING_MS, EventKind.BIN_LIFT, 113.3, 1 / 3, "桶\\-17")
        log.write(Batch((), (), [(lift, MORNING_MS), (lift, MORNING_MS)]))
        told = saying(log)
    backup(log_url, tmp_path / "备份")
    return tmp_path / "备份", told


def saying(log):
    events = log.read_events(start_ms=0, end_ms=NOW_MS)
    return log.read_pings(), log.conflicting(), log.counters(), log.quarantine.rejected(), events


def says(log, told):
    pings, losers, *rest = told
    return (
        same(log.read_pings(), pings)
        and same(log.conflicting(), losers)
        and list(saying(log)[2:]) == rest
    )


def test_what_was_restored_elsewhere_says_what_the_log_said_to_the_last_bit(
    tmp_path, backed_up, new_url
):
    folder, told = backed_up
    shutil.rmtree(tmp_path / "存档")
    put_back(folder, new_url, tmp_path / "elsewhere")
    with open_log(new_url, create=False) as log:
        assert says(log, told)
        assert sound(log)
        bad = refuse(RejectionCode.NOT_JSON, "fleet/晋BQ0384/ping", MORNING_MS, b"?")
        log.write(Batch(batch(ping(event_time_ms=MORNING_MS + 2)).rows, (bad,)))  # it goes on
        assert len(log.read_pings_since(0)[0]) == 5
        assert len({row["id"] for row in log.quarantine.rejected()}) == 3
        assert sound(log)


def test_archived_days_come_back_to_where_they_were_and_those_that_are_there_stay(
    tmp_path, backed_up, new_url
):
    folder, told = backed_up
    before = {path.name: path.stat().st_ino for path in (tmp_path / "存档").iterdir()}
    put_back(folder, new_url)
    assert {path.name: path.stat().st_ino for path in (tmp_path / "存档").iterdir()} == before
    with open_log(new_url, create=False) as log:
        assert says(log, told)
        assert sound(log)
        assert len(list(remove_superseded(log, NOW_MS, 0))) == len(before) - 1


@given(
    steps=st.lists(
        st.tuples(
            st.lists(st.tuples(colliding_pings, st.integers(0, 1)), max_size=4),
            st.none() | st.integers(0, 1),
        ),
        min_size=1,
        max_size=6,
    ),
    seed=st.integers(0, 1000),
)
@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=8,
    phases=[Phase.generate],
)
def test_after_any_backup_more_archiving_and_a_restore_every_acknowledged_ping_is_there(
    tmp_path_factory, request, new_log_url, steps, seed
):
    folder = tmp_path_factory.mktemp("law")

    chance = random.Random(seed)
    backup_at, grace_ms = chance.randrange(len(steps)), chance.choice([0, DAY_MS])
    url, restored, days = new_log_url(), f"sqlite:///{folder / 'restored'}.db", folder / "days"
    if url.startswith("postgresql"):
        restored = request.getfixturevalue("postgres_server").new_database()
    acknowledged = []
    with open_log(url) as log:
        for number, (drawn, back) in enumerate(steps):
            fixes = [
                (*row[:1], row[1] - ago * DAY_MS, *row[2:])
                for fix, ago in drawn
                for row in tuples_of(frame([fix]))
            ]
            log.write(Batch(fixes, ()))
            acknowledged += fixes
            if back is not None:
                list(move_days(log, TOMORROW_MS - back * DAY_MS, days, now_ms=NOW_MS))
                list(remove_superseded(log, NOW_MS, grace_ms))
            if number == backup_at:
                backup(url, folder / "backup")
                promised = list(acknowledged)
    put_back(folder / "backup", restored)
    with open_log(restored, create=False) as log, open_log(new_log_url("whole")) as whole:
        whole.write(Batch(promised, ()))
        assert same(log.read_pings(), whole.read_pings())
        assert same(log.conflicting(), whole.conflicting())
        list(adopt(log, [days] if days.is_dir() else [], NOW_MS))
        for rows in (whole.read_pings(), whole.conflicting()):
            assert is_in(rows, _every(log), PING_COLUMNS).all()
        whole.write(Batch(acknowledged, ()))
        assert is_in(_every(log), _every(whole), PING_COLUMNS).all()
        assert sound(log)
        assert log.counters().balanced
        whole.write(Batch(tuples_of(_every(log)), ()))
        log.write(Batch(acknowledged, ()))  # as the broker may send them again
        assert same(log.read_pings(), whole.read_pings())


def _every(log):
    import pandas as pd

    return pd.concat([log.read_pings(), log.conflicting()], ignore_index=True)


def test_a_restored_log_knows_no_segments_and_seals_anew(tmp_path, log_url, new_url):
    with open_log(log_url) as log:
        log.write(batch(ping(), ping(event_time_ms=MORNING_MS + 1)))
        (sealed,) = seal_days(log, tmp_path / "segments", now_ms=NOW_MS, quiet_ms=0)
        backup(log_url, tmp_path / "backup")
    put_back(tmp_path / "backup", new_url)
    with open_log(new_url, create=False) as restored:
        with restored.transaction(write=False) as connection:
            assert segments_between(connection, None, None) == []
        (again,) = seal_days(restored, tmp_path / "new", now_ms=NOW_MS, quiet_ms=0)
        assert again.sha256 == sealed.sha256
        assert sound(restored)


def test_a_restore_overwrites_no_database(backed_up, log_url):
    folder, told = backed_up
    with pytest.raises(LogError, match="nothing is overwritten"):
        put_back(folder, log_url)
    with open_log(log_url, create=False) as log:
        assert says(log, told)


@pytest.fixture
def of_sqlite(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    store = tmp_path / "store"
    (store / "jetstream").mkdir(parents=True)
    (store / "lock").touch()
    (store / "jetstream" / "1.blk").write_bytes(b"messages")
    with open_log(url) as log:
        log.write(batch(ping()))
        list(move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS))
    backup(url, tmp_path / "backup", store)
    return tmp_path / "backup"


def new(tmp_path):
    return f"sqlite:///{tmp_path / 'new.db'}"


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda path: path.unlink(), "cannot be read: No such file or directory"),
        (lambda path: path.write_bytes(path.read_bytes() + b"?"), "was altered"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "was altered"),
    ],
)
@pytest.mark.parametrize("which", ["database/pings.db", "archive/*.parquet", "store/*/1.blk"])
def test_a_backup_that_is_damaged_is_told_with_its_file_and_nothing_is_restored(
    tmp_path, of_sqlite, which, harm, told
):
    (path,) = of_sqlite.glob(which)
    harm(path)
    with pytest.raises(LogError, match=f"is damaged: {path.relative_to(of_sqlite)} {told}"):
        put_back(of_sqlite, new(tmp_path), tmp_path / "other", tmp_path / "broker")
    assert not (tmp_path / "new.db").exists()
    assert not (tmp_path / "other").exists()
    assert not (tmp_path / "broker").exists()


@pytest.mark.parametrize("name", ["new.db", "new.db-wal", "new.db-journal"])
def test_files_of_a_database_that_was_there_are_in_the_way(tmp_path, of_sqlite, name):
    (tmp_path / name).write_bytes(b"theirs")
    with pytest.raises(LogError, match=rf"{name} is there already, .* all files new\.db\*"):
        put_back(of_sqlite, new(tmp_path))
    assert (tmp_path / name).read_bytes() == b"theirs"


def test_another_file_of_the_name_of_an_archived_day_is_in_the_way(tmp_path, of_sqlite):
    (day,) = (tmp_path / "days").iterdir()
    day.write_bytes(b"theirs")
    with pytest.raises(LogError, match=f"{day} is there already with other content"):
        put_back(of_sqlite, new(tmp_path))
    assert day.read_bytes() == b"theirs"
    assert not (tmp_path / "new.db").exists()


def test_a_store_comes_back_and_one_that_is_not_empty_is_in_the_way(tmp_path, of_sqlite):
    backup(f"sqlite:///{tmp_path / 'pings.db'}", tmp_path / "bare")
    with pytest.raises(LogError, match="has no broker's store"):
        put_back(tmp_path / "bare", new(tmp_path), store=tmp_path / "broker")
    store = tmp_path / "broker"
    store.mkdir()
    (store / "lock").write_bytes(b"theirs")
    with pytest.raises(LogError, match=f"the store {store} is not empty"):
        put_back(of_sqlite, new(tmp_path), store=store)
    (store / "lock").unlink()
    put_back(of_sqlite, new(tmp_path), store=store)
    assert (store / "jetstream" / "1.blk").read_bytes() == b"messages"


@pytest.mark.parametrize("step", ["_restore_store", "_restore_sqlite", "_point_to", "copy"])
def test_a_restore_that_is_cut_short_leaves_no_database_and_may_be_run_again(
    tmp_path, of_sqlite, monkeypatch, step
):
    def full(*_):
        raise OSError(28, os.strerror(28))

    target = tmp_path / "elsewhere", tmp_path / "broker"
    with monkeypatch.context() as patched:
        patched.setattr(f"ingest.recovery.restore.{step}", full)
        with pytest.raises(LogError, match=r"cannot be restored: .*No space left on device"):
            put_back(of_sqlite, new(tmp_path), *target)
    assert list(tmp_path.glob("*new.db*")) == []
    put_back(of_sqlite, new(tmp_path), *target)
    with open_log(new(tmp_path), create=False) as log:
        assert len(log.read_pings()) == 1
        assert sound(log)


def test_a_backup_of_another_kind_of_database_or_a_newer_program_is_an_error(tmp_path, of_sqlite):
    with pytest.raises(LogError, match=r"is of a database of sqlite, but .* is one of postgresql"):
        put_back(of_sqlite, "postgresql+psycopg://nobody@127.0.0.1:1/none")
    manifest = of_sqlite / "manifest.json"
    whole = manifest.read_text("utf-8")
    for old, newer, told in (
        ('"schema": "0', '"schema": "9', "this program is too old for"),
        ('"format": 1', '"format": 2', r"format = 2, but this program knows 1 only"),
        ('"made"', '"?"', "is damaged: Object missing required field `made`"),
        ("database/pings.db", "../pings.db", "is no path within a backup"),
    ):
        manifest.write_text(whole.replace(old, newer), "utf-8")
        with pytest.raises(LogError, match=told):
            put_back(of_sqlite, new(tmp_path))
    with pytest.raises(LogError, match="is no backup"):
        put_back(tmp_path / "days", new(tmp_path))
    assert not (tmp_path / "new.db").exists()


def test_an_old_schema_comes_back_as_it_was_and_can_be_migrated_then(tmp_path, postgres_server):
    from ingest.log.schema import make_schema, migrate

    url, other = postgres_server.new_database(), postgres_server.new_database()
    engine = connect(url, create=False)
    with writing(engine) as connection:
        make_schema(connection, "0006")
    engine.dispose()
    backup(url, tmp_path / "backup")
    put_back(tmp_path / "backup", other)
    engine = connect(other, create=False)
    assert migrate(engine)[0] == "0006"
    assert "log_identity" in sa.inspect(engine).get_table_names()
    engine.dispose()
    with open_log(other, create=False) as log:
        assert sound(log)
    assert Path(tmp_path / "backup").is_dir()


def test_tables_of_others_in_the_same_database_are_left_out_and_in_nobodys_way(
    tmp_path, postgres_server
):
    url, new_url = postgres_server.new_database(), postgres_server.new_database()
    with open_log(url) as log:
        log.write(batch(ping()))
        told = saying(log)
        with log.transaction(write=True) as connection:
            connection.exec_driver_sql("CREATE TABLE 街道 (id SERIAL PRIMARY KEY, name TEXT)")
            connection.exec_driver_sql("INSERT INTO 街道 (name) VALUES ('魏都大道')")
    words = ["database", "backup", str(tmp_path / "backup"), "--database", url]
    made = CliRunner().invoke(app, words)
    assert made.exit_code == 0, made.output
    assert made.stderr == "note: not of pingcheng, and not in the backup: 街道\n"
    assert not list((tmp_path / "backup").rglob("*街道*"))
    put_back(tmp_path / "backup", new_url, None)
    with open_log(new_url, create=False) as log:
        assert says(log, told)
        assert sound(log)


def test_a_backup_of_an_earlier_version_that_has_tables_of_others_is_restored_without_them(
    tmp_path, postgres_server
):
    url, new_url = postgres_server.new_database(), postgres_server.new_database()
    with open_log(url) as log:
        log.write(batch(ping()))
    made = backup(url, tmp_path / "backup")
    columns = made.columns | {"spatial_ref_sys": ("srid",)}
    sequences = made.sequences | {"of_others_seq": 7}
    write_manifest(
        tmp_path / "backup", msgspec.structs.replace(made, columns=columns, sequences=sequences)
    )
    put_back(tmp_path / "backup", new_url, None)
    with open_log(new_url, create=False) as log:
        assert len(log.read_pings()) == 1
