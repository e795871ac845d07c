from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.files.mapping.clock_texts import read_clocks

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = "1648422190000"  # 2022-03-28T07:03:10+08:00


def read(*texts, zone=SHANGHAI, order=None):
    return read_clocks(pa.array(texts, pa.string()), zone, order).to_pylist()


@pytest.mark.parametrize(
    "text",
    [
        "2022-03-28T07:03:10+08:00",
        "2022-03-27T23:03:10Z",
        "2022-03-28 07:03:10",
        "2022/3/28 7:03:10",
        "2022.03.28 07:03:10",
        "2022年3月28日 7时03分10秒",
        "2022年03月28日 07:03:10",
        "20220328070310",
        "20220328T070310",
        "220328070310",
        "1648422190",
        "1648422190000",
        "2022-3-28 7:03:10 AM",
        "2022-03-28 上午7:03:10",
        "2022-03-27 23:03:10 UTC",
        "2022-03-28T07:03:10+0800",
        "44648.2938657407",
        " 2022-03-28 07:03:10 ",
        "2022-03-28T07:03:10.000",
    ],
)
def test_one_instant_is_read_however_it_is_written(text):
    assert read(text) == [MORNING]


def test_days_before_months_are_read_where_that_is_told():
    assert read("28/03/2022 07:03:10", "28-3-22 7:03:10", order="dmy") == [MORNING] * 2
    assert read("03/28/2022 07:03:10 AM", order="mdy") == [MORNING]
    assert read("22-03-28 07:03:10", order="ymd") == [MORNING]
    assert read("03/04/2022 07:03:10") == ["03/04/2022 07:03:10"]


def test_a_fraction_is_cut_to_the_millisecond():
    assert read("2022-03-28 07:03:10.1239", "1648422190.123") == ["1648422190123"] * 2


def test_noon_and_midnight_of_a_clock_face():
    noon, midnight = read("2022-03-28 12:00:00 PM", "2022-03-28 12:00:00 a.m.")
    assert int(noon) - int(midnight) == 12 * 3_600_000


@pytest.mark.parametrize(
    "text",
    [
        "2022-02-30 07:00:00",
        "2022-13-01 07:00:00",
        "2022-03-28 25:00:00",
        "soon",
        "",
        "7:03",
        "2022-03-28",
        "2022-03-28 07:60:00",
        "2022-03-28T07:03:10+99:00",
    ],
)
def test_what_is_no_instant_stays_as_it_is(text):
    assert read(text) == [text]


def test_a_time_without_offset_or_zone_is_left_without():
    assert read("2022/3/28 7:03:10", zone=None) == ["2022-03-28T07:03:10.000"]
    assert read("2022-03-28T07:03:10Z", zone=None) == ["1648450990000"]


def test_an_hour_that_a_zone_has_twice_or_never_is_left_without_offset():
    madrid = ZoneInfo("Europe/Madrid")
    assert read("2022-10-30 02:30:00", zone=madrid) == ["2022-10-30T02:30:00.000"]
    assert read("2022-03-27 02:30:00", zone=madrid) == ["2022-03-27T02:30:00.000"]
    assert read("2022-10-30 03:30:00", zone=madrid) == ["1667097000000"]


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2099, 1, 1)),  # noqa: DTZ001 - a local time
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %I:%M:%S %p", "%Y%m%d%H%M%S"]),
)
def test_a_local_time_is_that_of_its_zone(local, form):
    local = local.replace(microsecond=0)
    bogota = ZoneInfo("America/Bogota")
    placed = local.replace(tzinfo=bogota)
    back = placed.astimezone(ZoneInfo("UTC")).astimezone(bogota)
    twice = placed.utcoffset() != placed.replace(fold=1).utcoffset() or back != placed
    [found] = read(f"{local:{form}}", zone=bogota)
    if not twice and abs(placed.utcoffset() - timedelta(hours=-5)) < timedelta(seconds=1):
        assert int(found) == round(placed.timestamp() * 1000)


@given(st.lists(st.text(max_size=25), max_size=5))
def test_any_text_is_read_or_left(texts):
    assert len(read(*texts)) == len(texts)
