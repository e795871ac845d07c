"""The page of `pingcheng plan locate`, opened from a file as somebody would who got it by mail."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from geofence.locating.resolution import (
    Located,
    MentionKind,
    Piece,
    Resolution,
    UnlocatedReason,
)
from geofence.survey.review_page import render_review
from geofence.survey.streets import draw_streets
from geofence.survey.streets_file import features_of
from tests.fixtures.page_facts import serious_faults
from tests.fixtures.small_map import line, small_map
from tests.fixtures.town import Town, grid

MAP = small_map(
    line((0, 0), (400, 0), name="云中街"),
    line((400, 0), (400, 300), name="云中巷"),
    line((400, 300), (0, 300), name="魏都大道"),
)
LOCATED = Located(
    (
        Resolution("JY01", "云中街", MentionKind.STREET, (Piece(0),), names=("云中街",)),
        Resolution("JY01", "云中巷", MentionKind.STREET, (Piece(1),), names=("云中巷",)),
        Resolution("JY02", "魏都大街", MentionKind.STREET, reason=UnlocatedReason.NOT_FOUND,
                   suggestions=("魏都大道",)),
    )
)  # fmt: skip


@pytest.fixture(scope="module")
def running():
    """No server: the page is a file."""


@pytest.fixture
def opened(page, tmp_path):
    plan = replace(Town(grids=(grid("JY01"), grid("JY02"))).plan, name="平城区")
    features = features_of(draw_streets(MAP, LOCATED, around_m=1000))
    file = tmp_path / "review.html"
    text = render_review(
        plan, features, LOCATED.resolutions, source="© OpenStreetMap", language="zh"
    )
    file.write_text(text, encoding="utf-8")
    page.goto(file.as_uri())
    return page


def test_a_mention_is_found_by_its_grid_and_shown_on_the_map(opened):
    opened.get_by_text("JY01").click()
    opened.get_by_role("button", name="云中巷").click()
    expect(opened.get_by_role("status")).to_contain_text("JY01 · 云中巷")


def test_what_is_open_can_be_shown_alone_with_what_may_be_meant(opened):
    opened.get_by_role("button", name="只看未定").click()
    expect(opened.get_by_role("listitem")).to_have_count(1)
    expect(opened.get_by_role("listitem")).to_contain_text("也许是: 魏都大道")


def test_a_street_is_picked_on_the_map(opened):
    box = opened.locator("canvas").bounding_box()
    # the map shows both streets of 400 by 300 m; the lower one runs along its lower edge
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"]
    status = opened.locator("#tip")
    for up in range(0, int(box["height"]), 8):
        opened.mouse.click(x, y - up)
        if "云中街" in status.text_content():
            break
    expect(status).to_contain_text("JY01 · 云中街")


@pytest.mark.parametrize("width", [375, 1400])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened, width, theme):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.emulate_media(color_scheme=theme)
    opened.get_by_text("JY02").click()
    assert serious_faults(opened) == []
