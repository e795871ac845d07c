"""For whom the page of ``pingcheng plan edit`` is: phones, languages, keyboards, screen readers.

Nothing is saved here, so one editor serves all tests.
"""

import pytest
from playwright.sync_api import expect

from tests.fixtures.page_facts import serious_faults, too_wide
from tests.fixtures.plan_editing import (
    IS_DRAWN,
    STREET,
    editor,
    go_to_grid,
    open_editor,
    sections_of,
    wait_for_chosen,
)

VIEWS = ("operators", "exceptions", "grids", "grid", "chosen")
"""One after the other, each from the one before."""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """An editor of the sample plan."""
    with editor(tmp_path_factory.mktemp("edited") / "p") as started:
        yield started


@pytest.fixture
def look(page, running):
    """Open the page, and wait until the map is drawn."""
    return lambda: open_editor(page, running.url)


def test_the_list_and_the_search_do_what_the_map_does_without_a_mouse(look, page):
    look()
    page.locator("#search-box").fill(STREET)
    page.keyboard.press("Enter")
    ids = sections_of(page, STREET)
    wait_for_chosen(page, ids)
    page.locator("#search-box").fill("jy03")
    page.keyboard.press("Enter")
    expect(page.locator("h2.headline")).to_have_text("JY03")
    page.locator("[data-street]").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#assign")).to_be_visible()


def test_nothing_is_wider_than_a_phone(look, page, shoot):
    page.set_viewport_size({"width": 375, "height": 760})
    look()
    for view in VIEWS:
        show(page, view)
        assert too_wide(page, apart="#map, #tools") == [], view
        shoot(f"edit_phone_{view}")


@pytest.mark.parametrize(
    ("locale", "tab", "other"),
    [("zh-CN", "网格", "Grids"), ("en-GB", "Grids", "网格"), ("de-DE", "Grids", "网格")],
)
def test_the_language_is_the_browser_s_until_it_is_switched(browser, running, locale, tab, other):
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto(running.url)
    expect(page.locator("#tabs [data-room=grids] span")).to_have_text(tab)
    page.locator("#language").click()
    expect(page.locator("#tabs [data-room=grids] span")).to_have_text(other)
    page.reload()
    expect(page.locator("#tabs [data-room=grids] span")).to_have_text(other)
    context.close()


def show(page, view):
    if view == "grid":
        go_to_grid(page)
    elif view == "chosen":
        page.locator("[data-street]").first.click()
    else:
        page.locator(f"[data-room={view}]").click()
    if view == "exceptions":
        page.locator("#add-exception").click()
    page.wait_for_function(IS_DRAWN)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_serious(look, page, shoot, theme):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    look()
    for view in VIEWS:
        show(page, view)
        assert serious_faults(page) == [], view
        shoot(f"edit_{view}_{theme}")
