import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.log.archive_moving import move_days, remove_superseded
from ingest.log.batch import Batch
from ingest.log.check import faults_of
from ingest.log.pinglog import open_log
from ingest.log.rivals import is_in
from ingest.log.rows import DAY_MS, tuples_of
from ingest.ping import PING_COLUMNS
from ingest.recovery.adoption import adopt
from tests.fixtures.fixes import MORNING_MS, colliding_pings, frame, ping, same

TOMORROW_MS = MORNING_MS - MORNING_MS % DAY_MS + DAY_MS
NOW_MS = TOMORROW_MS + 9 * DAY_MS


def batch(*fixes, received_ms=MORNING_MS + 5000):
    return Batch(tuples_of(frame(fixes, [received_ms] * len(fixes))), ())


def moved(log, folder, before_ms=TOMORROW_MS):
    return list(move_days(log, before_ms, folder, now_ms=NOW_MS))


def sound(log, *folders):
    # the server of the tests runs with fsync off, to be fast
    return [fault for fault in faults_of(log, folders) if "fsync" not in fault] == []


@pytest.fixture
def files(tmp_path):
    return tmp_path / "存档"


def backed_up(tmp_path, name="old.db"):
    """Copy a log that nobody has open."""
    shutil.copy(tmp_path / "pings.db", tmp_path / name)
    return f"sqlite:///{tmp_path / name}"


steps = st.lists(
    st.tuples(
        st.lists(
            st.tuples(colliding_pings, st.integers(0, 2), st.integers(MORNING_MS, MORNING_MS + 3)),
            max_size=5,
        ),
        st.none() | st.integers(0, 2),
    ),
    min_size=1,
    max_size=6,
)


@given(steps=steps, backup_at=st.integers(0, 5), grace=st.booleans(), lost=st.booleans())
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12
)
@pytest.mark.usefixtures("no_syncing")
def test_a_backup_of_any_instant_and_the_archive_of_now_make_a_log_of_all_they_hold(
    tmp_path_factory, new_log_file, steps, backup_at, grace, lost
):
    files = tmp_path_factory.mktemp("log") / "days"
    url, whole_url = new_log_file(), new_log_file("whole")
    folder = Path(url.removeprefix("sqlite:///")).parent
    old = backed_up(folder)
    acknowledged, archived = [], []
    for number, (drawn, moved_days) in enumerate(steps):
        rows = [
            (row[0], row[1] - days * DAY_MS, *row[2:])
            for (fix, days, received) in drawn
            for row in tuples_of(frame([fix], [received]))
        ]
        with open_log(url) as log:
            log.write(Batch(rows, ()))
            if moved_days is not None:
                moved(log, files, TOMORROW_MS - moved_days * DAY_MS)
                if not grace:
                    list(remove_superseded(log, NOW_MS, 0))
            with log.transaction(write=False) as connection:
                days = set(connection.exec_driver_sql("SELECT day_ms FROM archived_days").scalars())
                late = set(connection.exec_driver_sql(
                    "SELECT event_time_ms / 86400000 * 86400000 FROM pings UNION "
                    "SELECT event_time_ms / 86400000 * 86400000 FROM conflicts"
                ).scalars())  # fmt: skip
        if number <= backup_at:
            acknowledged += rows
            old = backed_up(folder)
        archived += rows
    # what the archive holds whole now: its days without rows that came later
    archived = [row for row in archived if row[1] - row[1] % DAY_MS in days - late]
    if lost and grace and files.is_dir():  # a file of a version that kept none
        with open_log(url) as log:
            list(remove_superseded(log, NOW_MS, 0))
    with open_log(old) as log, open_log(whole_url) as whole:
        list(adopt(log, [files] if files.is_dir() else [], NOW_MS))
        whole.write(Batch(acknowledged, ()))
        every = pd.concat([log.read_pings(), log.conflicting()])
        for rows in (whole.read_pings(), whole.conflicting()):
            assert is_in(rows, every, PING_COLUMNS).all()
        if not days & late:
            whole.write(Batch(archived, ()))
            assert same(log.read_pings(), whole.read_pings())
            assert same(log.conflicting(), whole.conflicting())
            assert log.counters().stored == whole.counters().stored
        assert log.counters().balanced
        assert sound(log)
        assert list(adopt(log, [], NOW_MS)) == []


def test_a_file_whose_day_has_become_unreadable_stands_in_with_all_that_came_late(tmp_path, files):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        log.write(batch(ping(accuracy_m=9.0)))
        (first,) = moved(log, files)
        log.write(batch(ping(accuracy_m=5.0)))
    old = backed_up(tmp_path)
    with open_log(url) as log:
        log.write(batch(ping(accuracy_m=3.0), ping(event_time_ms=MORNING_MS + 1)))
        (second,) = moved(log, files)
        expected, losers = log.read_pings(), log.conflicting()
    Path(first.path).unlink()
    with open_log(old) as log:
        gone, offered = faults_of(log)
        assert gone.startswith(f"the archived day {first.path} cannot be read")
        assert offered.startswith(f"{second.path} is of 2022-03-25 and holds 4 fixes")
        (adopted,) = adopt(log, [], NOW_MS)
        assert (adopted.path, adopted.is_of_day) == (Path(second.path), True)
        assert same(log.read_pings(), expected)
        assert same(log.conflicting(), losers)
        assert log.counters().stored == 2
        assert sound(log)
        news, last = log.read_pings_since(0)
        assert len(news) == 2
        assert log.read_pings_since(last)[0].empty
        log.write(batch(ping(event_time_ms=MORNING_MS + 2)))
        assert len(log.read_pings_since(last)[0]) == 1


def test_days_that_were_moved_after_the_backup_become_those_of_their_files(tmp_path, files):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    open_log(url).close()
    old = backed_up(tmp_path)
    with open_log(url) as log:
        log.write(batch(ping(), ping(accuracy_m=5.0), ping(event_time_ms=MORNING_MS - DAY_MS)))
        days = moved(log, files)
        expected = log.read_pings()
    with open_log(old) as log:
        assert sound(log)
        assert not sound(log, files)
        adopted = list(adopt(log, [files], NOW_MS))
        assert [each.path for each in adopted] == [Path(day.path) for day in days]
        assert same(log.read_pings(), expected)
        assert (log.counters().stored, log.counters().balanced) == (2, True)
        assert sound(log, files)


def test_rows_of_a_newer_file_are_added_and_counted_once_and_nothing_is_deleted(files, log_url):
    with open_log(log_url) as log:
        log.write(batch(ping(accuracy_m=9.0)))
        (first,) = moved(log, files)
        log.write(batch(ping(accuracy_m=5.0), ping(event_time_ms=MORNING_MS + 1)))
        (second,) = moved(log, files)
        expected = log.read_pings()
        with log.transaction(write=True) as connection:  # as a backup of the first day would be
            connection.exec_driver_sql("DELETE FROM superseded_files")
            connection.exec_driver_sql(
                f"UPDATE archived_days SET path = '{first.path}', sha256 = '{first.sha256}', "
                f"pings = 1, conflicts = 0, last_sequence = 1"
            )
            for name, value in (("stored", 1), ("conflicting", 0), ("received", 1)):
                connection.exec_driver_sql(
                    f"UPDATE counters SET value = {value} WHERE name = '{name}'"
                )
        (offered,) = [fault for fault in faults_of(log) if "fsync" not in fault]
        assert offered.startswith(f"{second.path} is of 2022-03-25 and holds 2 fixes that the log")
        (adopted,) = adopt(log, [], NOW_MS)
        assert (adopted.rows, adopted.is_of_day) == (2, False)
        assert same(log.read_pings(), expected)
        counters = log.counters()
        assert (counters.received, counters.stored, counters.conflicting) == (3, 2, 1)
        assert sound(log)
        assert Path(first.path).is_file()
        assert Path(second.path).is_file()
        assert list(remove_superseded(log, NOW_MS, 0)) == [second.path]


def test_files_of_another_log_are_told_and_never_taken_in(tmp_path, files):
    with open_log(f"sqlite:///{tmp_path / 'theirs.db'}") as theirs:
        theirs.write(batch(ping(accuracy_m=1.0)))
        (strange,) = moved(theirs, files)
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        log.write(batch(ping()))
        assert list(adopt(log, [files], NOW_MS)) == []
        (fault,) = faults_of(log, [files])
        assert fault == f"{strange.path} is of another log; give each log a folder of its own"
        assert log.conflicting().empty


def test_a_file_that_holds_less_than_the_one_that_is_gone_is_kept_and_not_taken_for_it(
    tmp_path, files
):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        log.write(batch(ping()))
        (first,) = moved(log, files)
        log.write(batch(ping(event_time_ms=MORNING_MS + 1)))
        (second,) = moved(log, files)
        Path(second.path).unlink()
        assert list(adopt(log, [], NOW_MS)) == []
        gone, lesser = faults_of(log)
        assert gone.startswith(f"the archived day {second.path} cannot be read")
        assert lesser.startswith(
            f"{first.path} is of 2022-03-25, whose file is gone, but holds less"
        )
        assert list(remove_superseded(log, NOW_MS, 0)) == []


def test_a_day_whose_file_was_put_elsewhere_is_found_there(tmp_path, files):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        log.write(batch(ping()))
        moved(log, files)
        files.rename(tmp_path / "elsewhere")
        assert not sound(log)
        (adopted,) = adopt(log, [tmp_path / "elsewhere"], NOW_MS)
        assert adopted.is_of_day
        assert len(log.read_pings()) == 1
        assert sound(log)
