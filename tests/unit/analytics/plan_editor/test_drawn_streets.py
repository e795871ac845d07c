import pytest

from analytics.plan_editor.drawn_streets import DrawnStreets, section_id_of, with_properties
from geofence.overrides.lines import LineError
from geofence.overrides.overrides import Cut, Join
from tests.fixtures.edited_plans import EAST, IDS, STREETS
from tests.fixtures.written_plan import line


@pytest.fixture
def streets():
    return DrawnStreets(STREETS["features"])


def ids(streets):
    return [section_id_of(feature) for feature in streets.features()]


def test_what_is_prepared_changes_nothing_until_it_is_followed(streets):
    redrawing = streets.cut(Cut("w1-2", (113.303, 40.1)))
    assert ids(streets) == IDS
    streets.follow(redrawing)
    assert ids(streets) == ["w1-1", "w1-2/1", "w1-2/2", "w1-3", "w2-1", "w3-1"]
    streets.follow(redrawing.inverse)
    assert streets.features() == STREETS["features"]


def test_pieces_of_pieces_and_what_is_joined_of_them_keep_their_place(streets):
    streets.follow(streets.cut(Cut("w1-2", (113.303, 40.1))))
    streets.follow(streets.cut(Cut("w1-2/1", (113.3025, 40.1))))
    streets.follow(streets.join(Join(("w1-2/1/2", "w1-2/2"))))
    assert ids(streets) == ["w1-1", "w1-2/1/1", "w1-2/1/2+w1-2/2", "w1-3", "w2-1", "w3-1"]


def test_a_joined_section_can_be_given_another_id(streets):
    redrawing = streets.join(Join(("w1-1", "w1-2")), named="w9")
    assert [each.id for each in redrawing.come] == ["w9"]


def test_no_id_is_given_twice():
    streets = DrawnStreets([*STREETS["features"], line("w1-1/2", "x", [], EAST[0], EAST[3])])
    with pytest.raises(LineError, match="has the id w1-1/2 already"):
        streets.cut(Cut("w1-1", (113.301, 40.1)))


def test_sections_chosen_in_any_order_make_a_chain(streets):
    assert streets.chain(["w1-1", "w1-3", "w1-2"]) == ["w1-1", "w1-2", "w1-3"]
    with pytest.raises(LineError, match="do not meet"):
        streets.chain(["w1-1", "w1-3"])


def test_other_properties_leave_the_file_s_own_unharmed(streets):
    streets.follow(streets.change({"w1-1": {"grids": []}}))
    assert streets.feature("w1-1")["properties"] == {
        "id": "w1-1", "name": "云中街", "grids": [], "lanes": 4
    }  # fmt: skip
    assert STREETS["features"][0]["properties"]["grids"] == ["JY01"]
    assert with_properties(STREETS["features"][0], lanes=2)["properties"]["lanes"] == 2


def test_an_id_is_taken_as_the_reader_of_a_plan_takes_it():
    streets = DrawnStreets([line(" w1 ", "x", [], EAST[0], EAST[1])])
    assert "w1" in streets
    assert len(streets) == 1
