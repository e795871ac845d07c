"""The plan is changed while the page is open: it shows the new one, and what is amiss with it."""

import re

from playwright.sync_api import expect

from tests.fixtures.changed_plans import add_street, replace_in
from tests.fixtures.page_facts import wait_for_map

STARTS_AT = "09:20"
NEW_STREET = "永泰南路"
SOON_MS = 30_000
"""The plan is looked at every two seconds, then read and the day judged by it."""
ON_MAP = """(name) => {
  const { map: { mapView }, state: { state } } = window.seen;
  return mapView().queryRenderedFeatures({ layers: ["streets"] })
    .some((feature) => state.sections.get(feature.id)?.name === name);
}"""


def test_a_new_street_appears_on_an_open_page_without_a_restart(page, running, shoot):
    plan = running.folder / "plan.toml"
    page.goto(f"{running.url}/#/grid/JY01")
    wait_for_map(page)
    expect(page.get_by_text(NEW_STREET)).to_have_count(0)
    page.evaluate("() => { window.isTheSamePage = true; }")
    add_street(plan, NEW_STREET, "JY01")
    replace_in(plan, 'name = "', 'name = "新·')
    expect(page.get_by_text(NEW_STREET).first).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#plan-name")).to_have_text(re.compile("^新·"))
    page.wait_for_function(ON_MAP, arg=NEW_STREET)
    assert page.evaluate("() => window.isTheSamePage")
    expect(page.locator(".notice")).to_have_count(0)
    shoot("plan_changed")


def test_a_broken_plan_is_told_and_all_goes_on_by_the_one_before(page, running, shoot):
    plan = running.folder / "plan.toml"
    page.goto(f"{running.url}/#/windows")
    name = page.locator("#plan-name")
    expect(name).to_contain_text("street-front collection")
    before = name.inner_text()
    sound = plan.read_text(encoding="utf-8")
    plan.write_text(sound.replace("JY01", "JY01\n", 1), encoding="utf-8")
    notice = page.locator(".is-refused")
    expect(notice).to_contain_text("仍按改动前的计划", timeout=SOON_MS)
    expect(name).to_have_text(before)
    shoot("plan_refused")
    plan.write_text(sound, encoding="utf-8")
    expect(notice).to_have_count(0, timeout=SOON_MS)
