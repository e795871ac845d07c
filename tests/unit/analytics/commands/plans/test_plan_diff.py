import json
from datetime import date

import pytest
from typer.testing import CliRunner

from analytics.commands.plans.plan_diff import PAGE_FILE, _days
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures import written_plan
from tests.fixtures.changed_plans import add_street, replace_in
from tests.fixtures.dashboards import write_pings
from tests.fixtures.served_town import PINGS, TOWN
from tests.fixtures.town import MONDAY


@pytest.fixture
def plans(tmp_path):
    """Two files of one plan; tests change the second."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    return [written_plan.write(tmp_path / name) for name in ("old", "new")]


def diff(*arguments):
    return CliRunner().invoke(app, ["plan", "diff", *map(str, arguments)])


def test_plans_that_say_the_same_exit_with_0(plans):
    same = diff(*plans)
    assert (same.exit_code, same.stdout) == (0, "两份计划没有差别\n")


def test_plans_that_differ_exit_with_1_and_say_how_in_either_language(plans):
    replace_in(plans[1], '"07:00-10:00"', '"08:00-10:30"')
    add_street(plans[1], "永泰南路", "JY01")
    told = diff(*plans)
    assert told.exit_code == 1
    assert "时段 07:00–10:00 改为 08:00–10:30；增加" in told.stdout
    english = diff(*plans, "--language", "en")
    assert "window 07:00–10:00 becomes 08:00–10:30; gains" in english.stdout


def test_a_page_is_written_and_named(plans, tmp_path):
    add_street(plans[1], "永泰南路", "JY01")
    told = diff(*plans, "--out", tmp_path / "changes")
    page = tmp_path / "changes" / PAGE_FILE
    assert told.stdout.splitlines()[-1] == str(page)
    assert "永泰南路" in page.read_text(encoding="utf-8")


def test_as_json_stdout_is_one_object(plans, tmp_path):
    replace_in(plans[1], "A town", "平城")
    told = diff(*plans, "--json", "--out", tmp_path / "changes")
    assert [each["kind"] for each in json.loads(told.stdout)["changes"]] == ["plan_renamed"]


def test_contacts_are_in_nothing_that_is_said(plans, tmp_path):
    replace_in(plans[1], "13900000000", "13911111111")
    told = diff(*plans, "--json", "--out", tmp_path)
    assert told.exit_code == 0
    assert "139" not in (tmp_path / PAGE_FILE).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments", [["none.toml"], ["--week-of", "2022-03-28"], ["--database", "sqlite:///none.db"]]
)
def test_trouble_exits_with_2(plans, arguments):
    assert diff(*plans[: 2 - (len(arguments) == 1)], *arguments).exit_code == 2


def test_with_a_database_verdicts_of_a_week_are_told_by_both_plans(plans, tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        write_pings(log, PINGS)
    add_street(plans[1], "永泰南路", "JY01")
    told = diff(*plans, "--database", url, "--week-of", "2022-03-30", "--language", "en", "--json")
    effects = json.loads(told.stdout)["effects"]
    assert (effects[0]["service_date"], len(effects)) == ("2022-03-28", 7)
    monday = effects[0]
    assert monday["ping_count"] > 0
    assert {each["street"] for each in monday["turned"]} == {"永泰南路"}


def test_a_week_begins_on_its_monday():
    assert _days(TOWN.plan, date(2022, 3, 31))[0] == MONDAY
    assert len(_days(TOWN.plan, date(2022, 3, 31))) == 7


def test_without_a_week_the_last_seven_days_that_are_over_are_meant():
    days = _days(TOWN.plan, None)
    assert (len(days), (days[-1] - days[0]).days) == (7, 6)
