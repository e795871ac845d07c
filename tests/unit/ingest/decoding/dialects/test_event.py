import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import Decoder
from ingest.decoding.devices import NO_DEVICES
from ingest.decoding.dialects.event import kept
from ingest.decoding.message import Message
from ingest.decoding.routes import EVENT_PATTERN, NATIVE_PATTERN, routes_of
from ingest.event import Event, EventKind
from ingest.ping import Ping

TRUCK, NOW_MS = "晋BQ0384", 1_648_500_000_000
TOPIC = f"fleet/{TRUCK}/event"
CARD = "6101 0000 1234 5678"
ROUTES = routes_of([(NATIVE_PATTERN, "native"), (EVENT_PATTERN, "event"), ("gate/#", "event")])


def told(kind="bin_lift", **more):
    return {"event_time": NOW_MS, "kind": kind, **more}


def decode(payload, topic=TOPIC, **options):
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    decoder = Decoder(ROUTES, NO_DEVICES, Acceptance({TRUCK}))
    return decoder.decode(Message(topic, content, NOW_MS + 1000, **options))


def test_an_object_is_an_event_and_an_array_as_many():
    lift = Event(TRUCK, NOW_MS, EventKind.BIN_LIFT, reference="a")
    assert decode(told(reference="a")) == ([lift], [])
    assert decode([told(reference="a"), told(reference="a")]) == ([lift, lift], [])


def test_pings_and_events_of_one_vehicle_have_topics_of_their_own():
    fix = {"event_time": NOW_MS, "longitude": 113.3, "latitude": 40.1}
    [[found], []] = decode(fix, f"fleet/{TRUCK}/ping")
    assert isinstance(found, Ping)
    _, [refused] = decode(fix)
    assert (refused.code, refused.key) == ("missing_field", "kind")


def test_where_the_topic_names_no_vehicle_the_payload_does_and_else_they_agree():
    [[event], []] = decode(told(vehicle_id=TRUCK), "gate/1")
    assert event.vehicle_id == TRUCK
    assert decode(told(), "gate/1")[1][0].code == "missing_field"
    assert decode(told(vehicle_id="other"))[1][0].code == "vehicle_mismatch"


def test_of_a_burst_the_bad_are_refused_by_themselves_and_their_neighbours_taken():
    [good], [bad, worse] = decode([told("bin"), told(), 7])
    assert good.kind is EventKind.BIN_LIFT
    assert (bad.code, bad.key, bad.value) == ("unknown_kind", "kind", '"bin"')
    assert decode(bad.payload)[1] == [bad]
    assert (worse.code, worse.payload) == ("not_an_object", b"[null]")


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"\xff" + CARD.encode(), "not_utf8"),
        (b'{"reference": "' + CARD.encode(), "not_json"),
        (json.dumps(CARD).encode(), "not_an_object"),
        (b"[]", "empty_burst"),
        (json.dumps([CARD] * 1001).encode(), "burst_too_long"),
        (b"[" * 50 + CARD.encode() + b"]" * 50, "too_deep"),
        (json.dumps(CARD * 20_000).encode(), "too_large"),
    ],
)
def test_what_cannot_be_taken_apart_is_refused_with_its_code_and_not_kept(payload, code):
    [], [refused] = decode(payload)
    assert refused.code == code
    assert CARD.encode() not in refused.payload
    assert CARD not in refused.value


def test_a_retained_event_is_refused_and_gives_the_event_once_released():
    sent = [told(reference="a"), told("driver_card", reference=CARD)]
    [], [refused] = decode(sent, retained=True)
    assert (refused.code, CARD.encode() in refused.payload) == ("retained", False)
    assert decode(refused.payload) == decode(sent)


elements = st.fixed_dictionaries(
    {"kind": st.sampled_from(["driver_card", "drivercard", "bin_lift", None])},
    optional={
        "event_time": st.sampled_from([NOW_MS, None, "noon"]),
        "vehicle_id": st.sampled_from([TRUCK, "other"]),
        "longitude": st.sampled_from([0, 113.3, 999]),
        "latitude": st.sampled_from([0, 40.1]),
        "weight_kg": st.sampled_from([1, -1]),
        "card": st.just(CARD),
    },
)


@given(
    st.lists(elements, min_size=1, max_size=5),
    st.sampled_from([TOPIC, "gate/1", f"fleet/{TRUCK}/ping", "fleet//event", "lost"]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_no_card_is_in_what_is_stored_or_refused_whatever_else_is_wrong(
    burst, topic, retained, chance
):
    burst = [{**each, "reference": CARD if each["kind"] != "bin_lift" else "tag"} for each in burst]
    for each in burst:
        if each["kind"] == "bin_lift":
            each.pop("card", None)
    if topic not in {TOPIC, "gate/1"}:  # elsewhere only the right word gives a card away
        burst[0]["kind"], burst[0]["reference"] = "driver_card", CARD
        burst = burst[:1]
    chance.shuffle(burst)
    good, bad = decode(burst, topic, retained=retained)
    assert CARD not in f"{good}{[(one.value, one.payload) for one in bad]}"
    for one in bad:
        if one.code != "retained":
            assert [again.code for again in decode(one.payload, topic)[1]] == [one.code]


def test_random_bytes_raise_nothing_and_lose_nothing():
    generator = random.Random(384)
    sound = json.dumps([told(reference="a", weight_kg=2), told("photo")]).encode()
    for _ in range(2_000):
        damaged = bytearray(sound)
        for _ in range(generator.randint(1, 4)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        good, bad = decode(bytes(damaged))
        assert len(good) + len(bad) in {1, 2}


def test_nothing_is_kept_of_what_cannot_be_read():
    assert kept(b"{") == kept(b"7") == kept(b"[]") == b""
    assert (
        kept(b'{"kind":"photo","reference":"a","who":"b"}') == b'{"kind":"photo","reference":"a"}'
    )
