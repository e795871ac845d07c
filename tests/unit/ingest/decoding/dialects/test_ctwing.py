import json

import pytest

from ingest.decoding.devices import Devices
from ingest.decoding.rejection import RejectionCode as Code
from ingest.ping import Ping
from tests.fixtures.dialects import TRUCK, decoded, refused
from tests.fixtures.payloads import REPORT

REPORTED = Ping(
    vehicle_id=TRUCK,
    event_time_ms=1_571_901_075_000,  # 2019-10-24T07:11:15Z
    longitude=117.116829,
    latitude=31.822526,
    speed_mps=30 / 36,
    heading_deg=197.0,
)


def test_a_report():
    assert decoded("ctwing", REPORT) == ([REPORTED], [])


def test_the_time_of_a_report_is_beijing_s_on_both_sides_of_midnight():
    [night], _ = decoded("ctwing", REPORT | {"time": "220328003000"})
    assert night.event_time_ms == 1_648_398_600_000  # 2022-03-27T16:30:00Z


def test_a_batch_is_a_text_of_json():
    reports = [{key: value for key, value in REPORT.items() if key != "msgid"} for _ in range(3)]
    reports[1] |= {"time": "191024151135", "status": 0}
    reports[2] |= {"time": "191024151155"}
    batch = {"msgid": 1796, "count": 3, "type": 1, "datalist": json.dumps(reports)}
    pings, [rejection] = decoded("ctwing", batch)
    assert [fix.event_time_ms - REPORTED.event_time_ms for fix in pings] == [0, 40_000]
    assert rejection.code is Code.NO_FIX
    again = decoded("ctwing", rejection.payload)[1][0]
    assert (again.code, again.payload) == (rejection.code, rejection.payload)


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize(
    "named",
    [
        {"deviceId": "1501708501", "IMEI": ""},
        {"deviceId": "", "IMEI": "1501708501"},
        {"deviceId": "1501708501", "IMEI": "another"},
        {"imei": "1501708501"},
    ],
)
def test_a_body_is_pushed_in_an_envelope_that_names_the_device(as_text, named):
    envelope = {
        "upPacketSN": -1, "upDataSN": -1, "topic": "v1/up/ad", "timestamp": 1571901075123,
        "tenantId": "1", "serviceId": "", "protocol": "jt808", "productId": "15017085",
        "payload": json.dumps(REPORT) if as_text else REPORT, "messageType": "dataReport",
        "deviceType": "", "assocAssetId": "", "IMSI": "", **named,
    }  # fmt: skip
    assert decoded("ctwing", envelope) == ([REPORTED], [])
    devices = Devices({"1501708501": TRUCK}, {})
    assert decoded("ctwing", envelope, topic="ctwing", devices=devices) == ([REPORTED], [])


def test_what_is_kept_of_a_refused_report_still_names_its_device():
    batch = {"msgid": 1796, "datalist": [REPORT | {"status": 0}, REPORT | {"status": 0}]}
    devices = Devices({"imei": TRUCK}, {})
    envelope = {"IMEI": "imei", "payload": batch}
    for rejection in decoded("ctwing", envelope, topic="ctwing", devices=devices)[1]:
        kept = json.loads(rejection.payload)
        assert kept == {"deviceId": "imei", "payload": REPORT | {"status": 0}}


def test_what_is_kept_of_an_element_that_is_no_report_is_refused_for_the_same_reason():
    envelope = {"deviceId": "a", "payload": {"msgid": 1796, "datalist": [7, ["报告"]]}}
    for rejection in decoded("ctwing", envelope)[1]:
        [again] = decoded("ctwing", rejection.payload)[1]
        assert (again.code, again.value) == (Code.NOT_AN_OBJECT, rejection.value)


@pytest.mark.parametrize(
    ("status", "place"),
    [
        (0b0010, (117.116829, 31.822526)),
        (0b0110, (117.116829, -31.822526)),
        (0b1010, (-117.116829, 31.822526)),
        (0b1110, (-117.116829, -31.822526)),
    ],
)
def test_the_status_tells_the_hemisphere(status, place):
    [fix], _ = decoded("ctwing", REPORT | {"status": status})
    assert (fix.longitude, fix.latitude) == place


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"msgid": 2304, "value": "{}"}, Code.NOT_A_POSITION),
        ({"messageType": "deviceOnlineOfflineReport"}, Code.NOT_A_POSITION),
        ({"deviceId": "1", "payload": {"APPdata": "AQ=="}}, Code.NOT_A_POSITION),
        ({"deviceId": "1", "payload": "no json"}, Code.NOT_JSON),
        ({"deviceId": "1", "payload": "\ud800"}, Code.NOT_UTF8),
        ({"msgid": 1796, "datalist": "[" * 31}, Code.TOO_DEEP),
        ({"msgid": 1796, "datalist": "[]"}, Code.EMPTY_BURST),
        ({"msgid": 1796, "datalist": "{}"}, Code.NOT_AN_OBJECT),
        ({"msgid": 1796}, Code.NOT_AN_OBJECT),
        ([REPORT], Code.NOT_AN_OBJECT),
        (REPORT | {"status": 1}, Code.NO_FIX),
        (REPORT | {"status": None}, Code.MISSING_FIELD),
        (REPORT | {"status": True}, Code.WRONG_TYPE),
        (REPORT | {"time": None}, Code.MISSING_FIELD),
        (REPORT | {"time": 191024151115}, Code.WRONG_TYPE),
        (REPORT | {"time": "19102415111"}, Code.TIME_UNREADABLE),
        (REPORT | {"time": "191324151115"}, Code.TIME_UNREADABLE),
        (REPORT | {"latitude": "31"}, Code.WRONG_TYPE),
        (REPORT | {"latitude": 91_000_000}, Code.COORDINATE_OUT_OF_RANGE),
        (REPORT | {"speed": 2521}, Code.IMPLAUSIBLE),
    ],
)
def test_what_is_no_position_has_a_code(payload, code):
    assert refused("ctwing", payload) == [code]


@pytest.mark.parametrize(
    ("payload", "key", "value"),
    [
        ({"msgid": 2304}, "msgid", "2304"),
        ({"messageType": "deviceOnlineOfflineReport"}, "messageType",
         '"deviceOnlineOfflineReport"'),
        (REPORT | {"status": 1}, "status", "1"),
        (REPORT | {"time": "1910"}, "time", '"1910"'),
        ({"msgid": 1796, "datalist": 7}, "datalist", "7"),
    ],
)  # fmt: skip
def test_the_evidence_speaks_of_the_platform_s_own_fields(payload, key, value):
    _, [rejection] = decoded("ctwing", payload)
    assert (rejection.key, rejection.value) == (key, value)


def test_a_direction_of_360_is_north():
    [fix], _ = decoded("ctwing", REPORT | {"direction": 360})
    assert fix.heading_deg == 0


def test_where_neither_topic_nor_envelope_names_the_vehicle_it_is_missing():
    _, [rejection] = decoded("ctwing", REPORT, topic="gateway")
    assert (rejection.code, rejection.key) == (Code.MISSING_FIELD, "deviceId")
    assert rejection.vehicle_id == ""
