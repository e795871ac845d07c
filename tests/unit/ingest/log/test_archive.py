import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.fault import LogError
from ingest.log.archive_moving import move_days
from ingest.log.batch import Batch
from ingest.log.check import faults_of
from ingest.log.pinglog import open_log
from ingest.log.rows import DAY_MS, tuples_of
from tests.fixtures.fixes import MORNING_MS, VEHICLES, colliding_pings, frame, ping, same

TOMORROW_MS = MORNING_MS - MORNING_MS % DAY_MS + DAY_MS


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
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40
)
def test_a_log_with_archived_days_is_like_one_without(tmp_path_factory, batches, seed):
    folder = tmp_path_factory.mktemp("archive")
    chance = random.Random(seed)
    with (
        open_log(f"sqlite:///{folder / 'plain.db'}") as plain,
        open_log(f"sqlite:///{folder / 'moved.db'}") as moved,
    ):
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
                list(move_days(moved, before_ms, folder / "days"))
            assert moved.counters() == plain.counters()
            assert same(moved.read_pings(), plain.read_pings())
            assert same(moved.conflicting(), plain.conflicting())
            news, plain_sequence = plain.read_pings_since(plain_sequence)
            moved_news, moved_sequence = moved.read_pings_since(moved_sequence)
            assert same(moved_news, news)
        interval = {"start_ms": MORNING_MS - DAY_MS, "end_ms": MORNING_MS, "vehicles": VEHICLES[:1]}
        assert same(moved.read_pings(**interval), plain.read_pings(**interval))
        assert list(faults_of(moved)) == []


def test_a_day_that_got_late_pings_is_put_into_a_new_file(tmp_path, database_url):
    with open_log(database_url) as log:
        log.write(batch(ping(accuracy_m=5.0)))
        (first,) = move_days(log, TOMORROW_MS, tmp_path / "days")
        log.write(batch(ping(accuracy_m=5.0), ping(accuracy_m=3.0)))
        log.write(batch(ping(event_time_ms=MORNING_MS + 1)))
        assert log.counters().duplicate == 1
        (second,) = move_days(log, TOMORROW_MS, tmp_path / "days")
        assert (second.pings, second.conflicts) == (2, 1)
        assert [str(path) for path in (tmp_path / "days").iterdir()] == [second.path]
        assert first.path != second.path
        assert log.read_pings().accuracy_m.tolist()[0] == 3.0
        assert log.conflicting().accuracy_m.tolist() == [5.0]
        assert list(move_days(log, TOMORROW_MS, tmp_path / "days")) == []


@pytest.mark.parametrize("harm", ["delete", "alter"])
def test_an_archived_day_that_is_missing_or_altered_is_an_error_that_names_it(tmp_path, harm):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        log.write(batch(ping()))
        (day,) = move_days(log, TOMORROW_MS, tmp_path / "days")
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


def test_a_move_that_is_cut_short_leaves_the_log_as_it_was(tmp_path, monkeypatch):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        log.write(batch(ping()))
        with monkeypatch.context() as patched:
            patched.setattr("ingest.log.archive_moving.put", _fail)
            with pytest.raises(LogError):
                list(move_days(log, TOMORROW_MS, tmp_path / "days"))
        assert len(log.read_pings()) == 1
        (day,) = move_days(log, TOMORROW_MS, tmp_path / "days")
        assert [str(path) for path in (tmp_path / "days").iterdir()] == [day.path]
        (tmp_path / "days" / "pings-2022-01-01-0.parquet").touch()
        assert any("is not of this log" in fault for fault in faults_of(log))


def _fail(*_):
    raise LogError("the power is gone")


def test_an_archive_that_cannot_be_written_to_is_an_error_that_names_it(tmp_path):
    (tmp_path / "days").touch()
    with (
        open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log,
        pytest.raises(LogError, match=r"the archive .*/days cannot be written to: File exists"),
    ):
        list(move_days(log, TOMORROW_MS, tmp_path / "days"))
