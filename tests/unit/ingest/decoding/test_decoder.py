import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.datum import Datum, gcj02_to_bd09, wgs84_to_gcj02
from ingest.decoding.acceptance import Acceptance, Area
from ingest.decoding.decoder import Decoder, decoder_of
from ingest.decoding.devices import Devices
from ingest.decoding.dialects.native import Native
from ingest.decoding.message import Message
from ingest.decoding.rejection import LONGEST_PAYLOAD
from ingest.decoding.rejection import RejectionCode as Code
from ingest.decoding.routes import Route, Routes, routes_of
from ingest.decoding.wire import encode
from ingest.fault import SettingError
from ingest.settings.settings import Settings
from tests.fixtures.dialects import decoded, refused
from tests.fixtures.fixes import MORNING_MS, VEHICLES, ping
from tests.fixtures.payloads import FORWARDED, LOCATION, MESSAGE, REPORT
from tests.fixtures.semicolons import Semicolons

TRUCK = VEHICLES[0]
TOPIC = f"fleet/{TRUCK}/ping"
NOW_MS = MORNING_MS + 60_000
FIX = {"event_time": "2022-03-25T07:00:00Z", "longitude": 113.3, "latitude": 40.08}
DIALECTS = ("native", "owntracks", "traccar", "flespi", "ctwing", "jt808", "osmand")


def codes(message, **terms):
    pings, rejections = Decoder(acceptance=Acceptance(**terms)).decode(message)
    return [each.code for each in rejections] or pings


def test_a_retained_message_is_no_news():
    message = Message(TOPIC, encode([ping(), ping()]), NOW_MS, retained=True)
    _, [rejection] = Decoder().decode(message)
    assert (rejection.code, rejection.vehicle_id) == (Code.RETAINED, TRUCK)
    assert Decoder().decode(Message(TOPIC, rejection.payload, NOW_MS))[0] == [ping(), ping()]


def test_a_fix_may_not_be_older_than_the_setting_when_it_is_received():
    message = Message(TOPIC, encode([ping()]), NOW_MS)
    assert codes(message) == [ping()]
    assert codes(message, max_age_ms=60_000) == [ping()]
    assert codes(message, max_age_ms=59_999) == [Code.OUTDATED]


def known(decoder):
    pings, rejections = decoder.decode(Message(TOPIC, encode([ping()]), NOW_MS))
    return [each.code for each in rejections] or pings


def test_other_terms_count_from_the_next_message_on():
    decoder = Decoder(acceptance=Acceptance({"another"}))
    assert known(decoder) == [Code.UNKNOWN_VEHICLE]
    decoder.accept(Acceptance({TRUCK}))
    assert known(decoder) == [ping()]
    decoder.accept(Acceptance({TRUCK}, Area(0, 0, 1, 1)))
    assert known(decoder) == [Code.IMPLAUSIBLE]
    decoder.accept(Acceptance({"another"}))
    assert known(decoder) == [Code.UNKNOWN_VEHICLE]


@pytest.mark.parametrize(
    ("area", "key"),
    [(Area(100, 30, 113.2, 50), "longitude"), (Area(100, 30, 120, 40), "latitude"), (None, None)],
)
def test_a_fix_far_from_the_plan_is_implausible(area, key):
    message = Message(TOPIC, encode([ping()]), NOW_MS)
    _, rejections = Decoder(acceptance=Acceptance(area=area)).decode(message)
    assert [(each.code, each.key) for each in rejections] == (
        [(Code.IMPLAUSIBLE, key)] if key else []
    )


def test_a_topic_may_carry_the_name_of_the_device():
    decoder = Decoder(
        devices=Devices({"imei": TRUCK}, {}), acceptance=Acceptance(frozenset({TRUCK}))
    )
    for named in (None, "imei", TRUCK):
        payload = json.dumps({**FIX, "vehicle_id": named}).encode()
        assert decoder.decode(Message("fleet/imei/ping", payload, NOW_MS))[0] == [ping()]
    payload = json.dumps({**FIX, "vehicle_id": VEHICLES[1]}).encode()
    _, [rejection] = decoder.decode(Message("fleet/imei/ping", payload, NOW_MS))
    assert (rejection.code, rejection.vehicle_id) == (Code.VEHICLE_MISMATCH, TRUCK)
    _, [rejection] = decoder.decode(Message("fleet/other/ping", payload, NOW_MS))
    assert rejection.vehicle_id == "other"


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_vehicle_that_reports_shifted_degrees_is_put_where_it_is(datum):
    shifted = wgs84_to_gcj02(np.array([113.3]), np.array([40.08]))
    if datum is Datum.BD09:
        shifted = gcj02_to_bd09(*shifted)
    sent = ping(longitude=float(shifted[0][0]), latitude=float(shifted[1][0]))
    # the place it is at is judged, not the degrees it sent
    area = Area(113.3 - 1e-6, 40.08 - 1e-6, 113.3 + 1e-6, 40.08 + 1e-6)
    decoder = Decoder(devices=Devices({}, {TRUCK: datum}), acceptance=Acceptance(area=area))
    [fix], _ = decoder.decode(Message(TOPIC, encode([sent]), NOW_MS))
    assert (fix.longitude, fix.latitude) == pytest.approx((113.3, 40.08), abs=1e-9)
    assert decoder.decode(Message(TOPIC, encode([sent, sent]), NOW_MS)) == ([fix, fix], [])
    [other], _ = Decoder(devices=Devices({}, {TRUCK: datum})).decode(
        Message(f"fleet/{VEHICLES[1]}/ping", encode([ping(vehicle_id=VEHICLES[1])]), NOW_MS)
    )
    assert other.longitude == 113.3


def test_a_shift_across_the_date_line_is_refused_not_stored():
    decoder = Decoder(devices=Devices({}, {TRUCK: Datum.BD09}))
    message = Message(TOPIC, encode([ping(longitude=-179.9999)]), NOW_MS)
    _, [rejection] = decoder.decode(message)
    assert rejection.code is Code.COORDINATE_OUT_OF_RANGE


def test_made_up_topics_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("ingest.decoding.decoder._CHANNELS_KEPT", 10)
    decoder = Decoder()
    for number in range(100):
        decoder.decode(Message(f"fleet/{number}/ping", b"", NOW_MS))
        decoder.decode(Message(f"else/{number}", b"", NOW_MS))
    assert len(decoder._channels) <= 10


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("opening", "closing"), [(b"[", b""), (b'{"a":', b""), (b"[", b"]"), (b'{"a":', b"}")]
)
def test_json_nested_200000_deep_is_refused_without_taking_memory(dialect, opening, closing):
    depth = 200_000 if len(opening + closing) == 1 else 240_000 // len(opening + closing)
    payload = opening * depth + closing * depth
    decoder = Decoder(routes_of([("in/{vehicle_id}", dialect)]))
    tracemalloc.start()
    try:
        _, [rejection] = decoder.decode(Message("in/truck", payload, NOW_MS))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rejection.code is Code.TOO_DEEP
    assert rejection.payload_bytes == len(payload)
    assert peak < 16 * 2**20


@pytest.mark.parametrize("filler", [b'"', b"\\", b'\\"', b"[]", b"0,", b"x"])
def test_a_payload_of_one_thing_is_refused_without_taking_memory(filler):
    payload = (b'["' + filler * 262_000)[:262_000]
    decoder = Decoder(routes_of([("in/{vehicle_id}", "owntracks")]))
    tracemalloc.start()
    try:
        _, rejections = decoder.decode(Message("in/truck", payload, NOW_MS))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(rejections) == 1
    assert peak < 32 * 2**20


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


def decoded_by(dialect, payload):
    decoder = Decoder(Routes([Route("in/{vehicle_id}", dialect)]))
    return decoder.decode(Message("in/truck", payload, NOW_MS))


@pytest.mark.parametrize("payload", [b"\xff", b"1;2", b"a;b;c"])
def test_a_dialect_that_breaks_down_refuses_the_message_and_no_more(payload):
    _, [rejection] = decoded_by(Semicolons(), payload)
    assert rejection.code is Code.DIALECT_FAILED
    assert rejection.value in {'"UnicodeDecodeError"', '"ValueError"'}
    assert rejection.payload == payload


def test_one_broken_element_costs_no_other():
    pings, [rejection] = decoded_by(Semicolons(), b"1;2;1648191600\nx\n")
    assert (len(pings), rejection.code) == (1, Code.DIALECT_FAILED)


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
    pings, rejections = decoded_by(dialect, b"x")
    assert (pings, [each.code for each in rejections]) == ([], codes)
    assert all(each.payload == b"x" for each in rejections)


def test_settings_make_a_decoder(tmp_path):
    (tmp_path / "devices.csv").write_text("device_id,vehicle_id,datum\nimei,truck,bd09\n")
    settings = Settings(
        topics=[{"pattern": "owntracks/+/{vehicle_id}", "dialect": "owntracks"}],
        devices=tmp_path / "devices.csv",
    )
    decoder = decoder_of(settings, Acceptance())
    assert decoder.topic_filters == ("owntracks/+/+",)
    payload = json.dumps({"_type": "location", "tst": 1648191600, "lon": 113.3, "lat": 40}).encode()
    [fix], _ = decoder.decode(Message("owntracks/a/imei", payload, NOW_MS))
    assert (fix.vehicle_id, fix.longitude != 113.3) == ("truck", True)
    assert decoder_of(Settings(), Acceptance()).topic_filters == ("fleet/+/ping",)
    with pytest.raises(SettingError, match="no dialect 'x'"):
        decoder_of(Settings(topics=[{"pattern": "a", "dialect": "x"}]), Acceptance())


scalars = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=4),
    st.sampled_from([360, -1, 3, 512, 1796, "191024151115", "location", TRUCK, 1648191600,
                     1e308, 10**25, "\ud800", FIX["event_time"]]),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)  # fmt: skip
seeds = st.sampled_from(
    [FIX, LOCATION, {"position": FORWARDED, "device": {"uniqueId": "a"}}, MESSAGE, REPORT,
     {"deviceId": "a", "payload": REPORT}, {"msgid": 1796, "datalist": [REPORT, {}]},
     {"deviceId": "a", "payload": {"msgid": 1796, "datalist": [REPORT, [[]], 7]}},
     {"IMEI": "a", "payload": json.dumps({"msgid": 1796, "datalist": json.dumps([REPORT, 1])})}]
)  # fmt: skip


@st.composite
def contents(draw):
    """Sound content of some dialect with some of its values replaced."""
    content = json.loads(json.dumps(draw(seeds)))
    keys = st.sampled_from([*content, "vehicle_id", "ident", "deviceId"])
    for key in draw(st.lists(keys, max_size=3)):
        content[key] = draw(values)
    return content


topics = st.sampled_from([f"in/{TRUCK}", f"in/{VEHICLES[1]}", "in/unknown", "gateway"])


@given(
    st.sampled_from(DIALECTS), topics,
    contents() | st.lists(contents() | values, max_size=4) | values,
    st.sampled_from([None, Area(113, 40, 114, 41)]),
)  # fmt: skip
def test_every_element_is_counted_and_what_is_refused_is_refused_again_by_itself(
    dialect, topic, content, area
):
    decoder = Decoder(
        routes_of([("in/{vehicle_id}", dialect), ("gateway", dialect)]),
        Devices({"a": TRUCK}, {VEHICLES[1]: Datum.GCJ02}),
        Acceptance(frozenset(VEHICLES), area),
    )
    payload = json.dumps(content).encode()
    pings, rejections = decoder.decode(Message(topic, payload, NOW_MS))
    assert len(pings) + len(rejections) >= 1
    if isinstance(content, list) and content and dialect != "ctwing":
        assert len(pings) + len(rejections) == len(content)
    for rejection in rejections:
        if rejection.payload_bytes > LONGEST_PAYLOAD:
            continue
        again = decoder.decode(Message(topic, rejection.payload, NOW_MS))
        assert again[0] == []
        assert [(each.code, each.key, each.vehicle_id) for each in again[1]] == [
            (rejection.code, rejection.key, rejection.vehicle_id)
        ]


@given(st.lists(contents(), min_size=1, max_size=4), topics)
def test_once_the_plan_knows_the_vehicle_the_refused_payload_is_the_ping(elements, topic):
    routes = routes_of([("in/{vehicle_id}", "flespi"), ("gateway", "flespi")])
    payload = json.dumps(elements).encode()
    before = Decoder(routes, acceptance=Acceptance(frozenset()))
    after = Decoder(routes, acceptance=Acceptance())
    wanted, _ = after.decode(Message(topic, payload, NOW_MS))
    _, rejections = before.decode(Message(topic, payload, NOW_MS))
    released = [
        fix
        for rejection in rejections
        for fix in after.decode(Message(topic, rejection.payload, NOW_MS))[0]
    ]
    assert released == wanted


@given(st.sampled_from(DIALECTS), st.binary(max_size=60), st.text(max_size=20))
def test_nothing_that_arrives_raises(dialect, payload, topic):
    decoder = Decoder(routes_of([("in/{vehicle_id}", dialect), ("gateway/#", dialect)]))
    for place in (topic, f"in/{topic}", f"gateway/{topic}"):
        pings, rejections = decoder.decode(Message(place, payload, NOW_MS))
        assert len(pings) + len(rejections) >= 1
