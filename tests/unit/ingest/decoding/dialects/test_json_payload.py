import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.bounds import MAX_BURST, MAX_DEPTH
from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.json_payload import elements_of, read_json
from ingest.decoding.rejection import RejectionCode as Code

# strings that look like structure to whoever does not mind the quotes
texts = st.text(alphabet='[]{}"\\,:a晋', max_size=8)
contents = st.recursive(
    texts | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def refusal_of(call, *args):
    with pytest.raises(Refused) as caught:
        call(*args)
    return caught.value


def depth_of(content):
    """Count levels of objects and arrays."""
    if isinstance(content, dict):
        content = list(content.values())
    return 1 + max(map(depth_of, content), default=0) if isinstance(content, list) else 0


@given(contents, st.integers(1, 4), st.booleans(), st.integers(0, 3))
@settings(max_examples=60)
def test_exactly_what_is_nested_deeper_than_allowed_is_refused(inner, most, is_ascii, more):
    content = inner
    for _ in range(more):
        content = [content, "]"]
    payload = json.dumps(content, ensure_ascii=is_ascii).encode()
    if depth_of(content) > most:
        assert refusal_of(read_json, payload, most).code is Code.TOO_DEEP
    else:
        assert read_json(payload, most) == content


def test_the_usual_depth_is_taken_to_the_last_level():
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert depth_of(read_json(deepest)) == MAX_DEPTH
    assert refusal_of(read_json, b"[" + deepest + b"]").code is Code.TOO_DEEP


def test_a_string_that_ends_with_a_backslash_does_not_hide_what_follows():
    payload = json.dumps(["\\", [[[]]], '"']).encode()
    assert depth_of(read_json(payload, 4)) == 4
    assert refusal_of(read_json, payload, 3).code is Code.TOO_DEEP


def test_any_number_of_shallow_elements_is_no_depth():
    assert len(read_json(b"[" + b",".join([b"{}"] * 1000) + b"]")) == 1000


def test_the_evidence_names_the_byte_that_is_no_text():
    refused = refusal_of(read_json, '{"a":"晋'.encode() + b"\xff")
    assert (refused.code, refused.value) == (Code.NOT_UTF8, "byte 9")


def test_the_evidence_names_the_place_that_is_no_json():
    refused = refusal_of(read_json, b'{"a":1,}')
    assert refused.code is Code.NOT_JSON
    assert "line 1 column" in refused.value


def test_what_is_no_number_to_json_is_read_for_the_judge_to_name_its_field():
    read = read_json(b'{"a":NaN,"b":-Infinity,"c":1e999}')
    assert math.isnan(read["a"])
    assert (read["b"], read["c"]) == (-math.inf, math.inf)


def test_of_equal_keys_the_last_counts():
    assert read_json(b'{"a":1,"a":2}') == {"a": 2}


@pytest.mark.parametrize("digits", ["9" * 18, "-" + "9" * 17, "0", "-1"])
def test_a_whole_number_is_exact_as_far_as_64_bits_surely_go(digits):
    assert repr(read_json(digits.encode())) == digits


@pytest.mark.parametrize("count", [19, 300, 5000])
def test_a_longer_number_is_only_told_as_far_too_large(count):
    number = read_json(b"9" * count)
    assert isinstance(number, float)
    assert number >= 10.0 ** min(count - 1, 308)


def test_an_object_is_its_own_only_element():
    assert elements_of({"a": 1}) == [{"a": 1}]


def test_a_burst_may_be_as_long_as_allowed_and_no_longer():
    assert len(elements_of([{}] * MAX_BURST)) == MAX_BURST
    refused = refusal_of(elements_of, [{}] * (MAX_BURST + 1))
    assert (refused.code, refused.value) == (Code.BURST_TOO_LONG, f"{MAX_BURST + 1} elements")


def test_an_array_of_nothing_is_an_empty_burst():
    assert refusal_of(elements_of, []).code is Code.EMPTY_BURST


@pytest.mark.parametrize("content", [None, True, 7, 1.5, "{}"])
def test_what_is_neither_object_nor_array_is_refused_and_shown(content):
    refused = refusal_of(elements_of, content)
    assert (refused.code, refused.value) == (Code.NOT_AN_OBJECT, content)
