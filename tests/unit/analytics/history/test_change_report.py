"""What changed since a report was made, in words and as a table."""

from dataclasses import replace

from analytics.history.change_report import CHANGE_DTYPES, change_frame, change_line, change_lines
from analytics.history.revisions import Change
from analytics.wording.words import Language
from tests.fixtures.town import MONDAY, ZONE, at, next_day

MORNING_MS = at("06:00", next_day())
LATER_MS = at("09:30", next_day())


def change(street="云中街", before="skipped", after="served", cause="late_pings", **more):
    return Change(MONDAY, "JY01", "07:00-10:00", street, before, after, cause, 2, LATER_MS, **more)


def line(*changes, language=Language.EN, since_ms=MORNING_MS, most=10):
    return change_line(changes, since_ms, ZONE, language, most)


def test_the_streets_that_changed_are_counted_and_named():
    assert line(change(), change("乙路", "unknown", "late", "late_pings|plan")) == (
        "2 streets changed since 06:00: JY01 07:00-10:00 云中街 skipped → served (late pings); "
        "JY01 07:00-10:00 乙路 unknown → late (late pings, plan changed)"
    )
    assert line(change(), language=Language.ZH) == (
        "自 06:00 以来 1 条街道的结论有变：JY01 07:00-10:00 云中街 漏收 → 已收运（定位点迟到）"
    )


def test_grids_and_new_verdicts_are_no_changed_streets():
    assert line(change(""), change("乙路", None)) == "no street changed since 06:00"
    assert line(language=Language.ZH) == "自 06:00 以来无变化"
    assert line(change(), change("")).startswith("1 street changed since 06:00: ")


def test_many_streets_are_counted_but_not_all_named():
    changes = [change(f"街{number}") for number in range(5)]
    assert line(*changes, most=2).endswith("; and 3 more, all in the table of changes")
    assert line(*changes, most=2, language=Language.ZH).endswith("另有 3 条，全部见变更表")


def test_another_date_is_told_with_the_time():
    before = line(change(), since_ms=at("23:10"))
    assert before.startswith("1 street changed since 2022-03-28 23:10: ")


def test_what_is_not_judged_any_more_is_told_so():
    assert "served → exempt" in line(change(before="served", after="exempt", cause="plan"))
    assert "served → not judged any more" in line(change(before="served", after="", cause="plan"))


def test_each_change_has_a_line_with_its_date():
    assert change_lines([change(), change("")], Language.EN) == (
        "2022-03-28 JY01 07:00-10:00 云中街 skipped → served (late pings)",
    )


def test_the_table_has_a_row_a_street():
    frame = change_frame([change(), change(""), replace(change("乙路"), before=None)])
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == CHANGE_DTYPES
    assert frame["street"].tolist() == ["云中街"]
    assert change_frame([]).empty
