from functools import reduce
from operator import xor

from hypothesis import given
from hypothesis import strategies as st

from ingest.gateway.jt808.fault import Fault, FaultCode
from ingest.gateway.jt808.framing import LONGEST_FRAME, Frames, checksum, framed, unescaped

contents = st.binary(min_size=1, max_size=1000) | st.lists(
    st.sampled_from([0x7E, 0x7D, 0x01, 0x02, 0x00]), min_size=1, max_size=300
).map(bytes)


def fed(data, cuts=()):
    frames, found, begin = Frames(), [], 0
    for end in [*sorted(cuts), len(data)]:
        found += frames.feed(data[begin:end])
        begin = max(begin, end)
    return found


def codes(found):
    return [each.code if isinstance(each, Fault) else each for each in found]


def test_marks_and_escapes_of_the_standard_s_own_example():
    # 30 7e 08 7d 55, whose XOR is 6e, is written 30 7d02 08 7d01 55
    frame = bytes.fromhex("7e 30 7d02 08 7d01 55 6e 7e")
    assert framed(bytes.fromhex("30 7e 08 7d 55")) == frame
    assert fed(frame) == [bytes.fromhex("30 7e 08 7d 55 6e")]


def test_a_checksum_is_escaped_as_all_else_is():
    assert framed(b"\x7e") == bytes.fromhex("7e 7d02 7d02 7e")
    assert framed(b"\x7d\x00") == bytes.fromhex("7e 7d01 00 7d01 7e")


def test_one_mark_between_two_frames_is_enough():
    one, other = framed(b"one"), framed(b"other")
    assert [each[:-1] for each in fed(one + other[1:])] == [b"one", b"other"]


def test_what_has_no_end_yet_is_kept_and_told():
    frames = Frames()
    assert frames.feed(framed(b"one")[:-1]) == []
    assert (frames.is_amid, frames.ended) == (True, 0)
    assert len(frames.feed(b"\x7e")) == 1
    assert (frames.is_amid, frames.ended) == (False, 1)


def test_each_fault_has_its_code_and_the_next_frame_is_read():
    good = framed(b"good")
    for bad, code in [
        (bytes.fromhex("7e 30 7d 33 7e"), FaultCode.BAD_ESCAPE),
        (bytes.fromhex("7e 30 7d 7e"), FaultCode.BAD_ESCAPE),
        (bytes.fromhex("7e 30 7d 7d 02 7e"), FaultCode.BAD_ESCAPE),
        (bytes.fromhex("7e 30 31 7e"), FaultCode.WRONG_CHECKSUM),
        (b"\x7e" + b"a" * (LONGEST_FRAME + 1) + b"\x7e", FaultCode.TOO_LONG),
        (b"rubbish before the first mark", FaultCode.WRONG_CHECKSUM),
    ]:
        assert codes(fed(bad + good)) == [code, b"good" + bytes([checksum(b"good")])]


def test_a_stream_without_marks_takes_no_memory():
    frames = Frames()
    found = [each for _ in range(1000) for each in frames.feed(b"a" * 1000)]
    assert codes(found) == [FaultCode.TOO_LONG]
    assert len(frames._kept) == 0
    assert len(found[0].evidence) == 1024


@given(st.lists(contents, max_size=5))
def test_what_is_framed_comes_back(sent):
    stream = b"".join(map(framed, sent))
    assert [each[:-1] for each in fed(stream)] == sent


@given(contents)
def test_a_checksum_is_the_xor_of_all_bytes(content):
    assert checksum(content) == reduce(xor, content)


@given(contents)
def test_a_frame_has_a_mark_at_its_ends_only_and_no_bare_escape(content):
    frame = framed(content)
    assert frame[1:-1].count(b"\x7e") == 0
    assert unescaped(frame[1:-1]) == content + bytes([checksum(content)])


@given(
    st.lists(contents.map(framed) | st.binary(max_size=50), max_size=6).map(b"".join),
    st.lists(st.integers(0, 3000), max_size=20),
)
def test_any_pieces_of_any_stream_give_the_same_frames(stream, cuts):
    assert fed(stream, [min(cut, len(stream)) for cut in cuts]) == fed(stream)
