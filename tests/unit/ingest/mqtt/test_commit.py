import threading
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding.decoder import Decoder
from ingest.decoding.message import Message
from ingest.decoding.rejection import RejectionCode, refuse
from ingest.decoding.routes import EVENT_PATTERN, NATIVE_PATTERN, routes_of
from ingest.event import Event, EventKind
from ingest.fault import LogError, UnstorableError
from ingest.log.batch import Batch
from ingest.mqtt.commit import Committer


def row(number):
    return (
        "晋BQ0384",
        1_648_500_000_000 + number,
        113.3,
        40.1,
        2.5,
        None,
        None,
        None,
        9,
        True,
        None,
        7,
    )


def rejection(number):
    return refuse(RejectionCode.NOT_JSON, f"fleet/晋{number}/ping", number, b"{")


class Store:
    """A database that refuses some things for good, and whole batches that hold them."""

    def __init__(self, poison, error):
        self.poison, self.error = poison, error
        self.rows, self.rejections, self.ignored = [], [], Counter()

    def write(self, batch):
        if self.poison & {*batch.rows, *(one.topic for one in batch.rejections)}:
            raise self.error
        self.rows += batch.rows
        self.rejections += batch.rejections
        self.ignored.update(batch.ignored)


@given(
    st.sets(st.integers(0, 19)),
    st.sets(st.integers(0, 4)),
    st.sampled_from([UnstorableError("value too large"), OverflowError("too large")]),
)
def test_what_can_never_be_stored_is_quarantined_and_the_rest_is_stored(bad, bad_refused, error):
    rows, refused = [row(number) for number in range(20)], [rejection(n) for n in range(5)]
    poison = {rows[number] for number in bad} | {refused[n].topic for n in bad_refused}
    store = Store(poison, error)
    batch = Batch(rows, tuple(refused), ignored={"hdop": 3})
    Committer(store.write, threading.Event()).commit(batch)
    assert store.ignored == {"hdop": 3}
    assert store.rows == [one for number, one in enumerate(rows) if number not in bad]
    kept = [one for one in store.rejections if one.code == "not_storable"]
    assert len(kept) == len(bad) + len(bad_refused)
    assert len(store.rejections) == len(bad) + 5
    again = [
        Decoder().decode(Message(one.topic, one.payload, one.received_time_ms + 10**13))
        for one in kept
        if one.vehicle_id
    ]
    assert {pings[0].event_time_ms for pings, _ in again} == {rows[number][1] for number in bad}
    assert {one.value for one in kept} <= {f'"{type(error).__name__}"'}


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_events_that_can_never_be_stored_are_quarantined_among_pings_and_give_the_event_again(
    bad, bad_rows
):
    rows = [row(number) for number in range(10)]
    events = [
        (Event("晋BQ0384", 1_648_500_000_000 + n, EventKind.BIN_LIFT, reference=str(n)), 7 + 10**13)
        for n in range(10)
    ]
    kept, stored = [], []

    def write(batch):
        if {one[0].event_time_ms % 100 for one in batch.events} & bad or {
            one[1] % 100 for one in batch.rows
        } & bad_rows:
            raise UnstorableError("value too large")
        stored.extend(batch.events)
        kept.extend(batch.rejections)

    Committer(write, threading.Event()).commit(Batch(rows, (rejection(1),), events))
    assert stored == [one for number, one in enumerate(events) if number not in bad]
    assert len(kept) == 1 + len(bad) + len(bad_rows)
    decoder = Decoder(routes_of([(NATIVE_PATTERN, "native"), (EVENT_PATTERN, "event")]))
    again = [
        decoder.decode(Message(one.topic, one.payload, one.received_time_ms))[0]
        for one in kept
        if one.topic.endswith("/event")
    ]
    assert again == [[events[number][0]] for number in sorted(bad)]


def test_what_may_work_later_is_tried_again_as_it_was():
    batches, failures = [], iter([LogError("locked"), LogError("locked")])

    def write(batch):
        batches.append(batch)
        if (failure := next(failures, None)) is not None:
            raise failure

    committer, batch = Committer(write, threading.Event()), Batch([row(1), row(2)], ())
    committer.commit(batch)
    assert batches == [batch] * 3
    assert (committer.failures, committer.failing_since_s) == (2, None)


def test_when_we_are_to_stop_what_cannot_be_committed_is_told():
    stopping = threading.Event()
    stopping.set()

    def write(_):
        raise LogError("the server is away")

    committer = Committer(write, stopping)
    with pytest.raises(LogError, match="is away"):
        committer.commit(Batch([row(1)], ()))
    assert committer.failing_since_s is not None


def test_a_quarantine_that_fails_for_good_too_is_told():
    def write(_):
        raise OverflowError("always")

    with pytest.raises(OverflowError):
        Committer(write, threading.Event()).commit(Batch([row(1), row(2)], ()))


def test_an_attempt_that_fails_has_failed_since_it_began():
    began, stopping = [], threading.Event()

    def write(_batch):
        began.append(time.monotonic())
        time.sleep(0.2)  # as a locked database does
        stopping.set()
        raise LogError("database is locked")

    committer = Committer(write, stopping)
    with pytest.raises(LogError):
        committer.commit(Batch([row(1)], ()))
    assert committer.failing_since_s <= began[0]
