import math

import numpy as np
import pandas as pd
import pytest

from analytics.dashboard.state.live_state import LiveState
from analytics.dashboard.state.state_changes import Changes
from analytics.live.status import live_statuses
from analytics.verdicts.evaluation import evaluate
from analytics.verdicts.verdict import Verdict
from geofence.network.network import build_network
from geofence.seen.observe import observe
from tests.fixtures.shown_city import (
    DATE,
    city_arrivals,
    city_pings,
    city_plan,
    instant,
    until,
)

PLAN = city_plan()
NETWORK = build_network(PLAN.sections)
DONE = {Verdict.SERVED, Verdict.LATE}


def state_at(at_ms: int) -> LiveState:
    state = LiveState(PLAN, DATE, NETWORK)
    state.add(until(city_pings(), at_ms))
    state.catch_up(at_ms)
    return state


def epoch(value: object) -> int | None:
    return None if value is pd.NaT else round(value.timestamp() * 1000)


def expected_streets(pings: pd.DataFrame, now_ms: int) -> dict[str, tuple[object, ...]]:
    """What `evaluate` and the terminal's live view say of the streets at an instant."""
    judged = evaluate(pings, PLAN, [DATE])
    seen = tuple(observe(pings, NETWORK, PLAN.rules))
    statuses = live_statuses(seen, PLAN, NETWORK, DATE, now_ms)
    ends = {(case.case.grid.id, case.case.window.text): case.case.window for case in judged.cases}
    found = {}
    for row, live in zip(
        judged.streets.itertuples(index=False), statuses.itertuples(index=False), strict=True
    ):
        window = ends[row.grid_id, row.window]
        is_over = now_ms >= window.period_end_ms
        is_told = is_over or (row.verdict in DONE and now_ms >= window.start_ms)
        found[f"{row.grid_id}|{row.window}|{row.street}"] = (
            row.verdict if is_told else live.status,
            round(row.served_ratio, 4),
            epoch(row.started_at),
            epoch(row.completed_at),
        )
    return found


def told_streets(state: LiveState, now_ms: int) -> dict[str, tuple[object, ...]]:
    return {
        each["key"]: (
            each["state"], each["served_ratio"], each["started_ms"], each["completed_ms"],
        )
        for each in state.document(now_ms, 0, live=True)["streets"]
    }  # fmt: skip


@pytest.mark.parametrize(
    "clock", ["06:30", "08:20", "10:05", "10:15", "12:00", "15:40", "23:59:59"]
)
def test_the_live_state_is_what_evaluate_says_at_the_same_instant(clock):
    now_ms = instant(clock)
    expected = expected_streets(until(city_pings(), now_ms), now_ms)
    assert told_streets(state_at(now_ms), now_ms) == expected


def test_of_windows_that_are_over_grids_too_have_the_verdicts_of_evaluate():
    now_ms = instant("23:59:59")
    judged = evaluate(until(city_pings(), now_ms), PLAN, [DATE]).grids
    told = {
        each["key"]: each for each in state_at(now_ms).document(now_ms, 0, live=True)["windows"]
    }
    over = 0
    for row in judged.itertuples(index=False):
        doc = told[f"{row.grid_id}|{row.window}"]
        if now_ms >= max(doc["deadline_ms"], doc["grace_end_ms"]):
            assert doc["state"] == row.verdict
            over += 1
        assert doc["completed_ms"] == epoch(row.completed_at)
    assert over > len(PLAN.grids)


@pytest.mark.parametrize("seed", range(4))
def test_portions_in_any_order_and_looks_in_between_change_nothing(seed):
    arrivals, rng = city_arrivals(), np.random.default_rng(seed)
    nearly_in_order = np.argsort(np.arange(len(arrivals)) + rng.normal(0, 300, len(arrivals)))
    portions = np.split(nearly_in_order, np.sort(rng.integers(0, len(arrivals), 12)))
    state = LiveState(PLAN, DATE, NETWORK)
    mirror = Mirror()
    for portion in portions:
        state.add(arrivals.iloc[portion].reset_index(drop=True))
        mirror.apply(state.catch_up(state.latest_ms or instant("00:00")))
    state.add(city_pings())  # of each key a log tells the winner last
    now_ms = instant("23:59:59")
    mirror.apply(state.catch_up(now_ms))
    fresh = LiveState(PLAN, DATE, NETWORK)
    fresh.add(city_pings())
    fresh.catch_up(now_ms)
    told, expected = (each.document(now_ms, 0, live=True) for each in (state, fresh))
    assert {name: told[name] for name in ("streets", "windows", "served")} == {
        name: expected[name] for name in ("streets", "windows", "served")
    }
    assert mirror.metres() == Mirror.of(expected["served"]).metres()
    assert mirror.streets == {
        each["key"]: each for each in expected["streets"] if each["state"] != "upcoming"
    }


class Mirror:
    """What a page knows that only gets the changes."""

    def __init__(self):
        self.stretches, self.streets = [], {}

    @classmethod
    def of(cls, served):
        mirror = cls()
        mirror.stretches = list(served)
        return mirror

    def apply(self, changes: Changes) -> None:
        lost = {(each["key"], each["section"]) for each in changes.unserved}
        kept = [each for each in self.stretches if (each["key"], each["section"]) not in lost]
        self.stretches = kept + changes.served
        self.streets.update({each["key"]: each for each in changes.streets})

    def metres(self):
        return {
            (each["key"], each["section"], metre)
            for each in self.stretches
            for metre in range(int(each["from_m"]), math.ceil(each["to_m"]))
        }


def test_a_late_ping_judges_a_window_again_that_was_final():
    now_ms = instant("23:59:59")
    pings = until(city_pings(), now_ms)
    morning = (pings["event_time"] >= pd.Timestamp(instant("07:00"), unit="ms", tz="UTC")) & (
        pings["event_time"] < pd.Timestamp(instant("10:30"), unit="ms", tz="UTC")
    )
    state = LiveState(PLAN, DATE, NETWORK)
    state.add(pings[~morning])
    state.catch_up(now_ms)
    finals = [each for each in state.document(now_ms, 0, live=True)["windows"] if each["is_final"]]
    assert finals
    state.add(pings[morning])
    changed = {each["key"] for each in state.catch_up(now_ms).windows}
    assert changed >= {each["key"] for each in finals if "07:00" in each["window"]}
    assert told_streets(state, now_ms) == expected_streets(pings, now_ms)
