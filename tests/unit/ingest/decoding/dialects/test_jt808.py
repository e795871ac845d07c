import json

import pytest

from ingest.datum import Datum
from ingest.decoding.decoder import Decoder
from ingest.decoding.devices import Assignment, Devices
from ingest.decoding.message import Message
from ingest.decoding.rejection import RejectionCode as Code
from ingest.decoding.routes import routes_of
from ingest.decoding.signals import Condition, DeviceType
from ingest.ping import Ping
from ingest.tasks import names_of
from tests.fixtures.dialects import NOW_MS, TRUCK, decoded, refused

REPORT = {
    "msgid": 512, "terminal": "10000000001", "version": 2013, "serial": 7, "alarm": 0, "status": 3,
    "latitude": 40080384, "longitude": 113300768, "altitude": 1040, "speed": 90, "direction": 197,
    "time": "220328070310", "satellites": 11, "items": {"e1": "aabb"},
}  # fmt: skip
REPORTED = Ping(
    vehicle_id=TRUCK,
    event_time_ms=1_648_422_190_000,  # 2022-03-27T23:03:10Z
    longitude=113.300768,
    latitude=40.080384,
    speed_mps=2.5,
    heading_deg=197.0,
    satellites=11,
)
DEVICES = Devices({"10000000001": TRUCK}, {})


def test_a_report():
    assert decoded("jt808", REPORT) == ([REPORTED], [])


def test_the_terminal_is_named_by_the_report():
    assert decoded("jt808", REPORT, topic="gateway/jt808", devices=DEVICES) == ([REPORTED], [])


def test_a_batch_is_an_array():
    later = REPORT | {"time": "220328070320", "blind": True}
    pings, [rejection] = decoded("jt808", [REPORT, later, REPORT | {"status": 1}])
    assert [ping.event_time_ms - REPORTED.event_time_ms for ping in pings] == [0, 10_000]
    assert rejection.code is Code.NO_FIX


def test_south_and_west_are_bits_of_the_status():
    [ping], _ = decoded("jt808", REPORT | {"status": 1 << 1 | 1 << 2 | 1 << 3})
    assert (ping.longitude, ping.latitude) == (-113.300768, -40.080384)


def test_what_bit_5_says_of_shifted_degrees_is_told_by_the_devices_file_only():
    assert decoded("jt808", REPORT | {"status": 3 | 1 << 5}) == ([REPORTED], [])
    devices = Devices({"10000000001": TRUCK}, {TRUCK: Datum.GCJ02})
    [ping], _ = decoded("jt808", REPORT, devices=devices)
    assert 0.004 < abs(ping.longitude - REPORTED.longitude) < 0.01


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": 0}, Code.NO_FIX),
        ({"time": "000000000000"}, Code.TIME_UNREADABLE),
        ({"time": "22032807031f"}, Code.TIME_UNREADABLE),
        ({"latitude": 90_000_001}, Code.COORDINATE_OUT_OF_RANGE),
        ({"longitude": 0, "latitude": 0}, Code.NULL_ISLAND),
        ({"msgid": 256}, Code.NOT_A_POSITION),
    ],
)
def test_reports_that_are_none(change, code):
    assert refused("jt808", REPORT | change) == [code]


def test_bits_items_and_inputs_stand_for_tasks_by_the_type_of_the_device():
    sweeper = DeviceType(
        {
            "BRUSHING": [Condition("ext", bit=2)],
            "SPRAYING": [Condition("items.e1", bit=1), Condition("ad1", above=100)],
        },
        Condition("status", bit=0),
    )
    row = Assignment(TRUCK, kind="sweeper")
    decoder = Decoder(
        routes_of([("gateway/jt808", "jt808")]),
        Devices(rows={"10000000001": (row,)}),
        types={"sweeper": sweeper},
    )
    raw = {**REPORT, "ext": 0b100, "ad0": 0, "ad1": 0, "items": {"e1": "02"}}

    def told(**change):
        payload = json.dumps(raw | change).encode()
        [ping], _ = decoder.decode(Message("gateway/jt808", payload, NOW_MS))
        return names_of(ping.tasks), ping.working

    assert told() == (("SPRAYING", "BRUSHING"), True)
    assert told(items={"e1": "00"}) == (("BRUSHING",), True)
    assert told(items={"e1": "00"}, ad1=101) == (("SPRAYING", "BRUSHING"), True)
    assert told(status=2) == ((), False)


def test_what_the_gateway_could_not_read_is_kept_with_the_gateway_s_code():
    content = {"terminal": "10000000001", "fault": "wrong_checksum", "bytes": "0200001c"}
    [], [rejection] = decoded("jt808", content, topic="gateway/jt808", devices=DEVICES)
    assert (rejection.code, rejection.key) == (Code.NOT_AN_OBJECT, "fault")
    assert rejection.value == '"wrong_checksum"'
