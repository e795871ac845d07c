import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.dialect import Dialect, Report, an_object, write_json
from ingest.decoding.dialects.json_payload import read_json
from ingest.decoding.rejection import RejectionCode as Code


class Plain(Dialect):
    """A dialect that only says what it must say."""

    def read(self, element):
        return Report(an_object(element))


scalars = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(-(10**16), 10**17), st.text(max_size=5),
    st.sampled_from(["晋BQ0384", "\ud800", "\0", '"\\']),
)  # fmt: skip
elements = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(elements)
@settings(max_examples=60)
def test_what_is_put_together_is_taken_apart_into_the_same_element(element):
    again = Plain().take_apart(Plain().put_together(element))
    assert repr(list(again)) == repr([element])


@given(elements)
@settings(max_examples=60)
def test_json_that_is_written_reads_back_as_the_same_content(content):
    assert repr(read_json(write_json(content))) == repr(content)


def test_json_is_written_short_and_for_people_to_read():
    assert write_json({"vehicle_id": "晋BQ0384", "n": [1, 2]}).decode("utf-8") == (
        '{"vehicle_id":"晋BQ0384","n":[1,2]}'
    )


def test_a_message_is_one_object_or_an_array_of_elements():
    assert Plain().take_apart(b'{"a": 1}') == [{"a": 1}]
    assert Plain().take_apart(b'[{"a": 1}, 7, []]') == [{"a": 1}, 7, []]


@pytest.mark.parametrize("element", [None, 7, "扫帚", [{}]])
def test_an_element_that_is_no_object_is_refused_and_shown(element):
    with pytest.raises(Refused) as caught:
        an_object(element)
    assert (caught.value.code, caught.value.value) == (Code.NOT_AN_OBJECT, element)


def test_a_dialect_names_its_devices_as_it_likes_unless_it_says_otherwise():
    assert not Plain().names_vehicles
    assert Plain().read({"longitude": 1}).device_id is None
