"""Names, direction and structure of a street, from its tags."""

import pytest

from geofence.streetmap.osm_tags import direction_of, names_of, structure_of
from geofence.streetmap.street_map import Names, Structure


def test_all_names_of_a_street_are_read_in_a_fixed_order():
    tags = {
        "old_name": "东大街", "name:pinyin": "Wèidū Dàdào", "name": "魏都大道", "ref": "G310",
        "name:en": "Weidu Avenue", "alt_name": "魏都路; 魏大道", "name:zh-Hant": "魏都大道",
        "name:left": "左街", "old_name:1990-2000": "旧街", "name_1": "又名", "short_name": "魏道",
    }  # fmt: skip
    others = (
        "Weidu Avenue", "魏道", "魏都路", "魏大道", "东大街", "Wèidū Dàdào", "左街", "旧街", "又名",
        "G310",
    )  # fmt: skip
    assert names_of(tags) == Names("魏都大道", others)


def test_the_order_of_tags_does_not_choose_the_name():
    tags = {"name:en": "Weidu Avenue", "name:zh": "魏都大道"}
    assert names_of(tags) == Names("魏都大道", ("Weidu Avenue",))
    assert names_of(dict(reversed(tags.items()))) == names_of(tags)


def test_several_names_in_one_value_stay_the_name_and_are_others_each():
    assert names_of({"name": "Rua A;Rua B"}) == Names("Rua A;Rua B", ("Rua A", "Rua B"))


@pytest.mark.parametrize(
    "key", ["name:zh", "name:ru", "alt_name", "loc_name:zh", "name:left", "ref"]
)
def test_a_street_without_name_has_what_there_is(key):
    assert names_of({"highway": "service", key: "甲路"}) == Names("甲路")


@pytest.mark.parametrize(
    "key",
    [
        "name:etymology",
        "name:etymology:wikidata",
        "name:source",
        "bridge:name",
        "surname",
        "name:ipa",
    ],
)
def test_what_stands_beside_a_name_is_none(key):
    assert names_of({"highway": "service", key: "x"}) is None


@pytest.mark.parametrize("tags", [{}, {"name": " "}, {"name": "", "ref": ""}])
def test_a_street_may_have_no_name(tags):
    assert names_of(tags) is None


@pytest.mark.parametrize(
    ("tags", "direction"),
    [
        ({}, 0),
        ({"oneway": "yes"}, 1),
        ({"oneway": "true"}, 1),
        ({"oneway": "1"}, 1),
        ({"oneway": "-1"}, -1),
        ({"oneway": "reverse"}, -1),
        ({"oneway": "no", "junction": "roundabout"}, 0),
        ({"junction": "roundabout"}, 1),
        ({"junction": "circular"}, 1),
        ({"junction": "roundabout", "oneway": "-1"}, -1),
        ({"junction": "yes"}, 0),
        ({"oneway": "reversible"}, 0),
        ({"oneway": "alternating", "junction": "circular"}, 0),
        ({"highway": "motorway"}, 1),
        ({"highway": "motorway_link"}, 1),
        ({"highway": "motorway", "oneway": "no"}, 0),
        ({"highway": "trunk"}, 0),
        ({"oneway:bus": "yes"}, 0),
    ],
)
def test_the_direction_of_traffic(tags, direction):
    assert direction_of({"highway": "residential", **tags}) == direction


@pytest.mark.parametrize(
    ("tags", "structure"),
    [
        ({}, Structure.GROUND),
        ({"bridge": "yes"}, Structure.BRIDGE),
        ({"bridge": "viaduct"}, Structure.BRIDGE),
        ({"bridge": "no"}, Structure.GROUND),
        ({"tunnel": "yes"}, Structure.TUNNEL),
        ({"tunnel": "building_passage"}, Structure.TUNNEL),
        ({"tunnel": "culvert"}, Structure.GROUND),
        ({"layer": "1"}, Structure.GROUND),
    ],
)
def test_what_carries_a_street(tags, structure):
    assert structure_of(tags) == structure
