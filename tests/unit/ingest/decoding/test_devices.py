import pytest

from ingest.datum import Datum
from ingest.decoding.devices import NO_DEVICES, read_devices
from ingest.fault import DevicesError, SettingError

TABLE = (
    "device_id,vehicle_id,datum\r\n"
    "861050000000001,晋BQ0384,gcj02\r\n"
    "861050000000002,机扫1-113,\r\n"
    "\r\n"
    " tracker-3 , 晋BQ0385 , BD09 \r\n"
)


def written(folder, text, encoding="utf-8"):
    path = folder / "devices.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_read_as_excel_saves_it(tmp_path, encoding):
    devices = read_devices(written(tmp_path, TABLE, encoding))
    assert devices.vehicle_of("861050000000001") == "晋BQ0384"
    assert devices.vehicle_of("tracker-3") == "晋BQ0385"
    assert [devices.datum_of(each) for each in ("晋BQ0384", "机扫1-113", "晋BQ0385")] == [
        Datum.GCJ02,
        Datum.WGS84,
        Datum.BD09,
    ]


def test_the_column_of_datums_may_be_left_out(tmp_path):
    devices = read_devices(written(tmp_path, "vehicle_id,device_id\ntruck,1\n"))
    assert (devices.vehicle_of("1"), devices.datum_of("truck")) == ("truck", Datum.WGS84)


def test_who_is_not_listed_is_called_what_it_is_called_and_reports_in_wgs_84():
    assert NO_DEVICES.vehicle_of("truck") == "truck"
    assert NO_DEVICES.datum_of("truck") is Datum.WGS84


def test_every_fault_is_told_at_once_with_line_and_value(tmp_path):
    table = (
        "device_id,vehicle_id,datum\n"
        ",truck,\n"
        "1,a b,\n"
        "2,truck,cgcs2000\n"
        "3,truck,gcj02\n"
        "3,other,\n"
        "4,truck,bd09\n"
        "5,truck,gcj02,x\n"
    )
    with pytest.raises(SettingError) as caught:
        read_devices(written(tmp_path, table))
    lines = str(caught.value).splitlines()
    told = [line.split(": ")[:2] for line in lines]
    assert told == [
        ["devices.csv:2", "''"],
        ["devices.csv:3", "'a b'"],
        ["devices.csv:4", "'cgcs2000'"],
        ["devices.csv:5", "'gcj02'"],
        ["devices.csv:6", "'3'"],
        ["devices.csv:7", "'bd09'"],
        ["devices.csv:8", "'5,truck,gcj02,x'"],
    ]
    assert "wgs84, gcj02, bd09" in lines[2]


DATED = (
    "device_id,vehicle_id,datum,from,until\n"
    "unit1,T01,gcj02,,2022-03-28 12:00\n"
    "unit1,T02,,2022-03-28T12:00:00+08:00,2022-04-01\n"
    "unit2,T02,bd09,,2022-03-28 12:00\n"
)
NOON_MS = 1_648_440_000_000
APRIL_MS = 1_648_742_400_000


def test_a_device_is_where_it_was_at_the_instant_asked_for(tmp_path):
    devices = read_devices(written(tmp_path, DATED), "Asia/Shanghai")

    def at(name, at_ms):
        found = devices.at(name, lambda: at_ms)
        return None if found is None else (found.vehicle_id, found.datum)

    assert at("unit1", NOON_MS - 1) == ("T01", Datum.GCJ02)
    assert at("unit1", NOON_MS) == at("unit1", APRIL_MS - 1) == ("T02", Datum.WGS84)
    assert at("unit1", APRIL_MS) is None
    assert at("unit2", NOON_MS - 1) == ("T02", Datum.BD09)
    assert at("unit2", NOON_MS) is None
    # who reports under the vehicle's own name has the datum that its rows tell for then
    assert at("T02", NOON_MS - 1) == ("T02", Datum.BD09)
    assert at("T02", NOON_MS) == ("T02", Datum.WGS84)
    assert at("T03", NOON_MS) == ("T03", Datum.WGS84)
    assert [devices.is_fixed(name) for name in ("unit1", "T02", "T03")] == [False, False, True]
    assert devices.lists("unit2")
    assert not devices.lists("T02")


def test_rows_of_a_device_that_overlap_are_a_fault_that_tells_both_lines(tmp_path):
    table = (
        "device_id,vehicle_id,datum,from,until\n"
        "1,a,,,2022-03-28\n"
        "2,b,,2022-03-01,\n"
        "1,b,,2022-03-27,2022-03-29\n"
        "2,a,gcj02,,2022-03-01\n"
        "3,b,bd09,2023-01-01,\n"
        "4,c,,2022-03-28,2022-03-28\n"
        "5,c,,28.03.2022,\n"
    )
    with pytest.raises(SettingError) as caught:
        read_devices(written(tmp_path, table), "Asia/Shanghai")
    told = [line.split(": ", 2) for line in str(caught.value).splitlines()]
    assert [each[:2] for each in told] == [
        ["devices.csv:4", "'1'"],
        ["devices.csv:5", "'gcj02'"],
        ["devices.csv:6", "'bd09'"],
        ["devices.csv:7", "'2022-03-28'"],
        ["devices.csv:8", "'28.03.2022'"],
    ]
    assert "line 2 has this device too" in told[0][2]
    assert "line 2 says wgs84 for a" in told[1][2]
    assert "line 3 says wgs84 for b" in told[2][2]


def test_dates_without_a_zone_are_a_fault(tmp_path):
    with pytest.raises(SettingError, match="no plan tells the time zone"):
        read_devices(written(tmp_path, DATED))


def test_a_file_full_of_faults_is_told_in_part(tmp_path):
    with pytest.raises(SettingError, match="and 450 more"):
        read_devices(written(tmp_path, "device_id,vehicle_id\n" + ",truck\n" * 500))


@pytest.mark.parametrize("header", ["", "imei,plate", "device_id,vehicle_id,device_id",
                                    "device_id,vehicle_id,colour"])  # fmt: skip
def test_other_columns_are_a_fault(tmp_path, header):
    with pytest.raises(SettingError, match=r"devices\.csv:1: .*the columns must be"):
        read_devices(written(tmp_path, header + "\n1,2,3\n"))


def test_a_file_that_is_not_there_or_no_text_is_a_fault(tmp_path):
    with pytest.raises(SettingError, match=r"cannot be read .*setting devices"):
        read_devices(tmp_path / "absent.csv")
    (tmp_path / "devices.csv").write_bytes(b"\xff\xff\x00")
    with pytest.raises(SettingError, match="neither UTF-8 nor GB18030"):
        read_devices(tmp_path / "devices.csv")
    (tmp_path / "devices.csv").write_bytes(b'device_id,vehicle_id\n"' + b"x" * 140_000)
    with pytest.raises(SettingError, match="it is no CSV"):
        read_devices(tmp_path / "devices.csv")


def test_no_fault_names_a_vehicle_or_a_device_to_those_who_must_not_know(tmp_path):
    faulty = (
        "861,晋B1,wgs84,,,", "861,晋B1,gcj02,,,", "862,晋 B2,wgs84,,,", "863,晋B3,gcj,,,",
        "864,晋B4,,晋B4,,", "865,晋B5,,,晋B5,", "866,晋B6,,,2022-03-28,2022-03-28",
        "867,晋B7,,,,,晋B7", ",晋B8,,,,",
    )  # fmt: skip
    table = "device_id,vehicle_id,datum,type,from,until\n" + "\n".join(faulty)
    header = "861,晋B1"
    for text in (table, header):
        with pytest.raises(DevicesError) as caught:
            read_devices(written(tmp_path, text), "Asia/Shanghai")
        told = caught.value.unnamed
        assert len(told.splitlines()) == len(str(caught.value).splitlines())
        assert "devices.csv:" in told
        assert "晋" not in told
        assert "86" not in told.replace("devices.csv:", "")


def test_more_rows_of_one_vehicle_than_anybody_needs_are_a_fault(tmp_path):
    rows = "".join(f"d{number},T01\n" for number in range(1_001))
    with pytest.raises(SettingError, match=r"devices.csv:1002: 'T01': it has over 1000 rows"):
        read_devices(written(tmp_path, f"device_id,vehicle_id\n{rows}"))
