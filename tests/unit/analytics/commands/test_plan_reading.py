import pytest
import typer

from analytics.commands.plan_reading import given, read_plan_or_fail
from tests.fixtures.reported_town import PLAN


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
