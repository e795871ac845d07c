import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding.signals import Condition, DeviceType, flat, types_of
from ingest.settings.device_types import DeviceTypeSettings


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        (Condition("x"), True, True),
        (Condition("x"), 0, False),
        (Condition("x"), 2.5, True),
        (Condition("x"), "On", True),
        (Condition("x"), "0", False),
        (Condition("x"), "perhaps", None),
        (Condition("x"), math.nan, None),
        (Condition("x"), ["a"], True),
        (Condition("x"), {"a": 1}, None),
        (Condition("x", invert=True), 0, True),
        (Condition("x", invert=True), "perhaps", None),
        (Condition("x", bit=3), 0b1000, True),
        (Condition("x", bit=3), 0b0111, False),
        (Condition("x", bit=3), "0008", True),  # hexadecimal, as items without a name come
        (Condition("x", bit=3), "xyz", None),
        (Condition("x", bit=0), 1.5, None),
        (Condition("x", bit=200), 2**200, True),
        (Condition("x", above=300), 300, False),
        (Condition("x", above=300), "300.5", True),
        (Condition("x", above=1, below=3), 2, True),
        (Condition("x", above=1, below=3, invert=True), 2, False),
        (Condition("x", below=3), "cold", None),
        (Condition("x", below=3), 10**400, None),
        (Condition("x", has="depot"), ["yard", "depot"], True),
        (Condition("x", has="depot"), "depot yard", False),
        (Condition("x", has="1"), 1, False),
    ],
)
def test_a_condition_holds_or_not_or_nobody_knows(condition, value, holds):
    assert condition.holds({"x": value}) is holds
    assert condition.holds({"y": value}) is None
    assert condition.holds({"x": None}) is None


SWEEPER = DeviceType(
    {"BRUSHING": [Condition("in1"), Condition("broom")], "SPRAYING": [Condition("pump", above=2)]},
    Condition("ignition"),
)


@pytest.mark.parametrize(
    ("signals", "tasks", "working"),
    [
        ({"in1": 1, "broom": 0, "pump": 3}, ("SPRAYING", "BRUSHING"), True),
        ({"in1": 0, "broom": 1, "pump": 0}, ("BRUSHING",), True),
        ({"in1": 0, "broom": 0, "pump": 0}, (), False),
        # of a set nobody could tell that the rest is not done
        ({"in1": 1, "pump": "?"}, None, True),
        ({"in1": 0, "broom": 0}, None, None),
        ({"in1": 0, "pump": 0}, None, None),
        ({}, None, None),
        ({"in1": 1, "pump": 3, "ignition": True}, ("SPRAYING", "BRUSHING"), True),
        # off, and a switch may stand as it was left
        ({"in1": 1, "pump": 3, "ignition": 0}, (), False),
        ({"ignition": False}, (), False),
    ],
)
def test_tasks_are_told_only_where_all_of_them_are_known(signals, tasks, working):
    told = SWEEPER.read(signals)
    assert (told.tasks, told.working) == (tasks, working)


def test_what_the_device_tells_itself_stays():
    told = SWEEPER.read({"in1": 1, "broom": 0, "pump": 0})
    assert told.added_to({"longitude": 1}) == {
        "longitude": 1, "tasks": ["BRUSHING"], "working": True,
    }  # fmt: skip
    assert told.added_to({"tasks": ["MUSIC"], "working": False})["tasks"] == ["MUSIC"]
    assert SWEEPER.read({}).added_to({"working": None}) == {"working": None}


def test_every_condition_looked_at_is_told_with_its_value():
    findings = SWEEPER.read({"in1": 1, "ignition": "off"}).findings
    assert [(each.task, str(each.condition), each.value, each.holds) for each in findings] == [
        ("", "ignition", "off", False),
        ("BRUSHING", "in1", 1, True),
        ("BRUSHING", "broom", None, None),
        ("SPRAYING", "pump above 2", None, None),
    ]
    assert str(Condition("a", bit=3, invert=True)) == "not a bit 3"
    assert str(Condition("a", has="x")) == "a has 'x'"


def test_signals_of_objects_within_objects_have_names_with_dots():
    content = {
        "din": 5, "can": {"pto": {"on": True}}, "inregions": ["a", "b"], "none": None,
        "ble": [{"id": 7}, {"id": 8}],
    }  # fmt: skip
    assert flat(content) == {
        "din": 5, "can.pto.on": True, "inregions": ["a", "b"], "ble.0.id": 7, "ble.1.id": 8,
    }  # fmt: skip
    assert len(flat({str(number): number for number in range(5_000)})) == 1_000


def test_types_are_made_of_what_the_settings_say():
    told = DeviceTypeSettings.model_validate(
        {"ignition": "ignition",
         "tasks": {"BRUSHING": ["in1", "broom"], "SPRAYING": {"signal": "pump", "above": 2}}}
    )  # fmt: skip
    assert types_of({"sweeper": told}) == {"sweeper": SWEEPER}


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4),
    st.lists(st.text(max_size=2), max_size=2), st.dictionaries(st.text(max_size=1), st.none()),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["in1", "broom", "pump", "ignition"]), values))
def test_whatever_a_device_sends_is_read(signals):
    told = SWEEPER.read(signals)
    assert told.working is not False or told.tasks == ()
