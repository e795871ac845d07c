from hypothesis import given
from hypothesis import strategies as st

from ingest.gateway.jt808.admission import (
    Authentication,
    OpenGate,
    Registered,
    Registration,
    read_authentication,
    read_registration,
)
from ingest.gateway.jt808.fault import FaultCode
from ingest.gateway.jt808.message import Version

PLATE = bytes.fromhex("bdfa 42 51 30 33 38 34")  # 晋BQ0384 in GBK


def test_a_registration_of_2013_byte_by_byte():
    body = (
        bytes.fromhex("000e 00d5")  # province 14, county 213
        + b"PCSIM"
        + b"PC-1".ljust(20, b"\0")
        + b"T000001"
        + b"\x02"  # a yellow plate
        + PLATE
    )
    assert len(body) == 37 + 8
    assert read_registration(body, Version.V2013) == Registration(
        14, 213, "PCSIM", "PC-1", "T000001", 2, "晋BQ0384"
    )


def test_a_registration_of_2011_has_a_shorter_model():
    body = bytes.fromhex("000e 00d5") + b"PCSIMPC-1    T000001\x02" + b"A12345"
    assert len(body) == 25 + 6
    found = read_registration(body, Version.V2013)
    assert (found.model, found.serial, found.plate) == ("PC-1", "T000001", "A12345")


def test_a_registration_of_2019_byte_by_byte():
    body = (
        bytes.fromhex("000e 00d5")
        + b"PCSIM".rjust(11, b"\0")
        + b"PC-1".rjust(30, b"\0")
        + b"T000001".rjust(30, b"\0")
        + b"\x02"
        + PLATE
    )
    assert len(body) == 76 + 8
    assert read_registration(body, Version.V2019) == Registration(
        14, 213, "PCSIM", "PC-1", "T000001", 2, "晋BQ0384"
    )


def test_an_authentication_of_2013_is_the_code_and_of_2019_more():
    assert read_authentication(b"code\0", Version.V2013) == Authentication("code")
    body = b"\x04code" + b"350000000000001" + b"1.0".ljust(20, b"\0")
    assert len(body) == 1 + 4 + 15 + 20
    assert read_authentication(body, Version.V2019) == Authentication(
        "code", "350000000000001", "1.0"
    )


def test_bodies_without_all_their_fields_are_faults():
    assert read_registration(bytes(24), Version.V2013) is FaultCode.BAD_BODY
    assert read_registration(bytes(75), Version.V2019) is FaultCode.BAD_BODY
    assert read_authentication(b"", Version.V2019) is FaultCode.BAD_BODY
    assert read_authentication(b"\x05code", Version.V2019) is FaultCode.BAD_BODY


@given(st.binary(max_size=120), st.sampled_from(Version))
def test_any_bytes_are_a_body_or_a_fault(body, version):
    assert isinstance(read_registration(body, version), Registration | FaultCode)
    assert isinstance(read_authentication(body, version), Authentication | FaultCode)


def test_an_open_gate_knows_everybody():
    assert OpenGate().register("1") == (Registered.DONE, "1")
    assert OpenGate().knows("1", "anything")
