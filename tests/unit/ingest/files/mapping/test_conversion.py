import pyarrow as pa
import pytest

from ingest.datum import Datum, gcj02_to_wgs84
from ingest.files.mapping.conversion import convert, sources_of
from ingest.files.mapping.file_format import FileFormat


def converted(file_format=FileFormat(), **columns):  # noqa: B008 - a value
    table = pa.table({name: pa.array(cells) for name, cells in columns.items()})
    return convert(table, file_format).to_pydict()


def test_columns_come_out_under_the_names_and_in_the_units_of_a_ping():
    found = converted(
        FileFormat(timezone="Asia/Shanghai", decimal=","),
        vehicle_id=[" 晋BQ0384 "],
        event_time=["2022/3/28 7:03:10"],
        longitude_e6=["113300000"],
        latitude=["40,08"],
        speed_kmh=["36,0"],
        heading_deg=["东北"],
        working=["是"],
        hdop=["NA"],
    )
    assert found == {
        "vehicle_id": ["晋BQ0384"],
        "event_time": ["1648422190000"],
        "longitude": ["113.3"],
        "latitude": ["40.08"],
        "speed_mps": ["10"],
        "heading_deg": ["45.0"],
        "working": ["true"],
        "hdop": [""],
    }


def test_a_date_and_a_time_of_day_make_an_instant_and_one_alone_none():
    found = converted(
        FileFormat(timezone="Asia/Shanghai"),
        event_date=["2022-03-28", "2022-03-28 00:00:00", "", "2022-03-28"],
        event_clock=["7:03:10", "1899-12-30 07:03:10", "7:03:10", ""],
    )
    assert found["event_time"] == ["1648422190000", "1648422190000", "", ""]


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_places_of_another_datum_move_and_what_is_none_stays(datum):
    found = converted(
        FileFormat(datum=datum),
        longitude=["113.3", "0", "x", "200"],
        latitude=["40.08", "0", "40", "40"],
    )
    assert found["longitude"][1:] == ["0", "x", "200"]
    assert 0.003 < abs(float(found["longitude"][0]) - 113.3) < 0.02
    if datum is Datum.GCJ02:
        lon, lat = gcj02_to_wgs84(*(pa.array([value]).to_numpy() for value in (113.3, 40.08)))
        assert float(found["longitude"][0]) == lon[0]
        assert float(found["latitude"][0]) == lat[0]


def test_the_vehicle_may_be_told_and_broken_bytes_stay_for_the_checks():
    found = converted(FileFormat(vehicle="T1"), longitude=[b"113.3", b"\xff"])
    assert found == {"longitude": [b"113.3", b"\xff"], "vehicle_id": ["T1", "T1"]}


def test_a_field_is_told_by_its_column():
    assert sources_of({"event_date": "日期", "event_clock": "时间", "speed_kmh": "车速"}) == {
        "event_time": "日期",
        "speed_mps": "车速",
    }
