"""Objects as libosmium writes them, read in columns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geofence.streetmap.extract.extract import NamedArea, NamedNode, WayTable
from geofence.streetmap.extract.opl import add_ways, by_kind, named_things, tag_sets


def table_of(text: str) -> WayTable:
    table = WayTable()
    add_ways(text.encode(), table)
    return table


def test_ways_are_read_with_their_nodes_places_and_tags():
    table = table_of(
        "w5 Thighway=service Nn1x2.5y-1,n-9xy\nw6 T N\nw7 Thighway=service Nn1x2.5y-1\n"
    )
    ways = table.ways()
    assert ways.ids.tolist() == [5, 6, 7]
    assert ways.first_node.tolist() == [0, 2, 2, 3]
    assert ways.nodes.tolist() == [1, -9, 1]
    assert ways.places[0].tolist() == [2.5, -1]
    assert np.isnan(ways.places[1]).all()
    assert [table.written_sets()[tags] for tags in ways.tags] == ["Thighway=service", "T"] * 1 + [
        "Thighway=service"
    ]


def test_ways_without_any_node_are_read():
    assert table_of("w5 T N\n").ways().first_node.tolist() == [0, 0]


def test_a_way_without_any_node_between_others_is_read():
    ways = table_of("w5 T Nn1x2y3\nw6 T N\nw7 T Nn1x2y3,n2xy\n").ways()
    assert ways.first_node.tolist() == [0, 1, 1, 3]


def test_many_texts_become_one_table():
    table = table_of("w5 Ta=b Nn1x2y3\n")
    add_ways(b"w6 Tc=d Nn2x3y4\nw7 Ta=b Nn1x2y3\n", table)
    ways = table.ways()
    assert ways.ids.tolist() == [5, 6, 7]
    assert ways.tags.tolist() == [0, 1, 0]
    assert ways.first_node.tolist() == [0, 1, 2, 3]


def test_ids_and_places_are_read_to_the_last_digit():
    ways = table_of("w9007199254740993 T Nn12000000001x-179.9999999y89.9999999\n").ways()
    assert ways.ids.tolist() == [9007199254740993]
    assert ways.nodes.tolist() == [12000000001]
    assert ways.places.tolist() == [[-179.9999999, 89.9999999]]


def test_characters_that_are_written_as_numbers_are_given_back():
    written = ["Tname=A%20%%2c%B%3d%%1f600%,%40%=x", "T", "T%40%=x,a="]
    assert tag_sets(written) == [{"name": "A ,B=😀", "@": "x"}, {}, {"@": "x", "a": ""}]


def test_half_a_character_is_replaced_as_it_could_be_written_nowhere():
    assert tag_sets(["Tname=%d800%A"]) == [{"name": "\ufffdA"}]


def test_named_nodes_and_multipolygons_are_read():
    text = (
        "n4 Tname=村 x113.3y40.1\n"
        "r5 Tname=a,type=multipolygon Mw9@outer,n3@label,w-8@\n"
        "r6 Tname=b,type=route Mw9@\n"
    ).replace("y40", " y40")
    assert list(named_things(text)) == [
        NamedNode(4, 113.3, 40.1, {"name": "村"}),
        NamedArea(5, {"name": "a", "type": "multipolygon"}, (9, -8)),
    ]


lines = st.lists(st.sampled_from(["n1 Ta=w x1 y2\n", "w1 Ta=n N\n", "w2 T Nn1x1y1\n", "r1 T M\n"]))


@given(lines)
def test_ways_are_parted_from_the_rest_in_any_order(written):
    ways, rest = by_kind("".join(written).encode())
    assert ways.decode() == "".join(line for line in written if line.startswith("w"))
    assert rest == "".join(line for line in written if not line.startswith("w"))
