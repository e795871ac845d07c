import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import Decoder
from ingest.decoding.rejection import LONGEST_PAYLOAD, RejectionCode, refuse
from ingest.log.quarantine.reconsidering import reconsider
from tests.fixtures.fixes import MORNING_MS, ping

TRUCK = "晋BQ0384"


def stored(payload, *, number=1, topic=TRUCK, received_ms=MORNING_MS):
    """Give a rejection as the log gives it."""
    kept = refuse(RejectionCode.UNKNOWN_VEHICLE, topic, received_ms, payload)
    return {
        "id": number,
        "topic": kept.topic,
        "payload": kept.payload,
        "payload_bytes": kept.payload_bytes,
        "received_time_ms": kept.received_time_ms,
    }


def decode(message, _=None):
    """Take ``good``, refuse ``bad``, and make nothing of other words."""
    words = message.payload.decode().split()
    bad = refuse(RejectionCode.NO_FIX, message.topic, message.received_ms, b"bad")
    taken = [
        ping(vehicle_id=message.topic, event_time_ms=MORNING_MS + number)
        for number, word in enumerate(words)
        if word == "good"
    ]
    return taken, [bad] * words.count("bad")


def test_what_holds_pings_now_is_released_as_received_when_it_was():
    found = reconsider([stored(b"good good", number=7, received_ms=MORNING_MS + 5)], decode)
    assert found.ids == (7,)
    assert [(row[0], row[1], row[-1]) for row in found.batch.rows] == [
        (TRUCK, MORNING_MS, MORNING_MS + 5),
        (TRUCK, MORNING_MS + 1, MORNING_MS + 5),
    ]
    assert found.batch.rejections == ()
    assert not found.refused


def test_what_is_left_out_of_pings_that_are_released_is_counted():
    def leave_out(message, ignored):
        ignored["hdop"] += 1
        return decode(message)

    found = reconsider([stored(b"good"), stored(b"bad"), stored(b"good")], leave_out)
    assert found.batch.ignored == {"hdop": 2}


def test_what_holds_no_ping_stays_and_is_counted_by_the_code_it_would_get_now():
    found = reconsider([stored(b"bad"), stored(b"bad bad"), stored(b"")], decode)
    assert (found.ids, found.batch.received) == ((), 0)
    assert found.refused == {"no_fix": 2, "empty_burst": 1}


def test_of_a_burst_that_is_partly_sound_the_rest_is_refused_anew():
    found = reconsider([stored(b"good bad", number=3)], decode)
    assert found.ids == (3,)
    assert [one.code for one in found.batch.rejections] == ["no_fix"]
    assert found.batch.received == 2
    assert not found.refused


def test_what_was_not_kept_whole_cannot_be_decided_anew():
    whole = b"good".ljust(LONGEST_PAYLOAD)
    rejections = [stored(whole + b" ", number=1), stored(whole, number=2)]
    found = reconsider(rejections, decode)
    assert (found.ids, found.clipped) == ((2,), 1)
    assert not found.refused


@given(st.lists(st.sampled_from([b"good", b"bad", b"good bad", b"", b"x" * 20_000]), max_size=9))
@settings(max_examples=40)
def test_every_rejection_is_released_or_refused_or_too_long_and_in_order(payloads):
    rejections = [stored(payload, number=number) for number, payload in enumerate(payloads, 1)]
    found = reconsider(rejections, decode)
    assert len(found.ids) + found.refused.total() + found.clipped == len(payloads)
    assert list(found.ids) == [
        number for number, payload in enumerate(payloads, 1) if b"good" in payload
    ]


def test_a_vehicle_that_the_plan_has_since_learnt_of_is_let_in():
    payload = b'{"event_time":1648191600000,"longitude":113.3,"latitude":40.08}'
    rejections = [stored(payload, topic=f"fleet/{TRUCK}/ping")]
    before = reconsider(rejections, Decoder(acceptance=Acceptance({"晋B21333"})).decode)
    assert before.refused == {"unknown_vehicle": 1}
    after = reconsider(rejections, Decoder(acceptance=Acceptance({TRUCK})).decode)
    assert [row[0] for row in after.batch.rows] == [TRUCK]


# --- times that are judged by the present too


def by_time(message, _):
    """Take a ping of ``event ms`` as the decoder does: not if it is in the future."""
    event_ms = int(message.payload)
    if event_ms > message.received_ms + 300_000:
        code = RejectionCode.TIME_IN_FUTURE
    elif event_ms < message.received_ms - 30 * 86_400_000:
        code = RejectionCode.OUTDATED
    else:
        return [ping(vehicle_id=message.topic, event_time_ms=event_ms)], []
    return [], [refuse(code, message.topic, message.received_ms, message.payload)]


def test_what_was_in_the_future_of_a_slow_server_is_taken_as_received_now():
    event_ms, now_ms = MORNING_MS + 20 * 60_000 + 7, MORNING_MS + 86_400_000
    found = reconsider([stored(b"%d" % event_ms)], by_time, now_ms, lambda _: True)
    assert (found.ids, found.by_present) == ((1,), 1)
    assert [(row[1], row[-1]) for row in found.batch.rows] == [(event_ms, now_ms)]


def test_what_was_in_the_future_alone_may_be_a_truck_with_a_wrong_clock_and_stays():
    event_ms, now_ms = MORNING_MS + 20 * 60_000 + 7, MORNING_MS + 86_400_000
    found = reconsider([stored(b"%d" % event_ms)], by_time, now_ms, lambda _: False)
    assert (found.ids, found.refused, found.doubtful) == ((), {"time_in_future": 1}, 1)


@pytest.mark.parametrize(
    ("ahead_min", "taken"), [(480, 0), (479, 0), (477, 1), (20, 1), (60, 0), (14 * 60 + 20, 1)]
)
def test_a_fleet_that_tells_local_time_for_utc_is_no_fault_of_the_server(ahead_min, taken):
    event_ms, now_ms = MORNING_MS + ahead_min * 60_000, MORNING_MS + 3 * 86_400_000
    found = reconsider([stored(b"%d" % event_ms)], by_time, now_ms, lambda _: True)
    assert (len(found.ids), found.doubtful) == (taken, 1 - taken)


def test_what_was_outdated_by_a_clock_that_is_still_to_come_is_taken():
    received_ms = MORNING_MS + 40 * 86_400_000
    rejection = stored(b"%d" % MORNING_MS, received_ms=received_ms)
    found = reconsider([rejection], by_time, MORNING_MS + 60_000)
    assert (found.ids, found.by_present) == ((1,), 1)
    assert not reconsider([rejection], by_time, received_ms + 1).ids


def test_what_is_still_to_come_by_the_present_time_too_stays():
    rejection = stored(b"%d" % (MORNING_MS + 20 * 60_000))
    found = reconsider([rejection], by_time, MORNING_MS + 60_000, lambda _: True)
    assert (found.ids, found.refused, found.doubtful) == ((), {"time_in_future": 1}, 0)
