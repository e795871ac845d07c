import json
import re
from dataclasses import replace

import pytest

from geofence.locating.resolution import (
    Located,
    MentionKind,
    Piece,
    Remark,
    Resolution,
    UnlocatedReason,
)
from geofence.survey.review_page import _REASONS_ZH, _REMARKS_ZH, render_review
from geofence.survey.streets import draw_streets
from geofence.survey.streets_file import features_of
from tests.fixtures.small_map import line, small_map
from tests.fixtures.town import Town, grid

MAP = small_map(line((0, 0), (400, 0), name="云中街"), line((400, 0), (400, 30), name="侧路"))
FOUND = Resolution("JY01", "云中街", MentionKind.STREET, (Piece(0),), names=("云中街",))
LOST = Resolution(
    "JY01", "</script><b>", MentionKind.STREET, reason=UnlocatedReason.NOT_FOUND,
    suggestions=("云中街",),
)  # fmt: skip


def page(language="en", *, by_hand=False, found=FOUND):
    plan = replace(Town(grids=(grid("JY01"),)).plan, name="试验 <i>")
    located = Located((found, LOST))
    features = features_of(draw_streets(MAP, located, around_m=1000))
    if by_hand:
        features[1]["properties"] |= {"grids": ["JY01"], "name": LOST.mention}
    return render_review(plan, features, located.resolutions, source="map.osm", language=language)


def data_of(text):
    (block,) = re.findall(
        r'<script id="data" type="application/json">(.*?)</script>', text, re.DOTALL
    )
    return json.loads(block)


def test_each_mention_stands_under_its_grid_with_what_became_of_it():
    (grid,) = data_of(page())["grids"]
    found, lost = grid["mentions"]
    assert (found["text"], found["open"], found["parts"]) == ("云中街", False, [0])
    assert (lost["open"], lost["parts"]) == (True, [])
    assert "maybe: 云中街" in lost["told"]


@pytest.mark.parametrize(("language", "word"), [("en", "sound alone"), ("zh", "只按读音找到")])
def test_what_is_located_but_in_doubt_is_marked_and_says_why(language, word):
    doubted = replace(FOUND, remarks=(Remark.BY_PINYIN,))
    (grid,) = data_of(page(language, found=doubted))["grids"]
    assert (grid["mentions"][0]["open"], grid["mentions"][0]["look"]) == (False, True)
    assert word in grid["mentions"][0]["told"]


def test_what_was_assigned_by_hand_is_open_no_more():
    (grid,) = data_of(page(by_hand=True))["grids"]
    assert grid["mentions"][1] == {
        "text": LOST.mention, "told": "assigned by hand", "open": False, "look": False,
        "parts": [1],
    }  # fmt: skip


def test_lines_are_packed_as_steps_of_a_decimetre():
    data = data_of(page())
    assert data["parts"] == [pytest.approx([0, 0, 4000, 0], abs=15)]
    assert len(data["others"]) == 1


def test_no_name_ends_the_data_or_becomes_markup():
    text = page()
    assert text.count("</script>") == 2
    assert "<i>" not in text.split("<style>")[0]
    assert "<b>" not in text


def test_nothing_is_loaded_from_anywhere():
    assert not re.search(r"(src|href)\s*=|https?:", page())


def test_a_reason_is_told_in_chinese_too():
    (grid,) = data_of(page("zh"))["grids"]
    assert grid["mentions"][1]["told"] == "地图上没有 · 也许是: 云中街"
    assert set(_REASONS_ZH) == set(UnlocatedReason)
    assert set(_REMARKS_ZH) == set(Remark)


@pytest.mark.parametrize(("language", "word"), [("en", "1 of 2 mentions"), ("zh", "2 处街道")])
def test_it_speaks_both_languages(language, word):
    data = data_of(page(language))
    assert word in data["summary"]
    assert data["language"] == language
