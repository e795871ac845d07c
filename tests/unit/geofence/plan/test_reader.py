from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest

from geofence.plan.fault import FaultCode, PlanError
from geofence.plan.plan import Exemption
from geofence.plan.reader import read_plan, read_roster
from tests.fixtures.written_plan import RICH, STREETS, TOML, WITH_SPARES, collection, write


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


# Exceptions and spares


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


@pytest.mark.parametrize(
    ("spares", "code", "where"),
    [
        ('["a/b"]', "vehicle_id", "operators[0] (sweep-1).spares[0]"),
        ('["晋B90001", "晋B90001"]', "value_repeated", "operators[0] (sweep-1).spares[1]"),
    ],
)
def test_a_fault_of_a_spare_names_its_code_and_key(tmp_path, spares, code, where):
    toml = WITH_SPARES.replace('["晋B90001"]', spares)
    assert faults(write(tmp_path, toml)) == [(code, "plan.toml", where)]


def test_a_fault_of_an_exception_comes_from_the_whole_plan(tmp_path):
    toml = RICH.replace('grid = "JY01"\nstreets', 'grid = "JY09"\nstreets')
    assert faults(write(tmp_path, toml)) == [
        ("reference_unknown", "plan.toml", "exceptions[0] (JY09).grid")
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


@pytest.mark.parametrize(
    ("value", "told"),
    [("[" * 5000, "too deep"), ("{a=" * 5000, "too deep"), ("9" * 5000, "too many digits")],
)
def test_toml_that_python_cannot_read_is_a_fault_and_not_the_end(tmp_path, value, told):
    with pytest.raises(PlanError, match=told) as raised:
        read_plan(write(tmp_path, TOML.replace("0.85", value)))
    assert [fault.code for fault in raised.value.faults] == [FaultCode.TOML_SYNTAX]


@pytest.mark.parametrize("key", ["served_ratio", "service_speed_kmh"])
@pytest.mark.parametrize("value", ["1" + "0" * 400, "0x" + "f" * 4000, "-0x0", "1e400"])
def test_a_number_that_no_float_holds_is_a_fault_of_its_range(tmp_path, key, value):
    toml = TOML.replace("served_ratio = 0.85", f"{key} = {value.removeprefix('-')}")
    assert ("rule_range", "plan.toml", f"service.{key}") in faults(write(tmp_path, toml))


def test_a_number_of_any_length_in_place_of_a_text_is_a_fault(tmp_path):
    toml = TOML.replace('name = "A town"', "name = 0x" + "f" * 4000)
    with pytest.raises(PlanError, match="name = a number of about 4817 digits: write a text"):
        read_plan(write(tmp_path, toml))


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
    streets = deepcopy(STREETS)
    streets["features"][1]["properties"].update(grids=["JY1"], oneway="yes")
    path = write(tmp_path, toml, streets, collection(7))
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
