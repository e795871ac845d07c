import pytest

from geofence.overrides.map_sections import MapSections
from tests.fixtures.written_plan import line

WEST, MIDDLE, EAST = (113.30, 40.08), (113.31, 40.08), (113.32, 40.08)


@pytest.fixture
def sections():
    return MapSections(
        [line("w1-001", "a", [], WEST, MIDDLE), line("w1-002", "a", [], MIDDLE, EAST)]
    )


def test_what_takes_the_place_of_a_section_stands_there(sections):
    sections.replace("w1-001", [line("x", "a", [], WEST, MIDDLE), line("y", "a", [], WEST, EAST)])
    sections.replace("x", [])
    assert [each["properties"]["id"] for each in sections.all()] == ["y", "w1-002"]
    assert "w1-001" not in sections
    assert sections.feature("y")["properties"]["id"] == "y"


@pytest.mark.parametrize(
    ("section_id", "at", "found"),
    [
        ("w1-001", None, "w1-001"),
        ("w1-009", None, None),
        ("w1-001", (113.305, 40.0801), "w1-001"),
        ("w1-001", (113.315, 40.0801), "w1-002"),
        ("w1-009", (113.315, 40.0801), "w1-002"),
        ("w1-001.2", (113.315, 40.0801), "w1-002"),
        ("w1-001", (113.305, 40.0803), "w1-001"),  # 33 m beside it, and nothing nearer
        ("w1-001", (113.305, 40.0810), None),
        ("w2-001", (113.305, 40.0800), None),  # it is another way that lies there
    ],
)
def test_a_section_is_the_part_of_its_way_that_lies_where_it_was(sections, section_id, at, found):
    assert sections.find(section_id, at) == found
