"""The time machine: the same page at any stored instant."""

import re

from playwright.sync_api import expect

from tests.fixtures.operations import TRUCK, at_ms
from tests.fixtures.page_facts import place_of, wait_for_map, wait_for_move

STARTS_AT = "12:00"


def test_scrubbing_shows_the_day_as_it_was_known_then(page, running, shoot):
    page.goto(f"{running.url}/#/grid/JY02/07:00-10:00?at={at_ms('09:45')}")
    badge = page.locator(".now-line .badge")
    expect(badge).to_have_attribute("data-state", "at_risk")
    expect(page.locator("#mode")).to_have_attribute("data-mode", "replay")
    page.locator("#replay-time").fill(str(8 * 60))
    expect(badge).to_have_attribute("data-state", "on_track")
    expect(page.locator("#clock")).to_contain_text("08:00")
    page.locator("#replay-time").fill(str(11 * 60))
    expect(badge).to_have_attribute("data-state", "late")
    wait_for_map(page)
    shoot("replay")


def test_the_shown_instant_is_in_the_address(page, running):
    page.goto(f"{running.url}/#/windows?at={at_ms('09:00')}")
    expect(page.locator("#clock")).to_contain_text("09:00:00")
    page.locator("#replay-time").fill(str(10 * 60))
    page.wait_for_url(re.compile(rf"at={at_ms('10:00')}"))
    page.locator("#tabs a").nth(1).click()
    page.wait_for_url(re.compile(rf"grids\?at={at_ms('10:00')}"))


def test_a_day_plays_at_sixty_times_its_pace_and_stops(page, running):
    page.goto(f"{running.url}/#/windows?at={at_ms('08:00')}")
    wait_for_map(page)
    before = place_of(page, TRUCK)
    page.get_by_role("button", name="播放").click()
    expect(page.locator("#mode")).to_contain_text("60×")
    wait_for_move(page, TRUCK, before)
    page.get_by_role("button", name="暂停").click()
    expect(page.locator("#mode")).to_have_text("回放")
    stopped = page.locator("#clock").text_content()
    page.wait_for_timeout(1500)
    expect(page.locator("#clock")).to_have_text(stopped)
    page.get_by_role("button", name="回到实时").click()
    expect(page.locator("#mode")).to_have_text("历史数据")
    expect(page.locator("#clock")).to_contain_text("11:59")
