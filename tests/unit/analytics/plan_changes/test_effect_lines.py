from dataclasses import replace
from datetime import date, timedelta

from analytics.plan_changes.effect_lines import MOST_STREETS, effect_lines
from analytics.plan_changes.effects import DayEffect, Turned
from analytics.verdicts.verdict import Verdict
from analytics.wording.words import Language
from tests.fixtures.town import MONDAY

NONE = {verdict.value: 0 for verdict in Verdict}
ZH, EN = Language.ZH, Language.EN
HEAD_EN = (
    "Had the new plan been in force on the 2 days 2022-03-28 to 2022-03-29: 1 verdict of a street "
    "would be another (served → late 1)"
)
HEAD_ZH = (
    "过去 2 天（2022-03-28 至 2022-03-29）若按新计划判定：1 条·时段的结论不同（已收运 → 迟收 1）"
)


def day(number=0, before=None, after=None, turned=(), pings=100):
    each = MONDAY + timedelta(days=number)
    return DayEffect(each, NONE | (before or {}), NONE | (after or {}), tuple(turned), pings)


def turn(street="云中街", before="served", after="late", service_date: date = MONDAY):
    return Turned(service_date, "JY03", "07:00-10:00", street, before, after)


def test_what_turns_is_summed_up_then_told_by_day_and_by_street():
    week = [
        day(0, {"served": 10}, {"served": 9, "late": 1}, [turn()]),
        day(1, {"served": 10}, {"served": 10}),
    ]
    assert effect_lines(week, EN) == (
        HEAD_EN,
        "2022-03-28: served 10 → 9, late 0 → 1",
        "2022-03-29: served 10",
        "2022-03-28 JY03 07:00-10:00 云中街: served → late",
    )
    assert effect_lines(week, ZH)[0] == HEAD_ZH


def test_if_nothing_turns_it_says_so():
    assert "no verdict of a street would be another" in effect_lines([day(0)], EN)[0]
    assert "没有一条街道的结论会不同" in effect_lines([day(0)], ZH)[0]


def test_a_street_that_one_plan_does_not_judge_is_said_to_be_not_judged():
    lines = effect_lines([day(0, turned=[turn(before="", after="skipped")])], EN)
    assert lines[-1].endswith("not judged → skipped")


def test_a_day_without_pings_is_said_to_have_none():
    lines = effect_lines([day(0, pings=0), day(1), day(2, pings=0)], EN)
    assert lines[-1] == ("no ping of any vehicle, so nothing to compare: 2022-03-28, 2022-03-30")


def test_what_the_old_plan_called_otherwise_is_told():
    moved = replace(turn(), was=("JY03", "08:00-11:00", "云中街"))
    assert effect_lines([day(0, turned=[moved])], EN)[-1] == (
        "2022-03-28 JY03 07:00-10:00 云中街 (was JY03 08:00-11:00 云中街): served → late"
    )


def test_of_very_many_streets_some_are_named_and_the_others_counted():
    many = [turn(f"街{n}") for n in range(MOST_STREETS + 5)]
    lines = effect_lines([day(0, turned=many)], EN)
    assert lines[-1] == "and 5 more, all in the JSON"
    assert len(lines) == 2 + MOST_STREETS + 1


def test_where_no_day_was_judged_nothing_is_said():
    assert effect_lines([], EN) == ()
