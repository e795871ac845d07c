import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gateway.jt808.fault import Fault, FaultCode
from ingest.gateway.jt808.framing import Frames, checksum
from ingest.gateway.jt808.header import LONGEST_BODY, read, write
from ingest.gateway.jt808.message import Message, Packet, Version

HEARTBEAT_2013 = bytes.fromhex(
    "7e"
    "0002"  # heartbeat
    "0000"  # no body, no encryption, no packets, no version
    "010000000001"  # the terminal in BCD, filled up with a zero
    "7d027d01"  # serial number 0x7e7d, escaped
    "01"  # 00^02 ^ 01^01 ^ 7e^7d = 02 ^ 00 ^ 03
    "7e"
)
HEARTBEAT_2019 = bytes.fromhex(
    "7e"
    "0002"
    "4000"  # bit 14: the version stands behind
    "01"
    "00000000010000000001"  # BCD of 20 digits
    "0005"
    "46"  # 02 ^ 40 ^ 01 ^ 01^01 ^ 05
    "7e"
)


def with_checksum(text):
    content = bytes.fromhex(text)
    return content + bytes([checksum(content)])


messages = st.builds(
    Message,
    id=st.integers(0, 0xFFFF),
    terminal=st.integers(0, 10**12 - 1).map(str),
    serial=st.integers(0, 0xFFFF),
    body=st.binary(max_size=LONGEST_BODY),
    version=st.sampled_from(Version),
    packet=st.none() | st.builds(Packet, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF)),
)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (HEARTBEAT_2013, Message(2, "10000000001", 0x7E7D, b"")),
        (HEARTBEAT_2019, Message(2, "10000000001", 5, b"", Version.V2019)),
    ],
)
def test_a_heartbeat_byte_by_byte(frame, message):
    [content] = Frames().feed(frame)
    assert read(content) == message
    assert write(message) == frame


def test_a_sub_package_says_which_it_is():
    content = with_checksum(
        "0704"
        "2003"  # bit 13: in packets; three bytes of body
        "010000000001"
        "0011"
        "0004"  # of four
        "0002"  # the second
        "aabbcc"
    )
    message = Message(0x0704, "10000000001", 0x11, b"\xaa\xbb\xcc", packet=Packet(4, 2))
    assert read(content) == message


def test_of_a_terminal_of_nothing_but_zeros_one_is_left():
    assert read(with_checksum("0002 0000 000000000000 0000")).terminal == "0"


@pytest.mark.parametrize(
    ("text", "code", "is_told"),
    [
        ("0002 0000 010000000001", FaultCode.TORN, False),
        ("0002 4000 01 00000000010000000001 00", FaultCode.TORN, False),
        ("0704 2000 010000000001 0011 0004 00", FaultCode.TORN, False),
        ("0002 4000 02 00000000010000000001 0005", FaultCode.UNKNOWN_VERSION, False),
        ("0002 4000 00 00000000010000000001 0005", FaultCode.UNKNOWN_VERSION, False),
        ("0002 0000 01000000000a 0005", FaultCode.BAD_TERMINAL, False),
        ("0002 0001 010000000001 0005", FaultCode.WRONG_LENGTH, True),
        ("0002 0001 010000000001 0005 aabb", FaultCode.WRONG_LENGTH, True),
        ("0002 0401 010000000001 0005 aa", FaultCode.ENCRYPTED, True),
    ],
)
def test_each_fault_has_its_code_and_says_whose_it_is_if_that_can_be_read(text, code, is_told):
    found = read(with_checksum(text))
    assert (found.code, found.message is not None) == (code, is_told)
    assert found.evidence == with_checksum(text)


def test_a_body_that_needs_sub_packages_is_not_written_as_one_frame():
    with pytest.raises(ValueError, match="at most 1023 bytes, got 1024"):
        write(Message(0x0704, "1", 0, bytes(1024)))


@given(messages)
def test_what_is_written_is_read(message):
    [content] = Frames().feed(write(message))
    assert read(content) == message


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_a_fault(content):
    assert isinstance(read(content), Message | Fault)
