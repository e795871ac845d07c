"""For whom the page is: small screens, two languages, dark and light, screen readers."""

import pytest
from playwright.sync_api import expect

from tests.fixtures.page_facts import serious_faults, too_wide, wait_for_map

STARTS_AT = "09:45"
VIEWS = ["#/windows", "#/grids", "#/alerts", "#/grid/JY02/07:00-10:00", "#/vehicle/晋BQ0384"]


def test_nothing_is_wider_than_a_phone(page, running, shoot):
    page.set_viewport_size({"width": 375, "height": 760})
    for view in VIEWS:
        page.goto(f"{running.url}/{view}")
        page.locator("#clock").filter(has_text="09:").wait_for()
        wait_for_map(page)
        page.wait_for_timeout(500)
        assert too_wide(page, apart="#map, #legend") == [], view
        shoot(f"phone_{view.split('/')[1]}")


def test_the_time_machine_opens_on_a_phone(page, running, shoot):
    page.set_viewport_size({"width": 375, "height": 760})
    page.goto(running.url)
    page.get_by_role("button", name="时光机").click()
    expect(page.locator("#replay-time")).to_be_visible()
    wait_for_map(page)
    shoot("phone_replay")


def test_the_language_can_be_switched_and_is_kept(page, running, shoot):
    page.goto(f"{running.url}/#/windows")
    expect(page.locator("#tabs a").first).to_contain_text("时段")
    page.locator("#language").click()
    expect(page.locator("#tabs a").first).to_contain_text("Windows")
    expect(page.locator(".room h2").first).to_contain_text("Open now")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.locator("#tabs a").first).to_contain_text("Windows")
    wait_for_map(page)
    shoot("english")


def test_light_and_dark_can_be_switched(page, running, shoot):
    page.goto(f"{running.url}/#/grids")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("#theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    wait_for_map(page)
    page.wait_for_timeout(500)
    shoot("light")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_serious(page, running, theme):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    for view in (*VIEWS, "board#/JY01/云中街"):
        page.goto(f"{running.url}/{view}")
        page.wait_for_timeout(1500)
        assert serious_faults(page) == [], view


def test_text_of_the_data_never_becomes_markup(page, running):
    page.goto(f"{running.url}/#/windows")
    page.locator(".room a.row").first.wait_for()
    page.evaluate(
        """async () => {
          const { takeAlerts } = await import("/static/state/state.js");
          takeAlerts([{ id: "9", kind: "<i>x</i>", grid: "<b>", window: "'\\"", vehicle: null,
            said_ms: 0, text: "<img src=x onerror=alert(1)>", acknowledged_by: null,
            acknowledged_ms: null, ended_ms: null }]);
        }"""
    )
    page.goto(f"{running.url}/#/alerts")
    expect(page.locator(".alert-text")).to_have_text("<img src=x onerror=alert(1)>")
    assert page.locator(".alert img, .alert i").count() == 0


def test_names_are_only_names_on_the_page_and_turn_no_direction(page, running):
    page.goto(f"{running.url}/#/windows")
    told = page.evaluate(
        """async (name) => {
          const { el, say } = await import("/static/elements/dom.js");
          const node = el("p", { text: name }, name), other = el("p");
          say(other, name);
          return [node.textContent, other.textContent, node.children.length];
        }""",
        "\u202e<b>云中街</b>\x1b\u2028\u200d",
    )
    shown = "\\u202e<b>云中街</b>\\x1b\\u2028\u200d"
    assert told == [shown + shown, shown, 0]
