import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding.rejection import RejectionCode as Code
from ingest.files.csv_table import CsvText

HEADING = b"a,b,c\n"


def read(*lines, end=b"\n", delimiter=","):
    content = HEADING + end.join(line.encode() for line in lines)
    text = CsvText(content, "day.csv", delimiter)
    found = text.rows({"a": 0, "c": 2}, 3, 0)
    rows = [(row["a"].decode(), row["c"].decode()) for row in found.table.to_pylist()]
    return rows, [int(line) for line in found.lines], [each.topic for each in found.torn], found


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_quote_that_is_never_closed_costs_its_own_line_only(end):
    rows, lines, torn, found = read("1,2,3", '4,5,"6 in. kerb', "7,8,9", "", "x,y", end=end)
    assert (rows, lines) == ([("1", "3"), ("7", "9")], [2, 4])
    assert sorted(torn) == ["day.csv:3", "day.csv:6"]
    assert {each.code for each in found.torn} == {Code.NOT_AN_OBJECT}
    assert found.torn[0].payload == b'4,5,"6 in. kerb'
    assert "does not end on its line" in found.torn[0].value


def test_two_stray_quotes_do_not_make_one_field_of_the_lines_between():
    rows, lines, torn, _ = read('1,2,"6 in.', *["3,4,5"] * 40, '6,7,8 in."', '9,9,"8 in.')
    assert len(rows) == 41
    assert rows[-1] == ("6", '8 in."')
    assert torn == ["day.csv:2", "day.csv:44"]
    assert lines[0] == 3


def test_a_line_break_inside_a_field_refuses_both_its_lines():
    rows, _, torn, _ = read('1,"up\ndown",3', "4,5,6")
    assert rows == [("4", "6")]
    assert torn == ["day.csv:2", "day.csv:3"]


def test_quotes_that_end_on_their_line_are_read_as_ever():
    rows, _, torn, _ = read('"1","2, 3","say ""so"""', '4,6" kerb,5" high', '"7"x,8,9')
    assert rows == [("1", 'say "so"'), ("4", '5" high'), ("7x", "9")]
    assert torn == []


def test_a_field_longer_than_what_is_read_at_once_loses_no_line():
    rows, _, torn, _ = read('1,2,"' + "x" * 3_000_000, *["3,4,5"] * 3)
    assert (len(rows), len(torn)) == (3, 1)


@given(
    st.lists(st.text(alphabet="1,;\"'x \t", max_size=12), max_size=12),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.booleans(),
)
def test_every_line_is_a_row_or_refused_or_blank(lines, end, ends_itself):
    content = [*lines, ""] if ends_itself else lines
    rows, numbers, torn, _ = read(*content, end=end)
    given_lines = [line for line in lines if line]
    assert len(rows) + len(torn) == len(given_lines)
    told = sorted([*numbers, *(int(topic.rpartition(":")[2]) for topic in torn)])
    assert told == [place for place, line in enumerate(lines, 2) if line]


@given(st.lists(st.tuples(*[st.text(alphabet='1,"x ', max_size=4)] * 3), min_size=1, max_size=8))
def test_what_a_writer_of_csv_writes_is_read_whole(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    found, _, torn, _ = read(*out.getvalue().split("\n"))
    assert found == [(a, c) for a, _, c in rows]
    assert torn == []


def test_a_torn_line_that_is_no_utf8_is_refused_like_any(capfd):
    content = HEADING + b"1,2,3\n\xff,2\n4,\xff,6\n7,8,9,\xfe\n"
    found = CsvText(content, "day.csv").rows({"a": 0, "c": 2}, 3, 0)
    assert found.table.num_rows == 2
    assert [int(line) for line in found.lines] == [2, 4]
    assert [each.topic for each in found.torn] == ["day.csv:3", "day.csv:5"]
    assert "4 fields instead of 3" in found.torn[1].value
    assert capfd.readouterr().err == ""


def test_a_heading_may_stand_lower_and_be_cut_otherwise():
    content = "\ufefftitle\r\nvehículo;hora\r\nT1;7\r\n".encode()
    text = CsvText(content, "day.csv", ";", heading_line=2)
    assert text.heading() == ["vehículo", "hora"]
    found = text.rows({"hora": 1}, 2, 0)
    assert found.table.to_pylist() == [{"hora": b"7"}]
    assert list(found.lines) == [3]


@pytest.mark.parametrize("content", [b"a,b,c", b"a,b,c\n", b"a,b,c\r\n\r\n\r\n"])
def test_a_heading_alone_has_no_rows(content):
    found = CsvText(content, "day.csv").rows({"a": 0}, 3, 0)
    assert (found.table.num_rows, found.torn) == (0, ())
