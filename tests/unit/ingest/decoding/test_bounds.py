import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.bounds import LONGEST_VEHICLE_ID, MAX_BURST, is_vehicle_id
from ingest.decoding.wire import encode, topic_of
from tests.fixtures.fixes import MORNING_MS, decode, ping


@pytest.mark.parametrize("text", ["晋BQ0384", "机扫1-113", "a", "867060033461332", "a.b", "𠮷"])
def test_plates_serial_numbers_and_names_of_vehicles_are_ids(text):
    assert is_vehicle_id(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "晋B Q0384", "a/b", "/", "+", "a#", "a\tb", "\0", "a\u200bb", "全\u3000角", "\ud800"],
)  # fmt: skip
def test_what_no_level_of_a_topic_can_carry_is_no_id(text):
    assert not is_vehicle_id(text)


def test_an_id_is_counted_in_characters_not_in_bytes():
    assert is_vehicle_id("车" * LONGEST_VEHICLE_ID)
    assert not is_vehicle_id("车" * (LONGEST_VEHICLE_ID + 1))


@given(st.text(alphabet=st.characters() | st.sampled_from("/+# ") | st.characters(categories=["C"]),
               max_size=4))  # fmt: skip
@settings(max_examples=60)
def test_an_id_is_one_level_of_a_topic_on_one_line_of_text(text):
    if is_vehicle_id(text):
        assert f"fleet/{text}/ping".split("/") == ["fleet", text, "ping"]
        assert text.split() == [text]
        assert text.encode("utf-8").decode("utf-8") == text


def test_the_longest_burst_of_full_pings_with_every_digit_fits_into_one_message():
    full = ping(
        longitude=-113.30000000000001, latitude=-40.080000000000005, speed_mps=13.333333333333334,
        heading_deg=271.33333333333337, accuracy_m=10.333333333333334, hdop=1.2000000000000002,
        satellites=999, working=False,
    )  # fmt: skip
    burst = [full] * MAX_BURST
    assert decode(topic_of(full.vehicle_id), encode(burst), MORNING_MS) == (burst, [])
