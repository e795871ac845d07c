import json
from copy import deepcopy
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geofence.plan.fault import FAULT_MEANINGS, FaultCode, PlanError
from geofence.plan.plan import Exemption
from geofence.plan.reader import read_plan, read_roster

TOML = """
name = "A town"
timezone = "Asia/Shanghai"
effective_from = 2022-03-25
streets = "streets.geojson"
facilities = "facilities.geojson"

[[operators]]
id = "sweep-1"
name = "机扫一公司"
contact = "甲 13900000000"

[[grids]]
id = "JY01"
operator = "sweep-1"
vehicles = ["晋BQ0384", "机扫1-113"]
windows = ["07:00-10:00", "09:00-11:30", "22:00-02:00"]
days = "mon-sat"
streets = ["云中街", "滨河路"]

[[grids]]
id = "JY02"
operator = "sweep-1"
vehicles = ["晋BQ0384"]
windows = ["00:00-24:00"]

[[assignments]]
grid = "JY02"
date = 2022-03-26
vehicles = ["晋B21333"]

[service]
served_ratio = 0.85
"""


def line(section_id: str, name: str | None, grids: list[str], *positions: Any, **more: Any) -> dict:
    return {
        "type": "Feature",
        "properties": {"id": section_id, "name": name, "grids": grids, **more},
        "geometry": {"type": "LineString", "coordinates": [list(at) for at in positions]},
    }


def collection(*features: Any, **more: Any) -> dict:
    return {"type": "FeatureCollection", "features": list(features), **more}


STREETS = collection(
    line("s2", "滨河路", ["JY02", "JY01"], (113.301, 40.1), (113.302, 40.1), oneway=True),
    line("s1", "云中街", ["JY01"], (113.30, 40.1, 1050), (113.301, 40.1, 1051)),
    line("s3", None, [], (113.302, 40.1), (113.302, 40.101)),
)
DEPOT = {
    "type": "Feature",
    "properties": {"kind": "depot", "name": "车场"},
    "geometry": {"type": "Point", "coordinates": [113.3, 40.1]},
}


def write(folder: Path, toml: str = TOML, streets: Any = STREETS, facilities: Any = None) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "plan.toml"
    path.write_text(toml, encoding="utf-8")
    for name, content in (
        ("streets.geojson", streets),
        ("facilities.geojson", facilities or collection(DEPOT)),
    ):
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        (folder / name).write_text(text, encoding="utf-8")
    return path


def faults(path: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(PlanError) as raised:
        read_plan(path)
    return [(fault.code.value, fault.file, fault.where) for fault in raised.value.faults]


# What a sound plan becomes


def test_a_sound_plan_is_read_whole(tmp_path):
    plan = read_plan(write(tmp_path))
    assert (plan.name, plan.timezone) == ("A town", "Asia/Shanghai")
    assert plan.effective_from == date(2022, 3, 25)
    assert plan.operators[0].contact == "甲 13900000000"
    first, second = plan.grids
    assert first.vehicles == ("晋BQ0384", "机扫1-113")
    assert [window.end_min for window in first.windows] == [600, 690, 1560]
    assert (first.days, len(second.days)) == (frozenset(range(6)), 7)
    assert first.streets == ("云中街", "滨河路")
    assert plan.vehicles_of(second, date(2022, 3, 26)) == ("晋B21333",)
    assert (plan.rules.served_ratio, plan.rules.skipped_ratio) == (0.85, 0.10)
    assert [(f.kind, f.name, f.longitude) for f in plan.facilities] == [("depot", "车场", 113.3)]
    assert not plan.schematic


def test_sections_are_sorted_by_id_and_keep_direction_and_positions(tmp_path):
    sections = read_plan(write(tmp_path)).sections
    assert [section.id for section in sections] == ["s1", "s2", "s3"]
    assert sections[1].grids == ("JY01", "JY02")
    assert [section.oneway for section in sections] == [False, True, False]
    assert sections[2].name == ""
    assert sections[0].coordinates.shape == (2, 2)
    assert np.array_equal(sections[0].coordinates, [[113.30, 40.1], [113.301, 40.1]])


def test_a_roster_needs_no_street_file(tmp_path):
    path = write(tmp_path)
    (tmp_path / "streets.geojson").unlink()
    (tmp_path / "facilities.geojson").unlink()
    roster = read_roster(path)
    assert [grid.id for grid in roster.grids] == ["JY01", "JY02"]
    assert roster.sections == ()


def test_a_street_file_that_calls_itself_schematic_makes_the_plan_so(tmp_path):
    assert read_plan(write(tmp_path, streets={**STREETS, "schematic": True})).schematic
    assert read_plan(write(tmp_path, "schematic = true\n" + TOML)).schematic


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = write(tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_plan(path).name == "A town"


# The version


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
        lambda feature: feature["geometry"]["coordinates"].reverse(),
        lambda feature: feature["geometry"]["coordinates"][0].__setitem__(0, 113.3000001),
    ],
)
def test_each_value_of_a_section_has_a_part_in_the_version(tmp_path, change):
    changed = deepcopy(STREETS)
    change(changed["features"][1])
    assert version(tmp_path, streets=changed) != version(tmp_path)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(STREETS["features"]))
def test_the_order_of_features_never_shows(tmp_path, features):
    plan = read_plan(write(tmp_path, streets=collection(*features)))
    assert plan.version == version(tmp_path)
    assert [section.id for section in plan.sections] == ["s1", "s2", "s3"]


# Exceptions and spares

HOLIDAY = """
[[exceptions]]
reason = "holiday"
date = 2022-04-05
"""
EXCEPTIONS = """
[[exceptions]]
reason = "road_closed"
note = "修路"
from = 2022-04-01
to = 2022-04-03
grid = "JY01"
streets = ["云中街"]
windows = ["07:00-10:00"]
"""
WITH_SPARES = TOML.replace('甲 13900000000"', '甲 13900000000"\nspares = ["晋B90001"]')
RICH = WITH_SPARES + EXCEPTIONS + HOLIDAY


def test_exceptions_and_spares_are_read(tmp_path):
    plan = read_plan(write(tmp_path, RICH))
    assert plan.exemptions == (
        Exemption(
            date(2022, 4, 1), date(2022, 4, 3), "road_closed", "修路", "JY01", ("云中街",),
            ("07:00-10:00",),
        ),
        Exemption(date(2022, 4, 5), date(2022, 4, 5), "holiday"),
    )  # fmt: skip
    assert plan.operators[0].spares == ("晋B90001",)
    assert plan.vehicles == {"晋BQ0384", "机扫1-113", "晋B21333", "晋B90001"}
    assert read_roster(tmp_path / "plan.toml").exemptions == plan.exemptions


def test_a_plan_without_them_keeps_the_version_it_had():
    with as_file(files("geofence") / "sample") as sample:
        assert read_plan(sample / "plan.toml").version == (
            "beb6fcc1262b8b9ea78ba4e45f50483f83dd23194d7223bdc8da912610c6622e"
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


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        ("road_closed", "road_close", "choice_unknown", "exceptions[0] (JY01).reason"),
        ('reason = "road_closed"\n', "", "key_absent", "exceptions[0] (JY01).reason"),
        ("from = 2022-04-01", "from = 2022-04-04", "date_range", "exceptions[0] (JY01).from"),
        ("to = 2022-04-03\n", "", "key_absent", "exceptions[0] (JY01).to"),
        ("from = 2022-04-01\n", "", "key_absent", "exceptions[0] (JY01).from"),
        ("date = 2022-04-05", "", "key_absent", "exceptions[1].date"),
        ("date = 2022-04-05", 'date = "tomorrow"', "wrong_type", "exceptions[1].date"),
        ("to = 2022-04-03", "date = 2022-04-03", "date_range", "exceptions[0] (JY01).date"),
        ('grid = "JY01"\nstreets', 'grid = "JY09"\nstreets', "reference_unknown",
         "exceptions[0] (JY09).grid"),
        ('grid = "JY01"\nstreets', 'grid = ""\nstreets', "empty", "exceptions[0].grid"),
        ('["云中街"]\nwindows', '["滨河路", "云中路"]\nwindows', "reference_unknown",
         "exceptions[0] (JY01).streets[1]"),
        ('["云中街"]\nwindows', '["云中街", ""]\nwindows', "empty",
         "exceptions[0] (JY01).streets[1]"),
        ('["07:00-10:00"]\n\n[[exc', '["07:00-10:30"]\n\n[[exc', "reference_unknown",
         "exceptions[0] (JY01).windows[0]"),
        ('note = "修路"', "note = 1", "wrong_type", "exceptions[0] (JY01).note"),
        ('note = "修路"', 'nota = "修路"', "key_unknown", "exceptions[0] (JY01).nota"),
        ("date = 2022-04-05", f"date = 2022-04-05\n{HOLIDAY}", "value_repeated",
         "exceptions[2].reason"),
        ('["晋B90001"]', '["a/b"]', "vehicle_id", "operators[0] (sweep-1).spares[0]"),
        ('["晋B90001"]', '["晋B90001", "晋B90001"]', "value_repeated",
         "operators[0] (sweep-1).spares[1]"),
    ],
)  # fmt: skip
def test_a_fault_of_an_exception_or_spare_names_its_code_and_key(tmp_path, old, new, code, where):
    assert RICH.count(old) == 1
    assert faults(write(tmp_path, RICH.replace(old, new))) == [(code, "plan.toml", where)]


def test_an_exception_of_all_grids_may_name_a_street_and_window_of_any(tmp_path):
    toml = RICH.replace('grid = "JY01"\nstreets', "streets").replace(
        '["07:00-10:00"]\n\n[[exc', '["00:00-24:00"]\n\n[[exc'
    )
    assert read_plan(write(tmp_path, toml)).exemptions[0].grid_id == ""
    other = toml.replace('["云中街"]\nwindows', '["云中路"]\nwindows')
    assert faults(write(tmp_path, other)) == [
        ("reference_unknown", "plan.toml", "exceptions[0].streets[0]")
    ]


# Faults


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        ('name = "A town"\n', "", "key_absent", "name"),
        ('"A town"', '" "', "empty", "name"),
        ('"A town"', "7", "wrong_type", "name"),
        ("streets = \"streets", "street = \"streets", "key_unknown", "street"),
        ("Asia/Shanghai", "Asia/Pingcheng", "timezone_unknown", "timezone"),
        ("Asia/Shanghai", "../etc", "timezone_unknown", "timezone"),
        ("= 2022-03-25", '= "2022-03-25"', "wrong_type", "effective_from"),
        ("= 2022-03-25", "= 2022-03-25T00:00:00", "wrong_type", "effective_from"),
        ("streets =", "schematic = 1\nstreets =", "wrong_type", "schematic"),
        ('operator = "sweep-1"', 'operator = "sweep"', "reference_unknown",
         "grids[0] (JY01).operator"),
        ('vehicles = ["晋BQ0384", "机扫1-113"]', "vehicles = []", "empty",
         "grids[0] (JY01).vehicles"),
        ('vehicles = ["晋BQ0384", "机扫1-113"]\n', "", "key_absent", "grids[0] (JY01).vehicles"),
        ('"机扫1-113"', '"晋BQ0384"', "value_repeated", "grids[0] (JY01).vehicles[1]"),
        ('"机扫1-113"', "113", "wrong_type", "grids[0] (JY01).vehicles[1]"),
        ('windows = ["00:00-24:00"]', "windows = []", "empty", "grids[1] (JY02).windows"),
        ('windows = ["00:00-24:00"]', 'windows = "00:00-24:00"', "wrong_type",
         "grids[1] (JY02).windows"),
        ("09:00-11:30", "9-11", "window_syntax", "grids[0] (JY01).windows[1]"),
        ("09:00-11:30", "09:00-09:00", "window_syntax", "grids[0] (JY01).windows[1]"),
        ("09:00-11:30", "07:00-10:00", "value_repeated", "grids[0] (JY01).windows[1]"),
        ("mon-sat", "mon-sot", "days_syntax", "grids[0] (JY01).days"),
        ('"滨河路"]', '""]', "empty", "grids[0] (JY01).streets[1]"),
        ('contact = "甲 13900000000"', "contact = 13900000000", "wrong_type",
         "operators[0] (sweep-1).contact"),
        ('grid = "JY02"', 'grid = "JY03"', "reference_unknown", "assignments[0] (JY03).grid"),
        ("date = 2022-03-26", 'date = "tomorrow"', "wrong_type", "assignments[0] (JY02).date"),
        ("[[assignments]]", "[assignments]", "wrong_type", "assignments"),
        ("served_ratio = 0.85", "served_ratio = 1.5", "rule_range", "service.served_ratio"),
        ("served_ratio = 0.85", "served_ratio = 0", "rule_range", "service.served_ratio"),
        ("served_ratio = 0.85", "served_ratio = nan", "rule_range", "service.served_ratio"),
        ("served_ratio = 0.85", 'served_ratio = "0.85"', "wrong_type", "service.served_ratio"),
        ("served_ratio = 0.85", "served_ratio = 0.05", "rule_range", "service.skipped_ratio"),
        ("served_ratio = 0.85", "grace_min = -1", "rule_range", "service.grace_min"),
        ("served_ratio = 0.85", "gap_s = 0", "rule_range", "service.gap_s"),
        ("served_ratio = 0.85", "gap_m = 1", "key_unknown", "service.gap_m"),
        ("[service]\nserved_ratio = 0.85", "", "wrong_type", "service"),
    ],
)  # fmt: skip
def test_a_fault_of_the_plan_names_its_code_and_key(tmp_path, old, new, code, where):
    assert old in TOML
    toml = TOML.replace(old, new, 1)
    if where == "service":
        toml = "service = 1\n" + toml
    found = faults(write(tmp_path, toml))
    assert (code, "plan.toml", where) in found
    assert {place for _, file, place in found if file == "plan.toml"} <= {where, "streets"}


def test_ids_are_unique(tmp_path):
    tables = TOML.split("\n\n")
    toml = "\n\n".join([*tables, tables[1], tables[3]])
    assert faults(write(tmp_path, toml)) == [
        ("id_repeated", "plan.toml", "operators[1] (sweep-1).id"),
        ("id_repeated", "plan.toml", "grids[2] (JY02).id"),
    ]


@pytest.mark.parametrize(
    "vehicle",
    ["", "a b", "a+b", "a#", "a/b", "a.b", "a\\u0000b", "a\\u200bb", "a\\u3000b", "x" * 129],
)
def test_a_vehicle_id_that_no_topic_can_carry_is_refused(tmp_path, vehicle):
    found = faults(write(tmp_path, TOML.replace("机扫1-113", vehicle)))
    assert found == [("vehicle_id", "plan.toml", "grids[0] (JY01).vehicles[1]")]


@pytest.mark.parametrize("vehicle", ["晋BQ0384", "机扫1-113", "清洁-111", "truck_7$", "x" * 128])
def test_vehicle_ids_in_any_script_are_taken(tmp_path, vehicle):
    plan = read_plan(write(tmp_path, TOML.replace("机扫1-113", vehicle).replace(
        '["晋BQ0384", ', '["another", ')))  # fmt: skip
    assert vehicle in plan.grids[0].vehicles


def with_first(**properties: Any) -> dict:
    changed = deepcopy(STREETS)
    changed["features"][1]["properties"].update(properties)
    return changed


def with_line(geometry: Any) -> dict:
    changed = deepcopy(STREETS)
    changed["features"][1]["geometry"] = geometry
    return changed


def with_positions(*positions: Any) -> dict:
    return with_line({"type": "LineString", "coordinates": list(positions)})


FIRST = "features[1] (s1)"


@pytest.mark.parametrize(
    ("streets", "code", "where"),
    [
        ("{", "json_syntax", "line 1, column 2"),
        ("[" * 100_000, "json_syntax", ""),
        ("[]", "geojson_kind", "type"),
        ({"type": "FeatureCollection"}, "wrong_type", "features"),
        (collection(), "empty", "features"),
        (collection(*STREETS["features"], 7), "geojson_kind", "features[3]"),
        (collection(*STREETS["features"], {"type": "Feature"}), "key_absent",
         "features[3] properties"),
        (collection(*STREETS["features"], crs={"properties": {"name": "EPSG:3857"}}),
         "geojson_kind", "crs"),
        (with_first(id="s2"), "id_repeated", "features[1] (s2) id"),
        (with_first(id=""), "empty", "features[1] id"),
        (with_first(id=None), "key_absent", "features[1] id"),
        (with_first(id=1), "wrong_type", "features[1] id"),
        (with_first(name=None), "empty", f"{FIRST} name"),
        (with_first(name=5), "wrong_type", f"{FIRST} name"),
        (with_first(grids=["JY1"]), "reference_unknown", f"{FIRST} grids"),
        (with_first(grids="JY01"), "wrong_type", f"{FIRST} grids"),
        (with_first(grids=["JY01", "JY01"]), "value_repeated", f"{FIRST} grids"),
        (with_first(oneway="yes"), "wrong_type", f"{FIRST} oneway"),
        (with_line(None), "geojson_kind", f"{FIRST} geometry"),
        (with_line({"type": "MultiLineString", "coordinates": []}), "geojson_kind",
         f"{FIRST} geometry"),
        (with_line({"type": "LineString"}), "wrong_type", f"{FIRST} coordinates"),
        (with_positions([113.3, 40.1]), "line_degenerate", f"{FIRST} coordinates"),
        (with_positions([113.3, 40.1], [113.3, 40.1]), "line_degenerate", f"{FIRST} coordinates"),
        (with_positions([113.3, 40.1], [113.3]), "wrong_type", f"{FIRST} coordinates[1]"),
        (with_positions([113.3, 40.1], [113.3, "40"]), "wrong_type", f"{FIRST} coordinates[1]"),
        (with_positions([113.3, 40.1], [True, 40]), "wrong_type", f"{FIRST} coordinates[1]"),
        (with_positions([113.3, 40.1], [float("nan"), 40.1]), "coordinate_range",
         f"{FIRST} coordinates[1]"),
        (with_positions([113.3, 40.1], [float("inf"), 40.1]), "coordinate_range",
         f"{FIRST} coordinates[1]"),
        (with_positions([113.3, 40.1], [10**400, 40.1]), "coordinate_range",
         f"{FIRST} coordinates[1]"),
        (with_positions([12612345.0, 4873456.0], [113.3, 40.1]), "coordinate_range",
         f"{FIRST} coordinates[0]"),
        (with_positions([113.3, 40.1], [40.1, 113.301]), "coordinates_swapped",
         f"{FIRST} coordinates[1]"),
    ],
)  # fmt: skip
def test_a_fault_of_a_section_names_its_code_and_feature(tmp_path, streets, code, where):
    assert faults(write(tmp_path, streets=streets)) == [(code, "streets.geojson", where)]


def test_a_section_must_say_whose_it_is(tmp_path):
    streets = deepcopy(STREETS)
    del streets["features"][1]["properties"]["grids"]
    assert faults(write(tmp_path, streets=streets)) == [
        ("key_absent", "streets.geojson", f"{FIRST} grids")
    ]


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"properties": {"kind": "depo"}}, "wrong_type", "features[0] kind"),
        ({"geometry": {"type": "LineString"}}, "geojson_kind", "features[0] geometry"),
        ({"geometry": {"type": "Point", "coordinates": [200, 0]}}, "coordinate_range",
         "features[0]"),
    ],
)  # fmt: skip
def test_a_fault_of_a_facility_names_its_code_and_feature(tmp_path, change, code, where):
    path = write(tmp_path, facilities=collection({**DEPOT, **change}))
    assert faults(path) == [(code, "facilities.geojson", where)]


def test_a_syntax_error_names_the_line_and_what_stands_there(tmp_path):
    with pytest.raises(PlanError) as raised:
        read_plan(write(tmp_path, TOML.replace('id = "JY02"', "id = JY02")))
    (fault,) = raised.value.faults
    assert fault.code is FaultCode.TOML_SYNTAX
    line_number = TOML[: TOML.index('id = "JY02"')].count("\n") + 1
    assert fault.where == f"line {line_number}, column 6"
    assert fault.value == '"id = JY02"'


def test_an_open_end_of_the_file_is_a_syntax_error_too(tmp_path):
    assert faults(write(tmp_path, TOML + 'x = """')) == [
        ("toml_syntax", "plan.toml", f"line {TOML.count(chr(10)) + 1}")
    ]


def test_absent_files_are_faults(tmp_path):
    path = write(tmp_path)
    (tmp_path / "streets.geojson").unlink()
    (tmp_path / "facilities.geojson").unlink()
    assert faults(path) == [
        ("file_absent", "streets.geojson", ""),
        ("file_absent", "facilities.geojson", ""),
    ]
    assert faults(tmp_path / "no.toml") == [("file_absent", "no.toml", "")]


@pytest.mark.parametrize("name", ["plan.toml", "streets.geojson"])
def test_a_file_in_another_encoding_is_a_fault(tmp_path, name):
    path = write(tmp_path)
    (tmp_path / name).write_bytes("机扫".encode("gb18030"))
    assert faults(path) == [("not_utf8", name, "byte 0")]


def test_all_faults_of_all_files_come_at_once_each_with_a_remedy(tmp_path):
    toml = TOML.replace("09:00-11:30", "9-11").replace("mon-sat", "x").replace("0.85", "2")
    path = write(tmp_path, toml, with_first(grids=["JY1"], oneway="yes"), collection(7))
    with pytest.raises(PlanError) as raised:
        read_plan(path)
    assert [fault.code.value for fault in raised.value.faults] == [
        "window_syntax", "days_syntax", "rule_range", "reference_unknown", "wrong_type",
        "geojson_kind",
    ]  # fmt: skip
    assert all(fault.remedy for fault in raised.value.faults)
    text = str(raised.value)
    assert text.startswith("the plan has 6 faults\n")
    assert 'plan.toml: grids[0] (JY01).windows[1] = "9-11": ' in text
    assert "did you mean JY01?" in text
    assert isinstance(raised.value, ValueError)


def test_a_slip_of_the_pen_is_answered_with_the_key_that_was_meant(tmp_path):
    with pytest.raises(PlanError, match=r"vehicels: .* did you mean vehicles\?"):
        read_plan(write(tmp_path, TOML.replace("vehicles =", "vehicels =", 1)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('contact = "甲 13900000000"', "contact = 13900000000"),
        ('contact = "甲 13900000000"', 'contact = "甲 13900000000'),
        ('contact = "甲 13900000000"', 'contct = "甲 13900000000"'),
    ],
)
def test_no_fault_repeats_a_contact(tmp_path, old, new):
    with pytest.raises(PlanError) as raised:
        read_plan(write(tmp_path, TOML.replace(old, new)))
    assert "13900000000" not in str(raised.value)
    assert "13900000000" not in repr(raised.value.faults)


def test_every_fault_code_has_a_meaning():
    assert set(FAULT_MEANINGS) == set(FaultCode)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from(["FeatureCollection", "Feature", "LineString"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["type", "features", "properties", "geometry", "coordinates", "id",
                         "name", "grids", "oneway", "crs"]), inner, max_size=5),
))  # fmt: skip
def test_no_json_whatever_gets_past_as_anything_but_a_plan_error(tmp_path, content):
    path = write(tmp_path, streets=collection(content) if content is not None else "null")
    with pytest.raises(PlanError):
        read_plan(path)
