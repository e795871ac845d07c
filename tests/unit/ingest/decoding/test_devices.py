import pytest

from ingest.decoding.datum import Datum
from ingest.decoding.devices import NO_DEVICES, read_devices
from ingest.fault import SettingError

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
