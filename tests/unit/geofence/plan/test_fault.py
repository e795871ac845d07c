import pytest

from geofence.plan.fault import FAULT_MEANINGS, FaultCode, GeofenceError, PlanError, PlanFault

FAULT = PlanFault(
    FaultCode.REFERENCE_UNKNOWN, "plan.toml", "grids[0] (JY01).operator", '"机扫"', "name another"
)


def test_every_fault_code_has_a_meaning_of_its_own():
    assert set(FAULT_MEANINGS) == set(FaultCode)
    assert len(set(FAULT_MEANINGS.values())) == len(FaultCode)
    assert all(meaning.endswith(".") for meaning in FAULT_MEANINGS.values())


def test_a_fault_reads_as_file_place_value_remedy_and_code():
    assert str(FAULT) == (
        'plan.toml: grids[0] (JY01).operator = "机扫": name another [reference_unknown]'
    )


def test_a_fault_of_a_whole_file_names_the_file_alone():
    fault = PlanFault(FaultCode.FILE_ABSENT, "streets.geojson", "", "", "put it there")
    assert str(fault) == "streets.geojson: put it there [file_absent]"


def test_a_fault_without_a_value_shows_none():
    fault = PlanFault(FaultCode.KEY_ABSENT, "plan.toml", "name", "", "add the key name")
    assert str(fault) == "plan.toml: name: add the key name [key_absent]"


@pytest.mark.parametrize(("count", "head"), [(1, "1 fault"), (2, "2 faults"), (11, "11 faults")])
def test_a_plan_error_counts_its_faults_in_the_first_line(count, head):
    assert str(PlanError([FAULT] * count)).splitlines()[0] == f"the plan has {head}"


def test_a_plan_error_tells_each_fault_in_a_line_of_its_own_in_their_order():
    other = PlanFault(FaultCode.EMPTY, "plan.toml", "name", '" "', "write something")
    error = PlanError([other, FAULT])
    assert str(error).splitlines()[1:] == [str(other), str(FAULT)]
    assert error.faults == (other, FAULT)


@pytest.mark.parametrize("kind", [ValueError, GeofenceError])
def test_a_plan_error_is_caught_as_a_wrong_value_and_as_an_error_of_this_package(kind):
    with pytest.raises(kind, match="plan has 1 fault\n"):
        raise PlanError([FAULT])


def test_a_fault_is_one_line_whatever_stands_in_ids_and_keys():
    where = "features[0] (s1\n\x1b[2Jthe plan is sound\u2028).name"
    fault = PlanFault(FaultCode.EMPTY, "a\rb.geojson", where, "", "write it")
    assert str(fault) == (
        "a\\rb.geojson: features[0] (s1\\n\\x1b[2Jthe plan is sound\\u2028).name: write it [empty]"
    )
    assert fault.where == where


def test_a_place_of_any_length_is_shown_shortened():
    fault = PlanFault(FaultCode.KEY_UNKNOWN, "plan.toml", "x" * 5000 + ".name", "", "drop it")
    assert "x….name" not in str(fault)
    assert len(str(fault)) < 300
    assert ".name: drop it" in str(fault)


def test_a_fault_is_short_however_long_its_file_its_place_or_what_to_do():
    long = "云" * 5000
    told = str(PlanFault(FaultCode.EMPTY, f"{long}.geojson", long, "''", f"write {long} or not"))
    assert len(told) < 1500
    assert told.startswith("云")
    assert told.endswith(" or not [empty]")
