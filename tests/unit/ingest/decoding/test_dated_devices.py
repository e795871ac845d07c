"""The decoder with a devices file whose rows have dates."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.decoder import Decoder
from ingest.decoding.devices import read_devices
from ingest.decoding.instant import format_instant
from ingest.decoding.message import Message
from ingest.decoding.rejection import RejectionCode as Code
from ingest.decoding.routes import routes_of
from ingest.log.quarantine.reconsidering import reconsider

UNIT, OTHER = "350000000000011", "350000000000029"
NOON_MS = 1_648_440_000_000
DAY_MS = 86_400_000
DATED = (
    "device_id,vehicle_id,datum,from,until\n"
    f"{UNIT},T01,,2022-03-27,2022-03-28 12:00\n"
    f"{UNIT},T02,gcj02,2022-03-28 12:00,\n"
    f"{OTHER},T02,,,2022-03-28 12:00\n"
)


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    return decoder_with(DATED, tmp_path_factory.mktemp("devices"))


def decoder_with(table, folder):
    path = folder / "devices.csv"
    path.write_text(table, encoding="utf-8")
    routes = routes_of([("gateway/flespi", "flespi"), ("fleet/{vehicle_id}/ping", "native")])
    return Decoder(routes, read_devices(path, "Asia/Shanghai"))


def flespi(at_ms, ident=UNIT):
    told = {"ident": ident, "timestamp": at_ms / 1000, "position.latitude": 40.08,
            "position.longitude": 113.3}  # fmt: skip
    return Message("gateway/flespi", json.dumps(told).encode(), NOON_MS + 40 * DAY_MS)


def native(at_ms, name, **more):
    told = {"event_time": at_ms, "longitude": 113.3, "latitude": 40.08, **more}
    return Message(f"fleet/{name}/ping", json.dumps(told).encode(), NOON_MS + 40 * DAY_MS)


def outcome(decoder, message):
    pings, rejections = decoder.decode(message)
    return [each.code for each in rejections] or [
        (each.vehicle_id, each.longitude == 113.3) for each in pings
    ]


@pytest.mark.parametrize(
    ("at_ms", "expected"),
    [
        (NOON_MS - 1, [("T01", True)]),
        (NOON_MS, [("T02", False)]),  # where it is in another datum
        (NOON_MS - 2 * DAY_MS, [Code.DEVICE_UNASSIGNED]),
    ],
)
def test_a_fix_is_of_the_vehicle_its_device_was_in_when_it_was_made_whenever_it_comes(
    decoder, at_ms, expected
):
    assert outcome(decoder, flespi(at_ms)) == expected
    assert outcome(decoder, native(at_ms, UNIT)) == expected  # the file lists the topic's name


def test_a_burst_that_spans_a_move_is_parted(decoder):
    both = [json.loads(flespi(at_ms).payload) for at_ms in (NOON_MS - 1000, NOON_MS + 1000)]
    message = Message("gateway/flespi", json.dumps(both).encode(), NOON_MS + DAY_MS)
    assert [each.vehicle_id for each in decoder.decode(message)[0]] == ["T01", "T02"]


def test_without_a_time_nobody_knows_whose_a_fix_is(decoder):
    _, [rejection] = decoder.decode(native("noon", UNIT))
    assert (rejection.code, rejection.vehicle_id) == (Code.TIME_UNREADABLE, "")


def test_a_topic_whose_name_is_not_listed_names_the_vehicle(decoder):
    assert outcome(decoder, native(NOON_MS - 1, "T01")) == [("T01", True)]
    assert outcome(decoder, native(NOON_MS, "T02")) == [("T02", False)]
    assert outcome(decoder, native(NOON_MS, "T01", vehicle_id=UNIT)) == [Code.VEHICLE_MISMATCH]
    assert outcome(decoder, native(NOON_MS - 1, "T01", vehicle_id=UNIT)) == [("T01", True)]


@given(st.lists(st.integers(NOON_MS - 5_000, NOON_MS + 5_000), min_size=1, max_size=5))
@settings(max_examples=20)
def test_the_way_a_message_takes_makes_no_difference(decoder, times):
    one_by_one = [fix for at_ms in times for fix in decoder.decode(native(at_ms, UNIT))[0]]
    payload = [{"event_time": format_instant(at_ms), "longitude": 113.3, "latitude": 40.08}
               for at_ms in times]  # fmt: skip
    burst = Message(f"fleet/{UNIT}/ping", json.dumps(payload).encode(), NOON_MS + DAY_MS)
    assert decoder.decode(burst) == (one_by_one, [])


def test_what_came_before_its_row_was_written_is_released_by_the_file_that_has_it(
    decoder, tmp_path
):
    message = flespi(NOON_MS - 2 * DAY_MS)
    _, [rejection] = decoder.decode(message)
    kept = {
        "id": 1, "topic": rejection.topic, "payload": rejection.payload,
        "payload_bytes": rejection.payload_bytes, "received_time_ms": rejection.received_time_ms,
    }  # fmt: skip
    assert reconsider([kept], decoder.decode).ids == ()
    mended = decoder_with(DATED.replace("2022-03-27,", "2022-03-20,"), tmp_path)
    found = reconsider([kept], mended.decode)
    assert found.ids == (1,)
    assert [row[0] for row in found.batch.rows] == ["T01"]
