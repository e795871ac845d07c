import asyncio
import json
from itertools import count

import pytest

from analytics.dashboard.state import time_machine as module
from analytics.dashboard.state.stored_days import StoredDays
from analytics.dashboard.state.time_machine import Playback, resumed_at
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import write_pings
from tests.fixtures.served_town import PINGS, TOWN
from tests.fixtures.town import MONDAY, TRUCK, at, next_day

END = at("00:30", next_day())


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    with open_log(f"sqlite:///{tmp_path_factory.mktemp('town') / 'pings.db'}") as log:
        write_pings(log, PINGS)
        yield StoredDays(log, TOWN.plan, TOWN.network)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(module, "TICK_S", 0)


def playback(days, at_ms, *, speed=60.0, tick_s=1.0, **options) -> Playback:
    """One whose clock goes on by so much each time it is looked at."""
    ticks = count()
    return Playback(days, at_ms, speed, lambda: next(ticks) * tick_s, **options)


def play(played: Playback, most: int = 10_000) -> list[tuple[str, dict, str]]:
    """Give the name, document and id of events."""

    async def read():
        found = []
        async for event in played.events():
            fields = dict(line.split(": ", 1) for line in event.decode().strip().split("\n"))
            found.append((fields["event"], json.loads(fields["data"]), fields["id"]))
            if len(found) == most:
                break
        return found

    return asyncio.run(read())


def test_it_begins_with_the_state_that_the_log_tells_of_that_instant(days):
    name, document, _ = play(playback(days, at("07:06")), most=1)[0]
    state, _ = days.state_at(at("07:06"))
    assert (name, document["live"]) == ("state", False)
    expected = json.loads(json.dumps(state.document(at("07:06"), 0, live=False)))
    assert {**document, "vehicles": []} == {**expected, "vehicles": []}


def test_its_clock_goes_on_by_the_time_passed_at_a_multiple_of_its_pace(days):
    events = play(playback(days, at("07:06"), speed=120.0, tick_s=0.5), most=12)
    clocks = [document["now_ms"] for name, document, _ in events if name == "clock"]
    assert clocks[:3] == [at("07:06"), at("07:07"), at("07:08")]


def test_however_short_a_tick_it_goes_on(days):
    events = play(playback(days, at("12:00"), speed=1.0, tick_s=0.0001), most=3)
    clocks = [document["now_ms"] for name, document, _ in events if name == "clock"]
    assert clocks == [at("12:00"), at("12:00") + 1]


def test_what_a_reader_has_put_together_at_the_end_is_the_state_of_that_date(days):
    played = playback(days, at("07:00"), speed=600.0)
    state, documents, stretches = None, {}, []
    for name, document, _ in play(played):
        if name == "state":
            state = document
            documents = {each["key"]: each for each in state["windows"] + state["streets"]}
            stretches = state["served"]
        if name in {"windows", "streets"}:
            documents |= {each["key"]: each for each in document}
        if name == "unserved":
            gone = {(each["key"], each["section"]) for each in document}
            stretches = [each for each in stretches if (each["key"], each["section"]) not in gone]
        if name == "served":
            stretches = stretches + document
    last = days.begin(MONDAY, END).document(END, 0, live=False)
    assert documents == {each["key"]: each for each in last["windows"] + last["streets"]}
    metres = sum(each["to_m"] - each["from_m"] for each in stretches)
    assert metres == pytest.approx(sum(each["to_m"] - each["from_m"] for each in last["served"]))
    assert metres > 599


def test_vehicles_are_told_when_they_have_moved_in_the_plans_order(days):
    events = play(playback(days, at("07:06"), speed=60.0), most=8)
    places = [document for name, document, _ in events if name == "vehicles"]
    assert [each["id"] for each in places[0]] == [TRUCK, "晋B2"]
    assert at("07:06") <= places[0][0]["event_ms"] < at("07:07")


def test_where_nobody_moves_no_vehicle_is_told(days):
    events = play(playback(days, at("12:00"), speed=600.0))
    assert "vehicles" not in {name for name, _, _ in events}


def test_it_ends_with_the_date(days):
    played = playback(days, at("23:00"), speed=600.0)
    events = play(played)
    assert events[-1][:2] == ("end", {"at_ms": END})
    assert [name for name, _, _ in events].count("end") == 1
    assert played.is_over


def test_from_the_end_on_there_is_only_the_state_and_the_end(days):
    played = playback(days, END, service_date=MONDAY)
    assert played.is_over
    assert [name for name, _, _ in play(played)] == ["state", "end"]


def test_until_the_last_millisecond_it_is_not_over(days):
    assert not playback(days, END - 1, service_date=MONDAY).is_over


def test_a_reader_that_comes_back_goes_on_where_it_had_come_to(days):
    *_, (_, _, event_id) = play(playback(days, at("07:00")), most=12)
    service_date, at_ms = resumed_at(event_id)
    assert at("07:00") < at_ms < at("07:12")
    _, document, _ = play(playback(days, at_ms, service_date=service_date), most=1)[0]
    assert (document["service_date"], document["at_ms"]) == (MONDAY.isoformat(), at_ms)


def test_an_id_tells_the_date_even_after_its_midnight(days):
    (_, document, event_id), *_ = play(
        playback(days, at("00:10", next_day()), service_date=MONDAY), most=1
    )
    assert document["service_date"] == MONDAY.isoformat()
    assert resumed_at(event_id) == (MONDAY, at("00:10", next_day()))


def test_an_instant_before_the_date_is_its_midnight(days):
    _, document, _ = play(playback(days, at("00:00") - 1, service_date=MONDAY), most=1)[0]
    assert document["at_ms"] == at("00:00")


@pytest.mark.parametrize(
    "event_id",
    [
        None, "", "test-5", "at.2022-03-28", "at.2022-03-28.", "at.2022-03-28.-5",
        "at.2022-02-30.5", "at.2022-3-28.5", "at.2022-03-28.123456789012345",
        "at.2022-03-28.5\n", " at.2022-03-28.5", "at.2022-03-28.５", "at.0000-01-01.5",
    ],
)  # fmt: skip
def test_an_id_of_another_stream_is_none_of_ours(event_id):
    assert resumed_at(event_id) is None
