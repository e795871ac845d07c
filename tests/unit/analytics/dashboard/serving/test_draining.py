from pathlib import Path

from analytics.dashboard.serving.draining import (
    MANY,
    POLL_S,
    STILL_S,
    BacklogWatch,
    drain,
    left_behind,
)
from ingest.broker.upkeep.backlog import Backlog, Waiting
from ingest.fault import BrokerError


def backlog(count, floor=0, newest=None):
    return Backlog(
        (Waiting("fleet.*.ping", count, floor),), floor + count if newest is None else newest
    )


def drained(*looks, is_over=lambda _: False, limit_s=60.0):
    """Drain what these looks show one after the other, the last for ever; give what is told."""
    told, left = [], list(looks)

    def look():
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    drain(look, is_over, told.append, limit_s)
    return told


def test_where_nothing_waits_there_is_nothing_to_say():
    assert drained(backlog(0)) == []


def test_it_ends_when_all_is_stored_and_says_so():
    told = drained(backlog(172_400), backlog(100, 172_300), backlog(0, 172_400))
    assert "172,400 messages wait" in told[0]
    assert told[-1] == "all that waited is stored"


def test_what_comes_meanwhile_is_not_waited_for():
    told = drained(backlog(10), backlog(15, 4), backlog(12, 10))
    assert told[-1] == "all that waited is stored"


def test_progress_is_told_in_messages_that_are_left_of_those_that_waited():
    more = [backlog(57 - stored, stored, newest=57) for stored in range(1, 51)]
    told = drained(backlog(50, newest=50), *more)
    left = [int(line.split()[0]) for line in told if line.endswith("left")]
    assert left == sorted(left, reverse=True)
    assert 1 < len(left) < 10


def test_a_database_that_is_away_does_not_keep_it():
    waited = []
    told = drained(backlog(480), is_over=waited.append)
    assert "is the database away?" in told[-1]
    assert sum(waited) <= STILL_S + 2 * POLL_S


def test_it_takes_no_longer_than_it_may():
    storing = [backlog(100_000 - stored, stored) for stored in range(5000)]
    told = drained(*storing, limit_s=20.0)
    assert told[-1] == "not all could be stored within 20 s"


def test_a_second_signal_ends_it_at_once():
    told = drained(backlog(480), is_over=lambda _: True)
    assert len(told) == 1


def test_a_broker_that_is_gone_ends_it_with_its_reason():
    assert drained(backlog(480), BrokerError("it is gone"))[-1] == "it is gone"


def test_what_is_left_for_the_next_start_is_told_with_its_place():
    assert left_behind(backlog(1), Path("扫.db-broker")) == (
        "1 message waits in 扫.db-broker; the next pingcheng up stores what waits"
    )
    assert left_behind(backlog(0), Path("扫.db-broker")) == ""


def test_a_backlog_is_told_as_it_grows_and_once_when_it_is_gone():
    told = []
    watch = BacklogWatch(told.append)
    for count in (MANY - 1, MANY, MANY, 3 * MANY, 2 * MANY, 5, 5):
        watch.see(backlog(count))
    assert [line.split()[0] for line in told] == ["1,000", "3,000", "5"]
    assert told[-1].endswith("ingest has caught up")
