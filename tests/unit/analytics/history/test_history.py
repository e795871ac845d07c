"""Verdicts recorded in real databases: revisions, causes, and that nothing is overwritten."""

import threading
from dataclasses import replace

import pytest

from analytics.coverage import windows
from analytics.history.history import Change, History, HistoryError
from analytics.history.verdict_store import JUDGING_DTYPES, REVISION_DTYPES
from analytics.verdicts.evidence import Evidence
from geofence.plan.plan import Exemption, ServiceRules
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from tests.fixtures import recorded_city as city
from tests.fixtures.recorded_city import rows_of
from tests.fixtures.recorded_town import (
    NIGHT_MS,
    NOON_MS,
    OTHER,
    PLAN,
    TOWN,
    day_of,
    other_truck,
    own_truck,
    own_truck_unheard,
    versioned,
)
from tests.fixtures.town import MONDAY, Truck

MORNING = "07:00-10:00"


@pytest.fixture
def log(database_url):
    with open_log(database_url) as opened:
        yield opened


@pytest.fixture
def sqlite_log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


def newest(log):
    found = History(log).verdicts(MONDAY, MONDAY)
    places = zip(found["grid_id"], found["window"], found["street"], strict=True)
    return dict(zip(places, zip(found["verdict"], found["status"], strict=True), strict=True))


def revisions(log, street="魏都大道", window=MORNING, grid="JY01"):
    found = History(log).revisions(grid, MONDAY, window, street)
    told = (found[name] for name in ("revision", "verdict", "status", "cause"))
    return list(zip(*told, strict=True))


def test_what_is_judged_for_the_first_time_gets_revision_1(log):
    changes = History(log).record(day_of(own_truck(), other_truck()), NIGHT_MS, 7)
    assert revisions(log) == [(1, "skipped", "final", "first")]
    assert revisions(log, street="") == [(1, "partial", "final", "first")]
    assert len(changes) == len(newest(log)) == 5 + 3
    assert {each.before for each in changes} == {None}
    assert changes[0] == Change(
        MONDAY, "JY01", MORNING, "云中街", None, "served", "first", 1, NIGHT_MS
    )


def test_a_row_holds_the_figures_of_the_verdict(log):
    day = day_of(own_truck(), other_truck())
    History(log).record(day, NIGHT_MS, 7)
    found = History(log).verdicts(MONDAY, MONDAY)
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == REVISION_DTYPES
    merged = found.merge(
        day.judgement.streets, on=["service_date", "grid_id", "window", "street"],
        suffixes=("", "_judged"),
    )  # fmt: skip
    assert len(merged) == len(day.judgement.streets)
    for name in ("verdict", "served_ratio", "started_at", "completed_at", "observed_share",
                 "schedule_deviation_s", "length_m"):  # fmt: skip
        same = merged[name].eq(merged[f"{name}_judged"])
        assert (same | (merged[name].isna() & merged[f"{name}_judged"].isna())).all(), name
    grids = found[found["street"] == ""].reset_index(drop=True)
    assert grids["provably_missed_m"].tolist() == day.judgement.grids["provably_missed_m"].tolist()
    assert grids["flags"].tolist() == day.judgement.grids["flags"].tolist()
    assert set(found["plan_version"]) == {PLAN.version}


def test_recording_the_same_again_changes_not_a_byte(log):
    day = day_of(own_truck(), other_truck())
    History(log).record(day, NIGHT_MS, 7)
    before = rows_of(log)
    assert History(log).record(day, NIGHT_MS + 3_600_000, 7) == ()
    assert rows_of(log) == before


def test_a_newer_release_of_time_zones_that_judges_alike_revises_nothing(log, monkeypatch):
    monkeypatch.setattr(windows, "release", lambda: "2019c")
    History(log).record(day_of(own_truck(), other_truck()), NIGHT_MS, 7)
    assert History(log).evidence(MONDAY, "JY01", MORNING, "魏都大道").time_zones == "2019c"
    monkeypatch.undo()
    before = rows_of(log)
    assert History(log).record(day_of(own_truck(), other_truck()), NIGHT_MS + 1, 7) == ()
    assert rows_of(log) == before


def test_a_verdict_becomes_final_in_a_revision_of_its_own(log):
    day = day_of(own_truck())
    History(log).record(day, NOON_MS, 7)
    assert revisions(log) == [(1, "skipped", "provisional", "first")]
    assert History(log).record(day, NIGHT_MS, 7) == ()
    assert revisions(log)[1:] == [(2, "skipped", "final", "final")]
    first, second = (
        History(log).evidence(MONDAY, "JY01", MORNING, "魏都大道", number) for number in (1, 2)
    )
    assert first == second
    assert len(rows_of(log)["evidence"]) == len(day.judgement.streets)


def test_more_pings_revise_a_provisional_verdict_which_stays_provisional(log):
    History(log).record(day_of(own_truck_unheard()), NOON_MS, 7)
    changes = History(log).record(day_of(own_truck()), NOON_MS + 1, 8)
    assert revisions(log) == [
        (1, "unknown", "provisional", "first"),
        (2, "skipped", "provisional", "pings"),
    ]
    assert {(each.street, each.before, each.after) for each in changes if each.street} == {
        ("魏都大道", "unknown", "skipped"),
        ("云中街", "unknown", "skipped"),
    }


def test_late_pings_revise_what_was_final(log):
    History(log).record(day_of(own_truck_unheard(), other_truck()), NIGHT_MS, 7)
    before = newest(log)
    changes = History(log).record(day_of(own_truck(), other_truck()), NIGHT_MS + 1, 8)
    assert revisions(log)[1:] == [(2, "skipped", "revised", "late_pings")]
    assert {each.grid_id for each in changes} == {"JY01"}
    after = newest(log)
    assert {key for key in before if before[key] != after[key]} == {
        key for key in before if key[0] == "JY01"
    }
    assert revisions(log, "乙路", grid="JY02") == [(1, "served", "final", "first")]


def test_a_revision_that_only_rests_on_more_pings_is_kept_but_is_no_change(log):
    History(log).record(day_of(own_truck()), NIGHT_MS, 7)
    fuller = own_truck().stand("云中街", 400, "12:00:10", "12:30:10")
    assert History(log).record(day_of(fuller), NIGHT_MS, 8) == ()
    assert revisions(log)[1:] == [(2, "skipped", "revised", "late_pings")]
    counts = [
        History(log).evidence(MONDAY, "JY01", MORNING, "魏都大道", number).pings[0].count
        for number in (1, 2)
    ]
    assert counts[0] < counts[1]


def test_another_plan_revises_only_what_comes_out_otherwise_by_it(log):
    History(log).record(day_of(own_truck(), other_truck()), NIGHT_MS, 7)
    renamed = versioned(PLAN, name="the same under another name")
    before = rows_of(log)
    assert History(log).record(day_of(own_truck(), other_truck(), plan=renamed), NIGHT_MS, 7) == ()
    assert rows_of(log)["verdicts"] == before["verdicts"]
    stricter = versioned(PLAN, rules=ServiceRules(served_ratio=0.95))
    History(log).record(day_of(own_truck(), other_truck(), plan=stricter), NIGHT_MS, 7)
    assert revisions(log)[1:] == [(2, "skipped", "revised", "plan")]


def test_late_pings_and_another_plan_are_told_apart_vehicle_by_vehicle(log):
    log.write(Batch(tuples_of(_logged(own_truck_unheard())), ()))
    log.write(Batch(tuples_of(_logged(other_truck())), ()))
    History(log).record(day_of(own_truck_unheard(), other_truck()), NIGHT_MS, city.sequence(log))
    log.write(Batch(tuples_of(_logged(own_truck())), ()))
    stricter = versioned(PLAN, rules=ServiceRules(served_ratio=0.95))
    day = day_of(own_truck(), other_truck(), plan=stricter)
    History(log).record(day, NIGHT_MS, city.sequence(log))
    assert revisions(log)[1:] == [(2, "skipped", "revised", "late_pings|plan")]
    assert revisions(log, "乙路", grid="JY02")[1:] == [(2, "served", "revised", "plan")]


def _logged(truck: Truck):
    pings = truck.pings()
    return pings.assign(received_time=pings["event_time"])


def test_what_is_exempted_later_gets_a_revision_that_says_so_and_may_come_back(log):
    day = day_of(own_truck(), other_truck())
    History(log).record(day, NIGHT_MS, 7)
    closed = Exemption(MONDAY, MONDAY, "road_closed", grid_id="JY01", streets=("魏都大道",))
    holiday = Exemption(MONDAY, MONDAY, "holiday", grid_id="JY02")
    exempting = versioned(PLAN, exemptions=(closed, holiday))
    changes = History(log).record(day_of(own_truck(), other_truck(), plan=exempting), NIGHT_MS, 7)
    assert revisions(log)[1:] == [(2, "exempt", "revised", "plan")]
    assert revisions(log, "", grid="JY02")[1:] == [(2, "exempt", "revised", "plan")]
    assert {(each.grid_id, each.street, each.after) for each in changes} == {
        ("JY01", "魏都大道", "exempt"), ("JY01", "", "served"),
        ("JY02", "乙路", "exempt"), ("JY02", "", "exempt"),
    }  # fmt: skip
    with pytest.raises(HistoryError, match="no evidence is recorded"):
        History(log).evidence(MONDAY, "JY01", MORNING, "魏都大道")
    before = rows_of(log)
    History(log).record(day_of(own_truck(), other_truck(), plan=exempting), NIGHT_MS, 7)
    assert rows_of(log) == before
    History(log).record(day, NIGHT_MS, 7)
    assert revisions(log)[2:] == [(3, "skipped", "revised", "plan")]


def test_what_the_plan_has_no_more_is_withdrawn(log):
    History(log).record(day_of(own_truck(), other_truck()), NIGHT_MS, 7)
    smaller = versioned(PLAN, grids=PLAN.grids[:1])
    changes = History(log).record(day_of(own_truck(), plan=smaller), NIGHT_MS, 7)
    assert {(each.grid_id, each.street, each.after) for each in changes} == {
        ("JY02", "乙路", ""), ("JY02", "", ""),
    }  # fmt: skip


def test_who_knew_less_of_the_log_adds_nothing(log):
    History(log).record(day_of(own_truck()), NIGHT_MS, 8)
    before = rows_of(log)
    assert History(log).record(day_of(own_truck_unheard()), NIGHT_MS, 7) == ()
    assert rows_of(log) == before
    other = versioned(PLAN, name="another")
    with pytest.raises(HistoryError, match="2022-03-28 was judged by another plan and from newer"):
        History(log).record(day_of(own_truck_unheard(), plan=other), NIGHT_MS, 7)
    assert rows_of(log) == before


def test_recorders_at_the_same_time_do_each_other_no_harm(log):
    days = [day_of(own_truck_unheard(), other_truck()), day_of(own_truck(), other_truck())]
    failures = []

    def record(number):
        try:
            for _ in range(4):
                History(log).record(days[number], NIGHT_MS, 7 + number)
        except Exception as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=record, args=(number % 2,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    told = revisions(log)
    assert [number for number, *_ in told] == list(range(1, len(told) + 1))
    assert told[-1][1] == "skipped"
    assert {row[3] for row in rows_of(log)["judgings"]} == {PLAN.version}


def test_a_judging_is_kept_if_it_differs_from_the_one_before(log):
    day = day_of(own_truck())
    for now_ms, sequence in ((NOON_MS, 7), (NOON_MS, 7), (NIGHT_MS, 7), (NIGHT_MS, 9)):
        History(log).record(day, now_ms, sequence)
    found = History(log).judgings(MONDAY, MONDAY)
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == JUDGING_DTYPES
    told = zip(found["sequence"], found["is_final"], strict=True)
    assert list(told) == [(7, False), (7, True), (9, True)]


def test_an_empty_history_has_all_columns(sqlite_log):
    found = History(sqlite_log).verdicts(MONDAY, MONDAY)
    assert (len(found), list(found.columns)) == (0, list(REVISION_DTYPES))
    assert History(sqlite_log).judgings(MONDAY, MONDAY).empty


def test_evidence_is_what_the_verdict_was_judged_with(log):
    day = day_of(own_truck(), other_truck())
    History(log).record(day, NIGHT_MS, 7)
    for record in day.judgement.evidence():
        found = History(log).evidence(MONDAY, record.grid_id, record.window, record.street)
        assert isinstance(found, Evidence)
        assert found == record


def test_a_grid_has_no_evidence_of_its_own(sqlite_log):
    History(sqlite_log).record(day_of(own_truck()), NIGHT_MS, 7)
    with pytest.raises(HistoryError):
        History(sqlite_log).evidence(MONDAY, "JY01", MORNING, "")


def test_a_judgement_without_its_cases_is_not_recorded(sqlite_log):
    day = day_of(own_truck())
    bare = replace(day, judgement=replace(day.judgement, cases=()))
    with pytest.raises(ValueError, match="with its cases"):
        History(sqlite_log).record(bare, NIGHT_MS, 7)


def test_eight_hours_of_delayed_pings_revise_exactly_the_affected_verdicts(log):
    pings = city.simulated().pings
    truck = city.city().grids[0].vehicles[0]
    clock = pings["event_time"].dt.tz_convert("Asia/Shanghai").dt.hour
    delayed = (pings["vehicle_id"] == truck) & (clock >= 9) & (clock < 17)
    assert delayed.any()
    city.write(log, pings[~delayed])
    first = city.judged(log.read_pings())
    History(log).record(first, city.NIGHT_MS, city.sequence(log))
    city.write(log, pings[delayed])
    second = city.judged(log.read_pings())
    changes = History(log).record(second, city.NIGHT_MS, city.sequence(log))

    before, after = (
        {(each.grid_id, each.window, each.street): each for each in day.judgement.evidence()}
        for day in (first, second)
    )
    affected = {key for key in before if before[key] != after[key]}
    found = History(log).verdicts(city.DATE, city.DATE)
    streets = found[found["street"] != ""]
    places = list(zip(streets["grid_id"], streets["window"], streets["street"], strict=True))
    revised = {place for place, n in zip(places, streets["revision"], strict=True) if n == 2}
    assert revised == affected
    assert 0 < len(affected) < len(before)
    own = {grid.id for grid in city.city().grids if truck in grid.vehicles}
    assert {grid for grid, *_ in affected} == own
    assert {(e.grid_id, e.window, e.street) for e in changes if e.street} == {
        key for key in affected if before[key].verdict != after[key].verdict
    }
    assert set(streets.loc[streets["revision"] == 2, "cause"]) == {"late_pings"}
    assert set(streets.loc[streets["revision"] == 2, "status"]) == {"revised"}

    kept = rows_of(log)
    again = city.judged(log.read_pings())
    assert History(log).record(again, city.NIGHT_MS + 60_000, city.sequence(log)) == ()
    assert rows_of(log) == kept


def test_a_day_is_judged_by_the_plan_in_force_on_it(sqlite_log):
    history = History(sqlite_log)
    tuesday_on = versioned(
        PLAN, effective_from=MONDAY.replace(day=29), rules=ServiceRules(served_ratio=0.5)
    )
    history.store_plan(PLAN, 1)
    history.store_plan(tuesday_on, 2)
    assert history.plan_in_force(MONDAY).version == PLAN.version
    assert history.plan_in_force(MONDAY.replace(day=30)).rules.served_ratio == 0.5
    day = day_of(own_truck(), Truck(TOWN, OTHER).stand("乙路", 0, "07:00", "10:30"),
                 plan=history.plan_in_force(MONDAY))  # fmt: skip
    history.record(day, NIGHT_MS, 7)
    assert set(history.verdicts(MONDAY, MONDAY)["plan_version"]) == {PLAN.version}
