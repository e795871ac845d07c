from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import Decoder
from ingest.decoding.rejection import LONGEST_PAYLOAD, RejectionCode, refuse
from ingest.log.batch import Batch
from ingest.log.check import faults_of
from ingest.log.pinglog import open_log
from ingest.log.quarantine import CLOCK_BLOCK_MS, reconsider
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


def decode(message):
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


def by_time(message):
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


@pytest.fixture
def log(database_url):
    with open_log(database_url, most_quarantine_mib=64) as opened:
        yield opened


def refused(vehicle, number=0, *, code=RejectionCode.TIME_IN_FUTURE, at_ms=MORNING_MS, size=100):
    return refuse(
        code, f"fleet/{vehicle}/ping", at_ms, b"%d" % number + b"x" * (size - len(str(number))),
        vehicle_id=vehicle,
    )  # fmt: skip


def write(log, rejections=(), pings=()):
    log.write(
        Batch([(*_fields(fix), received_ms) for fix, received_ms in pings], tuple(rejections))
    )


def _fields(fix):
    return tuple(getattr(fix, name) for name in fix.__struct_fields__)


def test_the_clock_was_behind_if_most_vehicles_were_ahead_and_more_than_one(log):
    block_ms = MORNING_MS - MORNING_MS % CLOCK_BLOCK_MS
    write(log, [refused("a", at_ms=block_ms), refused("b", at_ms=block_ms + 1)])
    assert log.was_clock_behind(block_ms + 5)
    assert not log.was_clock_behind(block_ms + CLOCK_BLOCK_MS)
    on_time = [
        (ping(vehicle_id=name, event_time_ms=block_ms), block_ms + 2) for name in ("c", "d", "e")
    ]
    write(log, pings=on_time[:1])
    assert log.was_clock_behind(block_ms)
    write(log, pings=on_time[1:])
    assert not log.was_clock_behind(block_ms)


def test_vehicles_that_had_been_on_time_in_the_same_minutes_before_the_clock_went_back_do_not_count(
    log,
):
    pings = [(ping(vehicle_id=name, event_time_ms=MORNING_MS), MORNING_MS) for name in "ab"]
    write(log, [refused("a"), refused("b")], pings)
    assert log.was_clock_behind(MORNING_MS)


def test_one_truck_alone_that_is_ahead_says_nothing_about_the_server(log):
    write(log, [refused("a"), refused("a", 1)])
    assert not log.was_clock_behind(MORNING_MS)


# --- room


def kept_by(log, of):
    return Counter(of(row) for row in log.rejected())


def sound(log):
    # the server of the tests runs with fsync off, to be fast
    return [fault for fault in faults_of(log) if "fsync" not in fault] == []


def test_of_a_flood_samples_are_kept_and_the_rest_is_counted_to_the_last(log):
    flood = [refused("a", number, size=16_000) for number in range(1_000)]
    write(log, flood + [refused("b", number) for number in range(50)])
    kept = kept_by(log, lambda row: row["vehicle_id"])
    assert 0 < kept["a"] * 16_000 < 64 * 1024
    assert kept["b"] == 50
    counters = log.counters()
    assert counters.rejected_by_code == {"time_in_future": 1_050}
    assert counters.counted_by_code == {"time_in_future": 1_050 - kept["a"] - 50}
    assert counters.balanced
    assert sound(log)
    (hour,) = log.counted_hours(limit=9)
    assert (hour["vehicle_id"], hour["kept"], hour["counted"]) == ("a", kept["a"], 1000 - kept["a"])
    assert "rejected 1050 (996 of them only counted)" in counters.conservation()


def test_the_first_are_kept_whatever_way_they_come_in_batches(log):
    flood = [refused("a", number, size=16_000) for number in range(10)]
    for one in flood:
        write(log, [one])
    assert [row["payload"][0:1] for row in log.rejected()] == [b"0", b"1", b"2", b"3"]


def test_another_code_and_another_hour_have_room_of_their_own_until_the_day_is_full(log):
    def flood(hour, code):
        at_ms = MORNING_MS + hour * 3_600_000
        write(log, [refused("a", n, code=code, at_ms=at_ms, size=16_000) for n in range(50)])
        return len(log.rejected())

    codes = [RejectionCode.NOT_JSON, RejectionCode.NO_FIX, RejectionCode.NOT_UTF8]
    assert [flood(0, code) for code in codes] == [4, 8, 12]
    found = [flood(hour, code) for hour in range(1, 10) for code in codes]
    assert found[-1] * 16_000 <= 1024 * 1024
    assert found[-1] == found[-2] > 60
    assert flood(24, RejectionCode.NOT_JSON) == found[-1] + 4
    write(log, [refused("b")])
    assert kept_by(log, lambda row: row["vehicle_id"])["b"] == 1
    assert sound(log)


def test_names_that_are_made_up_share_one_room(log):
    flood = [
        refused(f"x{number}", code=RejectionCode.UNKNOWN_VEHICLE, size=16_000)
        for number in range(400)
    ]
    write(log, flood)
    assert len(log.rejected()) * 16_000 < 32 * 64 * 1024
    assert {row["vehicle_id"] for row in log.counted_hours(limit=9)} == {""}
    assert sound(log)


def test_if_all_room_is_taken_all_is_counted(log):
    log._most_quarantine_bytes = 0
    write(log, [refused("a"), refused("b")])
    assert log.rejected() == []
    counters = log.counters()
    assert (counters.rejected, counters.balanced) == (2, True)
    assert counters.counted_by_code == {"time_in_future": 2}


def test_a_truck_with_a_fix_a_second_and_a_wrong_clock_loses_none_by_default(database_url):
    payload = b'{"event_time":"2022-03-28T07:03:10+08:00","longitude":113.3012,"latitude":40.0921}'
    with open_log(database_url) as log:
        write(log, [replace(refused("a", number), payload=payload) for number in range(3_600)])
        assert log.counters().counted_by_code == {}


# --- retention


def test_what_is_old_is_deleted_by_whole_hours_and_counted_from_then_on(log):
    hour_ms = 3_600_000
    begin_ms = MORNING_MS - MORNING_MS % hour_ms
    write(log, [refused("a", number, at_ms=begin_ms + number * hour_ms) for number in range(5)])
    before = log.counters()
    assert log.forget_rejections(begin_ms + 3 * hour_ms + 17) == 3
    after = log.counters()
    assert (after.rejected, after.received, after.balanced) == (before.rejected, 5, True)
    assert after.counted_by_code == {"time_in_future": 3}
    assert len(log.rejected()) == 2
    assert log.counted_hours(limit=9) == []
    assert sound(log)
    assert log.forget_rejections(begin_ms + 3 * hour_ms) == 0


def test_what_was_released_is_deleted_without_being_counted_as_refused(log):
    write(log, [refused("a"), refused("a", 1), refused("b", 2)])
    first, second, _ = log.rejected()
    log.release([first["id"], second["id"]], Batch([(*_fields(ping()), MORNING_MS)], ()), 5)
    assert log.forget_rejections(MORNING_MS + 86_400_000, ["time_in_future"], "a") == 2
    counters = log.counters()
    assert (counters.received, counters.stored, counters.rejected) == (2, 1, 1)
    assert counters.counted_by_code == {}
    assert sound(log)


def test_more_than_a_page_is_deleted_page_by_page(log, monkeypatch):
    monkeypatch.setattr("ingest.log.pinglog._PAGE", 3)
    write(log, [refused("a", number) for number in range(10)])
    assert log.forget_rejections(MORNING_MS + 86_400_000) == 10
    assert log.rejected() == []
    assert log.counters().quarantine_bytes == 0
    assert sound(log)


def test_days_are_reckoned_from_the_newest_fix_if_the_servers_clock_is_ahead_of_it(log):
    day_ms = 86_400_000
    assert log.retention_ms(30, MORNING_MS) is None
    write(log, pings=[(ping(event_time_ms=MORNING_MS), MORNING_MS)])
    assert log.retention_ms(30, MORNING_MS + 40 * day_ms) == MORNING_MS - 30 * day_ms
    assert log.retention_ms(30, MORNING_MS - day_ms) == MORNING_MS - 31 * day_ms
