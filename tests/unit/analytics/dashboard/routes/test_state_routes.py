import asyncio
import json
from urllib.parse import urlencode

import pytest

from analytics.dashboard.routes import state_routes as module
from analytics.dashboard.routes.app import make_app
from analytics.dashboard.routes.basemap import Basemap
from tests.fixtures.dashboards import client_of, log_in
from tests.fixtures.pmtiles_files import write_raster
from tests.fixtures.town import MONDAY, TRUCK, at, next_day

API = "/api/v1"
END = at("00:30", next_day())
"""Of Monday."""
LONG_S = 60.0
"""No stream of these tests goes on for so long unless it fails."""


def stream_of(dashboard, last_event_id=None, on_event=lambda _: None, **query):
    """Read an event stream to its end: its status, its headers and its text.

    `on_event` is told of every chunk, and may let the stream end.
    """
    headers = [(b"host", b"127.0.0.1:8080")]
    if last_event_id is not None:
        headers.append((b"last-event-id", last_event_id.encode()))
    scope = {
        "type": "http", "method": "GET", "scheme": "http", "http_version": "1.1",
        "path": f"{API}/events", "raw_path": b"", "query_string": urlencode(query).encode(),
        "root_path": "", "headers": headers, "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8080), "asgi": {"version": "3.0"},
    }  # fmt: skip
    messages = []

    async def receive():
        await asyncio.Event().wait()  # a reader that stays

    async def send(message):
        messages.append(message)
        if chunk := message.get("body"):
            on_event(chunk.decode())

    ends = asyncio.wait_for(make_app(dashboard)(scope, receive, send), LONG_S)
    asyncio.run(ends)
    told = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    text = b"".join(message.get("body", b"") for message in messages[1:]).decode()
    return messages[0]["status"], told, text


def names(text: str) -> list[str]:
    return [line.removeprefix("event: ") for line in text.split("\n") if line.startswith("event: ")]


def test_the_plan_is_told_with_its_streets_and_without_a_basemap(client):
    plan = client.get(f"{API}/plan").json()
    assert (plan["name"], plan["basemap"]) == ("town", None)
    assert [street["name"] for street in plan["grids"][0]["streets"]] == ["云中街", "支路"]


def test_the_plan_tells_of_the_basemap_below_it(own, tmp_path):
    own.basemap = Basemap(write_raster(tmp_path / "底图.pmtiles"))
    basemap = client_of(own).get(f"{API}/plan").json()["basemap"]
    assert (basemap["kind"], basemap["max_zoom"]) == ("raster", 1)


def test_streets_are_drawn_and_not_sent_again_to_who_has_them(client):
    streets = client.get(f"{API}/streets.geojson")
    assert streets.headers["content-type"] == "application/geo+json"
    assert len(streets.json()["features"]) == 2
    known = {"If-None-Match": f'"other", {streets.headers["etag"]}'}
    assert client.get(f"{API}/streets.geojson", headers=known).status_code == 304


def test_streets_of_what_is_no_date_are_not_drawn(client):
    answer = client.get(f"{API}/streets.geojson", params={"date": "2022-02-30"})
    assert answer.status_code == 422


def test_the_live_state_is_that_of_the_feed(client, finished):
    state = client.get(f"{API}/state").json()
    assert (state["live"], state["service_date"]) == (True, MONDAY.isoformat())
    assert state["at_ms"] == finished.feed.now_ms()
    assert state["log_sequence"] > 0
    assert {each["street"]: each["state"] for each in state["streets"]} == {
        "云中街": "served", "支路": "skipped",
    }  # fmt: skip


def test_pings_before_an_instant_are_what_the_time_machine_sees_there(client):
    seen = client.get(f"{API}/state", params={"at": at("07:00")}).json()
    assert (seen["live"], seen["at_ms"]) == (False, at("07:00"))
    assert {each["event_ms"] for each in seen["vehicles"]} == {at("06:59:50")}


def test_a_live_stream_begins_with_the_state_and_ends_with_the_server(own):
    def end(chunk):
        if "event: state" in chunk:
            own.feed.history.close()

    status, headers, text = stream_of(own, on_event=end)
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
    assert text.startswith("retry: 1000\n\nid: test-0\nevent: state\n")
    assert names(text) == ["state"]


def test_what_happens_while_one_reads_is_told_after_the_state(own):
    def go_on(chunk):
        if "event: state" in chunk:
            own.feed.history.publish([("streets", [1]), ("clock", 2)])
        if "event: clock" in chunk:
            own.feed.history.close()

    _, _, text = stream_of(own, on_event=go_on)
    assert names(text) == ["state", "streets", "clock"]


def test_a_reader_that_comes_back_gets_what_it_missed_and_no_state(own):
    own.feed.history.publish([("clock", 1), ("clock", 2), ("clock", 3)])
    _, _, text = stream_of(own, "test-1", lambda chunk: chunk[:2] == "id" and close(own))
    assert [line for line in text.split("\n") if line.startswith("id: ")] == [
        "id: test-2", "id: test-3",
    ]  # fmt: skip
    assert names(text) == ["clock", "clock"]


def close(dashboard) -> None:
    dashboard.feed.history.close()


def test_a_reader_of_a_server_before_this_one_gets_the_state(own):
    own.feed.history.publish([("clock", 1)])
    _, _, text = stream_of(own, "other-1", lambda chunk: chunk[:2] == "id" and close(own))
    assert names(text) == ["state"]


def test_a_reader_to_whom_nothing_happens_is_kept_with_a_comment(own, monkeypatch):
    monkeypatch.setattr(module, "KEEP_ALIVE_S", 0.0)
    _, _, text = stream_of(own, on_event=lambda chunk: chunk[:1] == ":" and close(own))
    assert text.endswith("\n\n: nothing new\n\n")
    assert names(text) == ["state"]


def test_the_time_machine_ends_with_the_date(finished):
    status, _, text = stream_of(finished, f"at.{MONDAY}.{END - 1}", at=at("07:00"), speed=600)
    assert (status, text[:7]) == (200, "retry: ")
    assert (names(text)[0], names(text)[-1]) == ("state", "end")
    assert f"id: at.{MONDAY}.{END}\nevent: end\n" in text


def test_the_time_machine_begins_at_the_instant_asked_for(own):
    _, _, text = stream_of(
        own, None, lambda chunk: chunk[:2] == "id" and close(own), at=at("07:06")
    )
    state = json.loads(text.split("data: ")[1].partition("\n")[0])
    assert (state["live"], state["at_ms"]) == (False, at("07:06"))


def test_who_has_seen_the_end_is_not_to_come_back(finished):
    status, _, text = stream_of(finished, f"at.{MONDAY}.{END}", at=at("07:00"))
    assert (status, text) == (204, "")


def test_the_time_machine_ends_with_the_server_too(own):
    close(own)
    _, _, text = stream_of(own, at=at("07:00"))
    assert names(text) == []


def test_no_more_time_machines_run_than_may(own, monkeypatch):
    monkeypatch.setattr(module, "MOST_PLAYBACKS", 0)
    close(own)
    answer = client_of(own).get(f"{API}/events", params={"at": at("07:00")})
    assert (answer.status_code, answer.json()["detail"]) == (429, "0 time machines run already")


def test_no_more_pages_are_open_than_may(own, monkeypatch):
    monkeypatch.setattr(module, "MOST_STREAMS", 0)
    close(own)
    answer = client_of(own).get(f"{API}/events")
    assert (answer.status_code, answer.json()["detail"]) == (429, "too many pages are open")


@pytest.mark.parametrize("query", [{}, {"at": at("07:00")}])
def test_a_stream_that_has_ended_makes_room_for_another(own, monkeypatch, query):
    monkeypatch.setattr(module, "MOST_PLAYBACKS", 1)
    monkeypatch.setattr(module, "MOST_STREAMS", 1)
    close(own)
    client = client_of(own)
    codes = [client.get(f"{API}/events", params=query).status_code for _ in range(3)]
    assert codes == [200, 200, 200]


@pytest.mark.parametrize("speed", ["0.9", "601", "nan", "fast"])
def test_the_time_machine_plays_at_1_to_600_times_the_pace(own, speed):
    close(own)
    answer = client_of(own).get(f"{API}/events", params={"at": at("07:00"), "speed": speed})
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["plan", "streets.geojson", "state", "events"])
def test_with_users_nobody_looks_without_a_login(guarded, path):
    assert client_of(guarded).get(f"{API}/{path}").status_code == 401


def test_a_viewer_sees_the_state(guarded):
    client = client_of(guarded)
    log_in(client, "viewer")
    vehicles = client.get(f"{API}/state").json()["vehicles"]
    assert [each["id"] for each in vehicles] == [TRUCK, "晋B2"]
