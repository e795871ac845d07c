import json
import struct
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.decoder import Decoder
from ingest.decoding.message import Message as Published
from ingest.decoding.routes import routes_of
from ingest.gateway.jt808.admission import OpenGate, Registered
from ingest.gateway.jt808.fault import Fault
from ingest.gateway.jt808.framing import Frames, framed
from ingest.gateway.jt808.header import read, write
from ingest.gateway.jt808.message import Message, Version
from ingest.gateway.jt808.session import (
    MOST_ATTEMPTS,
    MOST_FAULTS,
    REPORTS_AT_ONCE,
    Answer,
    Delivery,
    End,
    Session,
)
from ingest.ping import Ping
from simulators.terminals import jt808 as terminal

AT = datetime(2022, 3, 27, 23, 3, 10, tzinfo=UTC)
POSITION = terminal.Position(AT, 113.300768, 40.080384, 10.0, 197, 1040)
NAMED = {
    "msgid": 512, "terminal": "10000000001", "version": 2013, "serial": 0, "alarm": 0, "status": 3,
    "latitude": 40080384, "longitude": 113300768, "altitude": 1040, "speed": 100,
    "direction": 197, "time": "220328070310",
}  # fmt: skip


class OneCode:
    """A gate that knows one terminal."""

    is_open = False

    def register(self, number):
        known = number == "10000000001"
        return (Registered.DONE, "code") if known else (Registered.UNKNOWN_TERMINAL, "")

    def knows(self, number, code):
        return (number, code) == ("10000000001", "code")


def encoder(number="10000000001", version=Version.V2013):
    return terminal.Encoder(number, version)


def session(gate=None, **options):
    return Session(gate or OpenGate(), Counter(), **options)


def let_in(version=Version.V2013):
    """Give a session of a terminal that has said its code, and the terminal."""
    ours, its = session(OneCode()), encoder(version=version)
    [answer] = ours.feed(said(its, terminal.AUTHENTICATE, authentication(its)), 0)
    assert result_of(answer.frame) == (0x0102, 0)
    its.serial = 0
    return ours, its


def authentication(its, code="code"):
    return terminal.authentication(code, its.version)


def said(its, message_id, body=b"", piece=1023):
    return b"".join(its.message(message_id, body, piece))


def messages_in(frames):
    return [read(each) for each in Frames().feed(frames)]


def result_of(frame):
    """Give the id that a single 0x8001 answers, and its result."""
    [message] = messages_in(frame)
    assert message.id == 0x8001
    _, answered, result = struct.unpack(">HHB", message.body)
    return answered, result


def published(delivery):
    return [json.loads(payload) for payload in delivery.payloads]


@pytest.mark.parametrize("version", Version)
def test_a_terminal_registers_authenticates_and_is_known(version):
    ours, its = session(OneCode()), encoder(version=version)
    body = terminal.registration("晋BQ0384", version)
    [answer] = ours.feed(said(its, terminal.REGISTER, body), 0)
    [message] = messages_in(answer.frame)
    # serial number of the registration, result 0, the code
    assert (message.id, message.body) == (0x8100, b"\x00\x00\x00code")
    assert (message.version, message.terminal) == (version, "10000000001")
    assert not ours.is_known
    [answer] = ours.feed(said(its, terminal.AUTHENTICATE, authentication(its)), 0)
    assert result_of(answer.frame) == (0x0102, 0)
    assert ours.is_known


def test_who_is_not_listed_is_told_so_and_given_no_code():
    told = []
    ours = session(OneCode(), tell=lambda *what: told.append(what))
    body = terminal.registration("晋BQ0384", Version.V2013)
    [answer] = ours.feed(said(encoder("2"), terminal.REGISTER, body), 0)
    assert messages_in(answer.frame)[0].body == b"\x00\x00\x04"
    assert told == [("it may not register", "2")]


def test_a_wrong_code_fails_and_after_some_the_connection_ends():
    ours, its = session(OneCode()), encoder()
    for _ in range(MOST_ATTEMPTS - 1):
        [answer] = ours.feed(said(its, terminal.AUTHENTICATE, authentication(its, "guess")), 0)
        assert result_of(answer.frame) == (0x0102, 1)
    _, end = ours.feed(said(its, terminal.AUTHENTICATE, authentication(its, "guess")), 0)
    assert isinstance(end, End)
    assert not ours.is_known
    assert ours.feed(said(its, terminal.AUTHENTICATE, authentication(its)), 0) == []


def test_before_authentication_a_report_is_neither_published_nor_answered():
    ours, its = session(OneCode()), encoder()
    assert ours.feed(said(its, terminal.REPORT, POSITION.body()), 0) == []
    assert ours.feed(said(its, terminal.HEARTBEAT), 0) == []
    assert ours.feed(said(its, terminal.BATCH, bytes(5000)), 0) == []
    assert not ours._packets._begun


def test_a_report_is_published_nearly_raw_and_answered_by_what_waits_for_the_broker():
    ours, its = let_in()
    [delivery] = ours.feed(said(its, terminal.REPORT, POSITION.body()), 0)
    assert published(delivery) == [NAMED]
    assert (result_of(delivery.answer), delivery.reports) == ((0x0200, 0), 1)


def test_a_report_of_2019_says_so():
    ours, its = let_in(Version.V2019)
    [delivery] = ours.feed(said(its, terminal.REPORT, POSITION.body()), 0)
    assert published(delivery) == [NAMED | {"version": 2019}]


def test_a_batch_is_one_array_and_what_was_stored_without_network_is_marked():
    ours, its = let_in()
    body = terminal.batch([POSITION] * 3, blind=True)
    [delivery] = ours.feed(said(its, terminal.BATCH, body), 0)
    assert published(delivery) == [[NAMED | {"blind": True}] * 3]
    assert (result_of(delivery.answer), delivery.reports) == ((0x0704, 0), 3)


def test_a_batch_of_one_is_an_object():
    ours, its = let_in()
    [delivery] = ours.feed(said(its, terminal.BATCH, terminal.batch([POSITION])), 0)
    assert published(delivery) == [NAMED]


def test_a_long_batch_in_sub_packages_is_published_in_parts_and_each_sub_package_answered():
    ours, its = let_in()
    later = [
        terminal.Position(AT + timedelta(seconds=number), 113.3, 40.08) for number in range(250)
    ]
    frames = its.message(terminal.BATCH, terminal.batch(later))
    assert len(frames) == 8
    assert [ours.feed(frame, 0) for frame in frames[:-1]] == [[]] * 7
    [delivery] = ours.feed(frames[-1], 0)
    assert [len(part) for part in published(delivery)] == [REPORTS_AT_ONCE, 50]
    assert len({each["time"] for part in published(delivery) for each in part}) == 250
    answered = [struct.unpack(">HHB", each.body) for each in messages_in(delivery.answer)]
    assert answered == [(serial, 0x0704, 0) for serial in range(8)]


def test_messages_begun_beyond_the_bounds_are_dropped_alike_whole_and_in_pieces():
    frames = []
    for _ in range(12):
        its = encoder()
        its.serial = 10 * len(frames)
        frames += its.message(terminal.BATCH, bytes(2000))[:1]
    whole, pieces = session(), session()
    whole.feed(b"".join(frames), 0)
    for frame in frames:
        pieces.feed(frame, 0)
    assert whole._counts == pieces._counts == {"fault packets_missing": 4}


def test_the_same_report_again_has_the_same_key_and_another_has_not():
    ours, its = let_in()
    frame = said(its, terminal.REPORT, POSITION.body())
    other = said(its, terminal.REPORT, POSITION.body())
    one, again, another = [ours.feed(each, 0)[0].key for each in (frame, frame, other)]
    assert one == again != another


def test_heartbeat_logout_and_what_is_not_supported_are_answered_at_once():
    ours, its = let_in()
    for message_id, result in [(0x0002, 0), (0x0900, 3), (0x0201, 3), (0x0003, 0)]:
        [answer] = ours.feed(said(its, message_id), 0)
        assert isinstance(answer, Answer)
        assert result_of(answer.frame) == (message_id, result)
    assert not ours.is_known
    assert ours._counts["not supported"] == 2


def test_an_answer_of_the_terminal_is_not_answered():
    ours, its = let_in()
    assert ours.feed(said(its, 0x0001, bytes(5)), 0) == []


def test_nobody_speaks_for_another_terminal():
    ours, _ = let_in()
    [answer] = ours.feed(said(encoder("2"), terminal.REPORT, POSITION.body()), 0)
    assert result_of(answer.frame) == (0x0200, 1)


def test_behind_an_open_gate_nobody_has_to_say_who_he_is():
    ours = session()
    for number in ("10000000001", "2"):
        [delivery] = ours.feed(said(encoder(number), terminal.REPORT, POSITION.body()), 0)
        assert published(delivery)[0]["terminal"] == number
    assert ours.is_known


def test_a_body_that_cannot_be_read_is_evidence_and_answered_as_unreadable():
    ours, its = let_in()
    [delivery] = ours.feed(said(its, terminal.REPORT, b"\xaa\xbb"), 0)
    assert published(delivery) == [
        {
            "terminal": "10000000001", "msgid": 512, "version": 2013, "serial": 0,
            "fault": "bad_body", "bytes": "aabb",
        }
    ]  # fmt: skip
    assert result_of(delivery.answer) == (0x0200, 2)
    assert ours._counts["fault bad_body"] == 1


def test_in_a_batch_what_can_be_read_is_published_beside_what_cannot():
    ours, its = let_in()
    body = b"\x00\x02\x00" + b"\x00\x02\xaa\xbb" + terminal.batch([POSITION])[3:]
    [delivery] = ours.feed(said(its, terminal.BATCH, body), 0)
    [[broken, good]] = published(delivery)
    assert (broken["fault"], broken["bytes"], good) == ("bad_body", "aabb", NAMED)
    assert result_of(delivery.answer) == (0x0704, 0)


def test_a_faulty_frame_of_a_known_terminal_is_evidence_and_is_not_answered():
    ours, its = let_in()
    frame = bytearray(said(its, terminal.REPORT, POSITION.body()))
    frame[20] ^= 1
    [delivery] = ours.feed(bytes(frame), 0)
    [told] = published(delivery)
    assert (told["terminal"], told["fault"]) == ("10000000001", "wrong_checksum")
    assert (delivery.answer, delivery.reports) == (b"", 0)


def test_a_faulty_frame_of_anybody_else_is_only_counted():
    ours = session(OneCode())
    assert ours.feed(framed(b"rubbish"), 0) == []
    assert ours._counts == {"fault torn": 1}


def test_a_connection_of_faults_only_ends():
    ours = session(OneCode())
    steps = ours.feed(framed(b"rubbish") * MOST_FAULTS, 0)
    assert [type(step) for step in steps] == [End]


def test_a_sound_frame_between_makes_faults_forgotten():
    ours, its = let_in()
    for _ in range(MOST_FAULTS):
        steps = ours.feed(framed(b"rubbish") * 2 + said(its, terminal.HEARTBEAT), 0)
        assert not any(isinstance(step, End) for step in steps)


def test_answers_are_numbered():
    ours, its = let_in()
    answers = ours.feed(said(its, 0x0002) + said(its, 0x0002), 0)
    serials = [messages_in(each.frame)[0].serial for each in answers]
    assert serials == [1, 2]  # 0 answered the authentication


pings = st.builds(
    lambda second, micro_lon, micro_lat, speed, heading, satellites: Ping(
        vehicle_id="10000000001",
        event_time_ms=second * 1000,
        longitude=micro_lon / 1_000_000,
        latitude=micro_lat / 1_000_000,
        speed_mps=speed / 36,
        heading_deg=float(heading),
        satellites=satellites,
    ),
    st.integers(1_000_000_000, 1_790_000_000),
    st.integers(-180_000_000, 180_000_000),
    st.integers(1, 90_000_000),
    st.integers(0, 2500),
    st.integers(0, 359),
    st.integers(0, 255),
)


@given(st.lists(pings, min_size=1, max_size=8), st.booleans(), st.sampled_from(Version))
def test_a_ping_comes_through_terminal_gateway_and_dialect_as_it_was(wanted, in_batch, version):
    ours, its = let_in(version)
    positions = [
        terminal.Position(
            datetime.fromtimestamp(ping.event_time_ms // 1000, UTC),
            ping.longitude, ping.latitude, ping.speed_mps * 3.6, int(ping.heading_deg),
            items={0x31: bytes([ping.satellites])},
        )
        for ping in wanted
    ]  # fmt: skip
    if in_batch:
        stream = said(its, terminal.BATCH, terminal.batch(positions), piece=60)
    else:
        stream = b"".join(said(its, terminal.REPORT, each.body()) for each in positions)
    decoder = Decoder(routes_of([("gateway/jt808", "jt808")]))
    found = []
    for delivery in ours.feed(stream, 0):
        for payload in delivery.payloads:
            come, refused = decoder.decode(Published("gateway/jt808", payload, 1_800_000_000_000))
            assert refused == []
            found += come
    assert found == wanted


frames = (
    st.builds(
        lambda message_id, body, number, version: write(
            Message(message_id, number, 5, body, version)
        ),
        st.sampled_from([0x0001, 0x0002, 0x0003, 0x0100, 0x0102, 0x0200, 0x0704, 0x0900]),
        st.binary(max_size=120) | st.just(POSITION.body()) | st.just(b"code"),
        st.sampled_from(["10000000001", "2"]),
        st.sampled_from(Version),
    )
    | st.binary(max_size=40).map(framed)
    | st.binary(max_size=60)
)


@settings(deadline=None)
@given(st.lists(frames, max_size=12).map(b"".join), st.booleans(), st.integers(1, 64))
def test_any_bytes_in_any_pieces_give_the_same_steps_and_never_raise(stream, is_open, size):
    def steps(cut):
        ours = session(OpenGate() if is_open else OneCode())
        pieces = [stream[begin : begin + cut] for begin in range(0, len(stream), cut)]
        return [step for piece in pieces for step in ours.feed(piece, 0)]

    whole = steps(max(1, len(stream)))
    assert steps(size) == whole
    for step in whole:
        frames = step.frame if isinstance(step, Answer) else getattr(step, "answer", b"")
        assert not any(isinstance(each, Fault) for each in messages_in(frames))
        if isinstance(step, Delivery):
            assert all(len(payload) < 256 * 1024 for payload in step.payloads)
            assert all(json.loads(payload) for payload in step.payloads)
