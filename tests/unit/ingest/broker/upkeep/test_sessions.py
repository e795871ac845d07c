from datetime import UTC, datetime, timedelta

import msgspec

from ingest.broker.upkeep.sessions import (
    Consumer,
    Record,
    Stored,
    ended_before,
    outdated,
    sessions_of,
    strays_of,
)

BEGAN = datetime(2026, 11, 29, 6, tzinfo=UTC)
SECRET = "pingcheng-0123456789abcdef"


def record(client_id, *consumers, clean=False, since=BEGAN, sequence=1):
    held = {f"f{number}": {"durable_name": name} for number, name in enumerate(consumers)}
    document = {"origin": "x", "id": client_id, "clean": clean, "cons": held}
    decoded = msgspec.json.decode(msgspec.json.encode(document), type=Record)
    return Stored(f"key-{client_id}", sequence, since, decoded)


def consumer(name, waiting=0, subject="fleet.*.ping", **changed):
    told = {"since": BEGAN, "ack_wait_s": 10.0, "max_ack_pending": 8000, "is_bound": False}
    return Consumer(name, subject, waiting=waiting, **{**told, **changed})


def test_a_record_as_nats_server_2_15_writes_it_is_read():
    written = (
        b'{"origin":"KHlBheFP","id":"keeper","subs":{"fleet.*.ping":1},"cons":{"fleet.*.ping":'
        b'{"durable_name":"0kD4KTuy_YTETkg9c6fVBIFQqqaOtjw","deliver_policy":"new"}}}'
    )
    found = msgspec.json.decode(written, type=Record)
    assert (found.id, found.clean) == ("keeper", False)
    stored = Stored("0kD4KTuy", 2, BEGAN, found)
    assert stored.consumers == {"0kD4KTuy_YTETkg9c6fVBIFQqqaOtjw"}


def test_sessions_say_who_is_there_what_waits_and_on_which_topics_the_fullest_first():
    consumers = [consumer("a1", 5), consumer("a2", 7, "车队.>"), consumer("b1", 900)]
    full, other, truck = sessions_of(
        [record("keeper", "a1", "a2"), record("old", "b1"), record("truck", clean=True)],
        consumers,
        {"keeper", "truck"},
    )
    assert (full.client_id, full.waiting, full.is_connected, full.is_kept) == (
        "old", 900, False, True,
    )  # fmt: skip
    assert (other.client_id, other.waiting, other.is_connected) == ("keeper", 7, True)
    assert other.topics == ["fleet/+/ping", "车队/#"]
    assert (truck.is_kept, truck.topics, truck.waiting) == (False, [], 0)


def test_a_long_client_id_is_not_shown_to_its_end_as_it_opens_the_session():
    (session,) = sessions_of([record(SECRET)], [], set())
    assert session.shown_id == "pingcheng-012345…"
    (session,) = sessions_of([record("keeper")], [], set())
    assert session.shown_id == "keeper"


def test_a_consumer_of_no_session_is_a_stray():
    stored = [record("keeper", "a1")]
    assert strays_of(stored, [consumer("a1"), consumer("z9", 3)]) == [consumer("z9", 3)]


def test_only_clean_sessions_of_an_earlier_run_have_ended():
    before, after = BEGAN - timedelta(seconds=1), BEGAN + timedelta(seconds=1)
    stale = record("stale", clean=True, since=before)
    kept = record("kept", since=before)
    present = record("present", clean=True, since=after)
    assert ended_before([stale, kept, present], BEGAN) == [stale]


def test_consumers_with_other_settings_are_outdated():
    same, slow = consumer("a"), consumer("b", ack_wait_s=30.0)
    narrow = consumer("c", max_ack_pending=100)
    assert outdated([same, slow, narrow], 10.0, 8000) == [slow, narrow]
