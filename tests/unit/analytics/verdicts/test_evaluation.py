import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.verdicts import evaluation
from analytics.verdicts.evaluation import (
    HeldPings,
    ReadPings,
    bearing_on,
    evaluate,
    evaluate_dates,
    plan_horizon,
)
from analytics.verdicts.tables import write_tables
from ingest.ping import resolve
from tests.fixtures.served_town import PINGS, TOWN, truck
from tests.fixtures.town import MONDAY, TRUCK, Town, at, grid, next_day

TUESDAY = next_day()


def verdicts(pings: pd.DataFrame, **options) -> dict[tuple[str, str], str]:
    found = evaluate(pings, TOWN.plan, **options).streets
    return {(row.service_date, row.street): row.verdict for row in found.itertuples(index=False)}


def test_pings_become_verdicts():
    assert verdicts(PINGS) == {
        ("2022-03-28", "云中街"): "served",
        ("2022-03-28", "支路"): "skipped",
    }


def test_every_date_that_pings_touch_is_judged_and_the_day_before_changes_nothing():
    tuesday = pd.concat([truck(v, TUESDAY).pings() for v in (TRUCK, "晋B2")], ignore_index=True)
    both = verdicts(pd.concat([PINGS, tuesday], ignore_index=True))
    assert both == {**verdicts(PINGS), **verdicts(tuesday)}
    assert {date for date, _ in both} == {"2022-03-28", "2022-03-29"}


def test_only_the_dates_asked_for_are_judged_and_each_is_told():
    told = []
    found = verdicts(PINGS, dates=[TUESDAY], progress=told.append)
    assert set(found.values()) == {"unknown"}
    assert {date for date, _ in found} == {"2022-03-29"}
    assert told == [TUESDAY]


def test_dates_come_one_after_the_other():
    dates = [date for date, _ in evaluate_dates(PINGS, TOWN.plan, [MONDAY, TUESDAY])]
    assert dates == [MONDAY, TUESDAY]


def test_pings_of_vehicles_the_plan_does_not_know_change_nothing():
    stranger = truck("晋B9").pings()
    assert verdicts(pd.concat([PINGS, stranger])) == verdicts(PINGS)


def test_no_ping_gives_no_verdict():
    assert verdicts(PINGS.head(0)) == {}


def test_pings_are_read_of_some_vehicles_at_a_time_and_are_those_that_bear_on_the_date(monkeypatch):
    monkeypatch.setattr(evaluation, "VEHICLES_AT_ONCE", 1)
    held = resolve(PINGS).pings
    asked = []

    def read(start_ms, end_ms, vehicles):
        assert (start_ms, end_ms) == plan_horizon(TOWN.plan, MONDAY)
        asked.append(vehicles)
        return held[held["vehicle_id"].isin(vehicles)]

    source = ReadPings(read, [MONDAY])
    assert source.dates(TOWN.plan) == [MONDAY]
    parts = source.bearing_on(TOWN.plan, MONDAY)
    assert asked == []
    together = pd.concat(list(parts), ignore_index=True)
    assert together.equals(HeldPings(PINGS).bearing_on(TOWN.plan, MONDAY))
    assert together.equals(bearing_on(held, TOWN.plan, MONDAY))
    assert asked == [[vehicle] for vehicle in sorted(set(held["vehicle_id"]))]


def test_nothing_is_read_of_a_date_without_service():
    idle = Town(grids=[grid("C", days=[])]).plan
    assert list(ReadPings(lambda *_: pytest.fail("read"), [MONDAY]).bearing_on(idle, MONDAY)) == []


def test_the_horizon_of_a_plan_spans_its_grids():
    plan = Town(grids=[grid("A"), grid("B", "22:00-02:00"), grid("C", days=[])]).plan
    assert plan_horizon(plan, MONDAY) == (at("00:00"), at("22:30", TUESDAY))
    idle = Town(grids=[grid("C", days=[])]).plan
    assert plan_horizon(idle, MONDAY) is None


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> tuple[bytes, bytes]:
    return files(PINGS, tmp_path_factory.mktemp("expected"))


def files(pings: pd.DataFrame, folder) -> tuple[bytes, bytes]:
    write_tables(evaluate(pings, TOWN.plan), folder, TOWN.plan.timezone)
    return (folder / "streets.csv").read_bytes(), (folder / "grids.csv").read_bytes()


@pytest.mark.parametrize("workers", [2, 5])
def test_several_workers_give_the_same_bytes(workers, expected, tmp_path):
    judgement = evaluate(PINGS, TOWN.plan, workers=workers)
    write_tables(judgement, tmp_path, TOWN.plan.timezone)
    found = tuple((tmp_path / name).read_bytes() for name in ("streets.csv", "grids.csv"))
    assert found == expected


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(0, 500))
def test_shuffled_and_repeated_pings_give_the_same_bytes(
    tmp_path_factory, expected, seed, repeated
):
    rng = np.random.default_rng(seed)
    rows = np.concatenate([np.arange(len(PINGS)), rng.integers(0, len(PINGS), repeated)])
    shuffled = PINGS.iloc[rng.permutation(rows)].reset_index(drop=True)
    assert files(shuffled, tmp_path_factory.mktemp("shuffled")) == expected


def test_of_conflicting_fixes_the_same_one_wins_in_any_order(tmp_path_factory):
    liar = PINGS.iloc[300:900].assign(longitude=lambda rows: rows["longitude"] + 0.05)
    one = files(pd.concat([PINGS, liar]), tmp_path_factory.mktemp("one"))
    assert files(pd.concat([liar, PINGS]), tmp_path_factory.mktemp("other")) == one
