"""The public board: a resident finds a street and reports a missed collection."""

import re

import pytest
from playwright.sync_api import expect

from tests.fixtures.operations import sample_plan

STARTS_AT = "09:20"


def test_a_resident_finds_a_street_and_when_it_was_collected(page, running, context, shoot):
    page.set_viewport_size({"width": 375, "height": 760})
    page.goto(f"{running.url}/board")
    page.locator("#street").press_sequentially("yunzhong")
    page.locator("#answer a", has_text="JY01").click()
    expect(page.locator("#answer h2")).to_have_text("云中街")
    expect(page.locator("#answer .badge").first).to_contain_text("已收集")
    expect(page.locator("#last-collected")).to_contain_text("2022")
    expect(page.locator("#next-window")).to_contain_text("–")
    shoot("board")
    assert context.cookies() == []
    text = page.content()
    assert not any(vehicle in text for grid in sample_plan().grids for vehicle in grid.vehicles)


@pytest.mark.parametrize(
    ("street", "outcome", "text"),
    [
        ("操场城西路", "collected", r"已收集：09:\d\d–09:\d\d"),
        ("云中街", "not_yet", "还未收集；时段到 11:30 结束"),
    ],
)
def test_a_report_is_checked_against_the_evidence_at_once(
    page, running, shoot, street, outcome, text
):
    page.goto(f"{running.url}/board#/JY01/{street}")
    page.get_by_role("button", name="反映漏收").click()
    answer = page.locator(".outcome")
    expect(answer).to_have_attribute("data-outcome", outcome)
    expect(answer).to_contain_text(re.compile(text))
    shoot(f"board_{outcome}")


def test_the_board_speaks_english_when_asked(page, running):
    page.goto(f"{running.url}/board#/JY01/云中街")
    page.locator("#answer h2").wait_for()
    page.locator("#language").click()
    expect(page.locator(".big-button")).to_have_text("Report a missed collection")
