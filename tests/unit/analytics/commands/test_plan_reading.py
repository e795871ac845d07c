import pytest
import typer

from analytics.commands.plan_reading import given, read_plan_or_fail, watch_plan_or_fail
from tests.fixtures.reported_town import PLAN
from tests.fixtures.town import MONDAY, at, next_day


def test_a_plan_is_asked_for_by_its_option_and_its_setting():
    with pytest.raises(typer.BadParameter, match="give --plan, or the setting plan") as told:
        given(None)
    assert (told.value.exit_code, told.value.param_hint) == (2, "--plan")


def test_a_plan_that_was_given_is_taken_as_it_is(plan):
    assert given(plan) is plan
    assert read_plan_or_fail(plan).name == "小镇"


def test_all_faults_of_a_plan_are_told_behind_its_path(plan, capsys):
    broken = PLAN.replace("07:00-10:00", "7-10").replace("Asia/Shanghai", "Asia/Pingcheng")
    plan.write_text(broken, encoding="utf-8")
    with pytest.raises(typer.Exit) as end:
        read_plan_or_fail(plan)
    told = capsys.readouterr()
    assert end.value.exit_code == 1
    assert told.out == ""
    assert told.err.startswith(f"error: {plan}: ")
    assert "7-10" in told.err
    assert "Asia/Pingcheng" in told.err


def test_a_plan_that_is_not_there_is_named(tmp_path, capsys):
    with pytest.raises(typer.Exit):
        read_plan_or_fail(tmp_path / "平城.toml")
    assert "平城.toml" in capsys.readouterr().err


def test_on_a_date_before_it_took_over_the_plan_before_is_read(plan):
    before = PLAN.replace("小镇", "老计划")
    plan.with_name("plan.until-2022-03-29.toml").write_text(before, encoding="utf-8")
    names = [read_plan_or_fail(plan, day).name for day in (None, MONDAY, next_day())]
    assert names == ["小镇", "老计划", "小镇"]


def test_a_plan_that_is_watched_is_that_of_the_date_or_of_today(plan):
    assert watch_plan_or_fail(plan, MONDAY, 0)[0].name == "小镇"
    read, watch = watch_plan_or_fail(plan, None, at("12:00"))
    assert watch.on(MONDAY) is read
    plan.write_text("[broken", encoding="utf-8")
    with pytest.raises(typer.Exit):
        watch_plan_or_fail(plan, None, at("12:00"))


def test_a_broken_plan_to_come_keeps_nobody_from_beginning_by_that_of_today(plan):
    plan.with_name("plan.until-2022-03-29.toml").write_bytes(plan.read_bytes())
    plan.write_text("[broken", encoding="utf-8")
    read, watch = watch_plan_or_fail(plan, None, at("12:00"))
    for _ in range(2):
        watch.look([MONDAY])
    assert (read.name, watch.coming_fault is not None) == ("小镇", True)


def test_of_a_plan_that_is_broken_the_file_in_force_is_named(plan, capsys):
    former = plan.with_name("plan.until-2022-03-29.toml")
    former.write_text("[broken", encoding="utf-8")
    with pytest.raises(typer.Exit):
        watch_plan_or_fail(plan, None, at("12:00"))
    assert capsys.readouterr().err.startswith(f"error: {former}: ")
