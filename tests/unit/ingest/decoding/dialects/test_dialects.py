import json
import sys

import pytest

from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import Decoder
from ingest.decoding.devices import Devices
from ingest.decoding.dialects.native import Native
from ingest.decoding.dialects.registry import load_dialect
from ingest.decoding.message import Message
from ingest.decoding.rejection import RejectionCode as Code
from ingest.decoding.routes import Route, Routes, routes_of
from ingest.fault import SettingError
from ingest.ping import Ping
from tests.fixtures.payloads import FORWARDED, LOCATION, MESSAGE, REPORT

TRUCK = "晋BQ0384"
NOW_MS = 1_800_000_000_000
REPORTED = Ping(
    vehicle_id=TRUCK,
    event_time_ms=1_571_901_075_000,  # 2019-10-24T07:11:15Z
    longitude=117.116829,
    latitude=31.822526,
    speed_mps=30 / 36,
    heading_deg=197.0,
)


def decoder_for(dialect, topic="in/{vehicle_id}", **options):
    return Decoder(routes_of([(topic, dialect)]), **options)


def decoded(dialect, payload, topic=f"in/{TRUCK}", **options):
    if not isinstance(payload, str | bytes):
        payload = json.dumps(payload)
    if isinstance(payload, str):
        payload = payload.encode()
    pattern = "in/{vehicle_id}" if topic.startswith("in/") else topic
    return decoder_for(dialect, pattern, **options).decode(Message(topic, payload, NOW_MS))


def refused(dialect, payload, **options):
    pings, rejections = decoded(dialect, payload, **options)
    assert pings == []
    return [rejection.code for rejection in rejections]


@pytest.fixture(scope="module")
def real(shared_data):
    lines = (shared_data / "payloads" / "payloads.jsonl").read_text("utf-8").splitlines()
    recorded = [json.loads(line) for line in lines]

    def of(dialect):
        return [each["payload"] for each in recorded if each["dialect"] == dialect]

    return of


def test_real_payloads_of_owntracks(real):
    found = [decoded("owntracks", payload)[0][0] for payload in real("owntracks")]
    told = [(fix.event_time_ms, fix.longitude, fix.latitude) for fix in found]
    assert told == [
        (1551874878000, 11.1512805, 46.0681247),
        (1497349316000, 2.29513, 48.85833),
        (1497349316000, 2.29513, 48.85833),
        (1497476456000, 2.295, 48.85),
        (1736161169000, -122.0, 37.0),
        (1736519167000, 13.654704, 47.420051),
    ]
    assert found[2].speed_mps == pytest.approx(61 / 3.6)
    assert [(fix.heading_deg, fix.accuracy_m) for fix in found[2:]] == [
        (271.0, 5.0), (None, None), (None, 5.0), (113.0, 10.0),
    ]  # fmt: skip


def test_a_real_payload_of_traccar(real):
    [payload] = real("traccar")
    [fix], rejections = decoded("traccar", payload)
    assert rejections == []
    assert fix == Ping(
        vehicle_id=TRUCK,
        event_time_ms=1_544_697_432_450,  # 2018-12-13T10:37:12.450Z
        longitude=106.682835,
        latitude=-6.173565,
        speed_mps=0.0,
        heading_deg=10.0,
        satellites=18,
    )
    devices = Devices({"867060033461332": TRUCK}, {})
    [by_device], _ = decoded("traccar", payload, topic="traccar", devices=devices)
    assert by_device == fix
    [unmapped], _ = decoded("traccar", payload, topic="traccar")
    assert unmapped.vehicle_id == "867060033461332"


def test_real_payloads_of_flespi(real):
    first, second, third = real("flespi")
    pings, rejections = decoded("flespi", first)
    assert rejections == []
    assert [(fix.event_time_ms, fix.longitude, fix.latitude, fix.speed_mps, fix.heading_deg,
             fix.satellites) for fix in pings] == [
        (1506956075000, 27.455848, 53.90573, 0.0, 0.0, 10),
        (1506695785000, 27.455986, 53.905569, 0.0, 262.643854, 8),
    ]  # fmt: skip
    pings, rejections = decoded("flespi", second, topic="flespi")
    assert [rejection.code for rejection in rejections] == [Code.NO_FIX]
    assert [(fix.vehicle_id, fix.latitude, fix.hdop) for fix in pings] == [
        ("605630", 57.986744, 21.1)
    ]
    pings, rejections = decoded("flespi", third)
    assert (len(pings), len(rejections)) == (len(json.loads(third)), 0)


def test_a_report_of_ctwing():
    assert decoded("ctwing", REPORT) == ([REPORTED], [])


def test_a_batch_of_ctwing_is_a_text_of_json():
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
    "named", [{"deviceId": "1501708501", "IMEI": ""}, {"deviceId": "", "IMEI": "1501708501"}]
)
def test_ctwing_pushes_a_body_in_an_envelope(as_text, named):
    envelope = {
        "upPacketSN": -1, "upDataSN": -1, "topic": "v1/up/ad", "timestamp": 1571901075123,
        "tenantId": "1", "serviceId": "", "protocol": "jt808", "productId": "15017085",
        "payload": json.dumps(REPORT) if as_text else REPORT, "messageType": "dataReport",
        "deviceType": "", "assocAssetId": "", "IMSI": "", **named,
    }  # fmt: skip
    assert decoded("ctwing", envelope) == ([REPORTED], [])
    devices = Devices({"1501708501": TRUCK}, {})
    assert decoded("ctwing", envelope, topic="ctwing", devices=devices) == ([REPORTED], [])


def test_the_status_of_ctwing_tells_the_hemisphere():
    [fix], _ = decoded("ctwing", {**REPORT, "status": 0b1110})
    assert (fix.longitude, fix.latitude) == (-117.116829, -31.822526)


@pytest.mark.parametrize(
    ("dialect", "payload", "code"),
    [
        ("owntracks", {"_type": "lwt", "tst": 1}, Code.NOT_A_POSITION),
        ("owntracks", {"_type": "transition", "lat": 1, "lon": 1, "tst": 1}, Code.NOT_A_POSITION),
        ("owntracks", {"_type": "encrypted", "data": "x"}, Code.NOT_A_POSITION),
        ("owntracks", {}, Code.NOT_A_POSITION),
        ("owntracks", 7, Code.NOT_AN_OBJECT),
        ("owntracks", LOCATION | {"tst": "1551874878"}, Code.WRONG_TYPE),
        ("owntracks", LOCATION | {"tst": 1e308}, Code.NOT_FINITE),
        ("owntracks", LOCATION | {"tst": True}, Code.WRONG_TYPE),
        ("owntracks", {"_type": "location", "lat": 1, "lon": 1}, Code.MISSING_FIELD),
        ("owntracks", LOCATION | {"lat": None}, Code.MISSING_FIELD),
        ("owntracks", LOCATION | {"vel": 300}, Code.IMPLAUSIBLE),
        ("owntracks", LOCATION | {"vel": "3"}, Code.WRONG_TYPE),
        ("owntracks", LOCATION | {"lat": 0, "lon": 0}, Code.NULL_ISLAND),
        ("traccar", {"event": {}, "device": {}}, Code.NOT_A_POSITION),
        ("traccar", {"position": FORWARDED | {"valid": False}}, Code.NO_FIX),
        ("traccar", {"position": FORWARDED | {"outdated": True}}, Code.NO_FIX),
        ("traccar", {"position": FORWARDED | {"fixTime": 17}}, Code.TIME_BEFORE_2000),
        ("traccar", {"position": FORWARDED | {"accuracy": False}}, Code.WRONG_TYPE),
        ("traccar", {"position": FORWARDED | {"speed": 140}}, Code.IMPLAUSIBLE),
        ("flespi", {"timestamp": 1506956075, "battery.level": 7}, Code.NOT_A_POSITION),
        ("flespi", MESSAGE | {"position.valid": False}, Code.NO_FIX),
        ("flespi", MESSAGE | {"timestamp": None}, Code.MISSING_FIELD),
        ("flespi", [], Code.EMPTY_BURST),
        ("ctwing", {"msgid": 2304, "value": "{}"}, Code.NOT_A_POSITION),
        ("ctwing", {"messageType": "deviceOnlineOfflineReport"}, Code.NOT_A_POSITION),
        ("ctwing", {"deviceId": "1", "payload": {"APPdata": "AQ=="}}, Code.NOT_A_POSITION),
        ("ctwing", {"deviceId": "1", "payload": "no json"}, Code.NOT_JSON),
        ("ctwing", {"deviceId": "1", "payload": "\ud800"}, Code.NOT_UTF8),
        ("ctwing", {"msgid": 1796, "datalist": "[" * 31}, Code.TOO_DEEP),
        ("ctwing", {"msgid": 1796, "datalist": "[]"}, Code.EMPTY_BURST),
        ("ctwing", {"msgid": 1796, "datalist": "{}"}, Code.NOT_AN_OBJECT),
        ("ctwing", {"msgid": 1796}, Code.NOT_AN_OBJECT),
        ("ctwing", [REPORT], Code.NOT_AN_OBJECT),
        ("ctwing", REPORT | {"status": 1}, Code.NO_FIX),
        ("ctwing", REPORT | {"status": None}, Code.MISSING_FIELD),
        ("ctwing", REPORT | {"status": True}, Code.WRONG_TYPE),
        ("ctwing", REPORT | {"time": None}, Code.MISSING_FIELD),
        ("ctwing", REPORT | {"time": 191024151115}, Code.WRONG_TYPE),
        ("ctwing", REPORT | {"time": "19102415111"}, Code.TIME_UNREADABLE),
        ("ctwing", REPORT | {"time": "191324151115"}, Code.TIME_UNREADABLE),
        ("ctwing", REPORT | {"latitude": "31"}, Code.WRONG_TYPE),
        ("ctwing", REPORT | {"latitude": 91_000_000}, Code.COORDINATE_OUT_OF_RANGE),
        ("ctwing", REPORT | {"speed": 2521}, Code.IMPLAUSIBLE),
    ],
)
def test_what_is_no_position_has_a_code(dialect, payload, code):
    assert refused(dialect, payload) == [code]


@pytest.mark.parametrize(
    ("dialect", "payload", "field", "value"),
    [
        ("owntracks", LOCATION | {"vel": -1, "cog": -1}, "heading_deg", None),
        ("owntracks", LOCATION | {"vel": -1, "cog": 360}, "heading_deg", 0.0),
        ("owntracks", LOCATION | {"tst": 1551874878.25}, "event_time_ms", 1551874878250),
        ("traccar", {"position": FORWARDED | {"speed": 10}}, "speed_mps", 10 * 1852 / 3600),
        ("traccar", {"position": FORWARDED | {"accuracy": 4}}, "accuracy_m", 4.0),
        ("flespi", MESSAGE | {"timestamp": 1506956075.123}, "event_time_ms", 1506956075123),
        ("flespi", MESSAGE | {"position.speed": 36}, "speed_mps", 10.0),
        ("ctwing", REPORT | {"direction": 360}, "heading_deg", 0.0),
    ],
)
def test_units_are_converted_once(dialect, payload, field, value):
    [fix], _ = decoded(dialect, payload)
    assert getattr(fix, field) == (value if value is None else pytest.approx(value, abs=1e-9))


@pytest.mark.parametrize(
    ("dialect", "key", "payload"),
    [
        ("traccar", "uniqueId", {"position": FORWARDED, "device": {}}),
        ("flespi", "ident", MESSAGE),
        ("ctwing", "deviceId", REPORT),
        ("native", "vehicle_id", {"event_time": 1506956075000, "longitude": 1, "latitude": 1}),
    ],
)
def test_where_neither_topic_nor_payload_names_the_vehicle_it_is_missing(dialect, key, payload):
    _, [rejection] = decoded(dialect, payload, topic="gateway")
    assert (rejection.code, rejection.key, rejection.vehicle_id) == (Code.MISSING_FIELD, key, "")


def test_a_gateway_names_each_vehicle_in_its_payload():
    burst = [MESSAGE | {"ident": "a"}, MESSAGE | {"ident": 7}, MESSAGE | {"ident": "a b"},
             MESSAGE | {"ident": "unknown"}]  # fmt: skip
    pings, rejections = decoded(
        "flespi", burst, topic="gateway", devices=Devices({"a": TRUCK}, {}),
        acceptance=Acceptance(frozenset({TRUCK})),
    )  # fmt: skip
    assert [fix.vehicle_id for fix in pings] == [TRUCK]
    assert [(each.code, each.vehicle_id) for each in rejections] == [
        (Code.WRONG_TYPE, ""), (Code.BAD_TOPIC, ""), (Code.UNKNOWN_VEHICLE, "unknown"),
    ]  # fmt: skip


def test_a_foreign_name_is_compared_with_the_topic_only_if_the_devices_file_knows_it():
    message = MESSAGE | {"ident": "imei"}
    assert len(decoded("flespi", message)[0]) == 1
    assert len(decoded("flespi", message, devices=Devices({"imei": TRUCK}, {}))[0]) == 1
    other = Devices({"imei": "机扫1-113"}, {})
    assert refused("flespi", message, devices=other) == [Code.VEHICLE_MISMATCH]


THIRD_PARTY = """
from ingest.decoding.dialects.dialect import Dialect, Report

class Semicolons(Dialect):
    '''longitude;latitude;epoch seconds, one fix a line'''

    def take_apart(self, payload):
        return payload.decode("ascii").splitlines()

    def read(self, element):
        longitude, latitude, seconds = element.split(";")
        return Report({
            "event_time": int(seconds) * 1000,
            "longitude": float(longitude),
            "latitude": float(latitude),
        })

    def put_together(self, element):
        return element.encode("ascii")

NotADialect = dict
"""


@pytest.fixture
def third_party(tmp_path, monkeypatch):
    (tmp_path / "semicolons.py").write_text(THIRD_PARTY, encoding="utf-8")
    info = tmp_path / "semicolons-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: semicolons\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[pingcheng.dialects]\nsemicolons = semicolons:Semicolons\n"
        "odd = semicolons:NotADialect\nabsent = nowhere:Nothing\nflespi = semicolons:Semicolons\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("semicolons", None)


@pytest.mark.usefixtures("third_party")
def test_another_distribution_can_add_a_dialect():
    payload = b"113.3;40.08;1648191600\n113.3;95;1648191601"
    [fix], [rejection] = decoded("semicolons", payload)
    assert (fix.event_time_ms, fix.longitude) == (1648191600000, 113.3)
    assert rejection.code is Code.COORDINATE_OUT_OF_RANGE
    assert rejection.payload == b"113.3;95;1648191601"


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize("payload", [b"\xff", b"1;2", b"a;b;c"])
def test_a_dialect_that_breaks_down_refuses_the_message_and_no_more(payload):
    _, [rejection] = decoded("semicolons", payload)
    assert rejection.code is Code.DIALECT_FAILED
    assert rejection.value in {'"UnicodeDecodeError"', '"ValueError"'}
    assert rejection.payload == payload


@pytest.mark.usefixtures("third_party")
def test_one_broken_element_costs_no_other():
    pings, [rejection] = decoded("semicolons", b"1;2;1648191600\nx\n")
    assert (len(pings), rejection.code) == (1, Code.DIALECT_FAILED)


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("odd", "is no subclass"),
        ("absent", r"nowhere:Nothing of semicolons.* ModuleNotFoundError"),
        ("flespi", "offered twice, by .* uninstall one"),
    ],
)
def test_a_dialect_that_cannot_be_used_stops_the_start(name, told):
    with pytest.raises(SettingError, match=told):
        load_dialect(name)


class Endless(Native):
    def take_apart(self, payload):
        while True:
            yield payload


class Odd(Native):
    def take_apart(self, payload):
        return [payload, payload]

    def read(self, element):
        return element

    def put_together(self, element):
        return str(element)


class Breaking(Odd):
    def put_together(self, element):
        raise RuntimeError(element)


@pytest.mark.parametrize(
    ("dialect", "codes"),
    [
        (Endless(), [Code.BURST_TOO_LONG]),
        (Odd(), [Code.DIALECT_FAILED] * 2),
        (Breaking(), [Code.DIALECT_FAILED] * 2),
    ],
)
def test_a_dialect_may_do_any_nonsense(dialect, codes):
    decoder = Decoder(Routes([Route("in/{vehicle_id}", dialect)]))
    pings, rejections = decoder.decode(Message("in/truck", b"x", NOW_MS))
    assert (pings, [each.code for each in rejections]) == ([], codes)
    assert all(each.payload == b"x" for each in rejections)
