from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from analytics.plan_changes.sentences import headline, lines, metres, paragraphs
from analytics.wording.words import Language
from geofence.difference.comparison import compare
from geofence.plan.plan import Exemption, Facility, Operator
from geofence.plan.timetable import parse_window
from ingest.plain_text import plain
from tests.fixtures.changed_towns import BEFORE, SPRING, plan_of, regrid, without
from tests.fixtures.hostile_names import NAMES
from tests.fixtures.town import grid, street

ZH, EN = Language.ZH, Language.EN


def said(after, language=EN, before=BEFORE):
    """What stands under the headline, each paragraph a line."""
    return list(lines(compare(before, after), language)[1:])


def test_the_same_plan_is_said_to_be_the_same():
    assert lines(compare(BEFORE, BEFORE), ZH) == ("两份计划没有差别",)
    assert lines(compare(BEFORE, BEFORE), EN) == ("the two plans say the same",)


def test_the_headline_sums_up_what_weighs_most():
    after = regrid(
        plan_of(street("永泰南路", (0, 900), (1200, 900)), effective_from=SPRING),
        windows=(parse_window("08:00-10:30"), parse_window("14:30-17:30")),
        vehicles=("晋BQ0384", "晋B2"),
    )
    found = compare(BEFORE, after)
    assert headline(found, ZH) == (
        "1 个网格有变化：作业里程 +1.2 km −0 m，时段变化 1 个网格，车辆 +1 −0，2026-12-07 起"
    )
    assert headline(found, EN) == (
        "1 grid changes: +1.2 km −0 m of streets, windows of 1, vehicles +1 −0, from 2026-12-07"
    )


def test_a_grid_is_one_line_with_its_operator():
    after = regrid(
        plan_of(street("永泰南路", (0, 900), (1200, 900))),
        windows=(parse_window("08:00-10:30"), parse_window("14:30-17:30")),
    )
    assert said(after, ZH) == [
        "JY01（机扫一公司）：时段 07:00–10:00 改为 08:00–10:30；增加 1.2 km：永泰南路"
    ]
    assert said(after, EN) == [
        "JY01 (机扫一公司): window 07:00–10:00 becomes 08:00–10:30; gains 1.2 km: 永泰南路"
    ]


@pytest.mark.parametrize(
    ("after", "english", "chinese"),
    [
        (regrid(windows=(parse_window("07:00-10:00"),)), "window drops 14:30–17:30", "取消 14:30"),
        (regrid(operator_id="sweep-2"), "moves from 机扫一公司 to 机扫二公司", "改为 机扫二公司"),
        (regrid(days=frozenset({0, 4})), "days mon-sun become mon,fri", "每天 改为 周一、五"),
        (regrid(vehicles=("晋B2",)), "vehicles: adds 晋B2, drops 晋BQ0384", "取消 晋BQ0384"),
        (without("魏都大道"), "loses 400 m: 魏都大道", "减少 400 m：魏都大道"),
        (
            plan_of(street("云中街", (0, 0), (1500, 0))),
            "云中街 is 498 m longer",
            "云中街 增加 498 m",
        ),
        (plan_of(street("云中街", (0, 0), (500, 0))), "云中街 is 498 m shorter", "减少 498 m"),
        (
            plan_of(street("云中街", (0, 40), (1000, 40))),
            "云中街 is drawn anew, moved by up to 40 m",
            "最远移动 40 m",
        ),
        (
            plan_of(replace(BEFORE.sections[0], name="云中大街")),
            "street renamed: 云中街 → 云中大街 (1.0 km)",
            "街道更名：云中街 → 云中大街",
        ),
        (
            plan_of(replace(BEFORE.sections[0], grids=("JY02",))),
            "gives 云中街 (1.0 km) to JY02",
            "云中街（1.0 km）划给 JY02",
        ),
        (
            plan_of(street("云中街", (0, 0), (500, 0), (1000, 0))),
            "云中街 cut otherwise, the same metres: no verdict changes by it",
            "里程不变，不影响判定",
        ),
        (
            plan_of(replace(BEFORE.sections[0], oneway=True)),
            "云中街 has another direction of traffic",
            "通行方向改变",
        ),
        (regrid(streets=("无处路",)), "streets not located: adds 无处路", "未定位的街道"),
        (without("连接路"), "roads of no grid: 0 m more, 600 m less", "非作业道路"),
        (plan_of(name="平城"), "the plan's name: town → 平城", "计划名称"),
        (plan_of(schematic=True), "geometry: surveyed → schematic", "实测 → 示意"),
        (
            plan_of(rules=replace(BEFORE.rules, grace_min=15.0)),
            "rule grace_min: 10 → 15",
            "判定参数 grace_min",
        ),
        (
            plan_of(operators=(*BEFORE.operators, Operator("x", "丙公司", spares=("晋B9",)))),
            "new operator 丙公司; spares of 丙公司: adds 晋B9",
            "新增单位 丙公司",
        ),
        (
            plan_of(facilities=(Facility("depot", "停车场", 113.3, 40.0),)),
            "facility 停车场: none → 40.000000, 113.300000",
            "场站 停车场：无 →",
        ),
        (
            plan_of(grids=(*BEFORE.grids, grid("JY03", operator="sweep-2"))),
            "JY03 (机扫二公司): a new grid: 0 streets, 0 m",
            "新网格：0 条街道",
        ),
        (
            plan_of(plan=without("乙路"), grids=BEFORE.grids[:1]),
            "JY02 (机扫一公司): the grid is gone: 1 street, 300 m: 乙路",
            "网格撤销",
        ),
        (
            plan_of(
                exemptions=(Exemption(date(2022, 4, 5), date(2022, 4, 5), "holiday", "清明节"),)
            ),
            "not judged now all grids 2022-04-05",
            "新增免考核 所有网格 2022-04-05 (节假日: 清明节)",
        ),
    ],
)
def test_each_change_is_a_sentence(after, english, chinese):
    assert english in "\n".join(said(after, EN))
    assert chinese in "\n".join(said(after, ZH))


def test_of_many_streets_the_longest_are_named_and_the_others_counted():
    more = [street(f"街{n}", (0, 1000 + 50 * n), (100 + n, 1000 + 50 * n)) for n in range(9)]
    (line,) = said(plan_of(*more))
    assert "街8 (108 m)" in line
    assert line.endswith("and 3 more")


def test_a_change_without_a_figure_has_a_headline_too():
    renamed = plan_of(replace(BEFORE.sections[0], name="云中大街"))
    assert headline(compare(BEFORE, renamed), EN) == "1 grid changes"
    assert headline(compare(BEFORE, renamed), ZH) == "1 个网格有变化"


def test_if_no_verdict_changes_by_it_the_headline_says_so():
    found = compare(BEFORE, plan_of(name="平城"))
    assert headline(found, EN).endswith("nothing of it changes a verdict")
    assert headline(found, ZH).endswith("以下变化不影响任何判定")


@given(NAMES)
def test_names_are_only_names(name):
    after = plan_of(replace(BEFORE.sections[0], name=name), name=name)
    said_of_it = lines(compare(BEFORE, after), EN)
    assert [plain(line) for line in said_of_it] == list(said_of_it)


def test_a_street_without_a_name_is_said_to_have_none():
    assert "(unnamed)" in said(plan_of(street("", (0, 900), (50, 900), section="x")))[0]


def test_the_plan_comes_before_its_grids():
    after = regrid(plan_of(name="平城"), vehicles=("晋B2",))
    assert [each.grid_id for each in paragraphs(compare(BEFORE, after), EN)] == ["", "JY01"]


@pytest.mark.parametrize(
    ("length_m", "text"), [(0.4, "0 m"), (999.4, "999 m"), (999.6, "1.0 km"), (1249, "1.2 km")]
)
def test_metres_are_said_as_people_do(length_m, text):
    assert metres(length_m) == text
