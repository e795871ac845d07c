import asyncio
import threading

import pytest

from analytics.dashboard.state import event_history
from analytics.dashboard.state.event_history import EventHistory, encode_event


def test_an_event_is_one_block_whatever_its_text_says():
    text = encode_event("alerts", {"text": "a\nevent: b\r\n\r\ndata: <script>"}, "ab-1")
    assert text.count(b"\n") == 4
    assert text.startswith(b"id: ab-1\nevent: alerts\ndata: ")


def test_a_reader_resumes_after_the_last_event_it_got():
    history = EventHistory("ab")
    history.publish([("clock", 1), ("clock", 2)])
    number = history.number_of("ab-1")
    assert number == 1
    events, last = history.since(number)
    assert (len(events), last) == (1, 2)
    assert b"data: 2" in events[0]
    assert history.since(2) == ([], 2)


@pytest.mark.parametrize(
    "event_id", ["", "ab", "ab-", "ab-3", "cd-1", "ab--1", "ab-１", "ab-1e9", "-"]
)
def test_ids_of_other_histories_and_nonsense_are_none_of_ours(event_id):
    history = EventHistory("ab")
    history.publish([("clock", 1), ("clock", 2)])
    assert history.number_of(event_id) is None


def test_what_is_too_long_ago_is_gone(monkeypatch):
    monkeypatch.setattr(event_history, "MOST_EVENTS", 3)
    history = EventHistory("ab")
    history.publish([("clock", number) for number in range(5)])
    assert history.since(1) is None
    assert len(history.since(2)[0]) == 3


def test_large_events_push_out_more(monkeypatch):
    monkeypatch.setattr(event_history, "MOST_BYTES", 1000)
    history = EventHistory("ab")
    history.publish([("state", "x" * 600)])
    history.publish([("state", "x" * 600)])
    assert history.since(0) is None
    assert len(history.since(1)[0]) == 1


def test_a_reader_that_waits_is_woken_by_an_event_of_another_thread_and_by_the_end():
    history = EventHistory("ab")

    async def wait_for(act):
        waiting = asyncio.create_task(history.wait(history.last, 60))
        await asyncio.sleep(0)
        threading.Thread(target=act).start()
        return await waiting

    assert asyncio.run(wait_for(lambda: history.publish([("clock", 1)])))
    assert asyncio.run(wait_for(history.close))
    assert history.closed


def test_a_reader_waits_no_longer_than_it_wants():
    assert not asyncio.run(EventHistory("ab").wait(0, 0.01))
