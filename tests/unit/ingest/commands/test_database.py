import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.broker.shares import REST
from ingest.leases.leases import Leases
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import DAY_MS, tuples_of
from ingest.log.tables import REVISIONS
from ingest.time_zones import release, source
from pingcheng import app
from tests.fixtures.fixes import MORNING_MS, frame, ping


@pytest.fixture
def url(tmp_path):
    """A log with a ping at noon and two at both ends of the next day, 2022-03-26."""
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    midnight_ms = MORNING_MS - MORNING_MS % DAY_MS + DAY_MS
    times = [MORNING_MS, midnight_ms, midnight_ms + DAY_MS - 1]
    with open_log(url) as log:
        log.write(Batch(tuples_of(frame([ping(event_time_ms=each) for each in times])), ()))
    return url


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_sound_log_is_told_so_and_an_absent_one_is_an_error(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    missing = CliRunner().invoke(app, ["database", "check", "--database", url])
    assert (missing.exit_code, "there is no ping log" in missing.output) == (1, True)
    open_log(url).close()
    found = CliRunner().invoke(app, ["database", "check", "--database", url])
    assert (found.exit_code, "the ping log is sound" in found.output) == (0, True)


def test_the_release_by_which_local_times_are_reckoned_is_told(url):
    found = run("database", "check", "--database", url)
    assert f"time zones: release {release()}, of {source()}" in found.stdout.splitlines()


def test_who_holds_the_shares_of_the_log_is_told(url):
    with open_log(url) as log:
        Leases(log, "m", "host:7", [REST]).renew()
    lines = run("database", "check", "--database", url).stdout.splitlines()
    assert "host:7 holds 1 share (the rest)" in lines


def test_every_fault_of_a_log_is_told_on_stderr_and_nothing_is_called_sound(url):
    with open_log(url) as log, log.transaction(write=True) as connection:
        connection.exec_driver_sql("UPDATE counters SET value = 4 WHERE name = 'stored'")
    found = run("database", "check", "--database", url)
    assert (found.exit_code, found.stdout) == (1, "")
    lines = found.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("error: the counter") for line in lines)


def test_an_empty_database_becomes_a_log_and_a_second_run_has_nothing_to_do(tmp_path):
    url = f"sqlite:///{tmp_path / '新.db'}"
    made = run("database", "migrate", "--database", url)
    assert (made.exit_code, made.stdout) == (
        0, f"made a ping log with the schema {REVISIONS[-1]}\n",
    )  # fmt: skip
    again = run("database", "migrate", "--database", url)
    assert again.stdout == f"the schema is {REVISIONS[-1]} already, nothing to do\n"
    assert run("database", "check", "--database", url).exit_code == 0


def test_days_before_the_first_that_stays_are_moved_and_told_one_a_line(url, tmp_path):
    asked = ("archive", "--before", "2022-03-26", "--out", tmp_path / "存档", "--database", url)
    moved = run(*asked)
    assert moved.exit_code == 0
    first, last = moved.stdout.splitlines()
    assert first.startswith("2022-03-25: 1 pings, 0 conflicts → ")
    assert "存档" in first
    assert last == "moved 1 days"
    assert run(*asked).stdout == "moved 0 days\n"


def test_a_file_that_is_superseded_stays_for_the_grace_time_of_the_settings(
    url, tmp_path, monkeypatch
):
    asked = ("archive", "--before", "2022-03-26", "--out", tmp_path / "存档", "--database", url)
    run(*asked)
    with open_log(url) as log:
        log.write(Batch(tuples_of(frame([ping(event_time_ms=MORNING_MS + 1)])), ()))
    run(*asked)
    assert len(list((tmp_path / "存档").iterdir())) == 2
    assert run("database", "check", "--database", url).exit_code == 0
    monkeypatch.setenv("PINGCHENG_ARCHIVE_GRACE_DAYS", "0")
    moved = run(*asked)
    assert (moved.exit_code, moved.stdout.startswith("removed ")) == (0, True)
    (left,) = (tmp_path / "存档").iterdir()
    assert left.name not in moved.stdout


def test_a_check_offers_files_that_the_log_does_not_know_and_takes_them_in_when_told_to(
    url, tmp_path
):
    shutil.copy(tmp_path / "pings.db", tmp_path / "old.db")
    with open_log(url) as log:
        log.write(Batch(tuples_of(frame([ping(event_time_ms=MORNING_MS + 1)])), ()))
    run("archive", "--before", "2022-03-27", "--out", tmp_path / "存档", "--database", url)
    old = f"sqlite:///{tmp_path / 'old.db'}"
    asked = ("database", "check", "--database", old, "--archive", tmp_path / "存档")
    offered = run(*asked)
    assert (offered.exit_code, "check --adopt" in offered.stderr) == (1, True)
    taken = run(*asked, "--adopt")
    assert taken.exit_code == 0
    assert taken.stdout.startswith("2022-03-25: 1 fixes of ")
    assert run(*asked).exit_code == 0


def test_a_day_is_moved_with_its_last_millisecond(url, tmp_path):
    moved = run("archive", "--before", "2022-03-27", "--out", tmp_path / "a", "--database", url)
    assert [line.split(",")[0] for line in moved.stdout.splitlines()] == [
        "2022-03-25: 1 pings", "2022-03-26: 2 pings", "moved 2 days",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("28.3.2022", "'28.3.2022' is no date; write YYYY-MM-DD"),
        ("9999-12-31", "9999-12-31 is still to come"),
    ],
)
def test_a_first_day_that_is_none_or_is_still_to_come_is_wrong_use(url, tmp_path, before, told):
    result = run("archive", "--before", before, "--out", tmp_path / "a", "--database", url)
    assert result.exit_code == 2
    text = " ".join(result.stderr.replace("│", " ").split())
    assert "--before" in text
    assert told in text
    assert not (tmp_path / "a").exists()


def test_a_log_that_is_absent_is_not_archived_and_not_made(tmp_path):
    url = f"sqlite:///{tmp_path / 'none.db'}"
    result = run("archive", "--before", "2022-03-26", "--out", tmp_path / "a", "--database", url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "none.db" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_log_is_backed_up_and_restored_by_commands_that_say_what_they_did(url, tmp_path):
    run("archive", "--before", "2022-03-26", "--out", tmp_path / "存档", "--database", url)
    out, new = tmp_path / "备份", f"sqlite:///{tmp_path / 'new.db'}"
    made = run("database", "backup", out, "--database", url)
    assert (made.exit_code, made.stdout.startswith(f"{out}: 3 pings, 1 archived days; ")) == (
        0, True,
    )  # fmt: skip
    asked = ("database", "restore", out, "--database", new)
    looked = run(*asked, "--dry-run")
    assert (looked.exit_code, looked.stdout.startswith("whole: the log of ")) == (0, True)
    assert not (tmp_path / "new.db").exists()
    done = run(*asked)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1:] == [
        f"1 archived days → {tmp_path / '存档'}",
        f"next: pingcheng database check --adopt --archive {tmp_path / '存档'}",
    ]
    assert run("database", "check", "--database", new).exit_code == 0


def test_a_backup_or_restore_that_would_overwrite_fails_with_one_line(url, tmp_path):
    out = tmp_path / "backup"
    assert run("database", "backup", out, "--database", url).exit_code == 0
    for asked in (("backup", out), ("restore", out)):
        refused = run("database", *asked, "--database", url)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert refused.stderr.startswith("error: ")
        assert refused.stderr.rstrip("\n").endswith(
            ("give another name", "move it away with all files pings.db*")
        )
        assert refused.stderr.count("\n") == 1


def test_days_that_rest_are_sealed_beside_the_database_and_a_second_run_has_none(url, tmp_path):
    done = run("database", "seal", "--database", url)
    assert done.exit_code == 0, done.output
    first, second, last = done.stdout.splitlines()
    files = sorted((tmp_path / "pings.db-segments").glob("*.parquet"))
    told = "2022-03-25: 1 pings, ", "2022-03-26: 2 pings, "
    for line, start, file in zip((first, second), told, files, strict=True):
        assert line.startswith(start)
        assert line.endswith(f" bytes each → {file}")
    assert last == "sealed 2 days"
    again = run("database", "seal", "--database", url)
    assert (again.exit_code, again.stdout) == (0, "sealed 0 days\n")


def test_days_that_do_not_rest_long_enough_are_not_sealed(url, tmp_path):
    folder = tmp_path / "elsewhere"
    done = run("database", "seal", "--database", url, "--folder", folder, "--quiet-hours", 100_000)
    assert (done.exit_code, done.stdout) == (0, "sealed 0 days\n")
    assert list(folder.glob("*.parquet")) == []
    assert run("database", "seal", "--database", url, "--folder", folder).exit_code == 0
    assert len(list(folder.glob("*.parquet"))) == 2


def test_what_cannot_be_sealed_is_one_line_and_wrong_use_is_told(url, tmp_path):
    (tmp_path / "file").touch()
    failed = run("database", "seal", "--database", url, "--folder", tmp_path / "file")
    assert (failed.exit_code, len(failed.stderr.splitlines())) == (1, 1)
    absent = run("database", "seal", "--database", f"sqlite:///{tmp_path / 'no.db'}")
    assert (absent.exit_code, "there is no ping log" in absent.stderr) == (1, True)
    assert run("database", "seal", "--database", url, "--quiet-hours", -1).exit_code == 2


def test_a_segment_that_is_gone_is_a_note_and_rows_that_differ_from_one_are_an_error(url):
    run("database", "seal", "--database", url)
    with open_log(url) as log, log.transaction(write=True) as connection:
        connection.exec_driver_sql("UPDATE pings SET hdop = 1.0 WHERE sequence = 1")
        path = connection.exec_driver_sql("SELECT max(path) FROM segments").scalar()
    Path(path).unlink()
    plain = run("database", "check", "--database", url)
    assert plain.exit_code == 0
    assert plain.stderr.startswith(f"note: the segment {path} is not used: it is gone")
    assert "the ping log is sound" in plain.stdout
    compared = run("database", "check", "--segments", "--database", url)
    assert (compared.exit_code, compared.stdout) == (1, "")
    note, error = compared.stderr.splitlines()
    assert note in plain.stderr
    assert error.startswith("error: of 2022-03-25 1 pings are read, but its 1 rows say otherwise")


def test_of_a_log_without_a_table_the_fault_is_told_and_no_more(url):
    with open_log(url) as log, log.transaction(write=True) as connection:
        connection.exec_driver_sql("DROP TABLE segments")
    found = run("database", "check", "--database", url)
    assert (found.exit_code, found.stdout) == (1, "")
    (error,) = found.stderr.splitlines()
    assert error.startswith("error: the schema differs (add table: segments)")
