import asyncio
import gzip
from contextlib import suppress

import pytest

from analytics.dashboard.access.security import MOST_BODY
from analytics.dashboard.documents.documents import ClockDoc
from ingest.fault import LogError
from tests.fixtures.dashboards import HOME, add_alert, client_of, log_in
from tests.fixtures.town import at

API = "/api/v1"


@pytest.mark.parametrize("path", ["/", "/board", "/static/app.js", "/static/style.css"])
def test_the_page_the_board_and_their_files_are_given(client, path):
    answer = client.get(path)
    assert (answer.status_code, len(answer.content) > 100) == (200, True)


@pytest.mark.parametrize("path", ["/nothing", "/static/absent.js", f"{API}/absent", "/docs"])
def test_what_there_is_not_is_told_as_a_document(client, path):
    answer = client.get(path)
    assert (answer.status_code, set(answer.json())) == (404, {"detail"})


def test_the_interface_describes_itself_for_machines(client):
    paths = client.get(f"{API}/openapi.json").json()["paths"]
    assert all(path.startswith(f"{API}/") for path in paths)
    assert {f"{API}/state", f"{API}/alerts/{{id}}/acknowledge", f"{API}/board/street"} <= set(paths)


def test_long_text_is_compressed_for_those_who_can_read_it(client):
    answer = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    plain = client.get("/", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text


def test_a_file_that_a_browser_knows_is_not_sent_again(client):
    tag = client.get("/").headers["etag"]
    again = client.get("/", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("state?at=x", "query.at"),
        ("state?at=1", "query.at"),
        ("plan?date=2022-02-30", "2022-02-30 is no date"),
        ("plan?date=1999-01-01", "query.date"),
        (f"search?q={'x' * 101}", "query.q"),
        ("events?at=1648432000000&speed=601", "query.speed"),
        ("vehicles/晋B2?from_ms=1648432000000&to_ms=1648432000000", "48 hours"),
        ("vehicles/晋B2?from_ms=1&to_ms=2", "query.from_ms: Input should be greater"),
        ("vehicles/晋B2?from_ms=1&to_ms=2", "; query.to_ms: "),
    ],
)
def test_values_out_of_bounds_are_told_in_a_line(client, path, told):
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b'{"grid": "JY01"}', 422),
        (b'{"grid": 1, "street": "x"}', 422),
        (b'{"grid": "JY01", "street": "x", "more": 1}', 422),
        (b" " * (MOST_BODY + 1), 413),
        (b'{"grid": "JY01", "street": "absent"}', 404),
        (gzip.compress(b"{}", mtime=0), 400),
    ],
)
def test_bodies_that_cannot_be_used_are_refused(client, body, code):
    answer = client.post(
        f"{API}/board/reports", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == code, answer.text
    assert set(answer.json()) == {"detail"}


def test_a_database_that_is_away_is_told_without_its_address(finished, monkeypatch):
    def away(*_, **__):
        raise LogError("postgresql://user:secret@host is away")

    monkeypatch.setattr(finished.log, "read_pings", away)
    path = f"{API}/vehicles/晋B2?from_ms={at('07:00')}&to_ms={at('08:00')}"
    answer = client_of(finished).get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json() == {"detail": "the database is away; try again"}


@pytest.mark.parametrize(
    ("age_s", "code", "status"),
    [(0.0, 200, "ok"), (9.9, 200, "ok"), (10.0, 503, "unhealthy"), (None, 200, "ok")],
)
def test_it_is_healthy_while_the_log_can_be_read(finished, monkeypatch, age_s, code, status):
    clock = ClockDoc(
        now_ms=at("12:00"), log_ms=None, log_age_s=age_s, streets_fault=None, plan_refused=False
    )
    monkeypatch.setattr(finished.feed, "clock", lambda: clock)
    answer = client_of(finished).get("/healthz")
    assert (answer.status_code, answer.json()) == (code, {"status": status})


@pytest.mark.parametrize(
    ("address", "base_url"),
    [("203.0.113.9", HOME), ("127.0.0.1", "http://rebound.example"), ("", HOME)],
)
def test_without_users_only_this_machine_is_answered(finished, address, base_url):
    client = client_of(finished, address, base_url)
    for path in ("/", "/board", f"{API}/state", f"{API}/board/streets?q=y"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "pingcheng user add" in answer.json()["detail"]


def test_with_users_others_get_the_page_too_and_log_in_there(guarded):
    client = client_of(guarded, "203.0.113.9", "http://fleet.example")
    assert client.get("/").status_code == 200
    assert client.get(f"{API}/state").status_code == 401


def test_no_request_asks_the_database_on_the_loop_that_answers(guarded, monkeypatch):
    transaction, asked = guarded.log.transaction, []

    def watched(**how):
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            pytest.fail("it was asked on the loop")
        asked.append(how)
        return transaction(**how)

    monkeypatch.setattr(guarded.log, "transaction", watched)
    client, number = client_of(guarded), add_alert(guarded.log)
    own = {"X-CSRF-Token": log_in(client, "admin")}
    guarded.access.sessions._known.clear()
    guarded.access._has_users = None
    looks = [
        "session", "plan", "streets.geojson", "state", f"state?at={at('08:00')}", "dates", "alerts",
        "grids/JY01", f"grids/JY01?at={at('08:00')}", "search?q=y", "audit", "board/about",
        "board/streets?q=y", "board/street?grid=JY01&street=云中街",
        f"vehicles/晋B2?from_ms={at('07:00')}&to_ms={at('08:00')}",
        f"evidence?grid=JY01&window=07:00-10:00&street=云中街&at={at('08:00')}",
    ]  # fmt: skip
    for path in looks:
        assert client.get(f"{API}/{path}").status_code == 200, path
    report = {"grid": "JY01", "street": "云中街"}
    assert client.post(f"{API}/board/reports", json=report).status_code == 200
    assert client.post(f"{API}/alerts/{number}/acknowledge", headers=own).status_code == 200
    assert client.post(f"{API}/logout", headers=own).status_code == 200
    assert len(asked) > 10
