import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.plan.vehicle_id import vehicle_id_fault

ANY = st.text(min_size=1, max_size=8) | st.text("晋B机扫1-+#/.*> \u3000\u200b\x00", max_size=8)


@pytest.mark.parametrize("vehicle", ["晋BQ0384", "机扫1-113", "清洁-111", "truck_7$", "x" * 128])
def test_vehicle_ids_in_any_script_are_taken(vehicle):
    assert vehicle_id_fault(vehicle) == ""


@pytest.mark.parametrize(
    ("vehicle", "why"),
    [
        ("", "empty"),
        ("x" * 129, "longer than 128 characters"),
        ("a+b", "contains +"),
        ("a#", "contains #"),
        ("a/b", "contains /"),
        ("a.b", "contains ."),
        ("*a", "contains *"),
        ("a>", "contains >"),
        ("a b", "a space or an invisible character"),
        ("晋B\u300000384", "a space or an invisible character"),
        ("a\x00b", "a space or an invisible character"),
        ("a\u200bb", "a space or an invisible character"),
        ("a\u2028b", "a space or an invisible character"),
        ("a\ud800", "a space or an invisible character"),
    ],
)
def test_an_id_that_no_topic_can_carry_is_refused_with_the_reason(vehicle, why):
    assert why in vehicle_id_fault(vehicle)


def test_the_length_of_an_id_is_counted_in_characters_and_not_in_bytes():
    assert vehicle_id_fault("晋" * 128) == ""
    assert vehicle_id_fault("晋" * 129) != ""


@settings(max_examples=60)
@given(ANY)
def test_an_id_that_is_taken_is_one_level_of_a_topic_and_prints_on_one_line(vehicle):
    if vehicle_id_fault(vehicle):
        return
    topic = f"fleet/{vehicle}/ping"
    assert topic.encode("utf-8").decode("utf-8").split("/") == ["fleet", vehicle, "ping"]
    assert topic.split() == [topic]


@settings(max_examples=60)
@given(ANY, ANY)
def test_no_id_can_be_taken_that_holds_one_that_cannot(one, other):
    if one and vehicle_id_fault(one):
        assert vehicle_id_fault(one + other)
        assert vehicle_id_fault(other + one)
