import pytest

from ingest.decoding.rejection import RejectionCode as Code
from ingest.fault import PingFileError
from ingest.files.formats.gpx import read_gpx
from ingest.files.formats.recorded import Recorded
from tests.fixtures.recorders import TIMES, gpx, point


def read(content):
    recorded = Recorded("晋BQ0384.gpx", 0)
    read_gpx(content, recorded)
    return recorded


def test_points_of_gpx_1_0_tell_speed_and_course():
    more = {"time": TIMES[0], "speed": 3.5, "course": 90, "hdop": 0.8, "sat": 9}
    found = read(gpx(point(**more), version="1.0"))
    assert found.rows == [(TIMES[0], "113.3", "40.08", "3.5", "90", "0.8", "9")]
    assert found.notes == []


def test_a_speed_in_an_extension_of_gpx_1_1_is_read():
    space = 'xmlns:g="http://www.garmin.com/xmlschemas/TrackPointExtension/v2"'
    extension = f"<g:TrackPointExtension {space}><g:speed>3.5</g:speed></g:TrackPointExtension>"
    found = read(gpx(point(time=TIMES[0], extensions=extension)))
    assert found.rows[0][3] == "3.5"


def test_a_speed_that_gpx_1_1_has_lost_is_said():
    [note] = read(gpx(point(time=TIMES[0]))).notes
    assert "GPX 1.1 has no place for it" in note


def test_points_without_any_time_are_an_error_that_says_what_that_means():
    with pytest.raises(PingFileError, match="none of its 2 points has a time"):
        read(gpx(point(), point()))
    assert read(gpx(point(), point(time=TIMES[0]))).rows[0][0] == ""


def test_a_fix_that_says_it_is_none_is_refused():
    found = read(gpx(point(time=TIMES[0], fix="none"), point(time=TIMES[1], fix="3d")))
    assert [(each.code, each.topic) for each in found.refused] == [(Code.NO_FIX, "晋BQ0384.gpx:1")]
    assert found.lines == [2]


def test_what_is_drawn_is_left_out_and_said():
    other = '<wpt lat="40" lon="113"><time>2022-03-28T07:00:00Z</time></wpt>'
    found = read(gpx(point(time=TIMES[0], speed=1), other=other))
    assert len(found.rows) == 1
    assert "1 way points were left out" in found.notes[0]
    with pytest.raises(PingFileError, match="no point of a track; it has 1 way points"):
        read(gpx(other=other))
