import pytest
from typer.testing import CliRunner

from analytics.history.history import History
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures.reported_town import PLAN


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    open_log(url).close()
    return url


def run(*arguments):
    return CliRunner().invoke(app, ["plan", *map(str, arguments)])


def test_a_broken_plan_is_not_stored(url, plan):
    plan.write_text(PLAN.replace('"sweep-1"', '"sweep-2"', 1), encoding="utf-8")
    result = run("store", plan, "--database", url)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {plan}: the plan has")
    with open_log(url) as log:
        assert not History(log).plans()


def test_of_a_stored_plan_name_version_and_first_day_are_told_and_no_contact(url, plan):
    stored = run("store", plan, "--database", url)
    assert stored.exit_code == 0
    assert stored.stdout.startswith("小镇, version ")
    assert stored.stdout.endswith(", valid from 2022-03-25: stored\n")
    listed = run("versions", "--database", url)
    assert "小镇" in listed.stdout
    assert "13800000000" not in stored.output + listed.output


def test_a_plan_that_was_stored_before_is_told_so_and_listed_once(url, plan):
    run("store", plan, "--database", url)
    again = run("store", plan, "--database", url)
    assert (again.exit_code, "was stored before: nothing to do" in again.stdout) == (0, True)
    assert run("versions", "--database", url).stdout.count("小镇") == 1


def test_a_log_without_plans_says_how_to_store_one(url):
    result = run("versions", "--database", url)
    assert result.exit_code == 0
    assert result.stdout == "no plan is stored; pingcheng plan store PLAN stores one\n"


@pytest.mark.parametrize("command", ["store", "versions"])
def test_a_log_that_is_not_there_is_told_in_one_line_and_not_made(command, plan, tmp_path):
    arguments = [plan] if command == "store" else []
    result = run(command, *arguments, "--database", f"sqlite:///{tmp_path / 'none.db'}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert "none.db" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "none.db").exists()
