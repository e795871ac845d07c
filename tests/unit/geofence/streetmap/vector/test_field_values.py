import numpy as np
import pytest

from geofence.streetmap.street_map import Structure
from geofence.streetmap.vector.field_values import (
    is_true,
    levels,
    structures,
    texts,
    unique_ids,
    ways,
)


def column(*values):
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def test_texts_have_no_blanks_around_them_and_whole_numbers_no_point():
    values = column(" 魏都大道 ", None, float("nan"), 12.0, 12.5, 7, "a\0\0", True)
    assert texts(values) == ["魏都大道", "", "", "12", "12.5", "7", "a", "1"]


@pytest.mark.parametrize(
    ("written", "way"),
    [
        ("yes", 1), ("Y", 1), ("1", 1), (1, 1), (1.0, 1), ("T", 1), ("true", 1), ("是", 1),
        ("单行", 1), ("FT", 1),
        ("-1", -1), (-1, -1), (-1.0, -1), ("TF", -1), ("反向", -1), ("reverse", -1),
        ("no", 0), ("0", 0), (0, 0), ("F", 0), ("B", 0), ("N", 0), ("", 0), (None, 0), ("否", 0),
        ("双向", 0),
        ("não", 0), ("sim", 1),
    ],
)  # fmt: skip
def test_one_ways_are_read_as_people_write_them(written, way):
    found, unknown = ways(column(written))
    assert [int(each) for each in found] == [way]
    assert not unknown


def test_where_a_b_stands_among_them_f_and_t_are_from_and_to():
    found, _ = ways(column("F", "T", "B"))
    assert [int(each) for each in found] == [1, -1, 0]


def test_numbered_directions_are_told_by_a_two_or_three():
    assert [int(each) for each in ways(column("1", "2", "3", "0"))[0]] == [0, 1, -1, 0]
    assert [int(each) for each in ways(column("1", "0"))[0]] == [1, 0]


def test_what_makes_no_sense_counts_as_both_ways_and_is_given_back():
    found, unknown = ways(column("perhaps", "yes", "perhaps"))
    assert [int(each) for each in found] == [0, 1, 0]
    assert unknown == {"perhaps": 2}


def test_whatever_is_not_a_no_is_a_bridge():
    assert is_true(column("yes", "viaduct", "T", "F", "", None, "0", "否", 1)).tolist() == [
        True, True, True, False, False, False, False, False, True,
    ]  # fmt: skip


def test_levels_of_which_most_are_the_ground_are_layers():
    assert levels(column("0", "1", None, "-1", 0)).tolist() == [0, 1, 0, -1, 0]


@pytest.mark.parametrize(
    "values", [("3", "4", "4"), ("a", "0", "0"), ("0", "0", "99"), ("inf", "0")]
)
def test_a_field_that_is_no_layer_is_none(values):
    assert levels(column(*values)) is None


def test_what_lies_above_the_ground_is_a_bridge_and_below_a_tunnel():
    layer = column("1", "0", "-1", "0", "0", "0", "0")
    bridge = column("", "", "", "yes", "", "", "")
    tunnel = column("", "", "", "", "yes", "", "")
    found = structures(7, bridge, tunnel, layer)
    assert found.tolist() == [
        Structure.BRIDGE, Structure.GROUND, Structure.TUNNEL, Structure.BRIDGE, Structure.TUNNEL,
        Structure.GROUND, Structure.GROUND,
    ]  # fmt: skip
    assert structures(2, None, None, None).tolist() == [Structure.GROUND] * 2


def test_ids_are_those_of_the_field_if_each_is_there_and_only_once():
    assert unique_ids(["a", "b"], [0, 1]) == (["a", "b"], "")


@pytest.mark.parametrize(
    ("given", "reason"), [(None, "no field"), (["a", ""], "empty in 1"), (["a", "a"], "a stands 2")]
)
def test_else_ids_are_numbers_of_features_and_it_is_told_why(given, reason):
    ids, told = unique_ids(given, [3, 7])
    assert ids == ["f3", "f7"]
    assert reason in told
