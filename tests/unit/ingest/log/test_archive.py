import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.fault import LogError
from ingest.log.archive import ArchiveFiles, hash_of
from ingest.log.archive_moving import move_days, remove_superseded
from ingest.log.batch import Batch
from ingest.log.check import faults_of
from ingest.log.database import connect, writing
from ingest.log.pinglog import open_log
from ingest.log.rows import DAY_MS, tuples_of
from ingest.log.tables import archived_days
from tests.fixtures.fixes import MORNING_MS, VEHICLES, colliding_pings, frame, ping, same

TOMORROW_MS = MORNING_MS - MORNING_MS % DAY_MS + DAY_MS
NOW_MS = TOMORROW_MS + 9 * DAY_MS


def batch(*fixes, received_ms=MORNING_MS + 5000):
    return Batch(tuples_of(frame(fixes, [received_ms] * len(fixes))), ())


@given(
    batches=st.lists(
        st.lists(
            st.tuples(colliding_pings, st.integers(0, 2), st.integers(MORNING_MS, MORNING_MS + 3)),
            max_size=6,
        ),
        max_size=6,
    ),
    seed=st.integers(0, 1000),
)
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12
)
@pytest.mark.usefixtures("no_syncing")
def test_a_log_with_archived_days_is_like_one_without(
    tmp_path_factory, new_log_file, batches, seed
):
    folder = tmp_path_factory.mktemp("archive")
    chance = random.Random(seed)
    with open_log(new_log_file("plain")) as plain, open_log(new_log_file("moved")) as moved:
        plain_sequence = moved_sequence = 0
        for drawn in batches:
            rows = [
                (row[0], row[1] - days * DAY_MS, *row[2:])
                for (fix, days, received) in drawn
                for row in tuples_of(frame([fix], [received]))
            ]
            plain.write(Batch(rows, ()))
            moved.write(Batch(rows, ()))
            if chance.random() < 0.6:
                before_ms = TOMORROW_MS - chance.randint(0, 2) * DAY_MS
                list(move_days(moved, before_ms, folder / "days", now_ms=NOW_MS))
            assert moved.counters() == plain.counters()
            assert same(moved.read_pings(), plain.read_pings())
            assert same(moved.conflicting(), plain.conflicting())
            news, plain_sequence = plain.read_pings_since(plain_sequence)
            moved_news, moved_sequence = moved.read_pings_since(moved_sequence)
            assert same(moved_news, news)
        interval = {"start_ms": MORNING_MS - DAY_MS, "end_ms": MORNING_MS, "vehicles": VEHICLES[:1]}
        assert same(moved.read_pings(**interval), plain.read_pings(**interval))
        assert list(faults_of(moved)) == []


@pytest.mark.parametrize(
    "question",
    [
        lambda log: log.read_pings(),
        lambda log: log.read_pings_since(0)[0],
        lambda log: log.conflicting(),
    ],
)
def test_a_reader_whose_file_is_replaced_and_removed_meanwhile_looks_the_day_up_again(
    tmp_path, log_url, monkeypatch, question
):
    read = ArchiveFiles.read
    with open_log(log_url) as log, open_log(log_url) as mover:
        log.write(batch(ping(accuracy_m=5.0), ping(accuracy_m=9.0)))
        list(move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS))
        log.write(batch(ping(accuracy_m=3.0)))
        expected = question(log)

        def meanwhile(files, day, **chosen):
            monkeypatch.undo()
            list(move_days(mover, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS))
            assert list(remove_superseded(mover, NOW_MS, 0)) == [day.path]
            return read(files, day, **chosen)

        monkeypatch.setattr(ArchiveFiles, "read", meanwhile)
        assert same(question(log), expected)


def test_a_day_archived_before_there_were_tasks_is_read_and_kept_as_it_is(tmp_path, log_url):
    told, other = ping(accuracy_m=5.0, working=True), ping(accuracy_m=9.0, working=True)
    with open_log(log_url) as log:
        log.write(batch(told, other))
        (day,) = move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS)
    old = tmp_path / "days" / "old.parquet"
    pq.write_table(pq.read_table(Path(day.path)).drop_columns(["tasks"]), old)
    sha256 = hash_of(old)
    path = old.rename(old.with_name(f"pings-{day.date}-{sha256[:12]}.parquet"))
    Path(day.path).unlink()
    engine = connect(log_url, create=False)
    with writing(engine) as connection:
        recorded = sa.update(archived_days).values(path=str(path), sha256=sha256)
        connection.execute(recorded)
    engine.dispose()
    with open_log(log_url) as log:
        assert [fault for fault in faults_of(log) if "fsync" not in fault] == []
        assert same(log.read_pings(), frame([told], [MORNING_MS + 5000]))
        assert same(log.conflicting(), frame([other], [MORNING_MS + 5000]))
        log.write(batch(told, other))
        assert (log.counters().conflicting, log.counters().duplicate) == (1, 2)
        assert list(move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS)) == []
    assert hash_of(path) == sha256


@pytest.mark.parametrize("harm", ["delete", "alter"])
def test_an_archived_day_that_is_missing_or_altered_is_an_error_that_names_it(tmp_path, harm):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        log.write(batch(ping()))
        (day,) = move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS)
        assert len(log.read_pings()) == 1
        if harm == "delete":
            Path(day.path).unlink()
        else:
            Path(day.path).write_bytes(Path(day.path).read_bytes()[:-1] + b"?")
        for read in (log.read_pings, lambda: log.write(batch(ping(accuracy_m=1.0)))):
            with pytest.raises(LogError, match=r"cannot be read|was altered") as caught:
                read()
            assert day.path in str(caught.value)
        assert any(day.path in fault for fault in faults_of(log))
        assert log.read_pings(start_ms=TOMORROW_MS).empty
