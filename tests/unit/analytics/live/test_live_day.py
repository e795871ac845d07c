import io

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from analytics.live.live_day import LiveDay
from analytics.live.view import Snapshot, snapshot
from analytics.verdicts.evaluation import evaluate
from tests.fixtures.served_town import PINGS, TOWN, truck
from tests.fixtures.town import MONDAY, at, next_day


def seen_until(clock: str) -> LiveDay:
    day = LiveDay(TOWN.plan, MONDAY)
    day.add(PINGS[PINGS.event_time <= pd.Timestamp(at(clock), unit="ms", tz="UTC")])
    return day


def stock(clock: str) -> Snapshot:
    found = snapshot(seen_until(clock))
    assert found is not None
    return found


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(0, 800), max_size=10))
def test_after_the_last_ping_the_live_verdicts_are_those_of_the_nightly_run(seed, cuts):
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.permutation(len(PINGS)), rng.integers(0, len(PINGS), 50)])
    live = LiveDay(TOWN.plan, MONDAY)
    for portion in np.split(rows, sorted(cuts)):
        live.add(PINGS.iloc[portion].reset_index(drop=True))
        live.observations()
    nightly = evaluate(PINGS, TOWN.plan, [MONDAY])
    pd.testing.assert_frame_equal(live.judgement().streets, nightly.streets)
    pd.testing.assert_frame_equal(live.judgement().grids, nightly.grids)


def test_before_the_first_ping_there_is_nothing_to_show():
    assert snapshot(LiveDay(TOWN.plan, MONDAY)) is None


def test_pings_of_another_day_do_not_move_the_clock():
    day = seen_until("08:00")
    day.add(truck(day=next_day()).pings())
    assert day.now_ms == at("08:00")


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
    assert "received 1 = stored 1" in text
    assert "SCHEMATIC" not in text


def test_the_summary_says_it_in_one_line():
    assert stock("08:00").summary() == (
        "2022-03-28 08:00  windows in progress: 1, streets done 1 of 2"
    )
