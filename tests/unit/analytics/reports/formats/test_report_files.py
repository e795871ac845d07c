import os
import time

import pytest

from analytics.reports.formats.formats import Format
from analytics.reports.formats.report_files import MARK, sweep, write_report
from analytics.reports.steps import Steps
from analytics.wording.words import Language, Words

ZH = Words(Language.ZH)


def written(report, out, formats=tuple(Format)):
    return write_report(report, out, ZH, formats, Steps(lambda: 0.0))


def content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MARK
    }


def test_the_same_report_gives_the_same_files(report, tmp_path):
    written(report, tmp_path / "one")
    written(report, tmp_path / "other")
    one, other = content(tmp_path / "one"), content(tmp_path / "other")
    assert list(one) == list(other)
    assert [name for name in one if one[name] != other[name]] == []
    assert "2022-03-28/compliance-2022-03-28.pdf" in one
    assert "2022-03-28/csv/streets.csv" in one
    assert "2022-03-28/parquet/streets.parquet" in one


def test_only_the_formats_asked_for_are_written(report, tmp_path):
    (path,) = written(report, tmp_path, [Format.XLSX])
    assert list(content(tmp_path)) == [str(path.relative_to(tmp_path))]


def test_if_a_format_fails_what_was_there_stays_and_nothing_is_left_behind(
    report, tmp_path, monkeypatch
):
    written(report, tmp_path, [Format.XLSX])
    before = content(tmp_path)

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr("analytics.reports.formats.table_files.csv_files", broken)
    with pytest.raises(OSError, match="disk full"):
        written(report, tmp_path, [Format.XLSX, Format.CSV])
    assert content(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["2022-03-28"]


def test_what_a_killed_run_left_of_any_date_is_removed_once_it_is_old(tmp_path):
    now_s = time.time()
    left = [".2022-03-27-abcd_012", ".2022-03-01_2022-03-31-abcdefgh"]
    kept = ["2022-03-27", ".2022-03-28-younger1", ".nightly", ".2022-03-27-too-long-a-name", ".git"]
    for name in [*left, *kept]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "part").touch()
        age_s = 0 if "younger" in name else 7200
        os.utime(tmp_path / name, (now_s - age_s, now_s - age_s))
    (tmp_path / ".2022-03-27-linked_1").symlink_to(tmp_path / "2022-03-27")
    sweep(tmp_path, now_s)
    assert {path.name for path in tmp_path.iterdir()} == {*kept, ".2022-03-27-linked_1"}
    sweep(tmp_path / "absent", now_s)


def test_steps_are_told_and_timed(report, tmp_path):
    told, ticks = [], iter(range(1000))
    steps = Steps(lambda: float(next(ticks)), told.append)
    write_report(report, tmp_path, ZH, [Format.XLSX, Format.CSV], steps)
    assert told == ["xlsx", "csv"]
    assert steps.seconds == {"xlsx": 1.0, "csv": 1.0}
