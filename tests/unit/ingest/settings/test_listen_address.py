import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fault import SettingError
from ingest.settings.listen_address import parse_listen_address


@given(st.sampled_from(["127.0.0.1", "localhost", "fleet.example", "0.0.0.0"]),
       st.integers(0, 65535))  # fmt: skip
@settings(max_examples=30)
def test_host_and_port_are_what_stands_before_and_after_the_colon(host, port):
    assert parse_listen_address(f"{host}:{port}") == (host, port)


def test_the_brackets_of_an_ipv6_address_are_no_part_of_it():
    assert parse_listen_address("[::1]:9108") == ("::1", 9108)


@pytest.mark.parametrize(
    "text",
    ["", "9108", ":9108", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:-1",
     "127.0.0.1:65536", "127.0.0.1: 9108", "127.0.0.1:9108/", "127.0.0.1:²"],
)  # fmt: skip
def test_what_is_no_address_is_an_error_that_shows_it_and_a_right_one(text):
    with pytest.raises(SettingError) as caught:
        parse_listen_address(text)
    assert str(caught.value) == f"{text!r} is no address to listen on; write 127.0.0.1:9108"


def test_empty_brackets_are_no_host():
    with pytest.raises(SettingError):
        parse_listen_address("[]:9108")
