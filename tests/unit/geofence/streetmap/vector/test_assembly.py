import numpy as np

from geofence.streetmap.noding.noding import node
from geofence.streetmap.street_map import Names
from geofence.streetmap.vector.assembly import Table, street_map_of
from geofence.streetmap.vector.fields import Chosen
from geofence.streetmap.vector.notes import Notes


def column(*values):
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def built(numbers, others=(), **fields):
    """Give the map of one straight street a feature, 1 km from each other."""
    spots = np.array(
        [[113.8 + at, 34.0 + 0.01 * row] for row in range(len(numbers)) for at in (0.0, 0.01)]
    )
    sections = node(spots, np.repeat(np.arange(len(numbers)), 2), np.ones(len(numbers), np.bool_))
    roles = ("name", "id", "oneway", "bridge", "tunnel", "layer", "class")
    order = list(fields)
    chosen = {
        role: Chosen(order.index(role), role, is_guess=True) if role in fields else None
        for role in roles
    }
    table = Table(
        np.array(numbers), tuple(fields.values()), chosen, tuple(order.index(o) for o in others)
    )
    notes = Notes()
    structure = np.zeros(len(numbers), np.int8)
    return street_map_of(table, sections, sections.line, structure, notes), notes


def test_features_without_an_id_bear_the_number_of_the_file():
    streets, notes = built([4, 9])
    assert list(streets.ids) == ["f4-001", "f9-001"]
    assert "no field looks like an id" in notes.told[0]
    assert not notes.warnings


def test_an_id_field_that_is_not_used_is_a_warning():
    _, notes = built([0, 1], id=column("a", "a"))
    assert "the id field is not used" in notes.warnings[0]


def test_equal_names_are_one_and_empty_ones_none():
    streets, _ = built([0, 1, 2], name=column("魏都大道", " 魏都大道", ""))
    assert streets.names == (Names("魏都大道"),)
    assert streets.name.tolist() == [0, 0, -1]


def test_further_names_follow_the_main_one_or_stand_for_it():
    streets, _ = built(
        [0, 1],
        ["other"],
        name=column("魏都大道", None),
        other=column("Weidu Dadao", "Jian'an Dadao"),
    )
    assert streets.names == (Names("魏都大道", ("Weidu Dadao",)), Names("Jian'an Dadao"))


def test_classes_are_in_the_words_of_the_map():
    streets, _ = built([0, 1, 2], **{"class": column("主干路", "支路", "主干路")})
    assert [streets.road_classes[each] for each in streets.road_class] == [
        "主干路",
        "支路",
        "主干路",
    ]


def test_a_class_that_is_different_everywhere_is_none():
    count = 1200
    streets, _ = built(list(range(count)), **{"class": column(*map(str, range(count)))})
    assert streets.road_classes == ("",)


def test_values_of_one_ways_that_make_no_sense_are_told():
    streets, notes = built([0, 1, 2], oneway=column("-1", "1", "maybe"))
    assert streets.oneway.tolist() == [True, True, False]
    assert streets.line(0)[0, 0] > streets.line(0)[1, 0]
    assert "1 values of the one-way field are not understood" in notes.warnings[-1]
    assert "maybe (1)" in notes.warnings[-1]
