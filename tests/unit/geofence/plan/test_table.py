from datetime import date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.plan import table as tables
from geofence.plan.table import (
    LONGEST_VALUE,
    FaultList,
    KnownNames,
    PlanTable,
    nearest,
    shorten,
)

KEYS = ("name", "contact", "days", "grids", "since", "share", "is_open")


def table(path: str = "", **values) -> PlanTable:
    return PlanTable(values, path, FaultList("plan.toml"), KEYS)


def told(of: PlanTable) -> list[tuple[str, str, str]]:
    return [(fault.code.value, fault.where, fault.value) for fault in of.faults.faults]


# Values in messages


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (7, "7"),
        (0.5, "0.5"),
        (date(2022, 3, 28), "2022-03-28"),
        (datetime(2022, 3, 28, 7), "2022-03-28 07:00:00"),  # noqa: DTZ001 - TOML has such
        (time(7), "07:00:00"),
        ("云中街", '"云中街"'),
        ("a\nb\u200b", '"a\\u000ab\\u200b"'),
        ({"contact": "13900000000"}, "a table"),
        (["13900000000", 2], "a list of 2"),
    ],
)
def test_a_value_is_shown_as_a_plan_would_write_it_and_a_collection_by_its_size(value, shown):
    assert shorten(value) == shown


@settings(max_examples=60)
@given(st.text(max_size=120) | st.integers() | st.floats() | st.lists(st.none()))
def test_a_value_whatever_is_shown_on_one_line_no_longer_than_the_limit(value):
    shown = shorten(value)
    assert len(shown) <= LONGEST_VALUE
    assert len(shown.splitlines()) == 1
    assert shown.isprintable()


def test_only_what_does_not_fit_is_cut_and_says_so():
    fits = "街" * (LONGEST_VALUE - 2)
    assert shorten(fits) == f'"{fits}"'
    assert shorten(fits + "街") == f'"{fits}…'


def test_a_near_name_is_suggested_and_a_far_one_is_not():
    assert nearest("vehicels", ["windows", "vehicles"]) == "; did you mean vehicles?"
    assert nearest("滨河", ["云中街", "滨河路"]) == "; did you mean 滨河路?"
    assert nearest("长青街南段", ["云中路", "vehicles"]) == ""
    assert nearest("JY01", []) == ""


@given(st.lists(st.text("JY01", max_size=4)), st.text("JY01", max_size=4))
def test_known_names_suggest_what_a_search_among_them_does(names, name):
    known = KnownNames(names)
    assert list(known) == list(dict.fromkeys(names))
    assert (name in known) == (name in names)
    assert known.nearest(name) == known.nearest(name) == nearest(name, names)


def test_of_very_many_unknown_names_the_first_are_suggested_for(monkeypatch):
    monkeypatch.setattr(tables, "MOST_COMPARISONS", 7)
    known = KnownNames(["JY01", "JY02", "JR03"])
    told = [known.nearest(name) for name in ("JY1", "JY2", "JY1", "JR3", "JY2")]
    assert told == [f"; did you mean {name}?" if name else "" for name in
                    ("JY01", "JY02", "JY01", "", "JY02")]  # fmt: skip


# Keys


def test_an_unknown_key_is_told_with_those_there_are_and_the_one_that_was_meant():
    (fault,) = table("grids[0]", nmae=13900000000).faults.faults
    assert (fault.code, fault.where, fault.value) == ("key_unknown", "grids[0].nmae", "")
    assert ", ".join(KEYS) in fault.remedy
    assert fault.remedy.endswith("did you mean name?")


@pytest.mark.parametrize(
    ("path", "where"), [("", "name"), ("grids[2] (JY01)", "grids[2] (JY01).name")]
)
def test_a_fault_names_the_key_below_the_table_it_stands_in(path, where):
    of = table(path)
    of.text("name")
    assert told(of) == [("key_absent", where, "")]


@pytest.mark.parametrize("read", ["text", "texts", "date"])
def test_a_key_must_be_there_unless_it_is_said_that_it_need_not(read):
    of = table()
    assert not getattr(of, read)("name")
    assert told(of) == [("key_absent", "name", "")]
    assert of.faults.faults[0].remedy == "add the key name"


@pytest.mark.parametrize("read", ["text", "texts", "date"])
def test_a_key_that_need_not_be_there_may_be_absent(read):
    of = table()
    assert not getattr(of, read)("name", required=False)
    assert told(of) == []


def test_a_contact_is_never_shown():
    of = table(contact=13900000000)
    assert of.text("contact") == ""
    assert told(of) == [("wrong_type", "contact", "")]


# Texts


def test_a_text_loses_the_space_around_it():
    assert table(name=" 机扫一公司\n").text("name") == "机扫一公司"


@pytest.mark.parametrize("blank", ["", " ", "\u3000"])
def test_a_blank_text_is_a_fault_only_where_one_is_needed(blank):
    needed, free = table(name=blank), table(name=blank)
    assert needed.text("name") == free.text("name", required=False) == ""
    assert told(needed) == [("empty", "name", shorten(blank))]
    assert told(free) == []


def test_a_text_without_quotes_is_told_and_read_as_none():
    of = table(name=7)
    assert of.text("name") == ""
    assert told(of) == [("wrong_type", "name", "7")]
    assert 'name = "…"' in of.faults.faults[0].remedy


def test_each_text_of_a_list_keeps_the_place_it_stands_in_whatever_stands_before_it():
    of = table(days=["mon", 2, " mon ", "tue "])
    assert of.texts("days") == [("days[0]", "mon"), ("days[3]", "tue")]
    assert told(of) == [("wrong_type", "days[1]", "2"), ("value_repeated", "days[2]", '" mon "')]


def test_a_text_in_the_place_of_a_list_is_told():
    of = table(days="mon")
    assert of.texts("days") == []
    assert told(of) == [("wrong_type", "days", '"mon"')]


def test_an_empty_list_is_a_fault_only_where_something_must_stand_in_it():
    needed, free = table(days=[]), table(days=[])
    assert needed.texts("days", what="day") == free.texts("days", required=False) == []
    assert told(needed) == [("empty", "days", "")]
    assert needed.faults.faults[0].remedy == "list at least one day"
    assert told(free) == []


# Flags, dates and numbers


@pytest.mark.parametrize("given_", [True, False])
def test_true_and_false_are_read_and_absent_is_false(given_):
    assert table(is_open=given_).boolean("is_open") is given_
    assert table().boolean("is_open") is False


@pytest.mark.parametrize("wrong", [1, "true", []])
def test_nothing_else_is_true(wrong):
    of = table(is_open=wrong)
    assert of.boolean("is_open") is False
    assert told(of) == [("wrong_type", "is_open", shorten(wrong))]


def test_a_date_is_read():
    assert table(since=date(2022, 3, 28)).date("since") == date(2022, 3, 28)


@pytest.mark.parametrize("wrong", ["2022-03-28", datetime(2022, 3, 28), 20220328])  # noqa: DTZ001
def test_a_date_in_quotes_or_with_a_time_is_told(wrong):
    of = table(since=wrong)
    assert of.date("since") is None
    assert told(of) == [("wrong_type", "since", shorten(wrong))]


@pytest.mark.parametrize("value", [0, -3, 0.85])
def test_whole_and_broken_numbers_are_read_as_numbers(value):
    read = table(share=value).number("share")
    assert read == value
    assert isinstance(read, float)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [("1", "wrong_type"), (True, "wrong_type"), (float("nan"), "rule_range"),
     (float("-inf"), "rule_range")],
)  # fmt: skip
def test_what_is_no_finite_number_is_told(wrong, code):
    of = table(share=wrong)
    assert of.number("share") is None
    assert told(of) == [(code, "share", shorten(wrong))]


# Arrays of tables


def names(of: PlanTable, **terms) -> list[str]:
    return [inner.path for inner in of.tables("grids", ("id", "grid"), **terms)]


def test_a_table_of_an_array_is_called_by_its_number_and_its_id_or_else_its_grid():
    of = table(grids=[{"id": "JY01"}, {"grid": "JY02"}, {"id": " "}, {"id": 3}, {}])
    assert names(of) == ["grids[0] (JY01)", "grids[1] (JY02)", "grids[2]", "grids[3]", "grids[4]"]
    assert told(of) == []


def test_faults_of_a_table_of_an_array_join_those_of_the_file():
    of = table(grids=[{"id": "JY01", "note": 1}])
    assert names(of) == ["grids[0] (JY01)"]
    assert told(of) == [("key_unknown", "grids[0] (JY01).note", "")]


def test_what_is_no_table_is_told_and_those_beside_it_are_read():
    of = table(grids=[{"id": "JY01"}, "JY02", {"id": "JY03"}])
    assert names(of) == ["grids[0] (JY01)", "grids[2] (JY03)"]
    assert told(of) == [("wrong_type", "grids[1]", '"JY02"')]
    assert of.faults.faults[0].remedy == "begin it with [[grids]]"


def test_what_is_no_table_in_an_inner_array_is_told_where_it_stands():
    of = table("plans[0]", grids=["JY02"])
    assert names(of) == []
    assert told(of) == [("wrong_type", "plans[0].grids[0]", '"JY02"')]


def test_one_table_in_the_place_of_an_array_is_told():
    of = table(grids={"id": "JY01"})
    assert names(of) == []
    assert told(of) == [("wrong_type", "grids", "a table")]


@pytest.mark.parametrize(("values", "code"), [({}, "key_absent"), ({"grids": []}, "empty")])
def test_an_array_that_holds_nothing_is_a_fault_only_where_one_is_needed(values, code):
    needed, free = table(**values), table(**values)
    assert names(needed) == names(free, required=False) == []
    assert told(needed) == [(code, "grids", "")]
    assert told(free) == []
