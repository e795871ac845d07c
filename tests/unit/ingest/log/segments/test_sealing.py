import pickle
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.fault import LogError
from ingest.log.archive_moving import move_days
from ingest.log.batch import Batch
from ingest.log.database import connect
from ingest.log.pinglog import open_log
from ingest.log.reading import LogInstant, pings_between
from ingest.log.rows import DAY_MS, tuples_of
from ingest.log.schema import HEAD, migrate
from ingest.log.segments import files, sealing
from ingest.log.segments.files import SegmentFiles
from ingest.log.segments.records import forget_segments, segments_between
from ingest.log.segments.sealing import due_days, rows_of_day, seal_days, waiting_days
from ingest.log.segments.stamps import TRUSTED_MS, Stamps
from ingest.log.tables import changed_days
from ingest.recovery.reassigning import Move, reassign
from tests.fixtures import quick_log
from tests.fixtures.fixes import MORNING_MS, VEHICLES, frame, ping, same

log = quick_log.log
HOUR_MS = 3_600_000
TODAY_MS = MORNING_MS - MORNING_MS % DAY_MS
TOMORROW_MS = TODAY_MS + DAY_MS
NOW_MS = TODAY_MS + 9 * DAY_MS
QUIET_MS = 6 * HOUR_MS
FAR_MS = NOW_MS + 10_000 * DAY_MS


class Unsealed(SegmentFiles):
    """Reads as if nothing had ever been sealed."""

    def read(self, *_, **__):
        return None


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "封存" / "segments"


def write(log, *fixes, received_ms=None):
    told = frame(fixes) if received_ms is None else frame(fixes, [received_ms] * len(fixes))
    log.write(Batch(tuples_of(told), ()))


def seal(log, folder, now_ms=NOW_MS):
    return list(seal_days(log, folder, now_ms=now_ms, quiet_ms=QUIET_MS))


def recorded(log):
    with log.transaction(write=False) as connection:
        return segments_between(connection, None, None)


def files_in(folder):
    return sorted(str(path) for path in folder.glob("*segment-*"))


def agree(log, start_ms=None, end_ms=None, vehicles=None):
    """Compare what is read with what the rows are."""
    with log.transaction(write=False) as connection:
        asked = start_ms, end_ms, vehicles
        rows = pings_between(connection, log.files, Unsealed(), *asked)
        assert same(pings_between(connection, log.files, log.segments, *asked), rows)
        asked = start_ms or -FAR_MS, end_ms or FAR_MS, vehicles or set(rows["vehicle_id"])
        portion = LogInstant(connection, log.files, log.segments).portion(*asked)
    elsewhere = pickle.loads(pickle.dumps(portion))
    assert same(elsewhere.read(), rows)
    return rows


# --- the law


OFFSETS_MS = [0, HOUR_MS, DAY_MS - 1, DAY_MS, DAY_MS + HOUR_MS, 2 * DAY_MS + 5]
late_pings = st.lists(
    st.builds(
        ping,
        vehicle_id=st.sampled_from(VEHICLES),
        event_time_ms=st.sampled_from(OFFSETS_MS),
        longitude=st.sampled_from([113.3, 113.3 / 3]),
        accuracy_m=st.sampled_from([None, 5.0, 9.0]),
        tasks=st.sampled_from([None, 32]),
        working=st.just(True),
    ),
    min_size=1,
    max_size=8,
)
HARMS = ["cut", "alter", "replace", "remove"]
steps = st.lists(
    late_pings | st.sampled_from(["seal", "seal", "archive", "reassign", "reassign", *HARMS]),
    min_size=2,
    max_size=8,
)


def do(log, step, first_ms, folder):
    if isinstance(step, list):
        at = [type(fix)(**{**fields(fix), "event_time_ms": first_ms + fix.event_time_ms})
              for fix in step]  # fmt: skip
        write(log, *at)
    elif step == "seal":
        seal(log, folder / "segments")
        assert [each for each in recorded(log) if log.segments.fault(each)] == []
    elif step == "archive":
        list(move_days(log, first_ms + DAY_MS, folder / "days", now_ms=NOW_MS))
    elif step == "reassign":
        # not of the first day, which may be archived
        reassign(log, Move(*VEHICLES, first_ms + DAY_MS, first_ms + DAY_MS + HOUR_MS))
    else:
        for path in map(Path, files_in(folder / "segments")[:2]):
            harm(path, step)


def fields(fix):
    return {name: getattr(fix, name) for name in fix.__struct_fields__}


def harm(path, how):
    data = bytearray(path.read_bytes())
    if how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "alter":
        data[len(data) // 3] ^= 4
        path.write_bytes(data)
    elif how == "replace":
        path.write_bytes(b"PAR1 something else PAR1")
    else:
        path.unlink()


def hold_the_law(log, folder, first_ms, taken):
    for step in taken:
        do(log, step, first_ms, folder)
        agree(log, first_ms, first_ms + 3 * DAY_MS)
        agree(log, first_ms + HOUR_MS, first_ms + DAY_MS + 1, VEHICLES[:1])
        agree(log, None, first_ms + 2 * DAY_MS)
    assert log.counters().balanced


SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
days = iter(range(0, 10**9, 4))


@given(steps)
@settings(max_examples=30, **SETTINGS)
def test_whatever_comes_and_goes_what_is_read_is_what_the_rows_are(log, tmp_path, taken):
    # days of its own for each example, earlier than those of others: the oldest are archived
    hold_the_law(log, tmp_path, TODAY_MS - next(days) * DAY_MS, taken)


@pytest.fixture
def postgres_log(postgres_server):
    with open_log(postgres_server.new_database()) as log:
        yield log


@given(steps)
@settings(max_examples=8, **SETTINGS)
def test_on_postgresql_too_what_is_read_is_what_the_rows_are(postgres_log, tmp_path, taken):
    hold_the_law(postgres_log, tmp_path, TODAY_MS - next(days) * DAY_MS, taken)


# --- which days, and when


def test_a_day_is_sealed_once_and_read_from_its_file(database_url, folder):
    with open_log(database_url) as log:
        write(log, ping(), ping(event_time_ms=MORNING_MS + 1, vehicle_id=VEHICLES[1]))
        before = log.read_pings()
        (segment,) = seal(log, folder)
        assert (segment.day_ms, segment.pings, segment.last_sequence) == (TODAY_MS, 2, 2)
        assert files_in(folder) == [segment.path]
        assert recorded(log) == [segment]
        assert seal(log, folder) == []
        with log.transaction(write=True) as connection:
            connection.exec_driver_sql("UPDATE pings SET longitude = 1.0")  # nobody may; it shows
        assert same(log.read_pings(), before)


@pytest.mark.parametrize(
    ("now_ms", "is_due"),
    [
        (TOMORROW_MS - 1, False),
        (TOMORROW_MS, False),
        (TOMORROW_MS + HOUR_MS + QUIET_MS - 1, False),
        (TOMORROW_MS + HOUR_MS + QUIET_MS, True),
    ],
)
def test_a_day_is_due_when_it_is_over_and_no_ping_has_changed_it_for_a_while(log, now_ms, is_due):
    write(log, ping(), received_ms=TOMORROW_MS + HOUR_MS)
    assert due_days(log, now_ms, QUIET_MS) == [TODAY_MS] * is_due


def test_a_day_that_is_not_over_is_not_due_though_it_is_quiet(log):
    write(log, ping(), received_ms=TODAY_MS)
    assert due_days(log, TOMORROW_MS - 1, QUIET_MS) == []
    assert due_days(log, TOMORROW_MS, QUIET_MS) == [TODAY_MS]


def test_days_that_older_versions_wrote_are_due_the_oldest_first(log, folder):
    far_ms = TODAY_MS - 400 * DAY_MS
    write(log, *(ping(event_time_ms=each) for each in (MORNING_MS, far_ms, far_ms + 2 * DAY_MS)))
    write(log, ping(event_time_ms=-1))
    with log.transaction(write=True) as connection:
        connection.execute(sa.delete(changed_days).where(changed_days.c.day_ms != TODAY_MS))
    wanted = [-DAY_MS, far_ms, far_ms + 2 * DAY_MS, TODAY_MS]
    assert due_days(log, NOW_MS, QUIET_MS) == wanted
    assert [each.day_ms for each in seal(log, folder)] == wanted
    write(log, ping(event_time_ms=far_ms, accuracy_m=1.0))
    assert due_days(log, NOW_MS, QUIET_MS) == [far_ms]
    agree(log)


def test_a_clock_that_was_ahead_keeps_no_day_from_coming_to_rest(log, folder):
    write(log, ping(), received_ms=NOW_MS + 999 * DAY_MS)
    assert seal(log, folder) == []
    assert due_days(log, NOW_MS + QUIET_MS, QUIET_MS) == [TODAY_MS]


def test_an_archived_day_is_not_sealed_though_pings_came_late(log, folder, tmp_path):
    write(log, ping())
    list(move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS))
    write(log, ping(accuracy_m=1.0), ping(event_time_ms=MORNING_MS + 1))
    assert seal(log, folder) == []
    assert len(agree(log)) == 2


def test_a_late_ping_is_read_at_once_and_its_day_sealed_anew_when_it_rests(log, folder):
    write(log, ping(accuracy_m=5.0))
    (first,) = seal(log, folder)
    write(log, ping(accuracy_m=3.0), ping(event_time_ms=MORNING_MS + 1), received_ms=NOW_MS)
    assert agree(log)["accuracy_m"].tolist()[0] == 3.0
    assert seal(log, folder) == []
    (second,) = seal(log, folder, NOW_MS + QUIET_MS)
    assert (second.pings, second.is_late) == (2, False)
    assert second.last_sequence > first.last_sequence
    assert files_in(folder) == [second.path]
    assert first.path != second.path
    assert len(agree(log)) == 2


def test_archiving_a_day_and_moving_pings_forget_its_segment_and_the_next_run_its_file(
    log, folder, tmp_path
):
    write(log, ping(), ping(event_time_ms=MORNING_MS + DAY_MS))
    assert len(seal(log, folder)) == 2
    list(move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS))
    assert [each.day_ms for each in recorded(log)] == [TOMORROW_MS]
    reassign(log, Move(*VEHICLES, MORNING_MS + DAY_MS, MORNING_MS + DAY_MS + 1))
    assert recorded(log) == []
    assert agree(log)["vehicle_id"].tolist() == list(VEHICLES)
    (segment,) = seal(log, folder)
    assert files_in(folder) == [segment.path]
    assert agree(log)["vehicle_id"].tolist() == list(VEHICLES)


def test_a_day_that_was_archived_just_before_it_was_read_is_not_sealed(
    log, folder, tmp_path, monkeypatch
):
    write(log, ping())
    list(move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS))
    write(log, ping(event_time_ms=MORNING_MS + 1))
    monkeypatch.setattr(sealing, "due_days", lambda *_: [TODAY_MS])
    assert seal(log, folder) == []
    assert files_in(folder) == []


# --- what is broken, cut short or done at the same time


@pytest.mark.parametrize("how", HARMS)
def test_a_file_that_is_of_no_use_is_made_anew(log, folder, how):
    write(log, ping())
    (segment,) = seal(log, folder)
    harm(Path(segment.path), how)
    assert len(agree(log)) == 1
    assert seal(log, folder) == [segment]
    assert log.segments.fault(segment) is None


def test_a_useless_segment_of_a_day_that_does_not_rest_is_forgotten_until_it_does(log, folder):
    write(log, ping())
    (segment,) = seal(log, folder)
    write(log, ping(event_time_ms=MORNING_MS + 1), received_ms=NOW_MS)
    Path(segment.path).unlink()
    assert seal(log, folder) == []
    assert recorded(log) == []
    assert len(agree(log)) == 2


def test_a_kill_between_file_and_record_leaves_the_log_as_it_was(log, folder, monkeypatch):
    write(log, ping())
    seal(log, folder)
    write(log, ping(event_time_ms=MORNING_MS + 1))
    before = recorded(log)
    with monkeypatch.context() as patched:
        patched.setattr(sealing, "put", _fail)
        with pytest.raises(LogError, match="the power is gone"):
            seal(log, folder)
    assert recorded(log) == before
    assert len(files_in(folder)) == 2
    (folder / ".segment-2022-03-25.1.unfinished").touch()
    assert len(agree(log)) == 2
    (segment,) = seal(log, folder)
    assert files_in(folder) == [segment.path]


def _fail(_, table, *__):
    if table.name == "segments":
        raise LogError("the power is gone")


def changing(change):
    """Make something happen while a day is written."""
    write_segment = sealing.write_segment

    def write_late(*arguments):
        change()
        return write_segment(*arguments)

    return write_late


@pytest.mark.parametrize("change", ["late", "archived", "removed"])
def test_a_day_that_changes_while_it_is_sealed_is_left_for_the_next_run(
    log, folder, tmp_path, monkeypatch, change
):
    write(log, ping(), ping(event_time_ms=MORNING_MS + 1))

    def remove():
        with log.transaction(write=True) as connection:
            connection.exec_driver_sql(f"DELETE FROM pings WHERE event_time_ms = {MORNING_MS}")
            forget_segments(connection, [TODAY_MS])

    changes = {
        "late": lambda: write(log, ping(event_time_ms=MORNING_MS + 2)),
        "archived": lambda: list(move_days(log, TOMORROW_MS, tmp_path / "d", now_ms=NOW_MS)),
        "removed": remove,
    }
    with monkeypatch.context() as patched:
        patched.setattr(sealing, "write_segment", changing(changes[change]))
        assert seal(log, folder) == []
    assert recorded(log) == []
    assert files_in(folder) == []
    agree(log)
    assert len(seal(log, folder)) == (change != "archived")
    agree(log)


def test_a_removal_is_noticed_on_a_day_that_an_older_version_wrote(log, folder, monkeypatch):
    write(log, ping(), ping(event_time_ms=MORNING_MS + 1))
    with log.transaction(write=True) as connection:
        connection.execute(sa.delete(changed_days))

    def move():
        reassign(log, Move(*VEHICLES, MORNING_MS, MORNING_MS + 1))

    with monkeypatch.context() as patched:
        patched.setattr(sealing, "write_segment", changing(move))
        assert seal(log, folder) == []
    assert sorted(agree(log)["vehicle_id"]) == sorted(VEHICLES)


def test_a_log_that_goes_back_a_schema_and_up_again_keeps_its_pings_and_seals_anew(
    database_url, folder
):
    with open_log(database_url) as log:
        write(log, ping(), ping(event_time_ms=MORNING_MS + DAY_MS))
        before = log.read_pings()
        assert len(seal(log, folder)) == 2
    engine = connect(database_url, create=False)
    assert migrate(engine, "0011") == (HEAD, "0011")
    assert migrate(engine) == ("0011", HEAD)
    engine.dispose()
    with open_log(database_url, create=False) as log:
        assert recorded(log) == []
        assert same(agree(log), before)
        assert len(seal(log, folder)) == 2
        assert same(agree(log), before)


def test_a_file_that_cannot_be_removed_is_an_error_that_names_the_folder(log, folder, monkeypatch):
    write(log, ping())
    seal(log, folder)
    write(log, ping(event_time_ms=MORNING_MS + 1))

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    unlink = Path.unlink
    with monkeypatch.context() as patched:
        patched.setattr(
            Path,
            "unlink",
            lambda path, **more: refuse() if path.suffix == ".parquet" else unlink(path, **more),
        )
        with pytest.raises(LogError, match=f"the segments {folder} .*: Permission denied"):
            seal(log, folder)
    assert len(agree(log)) == 2


def test_two_do_not_seal_into_a_folder_at_once(log, folder):
    write(log, ping())
    running = seal_days(log, folder, now_ms=NOW_MS, quiet_ms=QUIET_MS)
    next(running)
    with pytest.raises(LogError, match=f"another seals into {folder} now"):
        seal(log, folder)
    running.close()
    assert seal(log, folder) == []


def test_files_of_another_log_and_of_anybody_else_stay(log, folder, tmp_path):
    write(log, ping())
    with open_log(f"sqlite:///{tmp_path / 'other.db'}") as other:
        write(other, ping(accuracy_m=2.0))
        (theirs,) = seal(other, folder)
        (folder / "segment-of-mine.parquet").write_bytes(b"mine")
        (ours,) = seal(log, folder)
        mine = str(folder / "segment-of-mine.parquet")
        assert files_in(folder) == sorted([theirs.path, ours.path, mine])
        assert agree(log)["accuracy_m"].isna().all()
        assert agree(other)["accuracy_m"].tolist() == [2.0]


def test_a_folder_that_cannot_be_written_to_is_an_error_that_names_it(log, folder):
    folder.parent.mkdir()
    folder.touch()
    with pytest.raises(LogError, match=f"the segments {folder} cannot be written to: File exists"):
        seal(log, folder)


def test_rows_of_a_day_are_its_pings_by_vehicle_and_time(log):
    inside = [
        ping(vehicle_id=name, event_time_ms=at_ms)
        for name in sorted(VEHICLES)
        for at_ms in (TODAY_MS, TOMORROW_MS - 1)
    ]
    write(log, ping(event_time_ms=TODAY_MS - 1), *reversed(inside), ping(event_time_ms=TOMORROW_MS))
    with log.transaction(write=False) as connection:
        assert same(rows_of_day(connection, TODAY_MS), frame(inside))
        assert same(rows_of_day(connection, TODAY_MS + 5 * DAY_MS), frame([]))


# --- what is noted of files


def test_a_run_with_nothing_to_do_hashes_no_file(log, folder, monkeypatch):
    write(log, ping(), ping(event_time_ms=MORNING_MS + DAY_MS))
    assert len(seal(log, folder)) == 2
    monkeypatch.setattr(files, "hash_of", None)  # who hashes breaks down
    monkeypatch.setattr(log.segments, "_checked", {})
    assert seal(log, folder) == waiting_days(log, folder, NOW_MS, QUIET_MS) == []


@pytest.mark.parametrize("how", HARMS)
def test_a_file_that_is_of_no_use_is_work_that_waits(log, folder, how):
    write(log, ping())
    assert waiting_days(log, folder, NOW_MS, QUIET_MS) == [TODAY_MS]
    (segment,) = seal(log, folder)
    assert waiting_days(log, folder, NOW_MS, QUIET_MS) == []
    harm(Path(segment.path), how)
    assert waiting_days(log, folder, NOW_MS, QUIET_MS) == [TODAY_MS]


def test_a_file_that_a_disk_has_damaged_without_a_trace_is_made_anew_within_a_month(log, folder):
    write(log, ping())
    (segment,) = seal(log, folder)
    path = Path(segment.path)
    harm(path, "alter")
    stamps = Stamps(folder, NOW_MS)
    stamps.note(segment)  # as if nothing showed
    stamps.save({segment.path})
    assert seal(log, folder) == []
    assert len(agree(log)) == 1  # who reads is not deceived
    assert waiting_days(log, folder, NOW_MS + TRUSTED_MS, QUIET_MS) == [TODAY_MS]
    assert seal(log, folder, NOW_MS + TRUSTED_MS) == [segment]


def test_so_many_days_are_sealed_as_are_asked_for(log, folder):
    write(log, *(ping(event_time_ms=MORNING_MS + day * DAY_MS) for day in range(3)))
    told = {"now_ms": NOW_MS, "quiet_ms": QUIET_MS}
    assert [each.day_ms for each in seal_days(log, folder, most=1, **told)] == [TODAY_MS]
    assert len(list(seal_days(log, folder, most=5, **told))) == 2


def test_a_folder_in_the_place_of_a_segment_is_named(log, folder):
    write(log, ping())
    (segment,) = seal(log, folder)
    Path(segment.path).unlink()
    Path(segment.path).mkdir()
    with pytest.raises(LogError, match=f"{segment.path} is a folder, .* remove it"):
        seal(log, folder)
    assert len(agree(log)) == 1
    Path(segment.path).rmdir()
    stray = folder / ".segment-1.1.unfinished"
    stray.mkdir()
    with pytest.raises(LogError, match=f"{stray} is a folder among the segments; remove it"):
        seal(log, folder)
    stray.rmdir()
    assert recorded(log) == [segment]
    assert seal(log, folder) == []
