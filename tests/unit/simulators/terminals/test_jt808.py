import asyncio
import struct
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingest.gateway.jt808.framing import Frames
from ingest.gateway.jt808.header import LONGEST_BODY, read, write
from ingest.gateway.jt808.location import report_of
from ingest.gateway.jt808.message import Message, Version
from simulators.terminals.jt808 import (
    REPORT,
    Encoder,
    Position,
    Terminal,
    batch,
    beijing,
    registration,
)


def test_a_position_byte_by_byte():
    position = Position(
        beijing(2022, 3, 28, 7, 3, 10), -113.300768, -40.080384, 10.04, 197, 1040,
        items={0x31: b"\x0b"},
    )  # fmt: skip
    assert position.at == datetime(2022, 3, 27, 23, 3, 10, tzinfo=UTC)
    assert position.body() == bytes.fromhex(
        "00000000"
        "0000000f"  # ACC, positioned, south, west
        "02639400 06c0d520 0410 0064 00c5 220328070310"
        "31 01 0b"
    )


def test_a_batch_counts_its_reports_and_their_bytes():
    position = Position(beijing(2022, 3, 28, 7, 3, 10), 113.3, 40.08)
    assert batch([position] * 2, blind=True) == (b"\0\2\1" + (b"\0\x1c" + position.body()) * 2)


def test_a_registration_has_the_length_of_its_version_and_a_plate_in_gbk():
    assert len(registration("晋BQ0384", Version.V2013)) == 37 + 8
    assert registration("晋BQ0384", Version.V2019)[76:] == bytes.fromhex("bdfa425130333834")


@given(
    st.builds(
        Position,
        st.integers(978_307_200, 4_039_372_800).map(lambda s: datetime.fromtimestamp(s, UTC)),
        st.integers(-180_000_000, 180_000_000).map(lambda micro: micro / 1e6),
        st.integers(-90_000_000, 90_000_000).map(lambda micro: micro / 1e6),
        st.integers(0, 65535).map(lambda tenths: tenths / 10),
        st.integers(0, 359),
        st.integers(0, 8848),
    )
)
def test_what_a_terminal_writes_the_gateway_reads(position):
    report = report_of(position.body())
    west, south = bool(report["status"] & 8), bool(report["status"] & 4)
    assert report["longitude"] * (-1 if west else 1) == round(position.longitude * 1e6)
    assert report["latitude"] * (-1 if south else 1) == round(position.latitude * 1e6)
    assert report["speed"] == round(position.speed_kmh * 10)


@given(st.binary(max_size=5000), st.sampled_from(Version), st.integers(1, LONGEST_BODY))
def test_a_long_body_is_cut_into_sub_packages_with_serial_numbers_in_a_row(body, version, piece):
    encoder = Encoder("10000000001", version)
    encoder.serial = 65_530
    stream = b"".join(encoder.message(0x0704, body, piece))
    found = [read(content) for content in Frames().feed(stream)]
    assert b"".join(message.body for message in found) == body
    assert [message.serial for message in found] == [
        (65_530 + number) % 65_536 for number in range(len(found))
    ]


def test_what_is_not_answered_is_sent_again_as_it_was_until_it_is():
    heard = []

    async def deaf_at_first(reader, writer):
        frames = Frames()
        while data := await reader.read(4096):
            heard.extend(read(content) for content in frames.feed(data))
            if len(heard) >= 3:
                body = struct.pack(">HHB", heard[0].serial, REPORT, 0)
                writer.write(write(Message(0x8001, heard[0].terminal, 0, body, Version.V2013)))
        writer.close()

    async def speak():
        server = await asyncio.start_server(deaf_at_first, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            async with await Terminal.connect("127.0.0.1", port, Encoder("10000000001")) as its:
                return await its.insist(await its.send(REPORT, b"somewhere"), again_s=0.01)

    assert asyncio.run(speak()) == 0
    assert [message.body for message in heard[:3]] == [b"somewhere"] * 3
    assert {message.serial for message in heard} == {0}
