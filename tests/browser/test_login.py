"""Logging in where there are users, and what each of them may do."""

import re

import pytest
from playwright.sync_api import expect

from analytics.dashboard.access.users import Role, Users
from ingest.log.pinglog import open_log
from tests.fixtures.operations import at_ms

STARTS_AT = "09:40"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True, scope="module")
def users(running):
    with open_log(running.database) as log:
        known = Users(log, lambda: at_ms("09:00"))
        known.add("值班员", PASSWORD, Role.OPERATOR)
        known.add("参观者", PASSWORD, Role.VIEWER)
    running.raise_alert("JY02", "07:00-10:00", "09:38")


def log_in(page, name, password=PASSWORD):
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def test_nothing_is_shown_before_the_login_and_the_link_is_kept(page, running, shoot):
    page.goto(f"{running.url}/#/grid/JY02/07:00-10:00")
    expect(page.get_by_label("用户名")).to_be_visible()
    expect(page.locator(".room a.row")).to_have_count(0)
    shoot("login")
    log_in(page, "值班员", "wrong password")
    expect(page.locator("[role=alert]")).to_be_visible()
    log_in(page, "值班员")
    expect(page.locator(".now-line .badge")).to_be_visible()
    assert "#/grid/JY02/" in page.url


def test_an_operator_acknowledges_and_a_viewer_only_looks(page, running, browser):
    page.goto(f"{running.url}/#/alerts")
    log_in(page, "参观者")
    page.locator(".alert").first.wait_for()
    expect(page.get_by_role("button", name="确认")).to_have_count(0)
    context = browser.new_context(locale="zh-CN")
    other = context.new_page()
    other.goto(f"{running.url}/#/alerts")
    log_in(other, "值班员")
    other.get_by_role("button", name="确认").first.click()
    expect(other.locator(".alert").first).to_contain_text("值班员")
    context.close()
    expect(page.locator(".alert").first).to_contain_text("值班员")


def test_after_the_logout_nothing_is_to_be_seen(page, running):
    page.goto(f"{running.url}/#/windows")
    log_in(page, "参观者")
    page.locator(".room a.row").first.wait_for()
    page.get_by_role("button", name=re.compile("退出")).click()
    expect(page.get_by_label("用户名")).to_be_visible()
    expect(page.locator(".room a.row")).to_have_count(0)
