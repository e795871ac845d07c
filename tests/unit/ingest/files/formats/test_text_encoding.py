import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fault import PingFileError
from ingest.files.formats.text_encoding import is_utf8, to_utf8

CHINESE = "车牌号,时间\n晋BQ0384,早上\n" * 20
SPANISH = "Matrícula;Dirección\n1234;Alcalá\n" * 20


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "utf-8"),
        (CHINESE, "gb18030"),
        (SPANISH, "utf-8"),
        (SPANISH, "cp1252"),
        ("plain\n", "ascii"),
    ],
)
def test_an_encoding_is_seen(text, encoding):
    content, seen = to_utf8(text.encode(encoding), "day.csv")
    assert content.decode() == text
    assert seen == {"ascii": "utf-8"}.get(encoding, encoding)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_at_the_beginning_tells_it_and_is_taken_off(encoding):
    assert to_utf8(CHINESE.encode(encoding), "day.csv")[0].decode() == CHINESE
    assert to_utf8("\ufeffa".encode(), "day.csv", "utf-8") == (b"a", "utf-8")


def test_bytes_that_are_broken_in_places_stay_for_the_checks():
    content = CHINESE.encode() + b"\xff\xfe\n"
    assert to_utf8(content, "day.csv") == (content, "utf-8")


def test_an_encoding_that_was_told_is_held_to():
    assert to_utf8(CHINESE.encode("big5", "replace"), "day.csv", "big5")[1] == "big5"
    with pytest.raises(PingFileError, match=r"day\.csv: it is no text in ascii"):
        to_utf8(CHINESE.encode(), "day.csv", "ascii")


@given(st.binary(max_size=200))
def test_any_bytes_have_an_encoding(content):
    to_utf8(content, "day.csv")


@pytest.mark.parametrize("times", [1, 5_000])
@pytest.mark.parametrize("end", [b"", b"\xe6\x99", b"\xff"])
def test_a_long_text_is_asked_like_a_short_one(times, end):
    assert is_utf8(CHINESE.encode() * times + end) is not bool(end)
