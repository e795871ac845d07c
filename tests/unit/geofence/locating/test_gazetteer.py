"""What a mention may mean on a map, wherever its grid is."""

import pytest
from shapely import Point, box

from geofence.locating.gazetteer import Gazetteer
from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.resolution import Match, MentionKind, Remark, UnlocatedReason
from tests.fixtures.drawn_map import draw_map, place, road

TOWN = draw_map(
    road("西环路", (0, 0), (0, 900)),
    road("云中街", (-300, 400), (900, 400)),
    road("向阳东街", (0, 900), (900, 900)),
    road("迎泽南街", (500, 0), (500, 300)),
    road("昌泰街", (0, 200), (400, 200)),
    road("昌泰街", (9000, 200), (9400, 200)),
    road("苹果园路", (0, 100), (400, 100)),
    places=[
        place("魏都新城", box(-50, 150, 500, 500)),
        place("苹果园", box(600, 600, 700, 700)),
        place("十校", box(600, 450, 700, 550), "amenity=school"),
        place("七里村", Point(100, 850), "place=village"),
    ],
)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(MeasuredMap(TOWN))


@pytest.mark.parametrize(
    ("mention", "kind", "match", "name"),
    [
        ("云中街", MentionKind.STREET, Match.EXACT, "云中街"),
        ("十校", MentionKind.PLACE, Match.EXACT, "十校"),
        ("西环路北延", MentionKind.CONTINUATION, Match.EXACT, "西环路"),
        ("云中街西段", MentionKind.PART, Match.EXACT, "云中街"),
        ("十校周边道路", MentionKind.AROUND, Match.EXACT, "十校"),
        ("西环路支路", MentionKind.BRANCH, Match.EXACT, "西环路"),
        ("十校支路", MentionKind.BRANCH, Match.EXACT, "十校"),
        ("向阳东", MentionKind.STREET, Match.WORDLESS, "向阳东街"),
        ("Yunzhong Jie", MentionKind.STREET, Match.PINYIN, "云中街"),
        ("西环路(云中街—七里村)", MentionKind.RANGE, Match.EXACT, "西环路"),
        ("西环路十校", MentionKind.PLACE, Match.EXACT, "十校"),
    ],
)
def test_a_mention_is_looked_up(gazetteer, mention, kind, match, name):
    draft = gazetteer.look_up(mention)
    assert draft.reason is None, draft.detail
    assert (draft.reading.kind, draft.match) == (kind, match)
    assert {each.name for each in draft.options[0]} == {name}


@pytest.mark.parametrize("mention", ["魏都新城昌泰街", "昌泰街(魏都新城)", "魏都新城昌泰街西段"])
def test_a_place_beside_the_name_tells_which_namesake(gazetteer, mention):
    (options,) = gazetteer.look_up(mention).options
    assert len(options) == 1
    assert len(gazetteer.look_up("昌泰街").options[0]) == 2


def test_how_loosely_it_was_found_is_told(gazetteer):
    assert Remark.NEAR_PLACE in gazetteer.look_up("魏都新城昌泰街").remarks
    assert gazetteer.look_up("向阳东").remarks == (Remark.WORD_ABSENT,)
    assert gazetteer.look_up("Yunzhong Jie").remarks == (Remark.BY_PINYIN,)


def test_of_a_pair_one_street_may_be_absent(gazetteer):
    draft = gazetteer.look_up("迎泽南北街")
    assert draft.reading.kind is MentionKind.PAIR
    assert Remark.PAIR_HALF in draft.remarks


@pytest.mark.parametrize(
    ("mention", "reason", "suggestion"),
    [
        ("云中路", UnlocatedReason.NOT_FOUND, "云中街"),
        ("云中街(西环路—不存在街)", UnlocatedReason.END_NOT_FOUND, None),
        ("云中街(云中街—西环路)", UnlocatedReason.END_NOT_FOUND, None),
        ("云中街(后面)", UnlocatedReason.NOTE_UNREAD, "云中街"),
        ("昌泰街(七里村)", None, None),
        ("苹果园", UnlocatedReason.AMBIGUOUS, "苹果园路"),
        ("十校A段", UnlocatedReason.SIDE_UNCLEAR, "十校"),
        ("。", UnlocatedReason.FRAGMENT, None),
        ("西环路云中街", UnlocatedReason.NOT_FOUND, "西环路"),
        ("西环路(云中街)", UnlocatedReason.NOTE_UNREAD, "西环路"),
    ],
)
def test_why_nothing_is_found_is_told_with_what_may_have_been_meant(
    gazetteer, mention, reason, suggestion
):
    draft = gazetteer.look_up(mention)
    assert draft.reason is reason
    if reason is not None:
        assert draft.detail
    if suggestion:
        assert suggestion in draft.suggestions


def test_a_street_of_the_full_name_comes_before_what_the_name_says():
    street_map = draw_map(road("西环路", (0, 0), (0, 900)), road("西环路北延", (0, 900), (0, 1500)))
    draft = Gazetteer(MeasuredMap(street_map)).look_up("西环路北延")
    assert draft.reading.kind is MentionKind.STREET


def test_an_extension_that_may_be_of_two_streets_is_ambiguous():
    street_map = draw_map(road("向阳街", (0, 0), (500, 0)), road("向阳东街", (500, 0), (900, 0)))
    draft = Gazetteer(MeasuredMap(street_map)).look_up("向阳东延")
    assert draft.reason is UnlocatedReason.AMBIGUOUS
    assert set(draft.suggestions) == {"向阳街", "向阳东街"}


def test_streets_that_differ_in_accents_are_never_told_apart_by_where_they_lie():
    street_map = draw_map(
        road("Rua Guabiju", (0, 0), (500, 0)), road("Rua Guabijú", (9000, 0), (9500, 0))
    )
    draft = Gazetteer(MeasuredMap(street_map)).look_up("R. GUABIJU")
    assert draft.reason is UnlocatedReason.AMBIGUOUS
    assert set(draft.suggestions) == {"Rua Guabiju", "Rua Guabijú"}
    exact = Gazetteer(MeasuredMap(street_map)).look_up("Rua Guabijú")
    assert [option.name for option in exact.options[0]] == ["Rua Guabijú"]


def test_a_village_may_lie_further_from_the_street_that_it_ends_than_a_market():
    street_map = draw_map(
        road("甲路", (0, 0), (3000, 0)),
        places=[
            place("七里村", Point(400, 700), "place=village"),
            place("市场", Point(2500, 700), "amenity=marketplace"),
        ],
    )
    village, market = Gazetteer(MeasuredMap(street_map)).look_up("甲路(七里村—市场)").ends or ()
    assert village.reaches_m[0] > 700 > market.reaches_m[0]


def test_an_end_that_is_the_street_itself_is_not_suggested_again(gazetteer):
    draft = gazetteer.look_up("西环路(云中街—西环路)")
    assert draft.reason is UnlocatedReason.END_NOT_FOUND
    assert "西环路" not in draft.suggestions
