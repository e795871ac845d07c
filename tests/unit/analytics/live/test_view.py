"""The live view in a terminal, drawn from a day in progress."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from analytics.live.live_day import LiveDay
from analytics.live.view import SHOWN_FLAGS, Flag, Snapshot, snapshot
from analytics.verdicts.verdict import Verdict
from geofence.plan.plan import Plan
from tests.fixtures.served_town import TOWN, seen_until, truck
from tests.fixtures.town import MONDAY, Town, Truck, at, grid, next_day, street


def stock(clock: str) -> Snapshot:
    found = snapshot(seen_until(clock))
    assert found is not None
    return found


def snapshot_of(*flags: Flag, plan: Plan = TOWN.plan) -> Snapshot:
    """What is shown at 11:00, with flags as told."""
    return Snapshot(plan, at("11:00"), stock("08:00").in_progress, list(flags))


def test_before_the_first_ping_there_is_nothing_to_show():
    assert snapshot(LiveDay(TOWN.plan, MONDAY)) is None


def test_an_open_window_shows_what_is_done_and_what_is_at_risk():
    (row,) = stock("08:00").in_progress.to_dict("records")
    assert (row["operator"], row["window"], row["grids"]) == ("机扫一公司", "07:00-10:00", 1)
    assert (row["streets"], row["done"], row["at_risk"]) == (2, 1, 0)
    assert abs(row["share"] - 2 / 3) < 0.02


def test_no_window_is_in_progress_before_the_first_one_starts():
    assert stock("06:55").in_progress.empty
    assert stock("06:55").flags == []


def test_a_street_left_out_is_overdue_after_grace_and_skipped_after_the_deadline():
    day = seen_until("10:01")
    late = truck().stand("云中街", 600, "10:01", "10:15").pings()
    day.add(late)
    overdue = snapshot(day)
    assert [(flag.street, flag.kind, flag.at_ms) for flag in overdue.flags] == [
        ("支路", "overdue", at("10:10"))
    ]
    day.add(truck().stand("云中街", 600, "10:15", "23:59").pings())
    day.now_ms = at("00:00", next_day())
    assert [(flag.street, flag.kind) for flag in snapshot(day).flags] == [("支路", "skipped")]


def test_the_view_names_operators_streets_and_says_when_geometry_is_schematic():
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(stock("08:00").render("received 1 = stored 1"))
    text = console.export_text()
    assert "机扫一公司" in text
    assert "1 of 2" in text
    assert "67%" in text
    assert "received 1 = stored 1" in text
    assert "SCHEMATIC" not in text


def test_the_summary_says_it_in_one_line():
    assert stock("08:00").summary() == (
        "2022-03-28 08:00  windows in progress: 1, streets done 1 of 2"
    )


def test_an_instant_is_told_in_the_time_of_the_plan():
    shown = Snapshot(
        replace(TOWN.plan, timezone="Europe/Berlin"), at("08:00"), stock("08:00").in_progress, []
    )
    assert shown.summary().startswith("2022-03-28 02:00  ")


@pytest.mark.parametrize(
    ("now_ms", "count"),
    [(at("07:00") - 1, 0), (at("07:00"), 1), (at("10:10") - 1, 1), (at("10:10"), 0)],
)
def test_a_window_is_in_progress_from_its_start_until_the_end_of_grace(now_ms, count):
    day = seen_until("08:00")
    day.now_ms = now_ms
    assert len(snapshot(day).in_progress) == count


def test_a_street_that_will_not_be_done_in_time_is_at_risk():
    (row,) = stock("09:59").in_progress.to_dict("records")
    assert row["at_risk"] == 1


@pytest.mark.parametrize(
    ("now_ms", "kind", "since_ms"),
    [
        (at("00:00", next_day()) - 1, "overdue", at("10:10")),
        (at("00:00", next_day()), "unknown", at("00:00", next_day())),
    ],
)
def test_a_street_is_overdue_until_its_deadline_and_then_has_a_verdict(now_ms, kind, since_ms):
    day = seen_until("09:00")
    day.now_ms = now_ms
    found = {flag.street: flag for flag in snapshot(day).flags}
    assert (found["支路"].kind, found["支路"].at_ms) == (kind, since_ms)


def test_a_street_that_was_served_is_never_flagged():
    day = seen_until("10:01")
    for now_ms in (at("10:10"), at("00:00", next_day())):
        day.now_ms = now_ms
        assert [flag.street for flag in snapshot(day).flags] == ["支路"]


TWO = Town(
    street("云中街", (0, 0), (600, 0)),
    street("乙路", (0, 300), (400, 300), grids=["JY02"]),
    street("永路", (0, 600), (500, 600), grids=["JR01"]),
    grids=[
        grid("JY01", "07:00-10:00", "10:00-11:00"),
        grid("JY02", "07:00-10:00", vehicles=["晋B2"]),
        grid("JR01", "07:00-10:00", vehicles=["晋B3"], operator="sweep-2"),
    ],
)


def two_at(clock: str) -> Snapshot:
    """The town of two operators, of which one truck was seen collecting."""
    day = LiveDay(TWO.plan, MONDAY)
    seen = Truck(TWO, interval_s=10).stand("云中街", 0, "06:50", "07:05")
    seen.drive("云中街", 0, 570, "07:05", "07:11").stand("云中街", 570, "07:11", "07:30")
    day.add(seen.pings())
    day.now_ms = at(clock)
    found = snapshot(day)
    assert found is not None
    return found


def test_grids_of_one_operator_and_window_are_told_together():
    rows = two_at("07:30").in_progress
    told = {row["operator"]: row for row in rows.to_dict("records")}
    assert len(rows) == 2
    assert (told["机扫一公司"]["grids"], told["机扫一公司"]["streets"]) == (2, 2)
    assert told["机扫一公司"]["share"] == pytest.approx(0.57, abs=0.02)
    assert (told["机扫二公司"]["grids"], told["机扫二公司"]["done"]) == (1, 0)
    assert told["机扫二公司"]["share"] == 0.0


def test_the_summary_adds_up_operators_and_windows():
    assert two_at("07:30").summary() == (
        "2022-03-28 07:30  windows in progress: 3, streets done 1 of 3"
    )


def test_what_was_flagged_last_comes_first_then_grid_window_and_street():
    assert [(flag.grid_id, flag.window) for flag in two_at("11:30").flags] == [
        ("JY01", "10:00-11:00"), ("JR01", "07:00-10:00"), ("JY02", "07:00-10:00"),
    ]  # fmt: skip


def flag(number: int = 0, kind: str = "skipped") -> Flag:
    return Flag(at("09:47"), "JY01", "07:00-10:00", f"第{number}街", kind, 0.256)


def drawn(*flags: Flag, plan: Plan = TOWN.plan) -> str:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(snapshot_of(*flags, plan=plan).render("received 1 = stored 1"))
    return console.export_text()


@pytest.mark.parametrize("kind", ["overdue", *(v for v in Verdict if v is not Verdict.SERVED)])
def test_whatever_is_flagged_is_told_in_the_table_and_in_the_summary(kind):
    text = drawn(flag(kind=str(kind)))
    for part in ("09:47", "JY01", "07:00-10:00", "第0街", str(kind), "26%"):
        assert part in text
    assert snapshot_of(flag(kind=str(kind))).summary().endswith(f"  flagged: 1 {kind}")


def test_the_summary_counts_flags_by_kind():
    shown = snapshot_of(flag(1), flag(2), flag(3, "late"))
    assert shown.summary().endswith("  flagged: 1 late, 2 skipped")


def test_more_flags_than_are_shown_are_counted():
    enough = drawn(*map(flag, range(SHOWN_FLAGS)))
    assert f"第{SHOWN_FLAGS - 1}街" in enough
    assert "more" not in enough
    more = drawn(*map(flag, range(SHOWN_FLAGS + 3)))
    assert f"第{SHOWN_FLAGS}街" not in more
    assert "and 3 more" in more


def test_geometry_that_is_drawn_by_a_program_is_told():
    assert "SCHEMATIC" in drawn(plan=replace(TOWN.plan, schematic=True))
