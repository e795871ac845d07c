import pytest

from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.quarantine import quarantine
from ingest.log.quarantine.quarantine import CLOCK_BLOCK_MS
from tests.fixtures.fixes import MORNING_MS, ping
from tests.fixtures.refused_messages import fields_of, refused, sound, write_refused


@pytest.fixture
def log(database_url):
    with open_log(database_url, most_quarantine_mib=64) as opened:
        yield opened


def test_the_clock_was_behind_if_most_vehicles_were_ahead_and_more_than_one(log):
    block_ms = MORNING_MS - MORNING_MS % CLOCK_BLOCK_MS
    write_refused(log, [refused("a", at_ms=block_ms), refused("b", at_ms=block_ms + 1)])
    assert log.quarantine.was_clock_behind(block_ms + 5)
    assert not log.quarantine.was_clock_behind(block_ms + CLOCK_BLOCK_MS)
    on_time = [
        (ping(vehicle_id=name, event_time_ms=block_ms), block_ms + 2) for name in ("c", "d", "e")
    ]
    write_refused(log, pings=on_time[:1])
    assert log.quarantine.was_clock_behind(block_ms)
    write_refused(log, pings=on_time[1:])
    assert not log.quarantine.was_clock_behind(block_ms)


def test_vehicles_that_had_been_on_time_in_the_same_minutes_before_the_clock_went_back_do_not_count(
    log,
):
    pings = [(ping(vehicle_id=name, event_time_ms=MORNING_MS), MORNING_MS) for name in "ab"]
    write_refused(log, [refused("a"), refused("b")], pings)
    assert log.quarantine.was_clock_behind(MORNING_MS)


def test_one_truck_alone_that_is_ahead_says_nothing_about_the_server(log):
    write_refused(log, [refused("a"), refused("a", 1)])
    assert not log.quarantine.was_clock_behind(MORNING_MS)


def test_what_is_old_is_deleted_by_whole_hours_and_counted_from_then_on(log):
    hour_ms = 3_600_000
    begin_ms = MORNING_MS - MORNING_MS % hour_ms
    write_refused(
        log, [refused("a", number, at_ms=begin_ms + number * hour_ms) for number in range(5)]
    )
    before = log.counters()
    assert log.quarantine.forget(begin_ms + 3 * hour_ms + 17) == 3
    after = log.counters()
    assert (after.rejected, after.received, after.balanced) == (before.rejected, 5, True)
    assert after.counted_by_code == {"time_in_future": 3}
    assert len(log.quarantine.rejected()) == 2
    assert log.quarantine.counted_hours(limit=9) == []
    assert sound(log)
    assert log.quarantine.forget(begin_ms + 3 * hour_ms) == 0


def test_what_was_released_is_deleted_without_being_counted_as_refused(log):
    write_refused(log, [refused("a"), refused("a", 1), refused("b", 2)])
    first, second, _ = log.quarantine.rejected()
    log.release([first["id"], second["id"]], Batch([(*fields_of(ping()), MORNING_MS)], ()), 5)
    assert log.quarantine.forget(MORNING_MS + 86_400_000, ["time_in_future"], "a") == 2
    counters = log.counters()
    assert (counters.received, counters.stored, counters.rejected) == (2, 1, 1)
    assert counters.counted_by_code == {}
    assert sound(log)


def test_more_than_a_page_is_deleted_page_by_page(log, monkeypatch):
    monkeypatch.setattr(quarantine, "_PAGE", 3)
    write_refused(log, [refused("a", number) for number in range(10)])
    assert log.quarantine.forget(MORNING_MS + 86_400_000) == 10
    assert log.quarantine.rejected() == []
    assert log.counters().quarantine_bytes == 0
    assert sound(log)
