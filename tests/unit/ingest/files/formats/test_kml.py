import pytest

from ingest.fault import PingFileError
from ingest.files.formats.kml import read_kml
from ingest.files.formats.recorded import Recorded
from tests.fixtures.recorders import TIMES, kml, track


def read(body):
    recorded = Recorded("T1.kml", 0)
    read_kml(kml(body), recorded)
    return recorded


def test_a_track_has_a_place_for_each_time():
    found = read(f"<gx:MultiTrack>{track()}</gx:MultiTrack>{track(TIMES[:1], ['1 2 3'])}")
    assert [row[:3] for row in found.rows] == [
        (TIMES[0], "113.3", "40.08"), (TIMES[1], "113.4", "40.08"), (TIMES[2], "113.5", "40.08"),
        (TIMES[0], "1", "2"),
    ]  # fmt: skip
    assert found.lines == [1, 2, 3, 4]
    assert any("no point tells a speed" in note for note in found.notes)


def test_angles_are_headings():
    assert read(track(TIMES[:1], ["1 2 3"], "<gx:angles>90 0 0</gx:angles>")).rows[0][4] == "90"


def test_a_track_whose_times_and_places_do_not_pair_is_an_error():
    with pytest.raises(PingFileError, match="3 times and 2 places"):
        read(track(places=("1 2", "3 4")))


def test_points_with_a_time_of_their_own_are_read():
    place = "<TimeStamp><when>2022-03-28T07:00:00Z</when></TimeStamp>"
    found = read(f"<Placemark>{place}<Point><coordinates>113.3,40.08,0</coordinates></Point>"
                 "</Placemark>")  # fmt: skip
    assert found.rows[0][:3] == ("2022-03-28T07:00:00Z", "113.3", "40.08")


def test_a_drawn_line_has_no_times_which_is_said():
    line = "<LineString><coordinates>113.3,40.08 113.4,40.08</coordinates></LineString>"
    with pytest.raises(PingFileError, match="1 drawn lines have none"):
        read(f"<Placemark>{line}</Placemark>")
    assert "1 lines were left out" in read(f"<Placemark>{line}</Placemark>{track()}").notes[0]
