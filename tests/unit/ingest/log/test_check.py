from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.decoding.rejection import RejectionCode, refuse
from ingest.log.archive_moving import move_days
from ingest.log.batch import Batch
from ingest.log.check import faults_of, segment_faults, segment_notes
from ingest.log.database import connect, writing
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from ingest.log.segments.sealing import seal_days
from ingest.log.segments.stamps import Stamps
from ingest.log.writing import DAY_MS
from pingcheng import app
from tests.fixtures.fixes import MORNING_MS, frame, ping

TOMORROW_MS = MORNING_MS - MORNING_MS % DAY_MS + DAY_MS
NOW_MS = TOMORROW_MS + 9 * DAY_MS


def batch(*fixes):
    return Batch(tuples_of(frame(fixes)), ())


@pytest.fixture
def log(tmp_path):
    """A log with two pings, a loser, a ping twice, and two rejections of one code."""
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        bad = [
            refuse(RejectionCode.NOT_JSON, "fleet/晋BQ0384/ping", MORNING_MS, told)
            for told in (b"?", b"!")
        ]
        log.write(Batch([], tuple(bad)))
        log.write(batch(ping(accuracy_m=5.0), ping(accuracy_m=9.0)))
        log.write(batch(ping(event_time_ms=MORNING_MS + DAY_MS), ping(accuracy_m=5.0)))
        yield log


def change(log, statement):
    with log.transaction(write=True) as connection:
        connection.exec_driver_sql(statement)


def counters_told(name, counter, rows):
    return f"the counter of {name} is {counter}, but the log holds {rows}; rows were changed"


def test_a_log_that_was_only_written_to_is_sound(log):
    assert list(faults_of(log)) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM pings WHERE sequence = 1", counters_told("stored", 2, 1)),
        ("DELETE FROM conflicts", counters_told("conflicting", 1, 0)),
        ("DELETE FROM rejections", counters_told("rejected not_json", 2, 0)),
        (
            "UPDATE rejections SET released_time_ms = 1 WHERE id = 1",
            counters_told("rejected not_json", 2, 1),
        ),
        (
            "UPDATE counters SET value = 1 WHERE name = 'sequence'",
            "the counter of the sequence is 1, but a ping has",
        ),
        (
            "UPDATE counters SET value = value + 1 WHERE name = 'duplicate'",
            "the counters do not balance: received 6 = stored 2 + duplicate 2 + conflicting 1 + ",
        ),
        ("DROP INDEX ix_pings_sequence", "the schema differs (add index: ix_pings_sequence)"),
    ],
)
def test_what_was_changed_by_hand_is_told_and_nothing_else(log, statement, told):
    change(log, statement)
    (fault,) = faults_of(log)
    assert fault.startswith(told)


def test_a_code_whose_rejections_were_changed_is_told_as_two(log):
    change(log, "UPDATE rejections SET code = 'no_fix' WHERE id = 2")
    told = (counters_told("rejected no_fix", 0, 1), counters_told("rejected not_json", 2, 1))
    assert [fault.startswith(begin) for fault, begin in zip(faults_of(log), told, strict=True)] == [
        True,
        True,
    ]


def test_a_counter_of_the_sequence_may_be_ahead_of_all_pings(log):
    change(log, "UPDATE counters SET value = 99 WHERE name = 'sequence'")
    assert list(faults_of(log)) == []


def test_archived_rows_count_as_the_log_s_and_late_ones_in_their_place_only_once(log, tmp_path):
    assert len(list(move_days(log, TOMORROW_MS, tmp_path / "日", now_ms=NOW_MS))) == 1
    assert list(faults_of(log)) == []
    log.write(batch(ping(accuracy_m=1.0)))  # wins: what the file has won by becomes a loser
    log.write(batch(ping(accuracy_m=9.0), ping(event_time_ms=MORNING_MS + 1)))
    assert list(faults_of(log)) == []
    change(log, f"DELETE FROM pings WHERE event_time_ms = {MORNING_MS + 1}")
    (fault,) = faults_of(log)
    assert fault.startswith(counters_told("stored", 3, 2))


def test_a_loser_of_a_file_that_turns_out_to_have_come_earlier_counts_once(log, tmp_path):
    list(move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS))
    earlier = tuples_of(frame([ping(accuracy_m=9.0)], [MORNING_MS]))
    log.write(Batch(earlier, ()))
    with log.transaction(write=False) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM conflicts").scalar() == 1
    assert list(faults_of(log)) == []


def test_an_archived_day_that_is_gone_is_told_and_its_pings_are_not_counted_as_lost(log, tmp_path):
    (day,) = move_days(log, TOMORROW_MS, tmp_path / "days", now_ms=NOW_MS)
    Path(day.path).unlink()
    (fault,) = faults_of(log)
    assert fault.startswith(f"the archived day {day.path} cannot be read")


def test_files_that_a_move_left_behind_are_told_and_other_files_are_not(log, tmp_path):
    folder = tmp_path / "days"
    list(move_days(log, TOMORROW_MS, folder, now_ms=NOW_MS))
    for name in ("pings-2022-03-20-abc.parquet", ".pings-2022-03-20.77.unfinished", "notes.txt"):
        (folder / name).touch()
    strange, unfinished = faults_of(log)
    assert strange.startswith(f"{folder}/pings-2022-03-20-abc.parquet is not of this log")
    assert unfinished == (
        f"{folder}/.pings-2022-03-20.77.unfinished is left of a move that was cut short; delete it"
    )


PAGE = 4096


def lose_a_page(file, _):
    """Make the file a page longer than its tables know."""
    file.seek(28)  # of SQLite's header: the number of pages
    count = int.from_bytes(file.read(4), "big")
    file.seek(28)
    file.write((count + 1).to_bytes(4, "big"))
    file.seek(count * PAGE)
    file.write(bytes(PAGE))


def overwrite_pings(file, root_page):
    file.seek((root_page - 1) * PAGE)
    file.write(b"\xff" * PAGE)


@pytest.mark.parametrize(
    "harm",
    [
        lose_a_page,
        overwrite_pings,
    ],
)
def test_a_damaged_file_is_told_with_how_to_mend_it(tmp_path, harm):
    path = tmp_path / "pings.db"
    with open_log(f"sqlite:///{path}") as log:
        log.write(batch(ping()))
        with log.transaction(write=False) as connection:
            root_page = connection.exec_driver_sql(
                "SELECT rootpage FROM sqlite_master WHERE name = 'pings'"
            ).scalar()
    with path.open("r+b") as file:
        harm(file, root_page)
    with open_log(f"sqlite:///{path}") as log:
        fault, *_ = faults_of(log)
    assert fault.startswith("the file is damaged (")
    assert fault.endswith("); restore it from a backup")


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


@pytest.fixture
def sealed(log, tmp_path):
    """The segments of both days of the log."""
    return list(seal_days(log, tmp_path / "segments", now_ms=NOW_MS, quiet_ms=0))


def test_segments_that_hold_what_the_rows_do_are_no_fault_though_pings_came_late(log, sealed):
    log.write(batch(ping(accuracy_m=3.0), ping(event_time_ms=MORNING_MS + 1)))
    assert len(sealed) == 2
    assert list(segment_notes(log)) == list(segment_faults(log)) == list(faults_of(log)) == []


@pytest.mark.parametrize("harm", ["gone", "altered"])
def test_a_segment_of_no_use_is_noted_and_is_no_fault(log, sealed, harm):
    path = Path(sealed[1].path)
    path.unlink() if harm == "gone" else path.write_bytes(path.read_bytes() + b"?")
    (note,) = segment_notes(log)
    assert note.startswith(f"the segment {path} is not used: it ")
    assert note.endswith("; pingcheng database seal makes it anew")
    assert list(segment_faults(log)) == list(faults_of(log)) == []


@pytest.mark.parametrize(
    "statement",
    [
        f"DELETE FROM pings WHERE event_time_ms = {MORNING_MS + DAY_MS}",
        f"UPDATE pings SET hdop = 1.5 WHERE event_time_ms = {MORNING_MS + DAY_MS}",
    ],
)
def test_rows_that_were_changed_by_hand_do_not_agree_with_their_segment(log, sealed, statement):
    change(log, statement)
    assert list(segment_notes(log)) == []
    (fault,) = segment_faults(log)
    assert fault.startswith("of 2022-03-26 1 pings are read, but its ")
    assert f"delete the segment {sealed[1].path}" in fault
    Path(sealed[1].path).unlink()
    assert len(list(seal_days(log, Path(sealed[1].path).parent, now_ms=NOW_MS, quiet_ms=0))) == (
        not statement.startswith("DELETE")
    )
    assert list(segment_faults(log)) == []


@pytest.mark.usefixtures("sealed")
def test_of_rows_that_differ_from_their_segment_it_is_told_how_many(log):
    change(log, f"UPDATE pings SET hdop = 1.5 WHERE event_time_ms = {MORNING_MS + DAY_MS}")
    moved = f"SET event_time_ms = {MORNING_MS + 5} WHERE event_time_ms = {MORNING_MS}"
    change(log, f"UPDATE pings {moved}")
    first, second = segment_faults(log)
    assert "(1 are not in the rows, 1 are only there, 0 are other ones there)" in first
    assert "(0 are not in the rows, 0 are only there, 1 are other ones there)" in second


def test_a_folder_in_the_place_of_a_segment_and_damage_without_a_trace_are_to_be_deleted(
    log, sealed
):
    first, second = (Path(each.path) for each in sealed)
    first.unlink()
    first.mkdir()
    second.write_bytes(bytes(second.stat().st_size))
    stamps = Stamps(second.parent)
    stamps.note(sealed[1])
    stamps.save({str(second)})
    with open_log(str(log._engine.url), create=False) as again:
        notes = list(segment_notes(again))
    ending = "; delete it, and then pingcheng database seal makes it anew"
    assert notes == [
        f"the segment {first} is not used: a folder is in its place{ending}",
        f"the segment {second} is not used: it was altered since it was written{ending}",
    ]
