from pathlib import Path

import pytest

from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.vector.fields import chosen_field, other_name_fields

PATH = Path("streets.shp")


def chosen(fields, role, wish=None, cut=()):
    is_cut = [field in cut for field in fields]
    found = chosen_field(PATH, fields, is_cut, role, wish)
    return None if found is None else fields[found.column]


@pytest.mark.parametrize(
    ("role", "field"),
    [
        ("name", "NAME"), ("name", "街道名称"), ("name", "道路名称"), ("name", "MC"),
        ("name", "Nome"),
        ("name", "NOMBRE"), ("name", "logradouro"), ("name", "NM_LOGRADOURO"), ("name", "STREET"),
        ("name", "ＮＡＭＥ"),
        ("id", "OBJECTID"), ("id", "osm_id"), ("id", "编号"), ("id", "Código"),
        ("oneway", "ONEWAY"), ("oneway", "one_way"),
        ("oneway", "是否单行"), ("oneway", "Sentido"), ("bridge", "桥梁"), ("tunnel", "TUNNEL"),
        ("layer", "layer"),
        ("class", "fclass"), ("class", "道路等级"),
    ],
)  # fmt: skip
def test_fields_are_known_by_what_people_call_them(role, field):
    assert chosen(["geom_len", field, "zz"], role) == field


def test_the_likelier_field_is_guessed_wherever_it_stands():
    assert chosen(["text", "label", "路名", "x"], "name") == "路名"


def test_nothing_is_guessed_of_fields_that_say_nothing():
    assert chosen(["a", "b"], "name") is None


def test_a_name_that_the_format_cut_is_still_known():
    assert chosen(["道路名", "x"], "name", cut=["道路名"]) == "道路名"
    assert chosen(["是否单", "x"], "oneway", cut=["是否单"]) == "是否单"


@pytest.mark.parametrize(
    ("role", "field"),
    [
        ("name", "NOME_LOGRA"), ("name", "NM_LOGRADO"), ("name", "NOMBRE_CAL"),
        ("name", "道路名称全"), ("name", "街道名称汉"), ("id", "COD_LOGRAD"),
        ("name", "ROADNAME_C"),
    ],
)  # fmt: skip
def test_a_name_of_ten_bytes_is_known_by_how_it_begins(role, field):
    assert chosen(["geom_len", field, "zz"], role, cut=[field]) == field


@pytest.mark.parametrize("field", ["NOME_LOGRA", "ROADNAME_C"])
def test_letters_that_the_format_left_whole_are_not_led_on(field):
    assert chosen(["geom_len", field], "name") is None


@pytest.mark.parametrize(
    "field", ["道路名称全称", "道路名称（中文）", "道路名称_2023", "街道名称汉字"]
)
def test_a_name_in_chinese_may_say_more_than_a_known_one(field):
    assert chosen(["geom_len", field], "name") == field


@pytest.mark.parametrize(
    "field",
    ["STREET_TYP", "VIADUTO_NU", "道路名称编", "道路名称拼音", "街道名称英文", "TEXT_HEIGH"],
)
def test_a_field_that_tells_something_else_of_a_street_is_not_its_name(field):
    assert chosen(["geom_len", field], "name", cut=[field]) is None


def test_a_field_that_says_more_gives_way_to_one_that_is_called_like_a_name():
    assert chosen(["道路名称全称", "mc"], "name") == "mc"


def test_the_field_that_somebody_names_is_taken_whatever_others_are_called():
    found = chosen_field(PATH, ["name", "other"], [False, False], "name", "other")
    assert (found.column, found.is_guess) == (1, False)


@pytest.mark.parametrize("wish", ["Road Name", "road_name", "ROADNAME", "roadname"])
def test_the_field_that_somebody_names_may_differ_in_case_and_signs(wish):
    assert chosen(["road_name", "x"], "name", wish) == "road_name"


def test_a_named_field_is_found_by_what_the_format_left_of_it():
    assert (
        chosen(["street_nam", "x"], "name", "street_name_local", cut=["street_nam"]) == "street_nam"
    )


def test_two_fields_that_may_be_meant_are_an_error():
    with pytest.raises(StreetMapError, match=r"2 fields may be street_name_local"):
        chosen(["street_nam", "street_n_1"], "name", "street_name_local",
               cut=["street_nam", "street_n_1"])  # fmt: skip


def test_a_missing_field_is_told_with_those_that_are_there_and_the_nearest():
    with pytest.raises(
        StreetMapError, match=r"no field nmae .*, maybe name is meant; it has name, x"
    ):
        chosen(["name", "x"], "name", "nmae")


def test_a_table_without_fields_says_where_they_may_be():
    with pytest.raises(StreetMapError, match=r"no field at all.*\.dbf"):
        chosen([], "name", "name")


def test_further_names_are_those_in_other_scripts_and_of_other_times():
    fields = ["name", "name:zh", "old_name", "x", "曾用名", "name_en"]
    assert other_name_fields(fields, 0) == [1, 2, 4, 5]
