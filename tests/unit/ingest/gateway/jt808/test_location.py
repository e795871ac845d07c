from hypothesis import given
from hypothesis import strategies as st

from ingest.gateway.jt808.fault import FaultCode
from ingest.gateway.jt808.location import batch_of, report_of

FIXED = bytes.fromhex(
    "00000001"  # alarm: bit 0, the emergency button
    "00000003"  # status: bit 0 ACC on, bit 1 positioned
    "02639400"  # 40.080384 degrees
    "06c0d520"  # 113.300768 degrees
    "0410"  # 1,040 m
    "0064"  # 100 tenths of km/h
    "00c5"  # 197 degrees
    "220328070310"  # 2022-03-28 07:03:10 in Beijing
)
REPORT = {
    "alarm": 1, "status": 3, "latitude": 40080384, "longitude": 113300768, "altitude": 1040,
    "speed": 100, "direction": 197, "time": "220328070310",
}  # fmt: skip


def test_the_fixed_fields_byte_by_byte():
    assert report_of(FIXED) == REPORT


def test_items_byte_by_byte():
    items = bytes.fromhex(
        "01 04 000186a0"  # mileage: 100,000 tenths of a km
        "02 02 0190"  # fuel: 400 tenths of a litre
        "03 02 0063"  # speed of the recorder: 9.9 km/h
        "25 04 00000005"  # signals of the vehicle: bits 0 and 2
        "2a 02 0001"  # IO: bit 0
        "2b 04 00020001"  # AD1 2, AD0 1
        "30 01 1f"  # signal strength 31
        "31 01 0b"  # 11 satellites
        "e1 03 aabbcc"  # the vendor's own
        "fe 00"
    )
    assert report_of(FIXED + items) == REPORT | {
        "mileage": 100_000, "fuel": 400, "recorder_speed": 99, "ext": 5, "io": 1,
        "ad0": 1, "ad1": 2, "signal_strength": 31, "satellites": 11,
        "items": {"e1": "aabbcc", "fe": ""},
    }  # fmt: skip


def test_an_item_of_another_length_than_the_standard_s_is_kept_as_it_is():
    assert report_of(FIXED + bytes.fromhex("3102000b"))["items"] == {"31": "000b"}


def test_an_item_that_is_cut_short_costs_neither_the_fix_nor_the_items_before_it():
    for torn in ("2504000000", "25", "ff0a"):
        report = report_of(FIXED + bytes.fromhex("31010b" + torn))
        assert report == REPORT | {"satellites": 11, "rest": torn}


def test_a_report_without_all_its_fields_is_none():
    assert report_of(FIXED[:-1]) is FaultCode.BAD_BODY


def test_a_batch_byte_by_byte():
    item = FIXED + bytes.fromhex("31010b")
    body = bytes.fromhex("0002 01 001c") + FIXED + bytes.fromhex("001f") + item
    assert batch_of(body) == [
        REPORT | {"blind": True},
        REPORT | {"blind": True, "satellites": 11},
    ]
    assert batch_of(bytes.fromhex("0001 00 001c") + FIXED) == [REPORT]


def test_of_a_batch_what_can_be_read_is_kept_beside_what_cannot():
    body = bytes.fromhex("0003 00 0002 aabb 001c") + FIXED + bytes.fromhex("001c 00")
    assert batch_of(body) == [
        (FaultCode.BAD_BODY, b"\xaa\xbb"),
        REPORT,
        (FaultCode.BAD_BODY, b"\x00\x1c\x00"),
    ]


def test_a_batch_that_holds_less_than_it_counts_does_not_pass_for_whole():
    body = bytes.fromhex("0002 00 001c") + FIXED
    assert batch_of(body) == [REPORT, (FaultCode.BAD_BODY, body)]
    assert batch_of(b"\0\1\0") == [(FaultCode.BAD_BODY, b"\0\1\0")]
    assert batch_of(b"\0\0\0") == [(FaultCode.BAD_BODY, b"\0\0\0")]
    assert batch_of(b"\0\1") is FaultCode.BAD_BODY


def test_a_batch_of_nothing_but_rubbish_gives_few_faults():
    assert len(batch_of(b"\xff\xff\0" + bytes(60_000))) <= 18


@given(st.binary(max_size=120), st.binary(max_size=60))
def test_any_bytes_are_reports_or_faults_and_no_byte_of_an_item_is_lost(body, items):
    assert isinstance(batch_of(body), list | FaultCode)
    report = report_of(FIXED + items)
    kept = report.get("rest", "")
    read_back = items.hex().removesuffix(kept) if kept else items.hex()
    assert bytes.fromhex(read_back + kept) == items
