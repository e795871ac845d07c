from geofence.review.lengths import short_sections, short_streets
from tests.fixtures.reviewed_plan import drawn, metres, section

LONG = metres((0, 0), (850, 0))


def test_a_section_shorter_than_two_metres_is_told():
    network = drawn(
        section("s1", "云中街", ["JY01"], LONG),
        section("s2", "云中街", ["JY01"], metres((850, 0), (850.85, 0))),
    )
    (warning,) = short_sections(network)
    assert warning.detail == "1 shorter than 2 m: s2 (0.85 m)"


def test_a_street_too_short_to_be_called_missed_is_told_with_all_its_sections():
    short, on = metres((0, 0), (8.5, 0)), metres((8.5, 0), (17, 0))
    (found,) = short_streets(
        drawn(section("s1", "云中街", ["JY01"], short), section("s2", "滨河路", [], on))
    )
    assert (found.code.value, found.subject) == ("street_short", "JY01")
    assert found.detail == "shorter than 20 m, never called missed: 云中街 (8.5 m)"


def test_sections_of_one_name_count_together():
    short, long = metres((0, 0), (8.5, 0)), metres((8.5, 0), (42, 0))
    network = drawn(
        section("s1", "云中街", ["JY01"], short), section("s2", "云中街", ["JY01"], long)
    )
    assert list(short_streets(network)) == []
