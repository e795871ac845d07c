"""How changes of a plan are said, in Chinese and English."""

from analytics.wording.words import Language
from geofence.difference.change import ChangeKind as Kind

ZH, EN = Language.ZH, Language.EN
PHRASES: dict[Kind, dict[Language, str]] = {
    Kind.PLAN_RENAMED: {
        ZH: "计划名称：{before} → {after}",
        EN: "the plan's name: {before} → {after}",
    },
    Kind.EFFECTIVE_FROM: {
        ZH: "生效日期：{before} → {after}",
        EN: "in force from: {before} → {after}",
    },
    Kind.TIMEZONE: {ZH: "时区：{before} → {after}", EN: "time zone: {before} → {after}"},
    Kind.GEOMETRY_SURVEYED: {
        ZH: "道路图：{before} → {after}",
        EN: "geometry: {before} → {after}",
    },
    Kind.OPERATOR_NEW: {ZH: "新增单位 {whose}", EN: "new operator {whose}"},
    Kind.OPERATOR_GONE: {ZH: "撤销单位 {whose}", EN: "operator {whose} is gone"},
    Kind.OPERATOR_RENAMED: {
        ZH: "单位更名：{before} → {after}",
        EN: "operator renamed: {before} → {after}",
    },
    Kind.SPARES: {ZH: "{whose} 的备用车辆：{moved}", EN: "spares of {whose}: {moved}"},
    Kind.GRID_NEW: {
        ZH: "新网格：{count} 条街道，{gained}{named}",
        EN: "a new grid: {counted}, {gained}{named}",
    },
    Kind.GRID_GONE: {
        ZH: "网格撤销：{count} 条街道，{lost}{named}",
        EN: "the grid is gone: {counted}, {lost}{named}",
    },
    Kind.GRID_OPERATOR: {
        ZH: "责任单位由 {before} 改为 {after}",
        EN: "moves from {before} to {after}",
    },
    Kind.WINDOWS: {ZH: "时段 {change}", EN: "window {change}"},
    Kind.DAYS: {ZH: "作业日 {before} 改为 {after}", EN: "days {before} become {after}"},
    Kind.VEHICLES: {ZH: "车辆：{moved}", EN: "vehicles: {moved}"},
    Kind.TASKS: {ZH: "作业任务：{moved}", EN: "tasks: {moved}"},
    Kind.STREET_NEW: {ZH: "增加 {gained}：{named}", EN: "gains {gained}: {named}"},
    Kind.STREET_GONE: {ZH: "减少 {lost}：{named}", EN: "loses {lost}: {named}"},
    Kind.STREET_HANDED_OVER: {
        ZH: "{street}（{gained}）由 {before} 划入",
        EN: "takes {street} ({gained}) over from {before}",
    },
    Kind.STREET_RENAMED: {
        ZH: "街道更名：{before} → {after}（{gained}）",
        EN: "street renamed: {before} → {after} ({gained})",
    },
    Kind.STREET_LENGTH: {ZH: "{street} {longer}", EN: "{street} {longer}"},
    Kind.STREET_MOVED: {
        ZH: "{street} 重绘，最远移动 {moved_m}",
        EN: "{street} is drawn anew, moved by up to {moved_m}",
    },
    Kind.STREET_ONEWAY: {
        ZH: "{street} 通行方向改变",
        EN: "{street} has another direction of traffic",
    },
    Kind.STREET_TASKS: {ZH: "{street} 作业任务：{moved}", EN: "{street} tasks: {moved}"},
    Kind.STREET_SECTIONS: {
        ZH: "{named} 重新分段，里程不变，不影响判定",
        EN: "{named} cut otherwise, the same metres: no verdict changes by it",
    },
    Kind.STREET_UNLOCATED: {ZH: "未定位的街道：{moved}", EN: "streets not located: {moved}"},
    Kind.ROADS: {
        ZH: "非作业道路：增加 {gained}，减少 {lost}",
        EN: "roads of no grid: {gained} more, {lost} less",
    },
    Kind.RULE: {
        ZH: "判定参数 {subject}：{before} → {after}",
        EN: "rule {subject}: {before} → {after}",
    },
    Kind.ASSIGNMENT: {
        ZH: "{subject} 替班车辆：{moved}",
        EN: "on {subject} stand-ins: {moved}",
    },
    Kind.EXCEPTION: {
        ZH: "{moved} {what}",
        EN: "{moved} {what}",
    },
    Kind.FACILITY: {
        ZH: "场站 {subject}：{before} → {after}",
        EN: "facility {subject}: {before} → {after}",
    },
}
GIVES = {
    ZH: "{street}（{lost}）划给 {after}",
    EN: "gives {street} ({lost}) to {after}",
}
"""Of the grid that a street is handed over from."""
NOTHING = {ZH: "无", EN: "none"}
UNNAMED = {ZH: "（无名道路）", EN: "(unnamed)"}
BETWEEN = {ZH: "；", EN: "; "}
COMMA = {ZH: "、", EN: ", "}
CLAUSE = {ZH: "，", EN: ", "}
"""Between what is said one after the other; `COMMA` stands between names."""
COLON = {ZH: "：", EN: ": "}
ADDED = {ZH: "增加 {what}", EN: "adds {what}"}
REMOVED = {ZH: "取消 {what}", EN: "drops {what}"}
BECOMES = {ZH: "{before} 改为 {after}", EN: "{before} becomes {after}"}
LONGER = {ZH: "增加 {metres}", EN: "is {metres} longer"}
SHORTER = {ZH: "减少 {metres}", EN: "is {metres} shorter"}
BOTH = {ZH: "增加 {gained}，减少 {lost}", EN: "gains {gained} and loses {lost}"}
MORE = {ZH: "等 {count} 条", EN: "and {count} more"}
EVERY_GRID = {ZH: "所有网格", EN: "all grids"}
EXEMPTED = {ZH: "新增免考核", EN: "not judged now"}
JUDGED_AGAIN = {ZH: "取消免考核", EN: "judged again"}
GRID = {ZH: "{grid}（{operator}）", EN: "{grid} ({operator})"}
WHOLE = {ZH: "整个计划", EN: "The plan"}
SURVEY = {
    "schematic": {ZH: "示意", EN: "schematic"},
    "surveyed": {ZH: "实测", EN: "surveyed"},
}
DAYS = {
    "mon": "一", "tue": "二", "wed": "三", "thu": "四", "fri": "五", "sat": "六", "sun": "日",
}  # fmt: skip
SAME = {ZH: "两份计划没有差别", EN: "the two plans say the same"}
GRIDS_CHANGE = {ZH: "{grids} 个网格有变化", EN: "{grids}"}
UNJUDGED = {
    ZH: "以下变化不影响任何判定",
    EN: "nothing of it changes a verdict",
}
"""Said at the end of the headline."""
