from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import Decoder
from ingest.decoding.message import Message
from ingest.decoding.rejection import RejectionCode, refuse
from ingest.log.batch import Batch, batch_of, batches_of, row_of
from ingest.log.rows import frame_of_rows, tuples_of
from tests.fixtures.fixes import MORNING_MS, colliding_pings, frame, ping, same
from tests.fixtures.fixes import pings as any_pings

REFUSED = tuple(
    refuse(RejectionCode.NOT_JSON, f"polls.csv:{line}", MORNING_MS, b"?") for line in (3, 9)
)


@given(any_pings | colliding_pings, st.integers(946_684_800_000, 4_102_444_799_999))
@settings(max_examples=40)
def test_a_ping_and_its_reception_read_back_from_the_row_made_of_them(fix, received_ms):
    assert same(frame_of_rows([row_of(fix, received_ms)]), frame([fix], [received_ms]))


def decode(message, _=None):
    """Take ``good`` and refuse ``bad``, a word of the payload for each ping."""
    words = message.payload.decode().split()
    taken = [
        ping(vehicle_id=message.topic, event_time_ms=MORNING_MS + number)
        for number, word in enumerate(words)
        if word == "good"
    ]
    refused = [
        refuse(RejectionCode.NO_FIX, message.topic, message.received_ms, word.encode())
        for word in words
        if word == "bad"
    ]
    return taken, refused


def test_every_ping_of_a_message_has_been_received_when_the_message_was():
    messages = [
        Message("晋B", b"good good", MORNING_MS + 5),
        Message("晋A", b"bad good", MORNING_MS + 4),
    ]
    batch = batch_of(messages, decode)
    assert [(row[0], row[1] - MORNING_MS, row[-1] - MORNING_MS) for row in batch.rows] == [
        ("晋B", 0, 5),
        ("晋B", 1, 5),
        ("晋A", 1, 4),
    ]
    assert [(one.topic, one.received_time_ms) for one in batch.rejections] == [
        ("晋A", MORNING_MS + 4)
    ]


@given(st.lists(st.lists(st.sampled_from(["good", "bad"]), max_size=4), max_size=5))
@settings(max_examples=30)
def test_a_batch_has_received_what_was_good_and_what_was_bad(messages):
    words = [Message("晋B", " ".join(told).encode(), MORNING_MS) for told in messages]
    batch = batch_of(words, decode)
    assert batch.received == sum(map(len, messages))
    assert len(batch.rejections) == sum(told.count("bad") for told in messages)


def test_messages_of_trackers_become_a_batch_by_the_decoder_of_ingest():
    payload = b'[{"event_time":1648191600000,"longitude":113.3,"latitude":40.08},{}]'
    messages = [
        Message("fleet/truck/ping", payload, MORNING_MS + 5),
        Message("fleet/truck/ping", b"?", MORNING_MS),
    ]
    batch = batch_of(messages, Decoder(acceptance=Acceptance({"truck"})).decode)
    assert batch.rows == [row_of(ping(vehicle_id="truck"), MORNING_MS + 5)]
    assert [one.code for one in batch.rejections] == ["missing_field", "not_json"]
    assert batch.received == 3


def test_fields_that_were_left_out_of_pings_are_counted_over_all_messages_of_a_batch():
    fix = b'{"event_time":1648191600000,"longitude":113.3,"latitude":40.08,"heading_deg":-1}'
    messages = [Message("fleet/truck/ping", fix, MORNING_MS)] * 3
    batch = batch_of(messages, Decoder().decode)
    assert (len(batch.rows), batch.rejections, batch.ignored) == (3, (), {"heading_deg": 3})


@given(st.integers(1, 12), st.integers(1, 6))
@settings(max_examples=10)
def test_what_was_left_out_of_a_file_is_counted_once(count, rows):
    told = frame([ping(event_time_ms=MORNING_MS - number) for number in range(count)])
    batches = list(batches_of(told, (), rows, ignored={"hdop": 5}))
    assert [batch.ignored for batch in batches] == [{"hdop": 5}] + [{}] * (len(batches) - 1)


@given(st.integers(0, 12), st.integers(1, 6))
@settings(max_examples=40)
def test_batches_of_a_file_are_its_pings_in_their_order_and_none_is_too_large(count, rows):
    told = frame([ping(event_time_ms=MORNING_MS - number) for number in range(count)])
    batches = list(batches_of(told, REFUSED, rows))
    assert [row for batch in batches for row in batch.rows] == tuples_of(told)
    assert all(len(batch.rows) <= rows for batch in batches)
    assert all(len(batch.rows) == rows for batch in batches[:-1])


@given(st.integers(0, 12), st.integers(1, 6))
@settings(max_examples=30)
def test_the_rejections_of_a_file_are_counted_once_though_it_holds_no_good_ping(count, rows):
    told = frame([ping(event_time_ms=MORNING_MS - number) for number in range(count)])
    batches = list(batches_of(told, REFUSED, rows))
    assert batches[0].rejections == REFUSED
    assert sum(batch.received for batch in batches) == count + len(REFUSED)


def test_a_batch_without_anything_has_received_nothing():
    assert Batch([], ()).received == batch_of([], decode).received == 0
