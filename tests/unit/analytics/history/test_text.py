"""Evidence in words, in both languages."""

import io
from dataclasses import fields
from string import Formatter

import pandas as pd
import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from analytics.history.recompute import Recomputed
from analytics.history.text import _LABELS, VerdictText
from analytics.history.verdict_store import REVISION_DTYPES, frame_of
from analytics.verdicts.evidence import Covered, Evidence, PingRecord
from analytics.wording.words import Language
from geofence.plan.plan import ServiceRules
from tests.fixtures.street_record import gap, record, section
from tests.fixtures.town import TRUCK, ZONE, at

SEVEN, EIGHT, TEN_PAST = (f"2022-03-28 {clock}:00+08:00" for clock in ("07:00", "08:00", "08:10"))
ENGLISH, CHINESE = VerdictText(Language.EN, ZONE), VerdictText(Language.ZH, ZONE)


def lines(found: Evidence, text: VerdictText = ENGLISH) -> list[str]:
    return list(text.evidence(found))


def fact(name: str, found: Evidence, text: VerdictText = ENGLISH) -> str:
    """What stands beside a name at the top of a record."""
    (line,) = (each for each in lines(found, text) if each.startswith(name + " "))
    return line[len(name) :].strip()


def indented(heading: str, found: Evidence, text: VerdictText = ENGLISH) -> list[str]:
    """The lines beneath a heading."""
    told = lines(found, text)
    below = []
    for line in told[told.index(heading) + 1 :]:
        if not line.startswith(" "):
            break
        below.append(line)
    return below


def test_both_languages_have_the_same_labels_and_fill_in_the_same_values():
    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    english, chinese = _LABELS[Language.EN], _LABELS[Language.ZH]
    assert {key: names(text) for key, text in chinese.items()} == {
        key: names(text) for key, text in english.items()
    }


def test_instants_are_local_with_their_offset_and_milliseconds_only_where_there_are_any():
    assert ENGLISH.instant(at("07:00")) == "2022-03-28 07:00:00+08:00"
    assert ENGLISH.instant(at("07:00") + 50) == "2022-03-28 07:00:00.050+08:00"
    assert VerdictText(Language.EN, "Europe/Berlin").instant(at("07:00")).endswith("01:00:00+02:00")


def test_a_clock_shows_the_second_that_has_begun():
    assert ENGLISH.clock(at("07:00") + 999) == "07:00:00"


def test_a_record_tells_its_instants_plan_and_parameters():
    found = record(period_end_ms=at("14:40"))
    assert fact("window", found) == "2022-03-28 07:00:00+08:00 – 2022-03-28 10:00:00+08:00"
    assert fact("in time until", found) == "2022-03-28 10:10:00+08:00"
    assert fact("deadline", found) == "2022-03-28 14:30:00+08:00"
    assert fact("judged until", found) == "2022-03-28 14:40:00+08:00"
    assert fact("按时截止", found, CHINESE) == fact("in time until", found)
    assert fact("plan", found) == "0" * 64
    told = fact("parameters", found).split(", ")
    assert [each.split(" ")[0] for each in told] == [rule.name for rule in fields(ServiceRules)]
    assert "served_ratio 0.9" in told
    assert "gap_s 120" in told


def test_length_served_missing_and_ambiguous_are_metres_of_all_sections():
    doubt = Covered(100.0, 160.0, at("08:00"), at("08:01"))
    found = record(
        section(ambiguous=(doubt,)), section(id="y2", missing=((0.0, 50.0), (60.0, 100.0)))
    )
    assert fact("length", found) == "600.0 m"
    assert fact("seen served", found) == "310.0 m (51.7%)"
    assert fact("missing", found) == "290.0 m (48.3%)"
    assert fact("ambiguous", found) == "60.0 m (10.0%)"


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_what_stands_beside_the_names_begins_in_one_column(text):
    told = lines(record(), text)[:10]
    values = ["2022", "2022", "2022", "2022", "0000", "served_ratio", "300.0", "100.0", "200.0"]
    columns = {
        cell_len(line[: line.index(value)]) for line, value in zip(told, values, strict=False)
    }
    assert len(columns) == 1


def test_each_vehicle_is_told_with_its_fixes_and_what_was_dropped():
    pings = (
        PingRecord(TRUCK, at("07:00"), at("08:00"), 450, 2),
        PingRecord("晋B39720", at("07:00"), at("08:10"), 2, 0),
        PingRecord("晋B2", None, None, 0, 0),
        PingRecord("晋B3", None, None, 0, 0, 3, 2, 9),
    )
    assert indented("pings", record(pings=pings)) == [
        f"  {TRUCK}  450 fixes, {SEVEN} to {EIGHT}; 2 more dropped as outliers",
        f"  晋B39720  2 fixes, {SEVEN} to {TEN_PAST}",
        "  晋B2  no fix",
        (
            "  晋B3  no fix; 3 were no fix by their own words; 2 sent an old place again; "
            "9 came from two places in turn"
        ),
    ]


def test_a_gap_tells_how_long_it_was_and_how_far_apart_its_ends_are():
    assert indented("gaps", record(gaps=(gap(),))) == [
        f"  {TRUCK}  silent  {EIGHT} – {TEN_PAST} (600 s), 50 m apart"
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"started_ms": None, "from_xy": None},
            f"silent  before the first fix – {TEN_PAST}, place unknown",
        ),
        (
            {"finished_ms": None, "to_xy": None, "kind": "unplaced"},
            f"not to be placed on a street  {EIGHT} – after the last fix, place unknown",
        ),
        (
            {"started_ms": None, "finished_ms": None, "from_xy": None, "to_xy": None},
            "silent  before the first fix – after the last fix, place unknown",
        ),
    ],
)
def test_a_gap_with_an_open_end_says_so(changes, told):
    assert indented("gaps", record(gaps=(gap(**changes),))) == [f"  {TRUCK}  {told}"]


def test_that_there_is_no_gap_is_said():
    assert "gaps  none" in lines(record())


def test_a_section_tells_what_was_covered_in_doubt_and_missing():
    doubt = Covered(100.0, 160.0, at("08:00"), at("08:01"))
    found = record(section(ambiguous=(doubt,)))
    assert indented("sections", found) == [
        "  y1  300.0 m",
        "    covered  0.0 → 100.0 m  07:30:00 → 07:40:00",
        "    ambiguous  100.0 → 160.0 m  08:00:00 → 08:01:00",
        "    missing  100.0 – 300.0 m  (200.0 m)",
    ]


def test_a_section_tells_the_tasks_that_serve_it_if_the_plan_names_any():
    found = record(section(tasks=("SPRAYING", "BRUSHING")))
    told = indented("sections", found)[0]
    assert told.endswith(", served by SPRAYING, BRUSHING")
    assert "served by" not in indented("sections", record(section()))[0]


def test_a_stretch_is_told_in_the_direction_of_travel():
    back = Covered(0.0, 100.0, at("07:40"), at("07:30"))
    assert indented("sections", record(section(covered=(back,))))[1] == (
        "    covered  100.0 → 0.0 m  07:30:00 → 07:40:00"
    )


def test_gaps_and_metres_are_told_in_chinese():
    found = record(gaps=(gap(), gap(kind="unplaced", finished_ms=None, to_xy=None)))
    assert indented("信号中断", found, CHINESE) == [
        f"  {TRUCK}  无信号  {EIGHT} – {TEN_PAST} (600 s), 相距 50 米",
        f"  {TRUCK}  无法匹配到街道  {EIGHT} – 末个定位点之后, 位置不明",
    ]
    assert fact("缺失", found, CHINESE) == "200.0 米（66.7%）"


def drawn(table: Table) -> list[list[str]]:
    """The cells of a table, its header first."""
    console = Console(file=io.StringIO(), width=200)
    console.print(table)
    rows = [line for line in console.file.getvalue().splitlines() if line[:1] in "┃│"]
    return [[cell.strip() for cell in line[1:-1].replace("┃", "│").split("│")] for line in rows]


def revisions(**changes: object) -> pd.DataFrame:
    row = {
        "service_date": "2022-03-28", "grid_id": "JY01", "window": "07:00-10:00",
        "street": "云中街", "verdict": "served", "status": "final", "revision": 1,
        "served_ratio": 0.98765, "started_at": at("07:05"), "completed_at": None,
        "schedule_deviation_s": None, "observed_share": 1.0, "length_m": 412.34,
        "provably_missed_m": None, "flags": "", "plan_version": "abcdef" * 10,
        "cause": "late_pings|plan", "recorded_at": at("23:00"),
    }  # fmt: skip
    return frame_of(REVISION_DTYPES, [tuple({**row, **changes}.values())])


def test_revisions_are_listed_with_cause_and_the_short_version_of_the_plan():
    header, row = drawn(ENGLISH.revisions(revisions()))
    assert header == [
        "Revision", "Verdict", "Status", "Cause", "Share served", "Recorded", "plan",
    ]  # fmt: skip
    assert row[:6] == [
        "1", "served", "final", "late pings, plan changed", "0.9877", "2022-03-28 23:00:00+08:00",
    ]  # fmt: skip
    assert ("abcdef" * 10).startswith(row[6])
    assert 8 <= len(row[6]) < 60


def test_streets_are_listed_with_their_instants_in_local_time():
    header, row = drawn(CHINESE.streets(revisions()))
    assert header[:3] == ["街道", "判定", "状态"]
    assert row == [
        "云中街",
        "已收运",
        "终定",
        "1",
        "0.9877",
        "412.3",
        "2022-03-28 07:05:00+08:00",
        "",
    ]


def test_a_verdict_that_was_withdrawn_is_a_dash_and_has_no_figures():
    gone = revisions(verdict="", served_ratio=None, started_at=None, length_m=None)
    _, row = drawn(ENGLISH.streets(gone))
    assert row == ["云中街", "–", "final", "1", "", "", "", ""]


def recomputed(**changes: object) -> list[str]:
    values = {
        "street": "云中街", "recorded": "partial", "recorded_ratio": 0.5,
        "from_record": "partial", "from_record_ratio": 0.5,
        "from_log": "partial", "from_log_ratio": 0.5, "same_evidence": True,
    }  # fmt: skip
    return list(ENGLISH.recomputed([Recomputed(**{**values, **changes})]))


def test_a_verdict_that_came_out_again_agrees_twice():
    assert recomputed() == [
        "recomputed from the record alone  云中街: partial 0.5000: agrees",
        "recomputed from the log  云中街: partial 0.5000: agrees, same evidence",
    ]


def test_a_verdict_that_did_not_come_out_again_differs_where_it_does():
    record_line, log_line = recomputed(from_log="served", from_log_ratio=1.0, same_evidence=False)
    assert record_line.endswith(": agrees")
    assert log_line.endswith("云中街: served 1.0000: DIFFERS, other evidence")
    assert recomputed(from_record="skipped", from_record_ratio=0.0)[0].endswith(
        "skipped 0.0000: DIFFERS"
    )


def test_a_verdict_that_the_log_does_not_give_at_all_is_told():
    assert recomputed(from_log="")[1] == "recomputed from the log  云中街: no such verdict"


def test_the_verdict_of_a_grid_is_called_that_of_the_grid():
    assert recomputed(street="")[0].startswith("recomputed from the record alone  grid: ")
