import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.dashboard.tiles.vector_tile import Lines, encode_layer, varints
from tests.fixtures.vector_tiles import read_back


def plain_varint(value: int) -> bytes:
    """Write a number as the specification of protobuf says it, digit by digit."""
    digits = []
    while True:
        value, digit = divmod(value, 128)
        digits.append(digit + (128 if value else 0))
        if not value:
            return bytes(digits)


def lines_of(features) -> Lines:
    """Each feature a list of lines, each line a list of points."""
    lines = [line for feature in features for line in feature]
    return Lines(
        points=np.array([point for line in lines for point in line], np.int64).reshape(-1, 2),
        first=np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
        feature=np.repeat(np.arange(len(features)), [len(each) for each in features]),
    )


@given(st.lists(st.integers(0, 2**35 - 1), min_size=1, max_size=20))
def test_numbers_are_written_as_protobuf_says(numbers):
    written, ends = varints(np.array(numbers, np.int64))
    assert written == b"".join(map(plain_varint, numbers))
    assert ends.tolist() == np.cumsum([len(plain_varint(each)) for each in numbers]).tolist()


def test_gdal_reads_the_lines_ids_and_names_that_were_written(tmp_path):
    drawn = [
        [[[0, 0], [10, 0], [10, 300]]],
        [[[4000, 4000], [5, 7]], [[90, 90], [80, 95], [70, 90]]],
        [[[4095, 1], [1, 4095]]],
    ]
    tile = encode_layer(
        "streets", lines_of(drawn), np.array([3, 0, 376_172]), ["云中街", "", "支路"]
    )
    fields, features = read_back(tile, tmp_path)
    assert features == drawn
    assert fields["mvt_id"].tolist() == [3, 0, 376_172]
    assert [name or "" for name in fields["name"]] == ["云中街", "", "支路"]


def test_lines_beyond_the_edge_keep_their_place():
    inside = encode_layer("streets", lines_of([[[[0, 0], [5, 5]]]]), np.array([1]), ["a"])
    beyond = encode_layer("streets", lines_of([[[[-64, -64], [5, 5]]]]), np.array([1]), ["a"])
    # zigzag: -64 is 127, and the way to 5 is 69, which is 138, in two bytes
    assert bytes([9, 127, 127, 10, 0x8A, 1, 0x8A, 1]) in beyond
    assert bytes([9, 0, 0, 10, 10, 10]) in inside


def test_a_name_is_written_once_however_many_bear_it():
    line = [[[0, 0], [5, 5]]]
    tile = encode_layer("streets", lines_of([line] * 3), np.arange(3), ["云中街"] * 3)
    assert tile.count("云中街".encode()) == 1


@pytest.mark.parametrize("name", ["", "云中街"])
def test_without_lines_there_is_no_layer(name):
    assert encode_layer(name, lines_of([]), np.array([], np.int64), []) == b""
