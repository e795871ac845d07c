"""The page of ``pingcheng plan edit``: a plan edited with the mouse, saved, and read again."""

import pytest
from playwright.sync_api import expect

from geofence.overrides.overrides import Overrides
from geofence.overrides.overrides_file import read_overrides
from geofence.plan.reader import read_plan
from tests.fixtures.plan_editing import (
    GRID,
    OTHER,
    PLACE,
    STREET,
    chosen,
    click_on,
    editor,
    go_to_grid,
    open_editor,
    sections_of,
    wait_for_chosen,
)

IS_OF = """([id, grid]) => window.seen.mapView().querySourceFeatures("streets").some(
  ({ properties }) => properties.id === id && properties.grids === `|${grid}|`)"""


@pytest.fixture
def running(tmp_path):
    """An editor of the sample plan, on files of its own."""
    with editor(tmp_path / "p") as started:
        yield started


@pytest.fixture
def look(page, running):
    """Open the page, and wait until the map is drawn."""
    return lambda: open_editor(page, running.url)


def test_sections_are_assigned_cut_undone_saved_and_read_again(look, page, running, shoot):
    look()
    go_to_grid(page)
    first, second, *_ = sections_of(page, STREET)
    click_on(page, second)
    expect(page.locator("h2.headline")).to_have_text(STREET)
    page.keyboard.press("c")
    page.mouse.move(*page.evaluate(PLACE, [second, 0.4]))
    click_on(page, second, 0.4)
    wait_for_chosen(page, [f"{second}/1", f"{second}/2"])
    page.keyboard.press("Escape")
    click_on(page, f"{second}/1")
    wait_for_chosen(page, [f"{second}/1"])
    page.locator("#assign-grid").select_option(OTHER)
    page.locator("#assign").click()
    expect(page.locator(".of-grid")).to_have_text(f"{OTHER}×")
    page.wait_for_function(IS_OF, arg=[f"{second}/1", OTHER])  # and drawn as that
    expect(page.locator("#saved")).to_have_text("未保存")
    shoot("edit_assigned")
    click_on(page, first)
    page.locator("#section-name").fill("不要的名字")
    page.locator("#rename").click()
    expect(page.locator("h2.headline")).to_have_text("不要的名字")
    page.locator("#assign").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("h2.headline")).to_have_text(STREET)
    page.keyboard.press("Control+s")
    expect(page.locator("#saved")).to_have_text("已保存")
    expect(page.locator(".notice")).to_have_text("已写入 streets.geojson, overrides.toml")
    overrides = read_overrides(running.plan.parent / "overrides.toml")
    assert [cut.section for cut in overrides.cuts] == [second]
    assert [(each.section, each.grids, each.name) for each in overrides.assigns] == [
        (f"{second}/1", (OTHER,), STREET)
    ]
    by_id = {section.id: section for section in read_plan(running.plan).sections}
    assert by_id[f"{second}/1"].grids == (OTHER,)
    assert by_id[f"{second}/2"].grids == (GRID,)
    assert by_id[first].name == STREET
    look()
    assert f"{second}/2" in sections_of(page, STREET)
    expect(page.locator("#saved")).to_have_text("已保存")
    page.locator("#undo").click()  # also what was saved
    expect(page.locator("#redo")).to_be_enabled()
    page.locator("#undo").click()
    page.wait_for_function("(id) => window.seen.state.sections.has(id)", arg=second)
    page.locator("#save").click()
    expect(page.locator("#saved")).to_have_text("已保存")
    assert read_overrides(running.plan.parent / "overrides.toml") == Overrides()


def test_sections_that_meet_are_joined_and_others_are_not(look, page, running):
    look()
    go_to_grid(page)
    first, second, third, *_ = sections_of(page, STREET)
    click_on(page, first)
    page.keyboard.down("Shift")
    click_on(page, third)
    page.keyboard.up("Shift")
    wait_for_chosen(page, [first, third])
    page.locator("#join").click()
    expect(page.locator("#room .fault:visible")).to_contain_text("首尾不相接")
    page.keyboard.down("Shift")
    click_on(page, second)
    page.keyboard.up("Shift")
    page.locator("#assign").focus()
    page.keyboard.press("j")
    joined = f"{first}+{second}+{third}"
    wait_for_chosen(page, [joined])
    page.locator("#save").click()
    expect(page.locator("#saved")).to_have_text("已保存")
    assert joined in {section.id for section in read_plan(running.plan).sections}


def test_a_box_chooses_what_it_touches_and_a_click_beside_clears(look, page):
    look()
    go_to_grid(page)
    ids = sections_of(page, STREET, GRID)
    (left, top), (right, bottom) = (page.evaluate(PLACE, [each, 0.5]) for each in (ids[0], ids[-1]))
    page.keyboard.down("Shift")
    page.mouse.move(min(left, right), min(top, bottom) - 5)
    page.mouse.down()
    page.mouse.move(max(left, right), max(top, bottom) + 5, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.wait_for_function("() => window.seen.state.chosen.size > 1")
    assert set(ids) <= set(chosen(page))
    page.keyboard.press("Escape")
    wait_for_chosen(page, [])


def test_windows_days_and_vehicles_of_a_grid_are_edited_and_faults_stand_beside_them(
    look, page, running
):
    comment = "# the office asked for an earlier start"
    text = running.plan.read_text("utf-8")
    line = 'windows = ["07:00-10:00", "09:00-11:30", "14:30-17:30", "15:30-18:30"]\n'
    before, place, after = text.partition(line)
    running.plan.write_text(f"{before}{place.rstrip()}  {comment}\n{after}", "utf-8")
    look()
    expect(page.locator("[data-grid]")).to_have_count(57)
    page.locator("#tabs").get_by_text("网格").click()
    go_to_grid(page, "JY01")
    windows = page.get_by_role("textbox", name="时段")
    windows.first.fill("7-10")
    windows.first.press("Tab")
    expect(page.locator("#room .fault:visible")).to_contain_text("时段格式应为")
    expect(windows.first).to_have_attribute("aria-invalid", "true")
    expect(windows.first).to_have_value("7-10")
    windows.first.fill("06:30-10:00")
    windows.first.press("Tab")
    expect(page.locator("#room .fault:visible")).to_have_count(0)
    page.get_by_label("日", exact=True).uncheck()
    page.get_by_role("button", name="添加: 车辆").click()
    page.get_by_role("textbox", name="车辆").last.fill("晋B90001")
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_have_attribute("title", "撤销：修改网格 JY01（Ctrl+Z）")
    page.locator("#save").click()
    # somebody wrote the file after it was read
    expect(page.locator(".notice")).to_contain_text("plan.toml")
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#read-again").click()
    expect(windows.first).to_have_value("07:00-10:00")
    windows.first.fill("06:30-10:00")
    windows.first.press("Tab")
    expect(page.locator("#saved")).to_have_text("未保存")
    page.locator("#save").click()
    expect(page.locator("#saved")).to_have_text("已保存")
    edited = running.plan.read_text("utf-8")
    assert (
        f'windows = ["06:30-10:00", "09:00-11:30", "14:30-17:30", "15:30-18:30"]  {comment}'
        in edited
    )
    assert edited.count("#") == text.count("#") + 1


def test_spares_and_exceptions_are_edited(look, page, running, shoot):
    look()
    page.locator("[data-room=operators]").click()
    page.get_by_role("button", name="添加: 备用车辆").first.click()
    page.get_by_role("textbox", name="备用车辆").first.fill("晋B90001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="备用车辆").first).to_have_value("晋B90001")
    page.locator("[data-room=exceptions]").click()
    page.locator("#add-exception").click()
    page.get_by_role("button", name="确定").click()
    expect(page.locator("#exception-first")).to_have_attribute("aria-invalid", "true")
    page.locator("#exception-first").fill("2026-10-01")
    page.locator("#exception-last").fill("2026-10-07")
    page.locator("#exception-grid").select_option("JY01")
    page.locator("#exception-windows").fill("01:00-02:00")
    page.get_by_role("button", name="确定").click()
    expect(page.locator("#room .fault:visible")).to_contain_text("方案中没有这个名称")
    page.locator("#exception-windows").fill("")
    page.locator("#exception-note").fill("国庆节")
    shoot("edit_exception")
    page.get_by_role("button", name="确定").click()
    expect(page.locator(".exception")).to_contain_text("节假日 2026-10-01 – 2026-10-07")
    page.locator("#save").click()
    expect(page.locator("#saved")).to_have_text("已保存")
    plan = read_plan(running.plan)
    assert plan.operators[0].spares == ("晋B90001",)
    assert [(str(each.last), each.grid_id, each.note) for each in plan.exemptions] == [
        ("2026-10-07", "JY01", "国庆节")
    ]


def test_a_second_page_on_the_plan_is_told_and_shown_what_the_first_did(look, page, running):
    look()
    other = page.context.new_page()
    other.goto(running.url)
    other.locator("[data-grid=JY01]").click()
    other.get_by_label("日", exact=True).uncheck()
    expect(other.locator("#saved")).to_have_text("未保存")
    page.locator("[data-grid=JY01]").click()
    page.get_by_label("一", exact=True).uncheck()
    expect(page.locator(".notice")).to_contain_text("另一个窗口")
    expect(page.get_by_label("日", exact=True)).not_to_be_checked()
    expect(page.get_by_label("一", exact=True)).to_be_checked()


def test_on_a_phone_a_section_is_tapped_and_assigned(look, page, running):
    page.set_viewport_size({"width": 375, "height": 760})
    look()
    go_to_grid(page)
    first, second, *_ = sections_of(page, STREET)
    click_on(page, first)
    page.locator("[data-tool=many]").click()
    click_on(page, second)
    wait_for_chosen(page, [first, second])
    page.locator("#assign-grid").select_option(OTHER)
    page.locator("#assign").click()
    page.locator("#save").click()
    expect(page.locator("#saved")).to_have_text("已保存")
    by_id = {section.id: section for section in read_plan(running.plan).sections}
    assert by_id[first].grids == by_id[second].grids == (OTHER,)


def test_names_are_only_names(look, page, running):
    text = running.plan.parent / "streets.geojson"
    evil = "<img src=x onerror=alert(1)>"
    text.write_text(text.read_text("utf-8").replace(STREET, evil), "utf-8")
    look()
    page.evaluate("() => fetch('api/reload', { method: 'POST' })")
    look()
    page.locator("#search-box").fill("onerror")
    expect(page.locator("#found li").first).to_contain_text(evil)
    page.keyboard.press("Enter")
    expect(page.locator("h2.headline")).to_have_text(evil)
    assert page.locator("#room img").count() == 0
