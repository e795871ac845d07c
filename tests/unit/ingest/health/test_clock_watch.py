import pytest

from ingest.decoding.rejection import RejectionCode, refuse
from ingest.health.clock_watch import HEARD_MS, ClockWatch
from ingest.log.batch import Batch
from tests.fixtures.fixes import MORNING_MS

FUTURE = "most vehicles are in the future: is this server's clock right?"


def batch(*sound, future=(), outdated=(), others=()):
    refused = [
        refuse(code, "t", MORNING_MS, b"", vehicle_id=vehicle)
        for code, vehicles in (
            (RejectionCode.TIME_IN_FUTURE, future),
            (RejectionCode.OUTDATED, outdated),
            (RejectionCode.NOT_JSON, others),
        )
        for vehicle in vehicles
    ]
    return Batch([(name, MORNING_MS, 1.0, 1.0, *[None] * 6, MORNING_MS) for name in sound],
                 tuple(refused))  # fmt: skip


def doubt_after(*batches, now_ms=MORNING_MS):
    watch = ClockWatch()
    for one in batches:
        watch.observe(one, MORNING_MS)
    return watch.doubt(now_ms)


@pytest.mark.parametrize(
    ("sound", "future", "told"),
    [("", "", None), ("", "ab", FUTURE), ("a", "bc", FUTURE), ("ab", "cd", None), ("", "a", None)],
)
def test_most_vehicles_and_more_than_one_must_be_in_the_future(sound, future, told):
    assert doubt_after(batch(*sound, future=future)) == told


def test_what_is_refused_for_another_reason_says_nothing_of_the_time():
    assert doubt_after(batch(future="ab", others="cdefg")) == FUTURE
    assert doubt_after(batch(others="cdefg")) is None


def test_most_vehicles_may_be_outdated_too():
    told = "most vehicles are outdated (setting max_age_days): is this server's clock right?"
    assert doubt_after(batch("a", outdated="bc")) == told


def test_a_vehicle_with_a_sound_fix_is_on_time_and_the_last_word_counts():
    assert doubt_after(batch(*"ab", future="ab")) is None
    assert doubt_after(batch(future="ab"), batch(*"ab")) is None
    assert doubt_after(batch(*"ab"), batch(future="ab")) == FUTURE


@pytest.mark.parametrize("later_ms", [HEARD_MS + 1, -HEARD_MS - 1])
def test_what_was_heard_long_ago_or_before_the_clock_was_set_does_not_count(later_ms):
    assert doubt_after(batch(future="ab"), now_ms=MORNING_MS + later_ms) is None
