import zipfile

import pandas as pd
import pytest

from ingest.fault import PingFileError
from ingest.files.first_look import look_at
from ingest.files.mapping.file_format import NATIVE_FORMAT, FileFormat
from ingest.files.ping_file import read_ping_file
from tests.fixtures.vendor_files import write_vendor_file


def test_the_heading_is_found_below_a_title(tmp_path):
    path, *_ = write_vendor_file(tmp_path, "beidou")
    look = look_at(path, NATIVE_FORMAT, None)
    assert (look.heading.line, look.encoding, look.heading.delimiter) == (2, "gb18030", ",")
    assert look.proposal.columns["event_time"] == "定位时间"


def test_a_file_in_an_archive_and_typed_columns_are_looked_at(tmp_path):
    path, vehicle, fixes, _ = write_vendor_file(tmp_path, "epoch")
    with zipfile.ZipFile(tmp_path / "day.zip", "w") as archive:
        archive.write(path, path.name)
    assert look_at(tmp_path / "day.zip", NATIVE_FORMAT, None).name == path.name
    typed = pd.DataFrame(
        {
            "Placa": [vehicle],
            "Fecha": [pd.Timestamp(fixes[0].at)],
            "Longitud": [fixes[0].longitude],
            "Latitud": [fixes[0].latitude],
        }
    )
    typed.to_parquet(tmp_path / "day.parquet")
    look = look_at(tmp_path / "day.parquet", NATIVE_FORMAT, None)
    read = read_ping_file(tmp_path / "day.parquet", file_format=look.file_format(FileFormat()))
    assert read.rejections == ()
    assert read.pings["event_time"].astype("int64").tolist() == [fixes[0].at_ms]


def test_lines_of_json_need_no_mapping(tmp_path):
    (tmp_path / "day.ndjson").write_text("{}\n")
    assert look_at(tmp_path / "day.ndjson", NATIVE_FORMAT, None) is None


def test_a_file_that_is_absent_is_an_error(tmp_path):
    with pytest.raises(PingFileError, match=r"absent\.csv"):
        look_at(tmp_path / "absent.csv", NATIVE_FORMAT, None)
