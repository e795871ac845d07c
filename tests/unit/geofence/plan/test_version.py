import json
from copy import deepcopy
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.plan.plan import Facility, Operator
from geofence.plan.reader import read_plan
from geofence.plan.version import content_version
from tests.fixtures.town import Town, grid, street
from tests.fixtures.written_plan import RICH, STREETS, TOML, write


def version(folder: Path, **files: Any) -> str:
    return read_plan(write(folder, **files)).version


def test_the_version_is_64_hexadecimal_digits(tmp_path):
    assert len(bytes.fromhex(version(tmp_path))) == 32


def test_spelling_has_no_part_in_the_version(tmp_path):
    respelled = TOML.replace(
        'id = "JY01"\noperator = "sweep-1"', "# a comment\n\noperator   = 'sweep-1'\nid='JY01'"
    ).replace("0.85", "8.50e-1")
    shuffled = deepcopy(STREETS)
    shuffled["features"].reverse()
    shuffled["features"][0]["properties"]["osm:way"] = 12
    text = json.dumps(shuffled, indent=3).replace("113.302", "1.13302e2")
    assert version(tmp_path, toml=respelled, streets=text) == version(tmp_path)


def test_a_default_named_is_the_default(tmp_path):
    named = TOML.replace("served_ratio = 0.85", "served_ratio = 0.85\ngap_s = 120")
    assert version(tmp_path, toml=named) == version(tmp_path)


def test_contacts_have_no_part_in_the_version(tmp_path):
    assert version(tmp_path, toml=TOML.replace("13900000000", "1")) == version(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A town", "B town"),
        ("Asia/Shanghai", "Asia/Urumqi"),
        ("2022-03-25", "2022-03-24"),
        ("机扫一公司", "机扫二公司"),
        ('"机扫1-113"', '"机扫1-114"'),
        ("22:00-02:00", "22:00-02:30"),
        ("mon-sat", "mon-fri"),
        ('"滨河路"]', '"滨河街"]'),
        ("2022-03-26", "2022-03-27"),
        ("0.85", "0.86"),
        ("[service]", "[service]\ngap_s = 121"),
        ("streets =", "schematic = true\nstreets ="),
    ],
)
def test_each_value_of_the_plan_has_a_part_in_the_version(tmp_path, old, new):
    assert TOML.count(old) >= 1
    assert version(tmp_path, toml=TOML.replace(old, new, 1)) != version(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda feature: feature["properties"].update(id="s9"),
        lambda feature: feature["properties"].update(name="云中路"),
        lambda feature: feature["properties"].update(grids=["JY02"]),
        lambda feature: feature["properties"].update(oneway=True),
        lambda feature: feature["properties"].update(mentions=["云中路北段"]),
        lambda feature: feature["geometry"]["coordinates"].reverse(),
        lambda feature: feature["geometry"]["coordinates"][0].__setitem__(0, 113.3000001),
    ],
)
def test_each_value_of_a_section_has_a_part_in_the_version(tmp_path, change):
    changed = deepcopy(STREETS)
    change(changed["features"][1])
    assert version(tmp_path, streets=changed) != version(tmp_path)


ROADS = (
    street("云中街", (0, 0), (500, 0), (900, 0), section="s1"),
    street("云中街", (900, 0), (1000, 0), section="s2"),
    street("滨河路", (0, 0), (0, 700), section="s3"),
)
PLACES = (
    Facility("depot", "车场", 113.3, 40.1),
    Facility("depot", "车场", 113.4, 40.1),
    Facility("transfer_station", "转运站", 113.3, 40.0),
)


@given(st.permutations(ROADS), st.permutations(PLACES))
@settings(max_examples=30)
def test_the_order_of_sections_and_facilities_has_no_part_in_the_version(roads, places):
    plan = Town(*ROADS).with_plan(facilities=PLACES).plan
    shuffled = replace(plan, sections=tuple(roads), facilities=tuple(places))
    assert content_version(shuffled) == content_version(plan)


@pytest.mark.parametrize("facilities", [(), PLACES[:2], (*PLACES[:2], PLACES[1])])
def test_each_facility_has_a_part_in_the_version(facilities):
    plan = Town(*ROADS).with_plan(facilities=PLACES).plan
    assert content_version(replace(plan, facilities=facilities)) != content_version(plan)


def test_the_version_a_plan_carries_has_no_part_in_its_version():
    plan = Town().plan
    assert content_version(replace(plan, version="f" * 64)) == content_version(plan)


def test_where_one_section_ends_and_the_next_begins_has_a_part_in_the_version():
    a, b, c = [113.0, 40.0], [113.1, 40.0], [113.2, 40.0]
    one, other, _ = ROADS
    versions = {
        content_version(
            Town().with_plan(
                sections=(
                    replace(one, coordinates=np.array(first)),
                    replace(other, coordinates=np.array(second)),
                )
            ).plan
        )
        for first, second in ([[a, b, c], [a, b]], [[a, b], [c, a, b]])
    }  # fmt: skip
    assert len(versions) == 2


def test_zero_has_one_version_whatever_its_sign():
    plus, minus = (
        replace(ROADS[0], coordinates=np.array([[zero, 51.0], [0.1, zero]])) for zero in (0.0, -0.0)
    )
    versions = {
        content_version(
            Town().with_plan(sections=(road,), facilities=(Facility("depot", "", zero, zero),)).plan
        )
        for road, zero in ((plus, 0.0), (minus, -0.0))
    }
    assert len(versions) == 1


def test_days_and_the_grids_of_a_section_are_sets_without_an_order():
    plan = Town(grids=(grid(days=(0, 2, 4)),)).plan
    shared = street("云中街", (0, 0), (90, 0), grids=("JY01", "JY02"))
    turned = replace(shared, grids=("JY02", "JY01"))
    again = replace(plan, grids=(grid(days=(4, 2, 0)),), sections=(turned,))
    assert content_version(again) == content_version(replace(plan, sections=(shared,)))


def test_the_order_of_a_grids_streets_has_a_part_in_the_version():
    one = Town(grids=(grid(streets=("云中街", "滨河路")),)).plan
    other = Town(grids=(grid(streets=("滨河路", "云中街")),)).plan
    assert content_version(one) != content_version(other)


def test_spares_belong_to_their_operator_in_the_version():
    def of(*spares: tuple[str, ...]) -> str:
        operators = (Operator("a", "甲", spares=spares[0]), Operator("b", "乙", spares=spares[1]))
        return content_version(Town().with_plan(operators=operators).plan)

    assert len({of((), ()), of(("晋B1",), ()), of((), ("晋B1",)), of(("晋B1",), ("晋B1",))}) == 4


def test_a_plan_without_them_keeps_the_version_it_had():
    with as_file(files("geofence") / "sample") as sample:
        assert read_plan(sample / "plan.toml").version == (
            "f1f873539d462d2f11f16c8e4acb62a366be3220339bbccd95be65ce36e3bc51"
        )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("晋B90001", "晋B90002"),
        ('spares = ["晋B90001"]', ""),
        ('reason = "road_closed"', 'reason = "other"'),
        ("修路", "施工"),
        ("to = 2022-04-03", "to = 2022-04-02"),
        ('grid = "JY01"\nstreets', "streets"),
        ('streets = ["云中街"]\nwindows', "windows"),
        ('["07:00-10:00"]\n\n[[exc', '["09:00-11:30"]\n\n[[exc'),
        ("2022-04-05", "2022-04-06"),
    ],
)
def test_each_value_of_an_exception_has_a_part_in_the_version(tmp_path, old, new):
    assert RICH.count(old) == 1
    assert version(tmp_path, toml=RICH.replace(old, new)) != version(tmp_path, toml=RICH)


def test_a_range_of_one_date_is_that_date(tmp_path):
    respelled = RICH.replace("date = 2022-04-05", "from = 2022-04-05\nto = 2022-04-05")
    assert version(tmp_path, toml=respelled) == version(tmp_path, toml=RICH)
