from pathlib import Path

import pandas as pd
import pytest

from ingest.fault import LogError
from ingest.log.archive import FileLabel, identity_of, read_file
from ingest.log.archive_moving import (
    days_before,
    lacking,
    live_rows,
    move_days,
    remove_superseded,
)
from ingest.log.batch import Batch
from ingest.log.check import faults_of
from ingest.log.pinglog import open_log
from ingest.log.rows import LOG_COLUMNS, tuples_of
from ingest.log.writing import DAY_MS
from tests.fixtures.fixes import MORNING_MS, VEHICLES, frame, ping, same

TODAY_MS = MORNING_MS - MORNING_MS % DAY_MS
TOMORROW_MS = TODAY_MS + DAY_MS
NOW_MS = TOMORROW_MS + 9 * DAY_MS
GRACE_MS = 30 * DAY_MS


def batch(*fixes):
    return Batch(tuples_of(frame(fixes, [MORNING_MS + 5000] * len(fixes))), ())


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        yield log


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "存档" / "days"


def files_in(folder):
    return sorted(str(path) for path in folder.iterdir())


def live_count(log, table):
    with log.transaction(write=False) as connection:
        return connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()


def test_days_are_moved_from_the_oldest_on_and_each_has_a_file_of_its_date(log, folder):
    log.write(batch(ping(), ping(event_time_ms=MORNING_MS - 3 * DAY_MS)))
    log.write(batch(ping(event_time_ms=MORNING_MS - DAY_MS, vehicle_id=VEHICLES[1])))
    moved = list(move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS))
    assert [day.date for day in moved] == ["2022-03-22", "2022-03-24", "2022-03-25"]
    assert [day.path for day in moved] == files_in(folder)
    assert [Path(day.path).name[:16] for day in moved] == [f"pings-{day.date}" for day in moved]
    assert live_count(log, "pings") == 0
    assert len(log.read_pings()) == 3


@pytest.mark.parametrize(
    ("before_ms", "count"),
    [(TODAY_MS, 1), (TOMORROW_MS - 1, 1), (TOMORROW_MS, 3), (TODAY_MS - 1, 0)],
)
def test_a_day_is_moved_only_if_all_of_it_lies_before_the_instant(log, folder, before_ms, count):
    at_ms = (TODAY_MS - 1, TODAY_MS, TOMORROW_MS - 1, TOMORROW_MS)
    log.write(batch(*(ping(event_time_ms=each) for each in at_ms)))
    moved = list(move_days(log, before_ms, folder, now_ms=NOW_MS))
    assert sum(day.pings for day in moved) == count
    assert live_count(log, "pings") == 4 - count


def test_a_file_holds_winners_and_losers_in_order_and_its_day_remembers_how_many(log, folder):
    log.write(batch(ping(vehicle_id=VEHICLES[1]), ping(accuracy_m=9.0), ping(accuracy_m=5.0)))
    log.write(batch(ping(event_time_ms=MORNING_MS - 1)))
    (day,) = move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS)
    assert (day.pings, day.conflicts, day.last_sequence) == (3, 1, 3)
    rows = pd.read_parquet(day.path)
    told = list(zip(rows["vehicle_id"], rows["accuracy_m"].fillna(0.0), rows["won"], strict=True))
    assert told == [
        (VEHICLES[0], 0.0, True),
        (VEHICLES[0], 5.0, True),
        (VEHICLES[0], 9.0, False),
        (VEHICLES[1], 0.0, True),
    ]
    assert rows["sequence"].isna().tolist() == [False, False, True, False]
    assert live_count(log, "conflicts") == 0


def test_a_day_of_which_only_losers_came_late_is_moved_again(log, folder):
    log.write(batch(ping(accuracy_m=5.0)))
    (first,) = move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS)
    log.write(batch(ping(accuracy_m=9.0)))
    assert (live_count(log, "pings"), live_count(log, "conflicts")) == (0, 1)
    (second,) = move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS)
    assert (second.pings, second.conflicts) == (1, 1)
    assert second.last_sequence == first.last_sequence
    assert log.conflicting()["accuracy_m"].tolist() == [9.0]


def test_a_late_loser_of_an_old_day_has_that_day_moved_before_newer_ones(log, folder):
    log.write(batch(ping(accuracy_m=5.0)))
    list(move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS))
    log.write(batch(ping(accuracy_m=9.0), ping(event_time_ms=MORNING_MS + 2 * DAY_MS)))
    assert days_before(log, TOMORROW_MS + 2 * DAY_MS) == 3
    moved = list(move_days(log, TOMORROW_MS + 2 * DAY_MS, folder, now_ms=NOW_MS))
    assert [day.date for day in moved] == ["2022-03-25", "2022-03-27"]


def test_losers_of_a_file_stay_in_the_new_one_if_a_better_fix_of_their_key_came_late(log, folder):
    log.write(batch(ping(accuracy_m=5.0), ping(accuracy_m=9.0)))
    list(move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS))
    log.write(batch(ping(accuracy_m=3.0)))
    (day,) = move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS)
    assert (day.pings, day.conflicts) == (1, 2)
    assert log.conflicting()["accuracy_m"].tolist() == [5.0, 9.0]


def test_a_day_that_got_late_pings_is_put_into_a_new_file(tmp_path, database_url):
    with open_log(database_url) as log:
        log.write(batch(ping(accuracy_m=5.0)))
        (first,) = move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS)
        log.write(batch(ping(accuracy_m=5.0), ping(accuracy_m=3.0)))
        log.write(batch(ping(event_time_ms=MORNING_MS + 1)))
        assert log.counters().duplicate == 1
        (second,) = move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS)
        assert (second.pings, second.conflicts) == (2, 1)
        assert files_in(tmp_path / "days") == sorted([first.path, second.path])
        assert list(remove_superseded(log, NOW_MS, 0)) == [first.path]
        assert [str(path) for path in (tmp_path / "days").iterdir()] == [second.path]
        assert first.path != second.path
        assert log.read_pings().accuracy_m.tolist()[0] == 3.0
        assert log.conflicting().accuracy_m.tolist() == [5.0]
        assert list(move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS)) == []


@pytest.fixture
def twice(log, folder):
    """Give the file of a day that was moved twice, and the one before."""
    log.write(batch(ping(accuracy_m=5.0), ping(accuracy_m=9.0)))
    (first,) = move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS)
    log.write(batch(ping(accuracy_m=3.0)))
    log.write(Batch(tuples_of(frame([ping(accuracy_m=9.0)], [MORNING_MS])), ()))  # heard earlier
    (second,) = move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS)
    return first, second


@pytest.mark.parametrize(("passed_ms", "count"), [(0, 0), (GRACE_MS - 1, 0), (GRACE_MS, 1)])
def test_a_superseded_file_is_kept_until_its_grace_time_is_over(
    log, folder, twice, passed_ms, count
):
    first, second = twice
    removed = list(remove_superseded(log, NOW_MS + passed_ms, GRACE_MS))
    assert removed == [first.path][:count]
    assert files_in(folder) == sorted([first.path, second.path][count:])
    assert list(faults_of(log)) == []
    assert list(remove_superseded(log, NOW_MS + passed_ms, GRACE_MS)) == []


def test_a_superseded_file_with_a_row_that_the_log_has_not_is_never_removed(log, twice):
    first, _ = twice
    with log.transaction(write=True) as connection:
        connection.exec_driver_sql("DELETE FROM archived_days")
    assert list(remove_superseded(log, NOW_MS, 0)) == []
    assert Path(first.path).is_file()


@pytest.mark.parametrize("harm", ["altered", "torn"])
def test_a_superseded_file_that_is_not_what_it_was_is_never_removed(log, twice, harm):
    first, _ = twice
    whole = Path(first.path).read_bytes()
    Path(first.path).write_bytes(whole[:-9] if harm == "torn" else whole + b"?")
    assert list(remove_superseded(log, NOW_MS, 0)) == []
    assert Path(first.path).is_file()


def test_a_superseded_file_that_is_gone_already_is_no_fault(log, twice):
    Path(twice[0].path).unlink()
    assert list(remove_superseded(log, NOW_MS, 0)) == []
    assert live_count(log, "superseded_files") == 0


def test_a_file_knows_its_log_and_the_files_whose_rows_it_has(log, folder, twice):
    first, second = twice
    log.write(batch(ping(event_time_ms=MORNING_MS + 1)))
    (third,) = move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS)
    with log.transaction(write=False) as connection:
        name = identity_of(connection)
    file, label, _ = read_file(Path(third.path))
    assert file == third
    assert label == FileLabel(name, (second.sha256, first.sha256))


def test_a_row_that_was_heard_of_earlier_or_never_is_lacking_and_one_heard_of_later_is_not(log):
    log.write(batch(ping(accuracy_m=5.0), ping(accuracy_m=9.0)))
    fixes = [ping(accuracy_m=each) for each in (5.0, 9.0, 7.0)]
    received = [MORNING_MS + 6000, MORNING_MS + 4000, MORNING_MS]
    with log.transaction(write=False) as connection:
        rows = lacking(connection, log, TODAY_MS, frame(fixes, received))
    assert rows["accuracy_m"].tolist() == [9.0, 7.0]


def test_moving_may_be_stopped_after_any_day_and_gone_on_with(log, folder):
    log.write(batch(*(ping(event_time_ms=MORNING_MS - days * DAY_MS) for days in range(3))))
    before = log.read_pings()
    first = next(move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS))
    assert files_in(folder) == [first.path]
    assert live_count(log, "pings") == 2
    assert len(list(move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS))) == 2
    assert same(log.read_pings(), before)


def test_a_move_that_is_cut_short_leaves_the_log_as_it_was(log, folder, monkeypatch):
    log.write(batch(ping()))
    with monkeypatch.context() as patched:
        patched.setattr("ingest.log.archive_moving.put", _fail)
        with pytest.raises(LogError):
            list(move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS))
    assert len(log.read_pings()) == live_count(log, "pings") == 1
    (day,) = move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS)
    assert files_in(folder) == [day.path]


def _fail(*_):
    raise LogError("the power is gone")


def test_a_folder_may_be_given_relative_and_is_found_from_anywhere(log, tmp_path, monkeypatch):
    log.write(batch(ping()))
    monkeypatch.chdir(tmp_path)
    list(move_days(log, TOMORROW_MS, Path("days"), now_ms=NOW_MS))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert len(log.read_pings()) == 1


def test_an_archive_that_cannot_be_written_to_is_an_error_that_names_it(log, folder, monkeypatch):
    folder.parent.mkdir()
    folder.touch()
    with pytest.raises(LogError, match=f"the archive {folder} cannot be written to: File exists"):
        list(move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS))
    folder.unlink()
    log.write(batch(ping()))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ingest.log.archive_moving.write_file", full)
    with pytest.raises(LogError, match=f"the archive {folder} cannot .*: No space left on device"):
        list(move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS))
    assert live_count(log, "pings") == 1


def test_days_to_be_moved_are_counted_from_the_first_that_has_rows(log, folder):
    assert days_before(log, TOMORROW_MS) == 0
    log.write(batch(ping(), ping(event_time_ms=MORNING_MS - 3 * DAY_MS)))
    assert [days_before(log, TOMORROW_MS + late_ms) for late_ms in (-1, 0)] == [3, 4]
    assert days_before(log, TODAY_MS - 9 * DAY_MS) == 0
    next(move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS))
    assert days_before(log, TOMORROW_MS) == 1


def test_live_rows_are_those_of_one_day_and_tell_who_won(log):
    log.write(batch(ping(accuracy_m=5.0), ping(accuracy_m=9.0), ping(event_time_ms=TODAY_MS)))
    log.write(batch(ping(event_time_ms=TODAY_MS - 1), ping(event_time_ms=TOMORROW_MS)))
    with log.transaction(write=False) as connection:
        rows = live_rows(connection, TODAY_MS)
        none = live_rows(connection, TODAY_MS + 5 * DAY_MS)
    assert list(rows.columns) == list(none.columns) == [*LOG_COLUMNS, "sequence", "won"]
    assert rows["won"].tolist() == [True, True, False]
    assert rows["accuracy_m"].tolist()[1:] == [5.0, 9.0]
    assert none.empty
