import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from analytics.dashboard.state import stored_days as module
from analytics.dashboard.state.live_state import LiveState
from analytics.dashboard.state.stored_days import StoredDays
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import write_pings
from tests.fixtures.served_town import PINGS, TOWN
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, next_day, street

TUESDAY = next_day()


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


@pytest.fixture
def days(log):
    write_pings(log, PINGS)
    return StoredDays(log, TOWN.plan, TOWN.network)


@pytest.fixture
def clock_s(monkeypatch):
    """A clock that stands until the test turns it on."""
    shown = [1000.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: shown[0]))
    return shown


def ping_at(*instants: int, vehicle: str = TRUCK) -> pd.DataFrame:
    standing = Truck(TOWN, vehicle)
    standing.fixes = [(instant, *TOWN.place("云中街", 0)) for instant in instants]
    return standing.pings()


def test_a_date_lasts_from_its_midnight_until_all_of_it_is_final(days):
    assert days.span_ms(MONDAY) == (at("00:00"), at("00:30", TUESDAY))


def test_a_date_without_service_lasts_from_midnight_to_midnight(log):
    town = Town(grids=[grid(days=[TUESDAY.weekday()])])
    days = StoredDays(log, town.plan, town.network)
    assert days.span_ms(MONDAY) == (at("00:00"), at("00:00", TUESDAY))


def test_a_date_that_is_final_by_noon_lasts_until_midnight_all_the_same(log):
    town = Town(grids=[grid("JY01", "07:00-08:00", "08:00-09:00")])
    days = StoredDays(log, town.plan, town.network)
    assert days.span_ms(MONDAY)[1] >= at("00:00", TUESDAY)


def test_the_state_at_an_instant_is_made_of_the_pings_before_it(days):
    state, instant_ms = days.state_at(at("07:08"))
    assert instant_ms == at("07:08")
    assert state.latest_ms == at("07:08") - 10_000
    live = LiveState(TOWN.plan, MONDAY, TOWN.network)
    live.add(PINGS[PINGS["event_time"] < pd.Timestamp(at("07:08"), unit="ms", tz="UTC")])
    live.catch_up(at("07:08"))
    told, expected = (each.document(at("07:08"), 0, live=False) for each in (state, live))
    assert {**told, "vehicles": []} == {**expected, "vehicles": []}
    assert 0 < told["windows"][0]["served_m"] < 600


def test_by_default_a_date_is_looked_at_from_its_end(days):
    state, instant_ms = days.state_of(MONDAY)
    assert instant_ms == at("00:30", TUESDAY)
    assert state.windows_of("JY01")[0][0]["is_final"]


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (at("23:00", MONDAY - timedelta(days=1)), at("00:00")),
        (at("00:00"), at("00:00")),
        (at("00:31", TUESDAY), at("00:30", TUESDAY)),
    ],
)
def test_an_instant_beyond_the_date_is_taken_for_its_beginning_or_end(days, asked, given):
    assert days.state_of(MONDAY, asked)[1] == given


def test_after_midnight_a_window_that_goes_on_belongs_to_the_date_before(log):
    town = Town(street("云中街", (0, 0), (600, 0)), grids=[grid("JY01", "22:00-02:00")])
    days = StoredDays(log, town.plan, town.network)
    assert days.state_at(at("01:00", TUESDAY))[0].service_date == MONDAY
    assert days.state_at(at("02:10", TUESDAY))[0].service_date == TUESDAY


def test_the_way_to_midnight_is_part_of_a_vehicles_trail_but_of_no_verdict(log):
    evening = [at("00:00") - 60_000 * minute for minute in (10, 3, 2)]
    write_pings(log, ping_at(*evening, at("00:01")))
    state, instant_ms = StoredDays(log, TOWN.plan, TOWN.network).state_of(MONDAY, at("00:01") + 1)
    (trail,) = [
        each["trail"] for each in state.positions.traced(instant_ms, [TRUCK]) if each["trail"]
    ]
    assert [point[2] for point in trail] == [evening[1], evening[2], at("00:01")]
    assert state.latest_ms == at("00:01")


def test_what_was_looked_at_lately_is_not_made_again(days, clock_s):
    first, _ = days.state_of(MONDAY)
    clock_s[0] += module.FRESH_S - 0.1
    assert days.state_of(MONDAY)[0] is first


def test_after_some_time_it_is_made_again_as_the_log_may_have_grown(days, log, clock_s):
    before, _ = days.state_of(MONDAY, at("12:00"))
    write_pings(log, ping_at(at("11:00")))
    assert days.state_of(MONDAY, at("12:00"))[0].latest_ms == before.latest_ms
    clock_s[0] += module.FRESH_S
    assert days.state_of(MONDAY, at("12:00"))[0].latest_ms == at("11:00")


@pytest.mark.usefixtures("clock_s")
def test_of_the_states_the_one_not_asked_for_longest_is_forgotten(days):
    clocks = ["01:00", "02:00", "03:00", "04:00", "05:00"][: module.KEPT_STATES + 1]
    made = [days.state_of(MONDAY, at(clock))[0] for clock in clocks[:-1]]
    assert days.state_of(MONDAY, at(clocks[0]))[0] is made[0]
    days.state_of(MONDAY, at(clocks[-1]))
    assert days.state_of(MONDAY, at(clocks[0]))[0] is made[0]
    assert days.state_of(MONDAY, at(clocks[1]))[0] is not made[1]


def test_the_pings_of_a_date_are_those_of_the_plans_vehicles_until_it_is_final(log):
    within = (at("00:00"), at("00:30", TUESDAY) - 1)
    write_pings(log, ping_at(at("00:00") - 1, *within, at("00:30", TUESDAY)))
    write_pings(log, ping_at(at("08:00"), vehicle="晋B9"))
    rows = StoredDays(log, TOWN.plan, TOWN.network).pings_of(MONDAY)
    expected = pd.to_datetime(within, unit="ms", utc=True)
    assert rows["event_time"].tolist() == expected.tolist()
    assert set(rows["vehicle_id"]) == {TRUCK}


# --- the dates that have pings


def dates_of(log) -> list:
    return list(StoredDays(log, TOWN.plan, TOWN.network).dates())


def test_an_empty_log_has_no_dates(log):
    assert dates_of(log) == []


def test_dates_are_local_and_those_without_pings_are_left_out(log):
    thursday = MONDAY + timedelta(days=3)
    write_pings(log, ping_at(at("00:00"), at("00:00", thursday) - 1, at("00:00", thursday)))
    assert dates_of(log) == [MONDAY, MONDAY + timedelta(days=2), thursday]


def test_a_date_that_gets_its_first_pings_is_found_after_some_time(days, log, clock_s):
    assert days.dates() == [MONDAY]
    write_pings(log, ping_at(at("08:00", TUESDAY)))
    clock_s[0] += module.FRESH_S
    assert days.dates() == [MONDAY]
    clock_s[0] += 0.1
    assert days.dates() == [MONDAY, TUESDAY]


def test_of_very_many_dates_the_latest_are_given(log, monkeypatch):
    monkeypatch.setattr(module, "MOST_DATES", 2)
    every = [MONDAY + timedelta(days=number) for number in range(5)]
    write_pings(log, ping_at(*(at("08:00", day) for day in every)))
    found = dates_of(log)
    assert found == every[-len(found) :]
    assert 2 <= len(found) < 5


def test_no_more_dates_are_given_than_the_most(log, monkeypatch):
    monkeypatch.setattr(module, "MOST_DATES", 2)
    every = [MONDAY + timedelta(days=number) for number in range(5)]
    write_pings(log, ping_at(*(at("08:00", day) for day in every)))
    assert dates_of(log) == every[-2:]


def test_a_state_that_nobody_wants_any_more_is_not_computed_to_its_end(days):
    with pytest.raises(module.AbandonedError):
        days.state_at(at("07:06"), lambda: False)
    state, _ = days.state_at(at("07:06"))  # who asks next gets it
    assert state.service_date == MONDAY


def test_who_waits_for_a_state_that_another_computes_may_leave_and_others_are_computed(
    days, monkeypatch
):
    begin, begun, gate = days.begin, threading.Event(), threading.Event()

    def slow(service_date, at_ms, wanted):
        if at_ms == at("07:06"):
            begun.set()
            gate.wait(60)
        return begin(service_date, at_ms, wanted)

    monkeypatch.setattr(days, "begin", slow)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(days.state_at, at("07:06"))
        begun.wait(60)
        with pytest.raises(module.AbandonedError):
            days.state_at(at("07:06"), lambda: False)
        other, _ = days.state_at(at("07:07"))
        gate.set()
        same, _ = days.state_at(at("07:06"))
        assert same is first.result()[0] is not other
