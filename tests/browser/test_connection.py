"""The server goes and comes back: nothing false is shown meanwhile, and the page catches up."""

import os
import re
import signal
import time

from playwright.sync_api import expect

from tests.fixtures.page_facts import wait_for_map
from tests.fixtures.processes import descendants

STARTS_AT = "09:20"


def test_a_lost_connection_is_told_and_the_page_catches_up_by_itself(page, running, shoot):
    page.goto(f"{running.url}/#/grid/JY02/07:00-10:00")
    badge = page.locator(".now-line .badge")
    expect(badge).to_have_attribute("data-state", "on_track")
    expect(page.locator(".notice")).to_have_count(0)
    wait_for_map(page)
    running.stop()
    notice = page.locator(".is-lost")
    expect(notice).to_contain_text(re.compile(r"连接中断，自 09:(19|20):\d\d 起"))
    expect(page.locator("body")).to_have_class(re.compile("lost"))
    expect(page.locator("#mode")).not_to_be_visible()
    shoot("connection_lost")
    running.turn_to("10:12")
    running.restart()
    expect(notice).to_have_count(0)
    expect(page.locator("#mode")).to_be_visible()
    expect(badge).to_have_attribute("data-state", "overdue")


def test_a_stream_that_falls_silent_is_a_lost_connection(page, running):
    page.goto(f"{running.url}/#/windows")
    page.locator(".room a.row").first.wait_for()
    expect(page.locator("#mode")).to_be_visible()
    running.freeze()  # the connection stays open, and nothing comes
    expect(page.locator(".is-lost")).to_have_count(1, timeout=20_000)
    expect(page.locator("body")).to_have_class(re.compile("lost"))
    running.thaw()
    expect(page.locator(".is-lost")).to_have_count(0, timeout=20_000)
    expect(page.locator("#mode")).to_be_visible()


def test_a_laptop_that_slept_shows_what_is_now(page, running):
    page.goto(f"{running.url}/#/grid/JY03")
    badge = page.locator("#mode")
    expect(badge).to_be_visible()
    expect(page.locator("#clock")).to_contain_text(re.compile(r"09:\d\d|10:1\d"))
    below = descendants(os.getpid())
    sleepers = [pid for pid, command in below.items() if "chromium" in command]
    assert sleepers
    for pid in sleepers:
        os.kill(pid, signal.SIGSTOP)
    try:
        running.stop()  # the connection it had is gone when it wakes
        running.turn_to("11:40")
        time.sleep(8)
        running.restart()
    finally:
        for pid in sleepers:
            os.kill(pid, signal.SIGCONT)
    expect(page.locator("#clock")).to_contain_text("11:", timeout=30_000)
    expect(badge).to_be_visible()
    expect(page.locator(".is-lost")).to_have_count(0)


def test_a_map_that_could_not_be_loaded_comes_with_the_connection(page, running):
    page.route("**/vendor/maplibre-gl.css", lambda route: route.abort())
    page.goto(f"{running.url}/#/windows")
    expect(page.locator("#map-note")).to_contain_text("地图无法显示")
    expect(page.locator(".room a.row").first).to_be_visible()  # lists do without it
    page.unroute("**/vendor/maplibre-gl.css")
    running.stop()
    page.locator(".is-lost").wait_for()
    running.restart()
    wait_for_map(page)
