import tomllib
from datetime import date
from unicodedata import normalize

import pytest

from geofence.plan.entries import read_assignments, read_exemptions, read_streets, read_vehicles
from geofence.plan.plan import Assignment, Exemption
from geofence.plan.table import FaultList, PlanTable
from tests.fixtures.town import grid, street

KEYS = ("vehicles", "spares", "streets", "assignments", "exceptions")
GRIDS = (
    grid("JY01", "07:00-10:00", "09:00-11:30", streets=("云中街", "滨河路")),
    grid("JY02", "00:00-24:00", streets=("长青街",)),
)
SECTIONS = (
    street("云中街", (0, 0), (90, 0), grids=("JY01",)),
    street("同泉路", (0, 9), (90, 9), grids=("JY02",)),
    street("外环路", (0, 99), (90, 99), grids=()),
)
CLOSED = """
[[exceptions]]
reason = "road_closed"
note = "修路"
from = 2022-04-01
to = 2022-04-03
grid = "JY01"
streets = ["云中街"]
windows = ["07:00-10:00"]
"""
HOLIDAY = """
[[exceptions]]
reason = "holiday"
date = 2022-04-05
"""
STAND_IN = """
[[assignments]]
grid = "JY01"
date = 2022-03-28
vehicles = ["晋B21333"]
"""


def top(toml: str) -> PlanTable:
    return PlanTable(tomllib.loads(toml), "", FaultList("plan.toml"), KEYS)


def told(of: PlanTable) -> list[tuple[str, str]]:
    return [(fault.code.value, fault.where) for fault in of.faults.faults]


def exemptions(toml: str, sections=SECTIONS) -> tuple[list[Exemption], PlanTable]:
    of = top(toml)
    return read_exemptions(of, GRIDS, sections), of


def faults_of(toml: str, sections=SECTIONS) -> list[tuple[str, str]]:
    return told(exemptions(toml, sections)[1])


# Vehicles and streets


def test_vehicles_are_read_in_their_order():
    of = top('vehicles = ["机扫1-113", "晋BQ0384"]')
    assert read_vehicles(of) == ("机扫1-113", "晋BQ0384")
    assert told(of) == []


def test_a_vehicle_that_no_topic_can_carry_is_told_with_its_place_and_the_reason():
    of = top('spares = ["晋BQ0384", "a/b"]')
    read_vehicles(of, "spares")
    (fault,) = of.faults.faults
    assert (fault.code, fault.where, fault.value) == ("vehicle_id", "spares[1]", '"a/b"')
    assert "it contains /" in fault.remedy


def test_a_list_of_vehicles_must_hold_one_unless_it_need_not_be_there():
    of = top("vehicles = []")
    assert read_vehicles(of) == ()
    assert told(of) == [("empty", "vehicles")]
    assert of.faults.faults[0].remedy == "list at least one vehicle"
    assert read_vehicles(top(""), "spares", required=False) == ()


def test_a_street_without_a_name_is_told_and_no_list_is_no_fault():
    of = top('streets = ["云中街", ""]')
    assert read_streets(of)[0] == ("streets[0]", "云中街")
    assert told(of) == [("empty", "streets[1]")]
    assert read_streets(top("")) == []


# Assignments


def test_an_assignment_is_read():
    of = top(STAND_IN)
    assert read_assignments(of, ["JY01"]) == [Assignment("JY01", date(2022, 3, 28), ("晋B21333",))]
    assert told(of) == []


def test_a_plan_needs_neither_assignments_nor_exceptions():
    of = top("")
    assert read_assignments(of, ["JY01"]) == read_exemptions(of, GRIDS, SECTIONS) == []
    assert told(of) == []


def test_entries_without_a_date_are_told_and_left_out():
    of = top(STAND_IN.replace("date = 2022-03-28", "") + HOLIDAY.replace("date = 2022-04-05", ""))
    assert read_assignments(of, ["JY01"]) == read_exemptions(of, GRIDS, SECTIONS) == []
    assert told(of) == [
        ("key_absent", "assignments[0] (JY01).date"), ("key_absent", "exceptions[0].date")
    ]  # fmt: skip


def test_a_grid_may_have_an_assignment_on_each_date_and_a_date_one_for_each_grid():
    of = top(STAND_IN + STAND_IN.replace("-28", "-29") + STAND_IN.replace("JY01", "JY02"))
    assert len(read_assignments(of, ["JY01", "JY02"])) == 3
    assert told(of) == []


def test_two_assignments_of_one_grid_and_date_are_told():
    of = top(STAND_IN + STAND_IN.replace("晋B21333", "晋B21334"))
    assert len(read_assignments(of, ["JY01"])) == 1
    assert told(of) == [("value_repeated", "assignments[1] (JY01).date")]
    assert of.faults.faults[0].value == "2022-03-28"


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        ('"JY01"', '"JY11"', "reference_unknown", "assignments[0] (JY11).grid"),
        ('grid = "JY01"\n', "", "key_absent", "assignments[0].grid"),
        ("date = 2022-03-28\n", "", "key_absent", "assignments[0] (JY01).date"),
        ("2022-03-28", '"tomorrow"', "wrong_type", "assignments[0] (JY01).date"),
        ('["晋B21333"]', "[]", "empty", "assignments[0] (JY01).vehicles"),
        ("vehicles", "vehicle", "key_unknown", "assignments[0] (JY01).vehicle"),
    ],
)
def test_a_fault_of_an_assignment_names_its_code_and_key(old, new, code, where):
    of = top(STAND_IN.replace(old, new))
    read_assignments(of, ["JY01"])
    assert (code, where) in told(of)


# Exceptions


def test_exceptions_are_read():
    read, of = exemptions(CLOSED + HOLIDAY)
    assert read == [
        Exemption(
            date(2022, 4, 1), date(2022, 4, 3), "road_closed", "修路", "JY01", ("云中街",),
            ("07:00-10:00",),
        ),
        Exemption(date(2022, 4, 5), date(2022, 4, 5), "holiday"),
    ]  # fmt: skip
    assert told(of) == []


def test_a_range_of_one_date_is_that_date():
    respelled = HOLIDAY.replace("date = 2022-04-05", "from = 2022-04-05\nto = 2022-04-05")
    assert exemptions(respelled)[0] == exemptions(HOLIDAY)[0]
    assert faults_of(respelled) == []


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
        ('grid = "JY01"', 'grid = "JY09"', "reference_unknown", "exceptions[0] (JY09).grid"),
        ('grid = "JY01"', 'grid = ""', "empty", "exceptions[0].grid"),
        ('["云中街"]', '["滨河路", "云中路"]', "reference_unknown",
         "exceptions[0] (JY01).streets[1]"),
        ('["云中街"]', '["云中街", ""]', "empty", "exceptions[0] (JY01).streets[1]"),
        ('["07:00-10:00"]', '["07:00-10:30"]', "reference_unknown",
         "exceptions[0] (JY01).windows[0]"),
        ('note = "修路"', "note = 1", "wrong_type", "exceptions[0] (JY01).note"),
        ('note = "修路"', 'nota = "修路"', "key_unknown", "exceptions[0] (JY01).nota"),
        ("date = 2022-04-05", f"date = 2022-04-05\n{HOLIDAY}", "value_repeated",
         "exceptions[2].reason"),
    ],
)  # fmt: skip
def test_a_fault_of_an_exception_names_its_code_and_key(old, new, code, where):
    rich = CLOSED + HOLIDAY
    assert rich.count(old) == 1
    assert faults_of(rich.replace(old, new)) == [(code, where)]


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ("road_closed", "road_close", "did you mean road_closed?"),
        ('"JY01"', '"JY1"', "the plan has no such grid; did you mean JY01?"),
        ('["云中街"]', '["云中路"]', "grid JY01 has no such street; did you mean 云中街?"),
        ('["07:00-10:00"]', '["07:00-10:30"]',
         "grid JY01 has no such window; did you mean 07:00-10:00?"),
        ("from = 2022-04-01", "from = 2022-04-04", "after to, which is 2022-04-03; swap them"),
        ("to = 2022-04-03", "date = 2022-04-03", "write either date, or from and to"),
    ],
)  # fmt: skip
def test_a_fault_of_an_exception_says_how_to_mend_it(old, new, remedy):
    (fault,) = exemptions(CLOSED.replace(old, new))[1].faults.faults
    assert fault.remedy.endswith(remedy)


def test_an_exception_of_all_grids_may_name_a_street_and_window_of_any():
    everywhere = CLOSED.replace('grid = "JY01"\n', "").replace("07:00-10:00", "00:00-24:00")
    for known in ("云中街", "长青街", "同泉路"):
        assert faults_of(everywhere.replace("云中街", known)) == []
    _, of = exemptions(everywhere.replace("云中街", "云中路"))
    assert told(of) == [("reference_unknown", "exceptions[0].streets[0]")]
    assert of.faults.faults[0].remedy.startswith("the plan has no such street")


@pytest.mark.parametrize("elsewhere", ["同泉路", "长青街", "外环路"])
def test_an_exception_of_one_grid_may_not_name_a_street_of_another_or_of_none(elsewhere):
    assert faults_of(CLOSED.replace("云中街", elsewhere)) == [
        ("reference_unknown", "exceptions[0] (JY01).streets[0]")
    ]


def test_an_exception_may_name_a_street_that_its_grid_only_lists():
    assert faults_of(CLOSED.replace("云中街", "滨河路")) == []


def test_a_roster_without_sections_does_not_ask_for_streets_but_for_windows():
    strange = CLOSED.replace("云中街", "同泉路")
    assert faults_of(strange, sections=()) == []
    assert faults_of(strange.replace("10:00", "10:30"), sections=()) == [
        ("reference_unknown", "exceptions[0] (JY01).windows[0]")
    ]


def test_an_unknown_grid_is_told_once_and_not_again_by_its_streets_and_windows():
    strange = CLOSED.replace("JY01", "JY09").replace("云中街", "同泉路").replace("10:00", "10:30")
    assert faults_of(strange) == [("reference_unknown", "exceptions[0] (JY09).grid")]


def test_exceptions_that_differ_in_their_dates_alone_are_two():
    read, of = exemptions(HOLIDAY + HOLIDAY.replace("04-05", "04-06"))
    assert len(read) == 2
    assert told(of) == []


def test_an_unknown_street_is_told_where_it_stands_though_one_before_it_is_named_twice():
    twice = CLOSED.replace('["云中街"]', '["云中街", "云中街", "云中路"]')
    assert faults_of(twice) == [
        ("value_repeated", "exceptions[0] (JY01).streets[1]"),
        ("reference_unknown", "exceptions[0] (JY01).streets[2]"),
    ]


def test_a_wrong_note_is_told_at_once_with_a_wrong_reason():
    wrong = CLOSED.replace("road_closed", "road_close").replace('"修路"', "1")
    assert {where for _, where in faults_of(wrong)} == {
        "exceptions[0] (JY01).reason", "exceptions[0] (JY01).note"
    }  # fmt: skip


def test_a_street_in_two_unicode_forms_is_listed_twice():
    name = "Praça da Sé"
    of = top(f'streets = ["{normalize("NFD", name)}", "{name}"]')
    assert read_streets(of) == [("streets[0]", name)]
    assert told(of) == [("value_repeated", "streets[1]")]
