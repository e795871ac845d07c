import asyncio
import json
import threading
from contextlib import contextmanager

import pandas as pd
import pytest

from analytics.dashboard.state import feed as module
from analytics.dashboard.state.event_history import EventHistory
from analytics.dashboard.state.feed import Feed, FeedEndedError, events_of
from analytics.dashboard.state.state_changes import Changes
from analytics.forecast.curves import no_curves
from analytics.forecast.habits import Habits
from analytics.verdicts.evaluation import evaluate
from ingest.fault import LogError
from ingest.log.pinglog import open_log
from ingest.log.tables import SEQUENCE, counters
from tests.fixtures.dashboards import add_alert, write_pings
from tests.fixtures.served_town import PINGS, TOWN
from tests.fixtures.town import MONDAY, TRUCK, Town, at, grid, next_day, street

LONG_S = 20.0
MOST_WAITS = 300
"""More than any of these tests takes; none waits for so long or so often unless it fails."""


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(module, "UPDATE_S", 0.05)


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


def feed_on(log, clock_ms=lambda: at("12:00"), service_date=None) -> Feed:
    return Feed(log, TOWN.plan, TOWN.network, EventHistory("test"), clock_ms, service_date)


def until(clock: str) -> pd.DataFrame:
    return PINGS[PINGS["event_time"] < pd.Timestamp(at(clock), unit="ms", tz="UTC")]


def sequence_of(log) -> int:
    with log.transaction(write=False) as connection:
        query = counters.select().where(counters.c.name == SEQUENCE)
        return connection.execute(query).mappings().one()["value"]


class Reader:
    """Reads the events of a feed that runs, each once."""

    def __init__(self, feed: Feed) -> None:
        self._history = feed.history
        self._number = feed.read().number
        self._events: list[tuple[str, object]] = []

    def wait_for(self, name: str):
        """Read on to an event of a name and give its document."""
        for _ in range(MOST_WAITS):
            for place, (each, document) in enumerate(self._events):
                if each == name:
                    del self._events[: place + 1]
                    return document
            asyncio.run(self._history.wait(self._number, LONG_S))
            found, self._number = self._history.since(self._number)
            self._events = [_parsed(event) for event in found]
            if not found:
                break
        raise AssertionError(f"no event {name} came")


def _parsed(event: bytes) -> tuple[str, object]:
    fields = dict(line.split(": ", 1) for line in event.decode().strip().split("\n"))
    return fields["event"], json.loads(fields["data"])


@contextmanager
def reading(feed: Feed):
    with feed:
        yield Reader(feed)


# --- what it knows before it runs


def test_what_the_log_holds_already_is_in_the_state(log):
    write_pings(log, PINGS)
    state = feed_on(log).read().state
    assert {each["street"]: each["state"] for each in state["streets"]}["云中街"] == "served"
    assert (state["service_date"], state["live"]) == (MONDAY.isoformat(), True)
    assert state["log_sequence"] == sequence_of(log) > 0


def test_an_empty_log_has_a_state_too(log):
    state = feed_on(log).read().state
    assert (state["log_sequence"], state["served"]) == (0, [])


def test_today_is_shown_by_the_clock(log):
    write_pings(log, PINGS)
    feed = feed_on(log, lambda: at("12:00"))
    assert (feed.service_date, feed.now_ms()) == (MONDAY, at("12:00"))


def test_a_given_date_has_its_latest_ping_for_a_clock(log):
    write_pings(log, until("07:08"))
    feed = feed_on(log, lambda: at("12:00", next_day()), MONDAY)
    assert (feed.service_date, feed.now_ms()) == (MONDAY, at("07:08") - 10_000)
    assert feed.read().state["at_ms"] == at("07:08") - 10_000


def test_a_given_date_without_pings_stands_at_its_midnight(log):
    feed = feed_on(log, lambda: at("12:00", next_day()), MONDAY)
    assert feed.now_ms() == at("00:00")


def test_the_clock_tells_when_the_newest_ping_was_received(log):
    assert feed_on(log).clock()["log_ms"] is None
    received = PINGS["event_time"] + pd.Timedelta(seconds=3)
    write_pings(log, PINGS.assign(received_time=received))
    told = feed_on(log).clock()
    assert (told["now_ms"], told["log_ms"]) == (at("12:00"), at("10:01:03"))
    assert told["log_age_s"] >= 0.0


def test_pings_of_days_before_are_in_no_verdict_of_the_date(log):
    write_pings(log, PINGS)
    state = feed_on(log, lambda: at("12:00", next_day())).read().state
    assert (state["service_date"], state["served"]) == (next_day().isoformat(), [])


def test_a_reader_of_the_state_goes_on_with_the_event_after_it(log):
    feed = feed_on(log)
    feed.history.publish([("clock", 1), ("clock", 2)])
    assert feed.read().number == 2


def test_changes_are_events_in_the_order_in_which_a_page_applies_them():
    changes = Changes(windows=[1], streets=[2], unserved=[3], served=[4])
    assert events_of(changes) == [
        ("windows", [1]), ("streets", [2]), ("unserved", [3]), ("served", [4]),
    ]  # fmt: skip


def test_what_has_not_changed_is_no_event():
    assert events_of(Changes(streets=[2])) == [("streets", [2])]
    assert events_of(Changes()) == []


# --- while it runs


def test_new_positions_are_told_in_the_plans_order_and_then_what_they_serve(log):
    write_pings(log, until("07:04"))
    with reading(feed_on(log, service_date=MONDAY)) as reader:
        write_pings(log, PINGS.iloc[::-1])
        places = reader.wait_for("vehicles")
        assert [each["id"] for each in places] == [TRUCK, "晋B2"]
        assert places[0]["event_ms"] == at("10:01")
        reader.wait_for("windows")
        assert "served" in {each["state"] for each in reader.wait_for("streets")}
        served = reader.wait_for("served")
        assert sum(each["to_m"] - each["from_m"] for each in served) > 590


def test_once_a_ping_is_judged_the_state_says_up_to_where_it_knows_the_log(log):
    with reading(feed := feed_on(log, service_date=MONDAY)) as reader:
        write_pings(log, until("07:08"))
        reader.wait_for("served")
        for _ in range(100):  # one of the two trucks may have been judged alone
            reader.wait_for("clock")
            if (state := feed.read().state)["log_sequence"]:
                break
        assert state["log_sequence"] == sequence_of(log)


def test_the_clock_is_told_again_and_again(log):
    with reading(feed_on(log)) as reader:
        assert reader.wait_for("clock")["now_ms"] == at("12:00")
        assert reader.wait_for("clock")["log_age_s"] is not None


def test_another_day_begins_with_its_own_state(log):
    write_pings(log, PINGS)
    clock = [at("23:59:59")]
    with reading(feed := feed_on(log, lambda: clock[0])) as reader:
        clock[0] = at("00:00", next_day())
        assert reader.wait_for("day") == {"service_date": next_day().isoformat()}
        state = feed.read().state
        assert (state["service_date"], state["served"]) == (next_day().isoformat(), [])


def test_a_given_date_stays_whatever_the_clock_says(log):
    clock = [at("23:59:59")]
    with reading(feed := feed_on(log, lambda: clock[0], MONDAY)) as reader:
        clock[0] = at("00:00", next_day())
        reader.wait_for("clock")
        reader.wait_for("clock")
        assert feed.service_date == MONDAY


def test_alerts_of_the_date_are_told(log):
    number = add_alert(log)
    with reading(feed_on(log)) as reader:
        (alert,) = reader.wait_for("alerts")
        assert (alert["id"], alert["grid"]) == (str(number), "JY01")


def test_habits_that_are_learned_stay_on_the_next_day(log):
    learned = []

    class Noted(Habits):
        def of(self, *case):
            learned.append(case)
            return super().of(*case)

    clock = [at("12:00")]
    with reading(feed := feed_on(log, lambda: clock[0])) as reader:
        feed.learn(Noted(no_curves()))
        now, learned[:] = len(learned), []
        clock[0] = at("12:00", next_day())
        reader.wait_for("day")
        assert now == len(learned) == 1


def test_when_it_ends_readers_are_sent_home(log):
    with feed_on(log) as feed:
        assert not feed.history.closed
    assert feed.history.closed


# --- what ends it


def break_down(*_):
    raise ZeroDivisionError("a mistake")


def test_a_feed_that_breaks_down_shows_no_state_sends_readers_home_and_says_so(log, monkeypatch):
    told = threading.Event()
    feed = feed_on(log)
    feed.when_it_fails(told.set)
    feed.check()
    with feed:
        monkeypatch.setattr(feed, "_follow", break_down)
        assert told.wait(LONG_S)
        assert feed.history.closed
        with pytest.raises(FeedEndedError, match=r"has ended.*ZeroDivisionError"):
            feed.read()
        with pytest.raises(FeedEndedError):
            feed.check()


def test_a_feed_that_stands_still_has_ended_too(log, monkeypatch):
    monkeypatch.setattr(module, "WATCH_S", 0.01)
    monkeypatch.setattr(module, "STALLED_S", 0.05)
    monkeypatch.setattr(module, "END_S", 0.01)
    told, going_on = threading.Event(), threading.Event()
    feed = feed_on(log)
    feed.when_it_fails(told.set)
    monkeypatch.setattr(feed, "_follow", lambda: going_on.wait(LONG_S))
    with feed:
        assert told.wait(LONG_S)
        with pytest.raises(FeedEndedError, match="it has stood still for"):
            feed.read()
    going_on.set()
    feed._thread.join()


def test_a_feed_whose_database_is_away_waits_and_goes_on(log, monkeypatch):
    monkeypatch.setattr(module, "AWAY_S", 0.01)
    feed = feed_on(log)
    follow, tries = feed._follow, []

    def fail_twice():
        tries.append(1)
        if len(tries) < 3:
            raise LogError("it is away")
        follow()

    monkeypatch.setattr(feed, "_follow", fail_twice)
    with reading(feed) as reader:
        reader.wait_for("clock")
        reader.wait_for("clock")
        feed.check()
    assert len(tries) >= 3


# --- another plan

LATER = Town(
    *TOWN.sections,
    street("新街", (0, 0), (0, 200)),
    grids=[grid("JY01", "07:00-10:00", "09:00-11:30", vehicles=[TRUCK, "晋B2"])],
).with_plan(version="1" * 64)


def turned_to(feed: Feed, town: Town) -> list[str]:
    """Offer a plan to a feed, and note when it is taken."""
    taken: list[str] = []
    beginning = feed.begin(town.plan, town.network)
    feed.offer(beginning, lambda: taken.append(feed.plan.version))
    return taken


def test_another_plan_is_taken_in_one_moment_and_told(log):
    write_pings(log, until("07:08"))
    feed = feed_on(log)
    with reading(feed) as reader:
        taken = turned_to(feed, LATER)
        assert reader.wait_for("plan") == {"version": LATER.plan.version}
        assert taken == [LATER.plan.version]
        assert (feed.plan, feed.network) == (LATER.plan, LATER.network)
        state = feed.read().state
        assert state["plan_version"] == LATER.plan.version
        assert {each["street"] for each in state["streets"]} == {"云中街", "支路", "新街"}
        write_pings(log, PINGS)
        reader.wait_for("streets")
        assert not feed.has_offer


def test_after_a_change_the_state_is_the_one_of_a_server_begun_anew(log):
    write_pings(log, until("07:08"))
    feed = feed_on(log, lambda: at("23:59"))
    with reading(feed) as reader:
        turned_to(feed, LATER)
        reader.wait_for("plan")
        write_pings(log, PINGS)
        reader.wait_for("vehicles")
        for _ in range(MOST_WAITS):
            reader.wait_for("clock")
            if feed.read().state["log_sequence"] == sequence_of(log):
                break
        changed = feed.read().state
    anew = Feed(log, LATER.plan, LATER.network, EventHistory("new"), lambda: at("23:59")).read()
    assert changed == anew.state
    nightly = evaluate(PINGS, LATER.plan, [MONDAY]).streets
    by_night = zip(nightly["window"], nightly["street"], nightly["served_ratio"], strict=True)
    shown = {(each["window"], each["street"], each["served_ratio"]) for each in changed["streets"]}
    assert {(window, street, round(ratio, 4)) for window, street, ratio in by_night} == shown
    assert max(ratio for _, _, ratio in shown) == 1.0


def test_a_plan_that_was_made_ready_for_the_day_before_is_not_taken(log):
    now_ms = [at("23:59")]
    feed = feed_on(log, lambda: now_ms[0])
    taken = turned_to(feed, LATER)
    now_ms[0] = at("12:00", next_day())
    with reading(feed) as reader:
        reader.wait_for("day")
        reader.wait_for("clock")
    assert (taken, feed.plan, feed.has_offer) == ([], TOWN.plan, False)


def test_whether_a_changed_plan_is_refused_is_told_with_the_clock(log):
    feed = feed_on(log)
    assert feed.clock()["plan_refused"] is False
    feed.plan_refused = True
    assert feed.clock()["plan_refused"] is True
