"""A day goes by: a window goes at risk, overdue and late; an alert is acknowledged."""

from playwright.sync_api import expect

from tests.fixtures.page_facts import wait_for_map, wait_for_street

STARTS_AT = "09:20"
WINDOW = "JY02", "07:00-10:00"


def expect_state(page, state):
    badge = page.locator(".now-line .badge")
    expect(badge).to_have_attribute("data-state", state, timeout=60_000)


def test_a_window_goes_at_risk_then_overdue_then_late(page, running, shoot):
    grid, window = WINDOW
    page.goto(f"{running.url}/#/grid/{grid}/{window}")
    expect_state(page, "on_track")
    wait_for_map(page)
    wait_for_street(page, "永义路", "on_track")
    running.turn_to("09:42")
    expect_state(page, "at_risk")
    wait_for_street(page, "永义路", "at_risk")
    expect(page.locator(".now-line")).to_contain_text("剩")
    shoot("at_risk")
    running.turn_to("10:12")
    expect_state(page, "overdue")
    running.turn_to("10:40")
    expect_state(page, "late")
    wait_for_street(page, "永义路", "late")
    shoot("late")


def test_an_alert_is_told_and_acknowledged_once_for_all_pages(page, running, context, shoot):
    grid, window = WINDOW
    page.goto(f"{running.url}/#/alerts")
    other = context.new_page()
    other.goto(f"{running.url}/#/alerts")
    running.raise_alert(grid, window, "09:42")
    alert = page.locator(".alert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text(grid)
    expect(page.locator("#tabs [data-room=alerts] b")).to_have_text("1")
    wait_for_map(page)
    shoot("alerts")
    alert.get_by_role("button").click()
    expect(alert).to_have_attribute("data-pending", "false")
    expect(other.locator(".alert")).to_have_attribute("data-pending", "false")
    expect(page.locator("#tabs [data-room=alerts] b")).to_be_empty()
    other.close()
