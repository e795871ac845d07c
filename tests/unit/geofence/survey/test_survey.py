import json
import math

from geofence.locating.resolution import (
    Located,
    MentionKind,
    Piece,
    Resolution,
    UnlocatedReason,
)
from geofence.overrides.overrides import Assign, Cut, Overrides
from geofence.survey.survey import DRAWN_BY, SurveyTerms, survey
from tests.fixtures.small_map import at, line, small_map
from tests.fixtures.town import Town, grid

MAP = small_map(
    line((0, 0), (400, 0), name="云中街", id="w1-001"),
    line((400, 0), (400, 300), name="", id="w2-001"),
)
LOCATED = Located(
    (
        Resolution("JY01", "云中街", MentionKind.STREET, (Piece(0),)),
        Resolution("JY01", "侧巷", MentionKind.STREET, reason=UnlocatedReason.NOT_FOUND),
    )
)
TERMS = SurveyTerms("map.osm", math.inf, "zh")


def surveyed(*, cuts=(), assigns=()):
    plan = Town(grids=(grid("JY01", streets=("云中街", "侧巷")),)).plan
    return survey(plan, MAP, LOCATED, Overrides(cuts=cuts, assigns=assigns), TERMS)


def drawn(found):
    features = json.loads(found.streets)["features"]
    return {one["properties"]["id"]: one["properties"] for one in features}


def test_what_was_located_is_drawn_and_the_rest_is_listed():
    found = surveyed()
    assert drawn(found)["w1-001"]["grids"] == ["JY01"]
    assert [one.mention for one in found.open] == ["侧巷"]
    assert "侧巷" in found.unlocated
    assert json.loads(found.streets)["note"].startswith(DRAWN_BY)


def test_what_a_person_assigned_is_drawn_and_open_no_more():
    found = surveyed(assigns=(Assign("w2-001", ("JY01",), "侧巷"),))
    assert drawn(found)["w2-001"]["name"] == "侧巷"
    assert found.open == ()
    assert "侧巷" not in found.unlocated


def test_a_decision_survives_that_the_map_is_drawn_again():
    decisions = {
        "cuts": (Cut("w1-001", at(200, 0)),),
        "assigns": (Assign("w1-001/2", ()),),
    }
    first, again = surveyed(**decisions), surveyed(**decisions)
    assert first.streets == again.streets
    assert drawn(again)["w1-001/1"]["grids"] == ["JY01"]
    assert drawn(again)["w1-001/2"]["grids"] == []


def test_a_decision_about_what_the_map_has_no_more_is_told():
    (unused,) = surveyed(assigns=(Assign("w9-001", ("JY01",), "侧巷"),)).unused
    assert unused.section == "w9-001"
