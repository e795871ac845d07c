from geofence.review.warning import WARNING_MEANINGS, PlanWarning, WarningCode, listed


def test_every_warning_code_has_a_meaning():
    assert set(WARNING_MEANINGS) == set(WarningCode)


def test_a_warning_names_its_subject_and_code_in_a_line():
    code = WarningCode.VEHICLE_SHARED
    assert str(PlanWarning(code, "晋B1", "serves A, B")) == "晋B1: serves A, B [vehicle_shared]"
    assert str(PlanWarning(code, "", "of all")) == "of all [vehicle_shared]"


def test_a_long_list_is_cut_and_the_rest_counted():
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(n) for n in range(15)]).endswith("10, 11 and 3 more")
