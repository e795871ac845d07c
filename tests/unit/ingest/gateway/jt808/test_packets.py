import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gateway.jt808.fault import Fault, FaultCode
from ingest.gateway.jt808.message import Message, Packet
from ingest.gateway.jt808.packets import (
    LONGEST_MESSAGE,
    MOST_BEGUN,
    MOST_PACKETS,
    PATIENCE_S,
    Packets,
    Whole,
)


def part(number, total, serial, body=b"x", message_id=0x0704):
    return Message(message_id, "10000000001", serial, body, packet=Packet(total, number))


def test_a_message_of_one_frame_is_whole():
    message = Message(0x0200, "1", 7, b"body")
    assert Packets().add(message, 0) == Whole(message, [7])


def test_parts_make_a_whole_in_any_order_across_the_end_of_serial_numbers():
    packets = Packets()
    assert packets.add(part(3, 3, 0, b"c"), 0) is None
    assert packets.add(part(1, 3, 65534, b"a"), 0) is None
    whole = packets.add(part(2, 3, 65535, b"b"), 0)
    assert (whole.message.body, whole.serials) == (b"abc", [65534, 65535, 0])
    assert whole.message.packet is None


def test_a_part_that_comes_twice_counts_once():
    packets = Packets()
    assert packets.add(part(1, 2, 1, b"a"), 0) is None
    assert packets.add(part(1, 2, 1, b"a"), 0) is None
    assert packets.add(part(2, 2, 2, b"b"), 0).message.body == b"ab"


def test_parts_of_two_messages_never_make_one():
    packets = Packets()
    assert packets.add(part(2, 2, 11, b"b of the first"), 0) is None
    assert packets.add(part(1, 2, 20, b"a of the second"), 0) is None
    assert packets.add(part(2, 2, 21, b"b of the second"), 0).serials == [20, 21]


@pytest.mark.parametrize(
    "wrong", [part(0, 3, 1), part(4, 3, 1), part(1, 0, 1), part(1, MOST_PACKETS + 1, 1)]
)
def test_a_number_beyond_the_total_or_too_many_are_a_fault(wrong):
    found = Packets().add(wrong, 0)
    assert (found.code, found.message) == (FaultCode.BAD_PACKET, wrong)


def test_what_was_begun_is_forgotten_after_a_time_and_said():
    packets = Packets()
    packets.add(part(1, 2, 1), 0.0)
    assert packets.drop_stale(PATIENCE_S) == []
    [lost] = packets.drop_stale(PATIENCE_S + 1)
    assert lost.code is FaultCode.PACKETS_MISSING
    assert packets.add(part(2, 2, 2), 200.0) is None


def test_of_too_many_begun_the_oldest_go():
    packets = Packets()
    for number in range(MOST_BEGUN + 2):
        packets.add(part(1, 2, 10 * number), float(number))
    dropped = packets.drop_stale(float(MOST_BEGUN + 2))
    assert [each.message.serial for each in dropped] == [0, 10]


def test_a_message_that_would_be_too_long_is_a_fault_and_takes_no_more_memory():
    packets, found = Packets(), None
    for number in range(1, 100):
        found = packets.add(part(number, 500, number, bytes(1000)), 0)
        if found is not None:
            break
    assert found.code is FaultCode.BAD_PACKET
    assert LONGEST_MESSAGE < number * 1000 <= LONGEST_MESSAGE + 1000
    assert packets.drop_stale(1e9) == []


def test_messages_that_are_begun_share_the_memory():
    packets = Packets()
    for message_id in range(4):
        for number in range(1, 21):
            packets.add(part(number, 30, number, bytes(1000), message_id), float(message_id))
    assert [each.message.id for each in packets.drop_stale(5.0)] == [0]


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 6), st.floats(0, 1e6)),
        max_size=60,
    )
)
def test_any_parts_are_a_whole_or_a_fault_or_wait(parts):
    packets = Packets()
    for number, total, serial, now_s in parts:
        found = packets.add(part(number, total, serial), now_s)
        assert found is None or isinstance(found, Whole | Fault)
        packets.drop_stale(now_s)
        assert len(packets._begun) <= MOST_BEGUN
