"""The map in a real browser: it paints, follows the trucks, and asks nobody else for anything."""

from playwright.sync_api import expect

from tests.fixtures.operations import TRUCK
from tests.fixtures.page_facts import colours_in, place_of, wait_for_map, wait_for_move

STARTS_AT = "09:20"


def test_the_map_paints_streets_and_trucks(page, running, shoot):
    page.goto(running.url)
    wait_for_map(page)
    page.wait_for_timeout(500)
    assert colours_in(page, "#map") > 50
    place_of(page, TRUCK)
    expect(page.locator("#mode")).to_have_text("历史数据")
    expect(page.locator("#clock")).to_contain_text("09:")  # the plan's zone, not the browser's
    shoot("operations")


def test_a_truck_that_moves_moves_on_the_map(page, running):
    page.goto(running.url)
    wait_for_map(page)
    before = place_of(page, TRUCK)
    running.turn_to("09:40")
    wait_for_move(page, TRUCK, before)


def test_no_request_leaves_the_machine(page, running):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(running.url)
    wait_for_map(page)
    for place in ("grids", "alerts", "grid/JY01", f"vehicle/{TRUCK}"):
        page.goto(f"{running.url}/#/{place}")
    page.goto(f"{running.url}/board")
    page.wait_for_timeout(500)
    assert asked
    elsewhere = [url for url in asked if not url.startswith((running.url, "data:", "blob:"))]
    assert elsewhere == []


def test_a_truck_found_by_its_plate_is_shown_with_its_day(page, running, shoot):
    page.goto(running.url)
    page.locator("#search-box").press_sequentially(TRUCK[-4:])
    page.locator("#found [role=option]", has_text=TRUCK).wait_for()
    page.keyboard.press("Enter")
    expect(page.locator(".headline")).to_contain_text(TRUCK)
    expect(page.locator(".room-vehicle")).to_contain_text("km/h")
    expect(page.locator(".room-vehicle")).to_contain_text("定位点数")
    wait_for_map(page)
    shoot("vehicle")


def test_enter_chooses_of_what_was_typed_and_not_of_what_was_found_for_less(page, running):
    page.goto(running.url)
    box = page.locator("#search-box")
    box.press_sequentially(TRUCK[-4])
    page.locator("#found [role=option]").first.wait_for()
    box.press_sequentially(TRUCK[-3:])
    page.keyboard.press("Enter")  # before the list has changed
    expect(page.locator(".headline")).to_contain_text(TRUCK)


def test_a_street_found_by_pinyin_leads_to_its_evidence(page, running, shoot):
    page.goto(running.url)
    page.locator("#tabs a").first.wait_for()
    page.locator("#search-box").press_sequentially("yzj")
    page.locator("#found [role=option]", has_text="云中街").first.click()
    expect(page.locator(".card h3")).to_contain_text("云中街")
    expect(page.locator(".card dl")).to_contain_text("结论")
    wait_for_map(page)
    page.wait_for_timeout(500)
    shoot("evidence")


def test_a_link_leads_to_a_grid_and_escape_leads_back(page, running):
    page.goto(f"{running.url}/#/grid/JY01/07:00-10:00")
    expect(page.locator(".headline")).to_have_text("网格 JY01")
    expect(page.locator("tbody tr")).to_have_count(6)
    expect(page.locator(".timeline a[aria-current]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.wait_for_url("**/#/grids")


def test_arrow_keys_walk_the_list(page, running):
    page.goto(f"{running.url}/#/grids")
    page.locator(".room a.row").nth(2).wait_for()
    page.locator(".room a.row").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".headline")).to_contain_text("网格")
