from collections import Counter
from dataclasses import replace

import pytest

from ingest.decoding.rejection import RejectionCode
from ingest.log.pinglog import open_log
from tests.fixtures.fixes import MORNING_MS
from tests.fixtures.refused_messages import refused, sound, write_refused


@pytest.fixture
def log(database_url):
    with open_log(database_url, most_quarantine_mib=64) as opened:
        yield opened


def kept_by(log, of):
    return Counter(of(row) for row in log.quarantine.rejected())


def test_of_a_flood_samples_are_kept_and_the_rest_is_counted_to_the_last(log):
    flood = [refused("a", number, size=16_000) for number in range(1_000)]
    write_refused(log, flood + [refused("b", number) for number in range(50)])
    kept = kept_by(log, lambda row: row["vehicle_id"])
    assert 0 < kept["a"] * 16_000 < 64 * 1024
    assert kept["b"] == 50
    counters = log.counters()
    assert counters.rejected_by_code == {"time_in_future": 1_050}
    assert counters.counted_by_code == {"time_in_future": 1_050 - kept["a"] - 50}
    assert counters.balanced
    assert sound(log)
    (hour,) = log.quarantine.counted_hours(limit=9)
    assert (hour["vehicle_id"], hour["kept"], hour["counted"]) == ("a", kept["a"], 1000 - kept["a"])
    assert "rejected 1050 (996 of them only counted)" in counters.conservation()


def test_the_first_are_kept_whatever_way_they_come_in_batches(log):
    flood = [refused("a", number, size=16_000) for number in range(10)]
    for one in flood:
        write_refused(log, [one])
    assert [row["payload"][0:1] for row in log.quarantine.rejected()] == [b"0", b"1", b"2", b"3"]


def test_another_code_and_another_hour_have_room_of_their_own_until_the_day_is_full(log):
    def flood(hour, code):
        at_ms = MORNING_MS + hour * 3_600_000
        write_refused(
            log, [refused("a", n, code=code, at_ms=at_ms, size=16_000) for n in range(50)]
        )
        return len(log.quarantine.rejected())

    codes = [RejectionCode.NOT_JSON, RejectionCode.NO_FIX, RejectionCode.NOT_UTF8]
    assert [flood(0, code) for code in codes] == [4, 8, 12]
    found = [flood(hour, code) for hour in range(1, 10) for code in codes]
    assert found[-1] * 16_000 <= 1024 * 1024
    assert found[-1] == found[-2] > 60
    assert flood(24, RejectionCode.NOT_JSON) == found[-1] + 4
    write_refused(log, [refused("b")])
    assert kept_by(log, lambda row: row["vehicle_id"])["b"] == 1
    assert sound(log)


def test_names_that_are_made_up_share_one_room(log):
    flood = [
        refused(f"x{number}", code=RejectionCode.UNKNOWN_VEHICLE, size=16_000)
        for number in range(400)
    ]
    write_refused(log, flood)
    assert len(log.quarantine.rejected()) * 16_000 < 32 * 64 * 1024
    assert {row["vehicle_id"] for row in log.quarantine.counted_hours(limit=9)} == {""}
    assert sound(log)


def test_if_all_room_is_taken_all_is_counted(log):
    log._most_quarantine_bytes = 0
    write_refused(log, [refused("a"), refused("b")])
    assert log.quarantine.rejected() == []
    counters = log.counters()
    assert (counters.rejected, counters.balanced) == (2, True)
    assert counters.counted_by_code == {"time_in_future": 2}


def test_a_truck_with_a_fix_a_second_and_a_wrong_clock_loses_none_by_default(database_url):
    payload = b'{"event_time":"2022-03-28T07:03:10+08:00","longitude":113.3012,"latitude":40.0921}'
    with open_log(database_url) as log:
        write_refused(
            log, [replace(refused("a", number), payload=payload) for number in range(3_600)]
        )
        assert log.counters().counted_by_code == {}
