import pytest

from ingest.fault import PingFileError
from ingest.files.mapping.file_format import FileFormat
from ingest.files.mapping.layout import Candidate, find_layout

NATIVE = ["vehicle_id", "event_time", "longitude", "latitude", "note"]
MAPPED = FileFormat(
    {"vehicle_id": "车牌号", "event_time": "时间", "longitude": "经度", "latitude": "纬度"}
)


def test_a_heading_of_our_own_is_native():
    found = find_layout([Candidate(1, NATIVE)], FileFormat(), "day.csv")
    assert found.is_native
    assert dict(found.columns) == {"vehicle_id": 0, "event_time": 1, "longitude": 2, "latitude": 3}


def test_the_first_line_with_all_mapped_headings_is_taken():
    lines = [
        Candidate(1, ["轨迹报表"]),
        Candidate(3, ["时间", "车牌号 ", "经度", "纬度", "speed_mps"]),
        Candidate(4, ["时间", "车牌号", "经度", "纬度"]),
    ]
    found = find_layout(lines, MAPPED, "day.csv")
    assert found.heading.line == 3
    assert found.columns["vehicle_id"] == 1
    assert found.columns["speed_mps"] == 4
    assert not found.is_native


def test_a_vehicle_that_is_told_needs_no_column():
    found = find_layout([Candidate(1, NATIVE[1:])], FileFormat(vehicle="T1"), "day.csv")
    assert "vehicle_id" not in found.columns


def test_missing_columns_are_told_with_those_found_and_the_nearest():
    with pytest.raises(PingFileError) as caught:
        find_layout(
            [Candidate(1, ["车牌号", "定位时间", "longitud", "Latitud"])], FileFormat(), "day.csv"
        )
    told = str(caught.value)
    assert "it has no column vehicle_id, event_time, longitude, latitude" in told
    assert "It has 车牌号, 定位时间, longitud, Latitud" in told
    assert "vehicle_id: 车牌号; event_time: 定位时间; longitude: longitud" in told
    assert "pingcheng file describe" in told
