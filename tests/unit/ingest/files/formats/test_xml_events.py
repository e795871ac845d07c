from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fault import PingFileError
from ingest.files.formats.xml_events import walk

BOMB = (
    '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>',
    '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
)


def events(content):
    seen = []
    walk(content, "t.gpx", lambda tag, cells: seen.append((tag, cells)),
         lambda tag, text: seen.append((tag, text)))  # fmt: skip
    return seen


def test_elements_are_told_without_their_namespace_with_their_text():
    found = events(b'<a xmlns="urn:x"><b lat="1"> 7 </b></a>')
    assert found == [("a", {}), ("b", {"lat": "1"}), ("b", "7"), ("a", "")]


@pytest.mark.parametrize("text", BOMB)
def test_a_document_type_is_refused_before_anything_of_it_is_used(text):
    with pytest.raises(PingFileError, match=r"t\.gpx: it declares a document type"):
        events(text.encode())


@pytest.mark.parametrize("content", [b"", b"<a>", b"no", b"<a>&nbsp;</a>", b"<a>" * 200])
def test_what_is_no_xml_is_an_error_that_names_it(content):
    with pytest.raises(PingFileError, match=r"t\.gpx"):
        events(content)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_an_error(content):
    with suppress(PingFileError):
        assert events(content)
