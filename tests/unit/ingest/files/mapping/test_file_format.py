import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fault import SettingError
from ingest.files.mapping.file_format import FileFormat, parse_map, write_map
from ingest.files.mapping.target import TARGETS


def test_a_mapping_is_read_with_and_without_quotes():
    told = {"vehicle_id": "车牌号", "event_time": "定位时间", "speed_kmh": "Speed, km/h"}
    assert parse_map('vehicle_id="车牌号",event_time="定位时间",speed_kmh="Speed, km/h"') == told
    assert parse_map("vehicle_id=车牌号, event_time=定位时间, speed_kmh=Speed, km/h") == told


headings = st.text(min_size=1, max_size=9).filter(
    lambda text: text == text.strip() and '"' not in text
)


@given(st.dictionaries(st.sampled_from([*TARGETS]), headings, min_size=1, max_size=5))
def test_what_is_written_as_a_mapping_is_read_as_it(columns):
    assert parse_map(write_map(columns)) == columns


@pytest.mark.parametrize("text", ["车牌号", "vehicle_id=", "vehicle_id=a,vehicle_id=b", "=x"])
def test_a_mapping_of_another_form_is_refused(text):
    with pytest.raises(SettingError):
        parse_map(text)


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"columns": {"speed": "v"}}, "speed_kmh"),
        ({"columns": {"speed_kmh": "v", "speed_mps": "w"}}, "speed_mps is mapped twice"),
        ({"columns": {"event_date": "d"}}, "go together"),
        ({"timezone": "Mars/Base"}, "Mars/Base"),
        ({"decimal": ";"}, "write . or ,"),
        ({"delimiter": "::"}, "'::'"),
        ({"date_order": "ydm"}, "dmy"),
        ({"vehicle": "a b"}, "'a b'"),
        ({"encoding": "klingon"}, "klingon"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_value(terms, told):
    with pytest.raises(SettingError, match=told):
        FileFormat(**terms)


def test_only_a_delimiter_and_an_encoding_leave_a_file_as_it_is():
    assert FileFormat(delimiter=";", encoding="utf-8").is_native
    assert not FileFormat(timezone="UTC").is_native
