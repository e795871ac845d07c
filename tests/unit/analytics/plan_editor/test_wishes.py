from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from analytics.plan_editor.wishes import AnyWish, days_text
from geofence.overrides.lines import LineError
from geofence.plan.timetable import parse_days
from tests.fixtures.edited_plans import edited_plan

read = TypeAdapter(AnyWish).validate_python


def follow(plan, kind, **values):
    return read({"kind": kind, "revision": 1, **values}).follow(plan)


def test_each_wish_does_what_it_says():
    plan = edited_plan()
    follow(plan, "assign", sections=["w3-1"], grid="JY01", name=" 新街 ")
    follow(plan, "rename", sections=["w2-1"], name="滨河北路 ")
    follow(plan, "unassign", sections=["w1-1"], grid="JY01")
    follow(plan, "cut", section="w1-2", at=[113.303, 40.1])
    follow(plan, "join", sections=["w1-2/2", "w1-3"])
    facts = [
        (each["properties"]["id"], each["properties"]["name"], each["properties"]["grids"])
        for each in plan.streets.features()
    ]
    assert facts == [
        ("w1-1", "云中街", []),
        ("w1-2/1", "云中街", ["JY01"]),
        ("w1-2/2+w1-3", "云中街", ["JY01"]),
        ("w2-1", "滨河北路", ["JY02"]),
        ("w3-1", "新街", ["JY01"]),
    ]
    assert follow(plan, "step", direction="undo").title == "join"
    assert follow(plan, "step", direction="redo").title == "join"
    assert follow(plan, "step", direction="redo") is None


def test_a_grid_is_given_only_what_differs():
    plan = edited_plan()
    follow(plan, "grid", grid="JY02", days=[0, 1, 2, 3, 4, 5, 6], streets=[])
    assert plan.values == edited_plan().values  # no key that was not there
    follow(plan, "grid", grid="JY02", days=[0, 1, 2, 4], windows=["06:00-07:00"])
    grid = plan.values["grids"][1]
    assert (grid["days"], grid["windows"]) == ("mon-wed,fri", ["06:00-07:00"])
    follow(plan, "operator", operator="sweep-1", spares=[])
    assert plan.values["operators"][0]["spares"] == []


def test_an_exception_is_for_a_date_or_from_one_to_another():
    plan = edited_plan()
    follow(plan, "exception", reason="holiday", first="2026-10-01", last="2026-10-01")
    follow(plan, "exception", number=1, reason="other", first="2026-10-01", last="2026-10-03",
           grid="JY01", windows=["07:00-10:00"], note="x")  # fmt: skip
    follow(plan, "remove_exception", number=0)
    assert plan.values["exceptions"] == [
        {
            "reason": "other", "from": date(2026, 10, 1), "to": date(2026, 10, 3),
            "grid": "JY01", "windows": ["07:00-10:00"], "note": "x",
        },
        {"reason": "holiday", "date": date(2026, 10, 1)},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values", "error"),
    [
        ("assign", {"sections": [], "grid": "JY01"}, ValidationError),
        ("assign", {"sections": ["w9"], "grid": "JY01"}, KeyError),
        ("grid", {"grid": "JY09", "days": [1]}, KeyError),
        ("grid", {"grid": "JY01", "days": [7]}, ValidationError),
        ("operator", {"operator": "x", "spares": []}, KeyError),
        ("cut", {"section": "w1-1", "at": [113.3, 400]}, ValidationError),
        ("cut", {"section": "w1-1", "at": [113.3, float("nan")]}, ValidationError),
        ("cut", {"section": "w1-1", "at": [113.3, 40.1]}, LineError),
        ("exception", {"reason": "holiday", "first": "", "last": ""}, ValidationError),
        ("drop_all", {}, ValidationError),
        ("step", {"direction": "sideways"}, ValidationError),
    ],
)
def test_what_cannot_be_done_is_an_error(kind, values, error):
    with pytest.raises(error):
        follow(edited_plan(), kind, **values)


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ([0, 1, 2, 3, 4], "mon-fri"), ([5, 6], "sat,sun"), ([0, 2, 4], "mon,wed,fri"),
        ([0, 1, 2, 3, 4, 5, 6], "mon-sun"), ([6, 0, 0], "mon,sun"), ([], ""),
    ],
)  # fmt: skip
def test_days_are_written_as_a_person_would(days, text):
    assert days_text(days) == text
    assert not text or parse_days(text) == frozenset(days)
