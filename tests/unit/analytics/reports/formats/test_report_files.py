import os
import time
from dataclasses import replace

import pytest

from analytics.reports.formats.formats import Format
from analytics.reports.formats.mark import MARK, placed
from analytics.reports.formats.report_files import sweep, write_report
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


LIGHT = (Format.XLSX, Format.CSV)


def later(report):
    return replace(report, generated_ms=report.generated_ms + 3_600_000)


def inodes(folder):
    """Which files stand there: another than before has another number."""
    return {path: path.stat().st_ino for path in folder.rglob("*.*sv")}


def test_a_report_that_says_the_same_leaves_its_files_as_they_are(report, tmp_path):
    first = written(report, tmp_path, LIGHT)
    before, stood = content(tmp_path), inodes(tmp_path)
    assert written(later(report), tmp_path, LIGHT) == first
    assert (content(tmp_path), inodes(tmp_path)) == (before, stood)
    now = placed(tmp_path, "2022-03-28")
    assert now.is_whole
    assert (now.made_ms, now.written_ms) == (later(report).generated_ms, report.generated_ms)


@pytest.mark.parametrize("harm", ["changed", "lost", "unmarked", "half"])
def test_files_that_are_not_as_they_were_written_are_written_anew(report, tmp_path, harm):
    folder = tmp_path / "2022-03-28"
    written(report, tmp_path, [Format.CSV])
    before = content(tmp_path)
    if harm == "changed":
        (folder / "csv" / "grids.csv").write_bytes(b"by hand")
    elif harm == "lost":
        (folder / "csv" / "grids.csv").unlink()
    elif harm == "unmarked":
        (folder / MARK).unlink()
    else:
        mark = (folder / MARK).read_text("utf-8")
        (folder / MARK).write_text(mark.replace('"is_whole": true', '"is_whole": false'), "utf-8")
    written(later(report), tmp_path, [Format.CSV])
    assert content(tmp_path) == before
    assert placed(tmp_path, "2022-03-28").written_ms == later(report).generated_ms


def test_a_report_that_says_something_else_is_written_anew_in_all_formats(report, tmp_path):
    written(report, tmp_path, LIGHT)
    stood = inodes(tmp_path)
    other = replace(later(report), plan_name="另一个")
    written(other, tmp_path, LIGHT)
    assert not set(stood.values()) & set(inodes(tmp_path).values())
    assert placed(tmp_path, "2022-03-28").written_ms == other.generated_ms


def test_other_formats_of_the_same_report_are_written_with_all_their_files(report, tmp_path):
    written(report, tmp_path, LIGHT)
    written(later(report), tmp_path, [Format.CSV])
    assert {path.suffix for path in tmp_path.rglob("*.*") if path.is_file()} == {".csv", ".json"}
    assert placed(tmp_path, "2022-03-28").written_ms == later(report).generated_ms


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
