"""One viewer, one hung database or a crowd of idle connections does not stop the others."""

import os
import resource
import sqlite3
import threading
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from analytics.dashboard.access import sessions as sessions_module
from analytics.dashboard.access.users import Role, Users
from analytics.dashboard.routes import state_routes
from analytics.dashboard.state.stored_days import StoredDays
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import (
    PASSWORD,
    QUICK,
    Events,
    add_users,
    dashboard_on,
    serving,
    write_town,
)
from tests.fixtures.mqtt import until as wait_until
from tests.fixtures.pmtiles_files import write_raster, write_vector
from tests.fixtures.served_processes import Process, write_town_plan
from tests.fixtures.town import at
from tests.fixtures.web_clients import api, ask, drop, held, log_in
from tests.servers.postgres import HOST, USER, need_postgres, postgres

REAL_AGAIN_S, REAL_FRESH_MS = state_routes.AGAIN_S, sessions_module.FRESH_MS
MANY_DROPPED = 150
CROWD = 1_100
FEW_FILES = ("sh", "-c", 'ulimit -n 1024; exec "$@"', "sh")
"""What Linux allows a process by default."""


@pytest.fixture
def crowded():
    """Lets these tests themselves have a crowd of connections."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], 2 * CROWD), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture(scope="module")
def one_page(tmp_path_factory):
    """A page that is a process of its own, for all that leave it as it was."""
    folder = tmp_path_factory.mktemp("served")
    url = f"sqlite:///{folder / 'pings.db'}"
    options = ["--plan", write_town_plan(folder), "--database", url, "--port", "0"]
    with Process(*options, before=FEW_FILES) as process:
        yield process, process.url()


@pytest.fixture
def served(one_page):
    """The URL of that page, which no test may bring to its end."""
    process, url = one_page
    yield url
    assert process.process.poll() is None


def cookie_of(url, name):
    return log_in(url, name, PASSWORD)


@contextmanager
def stuck(monkeypatch):
    """Whoever computes a past state is stuck until the end; gives the instants begun."""
    begun, gate, begin = [], threading.Event(), StoredDays.begin

    def stuck_begin(days, service_date, at_ms, *more):
        begun.append(at_ms)
        if at_ms != at("07:06"):
            gate.wait()
        return begin(days, service_date, at_ms, *more)

    monkeypatch.setattr(StoredDays, "begin", stuck_begin)
    try:
        yield begun
    finally:
        gate.set()


def test_a_viewer_who_asks_and_leaves_again_and_again_does_not_stop_the_others(
    database_url, monkeypatch
):
    with dashboard_on(database_url) as dashboard:
        write_town(dashboard.log)
        add_users(dashboard)
        with serving(dashboard) as url:
            greedy, other = cookie_of(url, "viewer"), cookie_of(url, "operator")
            with stuck(monkeypatch) as begun:
                for number in range(MANY_DROPPED):
                    drop(url, f"/api/v1/state?at={at('08:00') + 1000 * number}", **greedy)
                wait_until(lambda: begun)
                assert ask(url, "/healthz")[0] == 200
                assert ask(url, "/")[0] == 200
                assert api(url, "state", **other)[0] == 200
                status, past = api(url, f"state?at={at('07:06')}", **other)
                assert (status, past["at_ms"]) == (200, at("07:06"))
            wait_until(lambda: api(url, f"state?at={at('07:06')}", **greedy)[0] == 200)
            assert len(begun) < 20, "what nobody waits for any more is computed all the same"


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("half", [b"", b"GET /api/v1/state HTTP/1.1\r\nHost: 127.0.0.1\r\nX-"])
def test_a_crowd_of_connections_that_ask_nothing_does_not_keep_others_out(served, half):
    with held(served, CROWD, half):
        assert ask(served, "/healthz")[0] == 200
        assert api(served, "state")[0] == 200


def test_connections_that_send_half_a_request_are_ended(served):
    begun = b"GET /api/v1/state HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    with held(served, 3, begun) as connections:
        for each in connections:
            assert each.recv(1) == b""  # within the patience of the socket


def test_a_body_that_never_comes_is_not_waited_for(served):
    raw = (
        b"POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: 50\r\n\r\n{"
    )
    with held(served, 1, raw) as (connection,):
        assert connection.recv(100).startswith(b"HTTP/1.1 408")


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory):
    """The URL of a page, and the PostgreSQL of its own that it is on."""
    need_postgres()
    plan = write_town_plan(tmp_path_factory.mktemp("halted"))
    with postgres() as server:
        url = server.new_database()
        with open_log(url) as log:
            Users(log, lambda: 0, QUICK).add("viewer", PASSWORD, Role.VIEWER)
        with Process("--plan", plan, "--database", url, "--port", "0") as process:
            yield process.url(), server
            assert process.end()[0] == 0


@pytest.fixture
def halted(on_postgresql):
    """A page whose PostgreSQL can be halted: its URL, the server, and a session of a viewer."""
    page, server = on_postgresql
    yield page, server, cookie_of(page, "viewer")
    server.resume()
    wait_until(lambda: ask(page, "/healthz")[0] == 200)


BOARD = (
    "board/about",
    "board/streets?q=yzj",
    "board/street?grid=JY01&street=%E4%BA%91%E4%B8%AD%E8%A1%97",
)


def test_while_postgresql_hangs_the_page_the_board_and_health_are_answered(halted):
    url, server, viewer = halted
    assert api(url, "state", **viewer)[0] == 200
    server.pause()
    wait_until(lambda: ask(url, "/healthz")[0] == 503)
    asking = [
        threading.Thread(target=ask, args=(url, f"/api/v1/{path}"), kwargs=viewer, daemon=True)
        for path in ("dates", "alerts", f"state?at={at('08:00')}", "audit") * 10
    ]
    for each in asking:
        each.start()
    for _ in range(3):
        for path in ("/", "/board", "/static/app.js"):
            assert ask(url, path)[0] == 200
        for path in BOARD:
            assert api(url, path)[0] == 200
        assert ask(url, "/healthz") == (503, b'{"status":"unhealthy"}')
        assert api(url, "state", **viewer)[0] == 200  # of who was let in before
        assert api(url, "dates", **viewer)[0] in {429, 503}
        assert api(url, "state", Cookie="pingcheng_session=unknown")[0] == 503
    for each in asking:
        each.join(60)
        assert not each.is_alive()
    server.resume()
    wait_until(lambda: ask(url, "/healthz")[0] == 200)
    wait_until(lambda: api(url, "dates", **viewer)[0] == 200)


@pytest.mark.parametrize("table", ["users", "sessions"])
def test_a_table_that_is_locked_for_long_shuts_nobody_out_who_is_in(halted, table):
    url, server, viewer = halted
    with psycopg.connect(host=HOST, port=server.port, user=USER, dbname="pings_1") as owner:
        owner.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        for _ in range(8):
            assert api(url, "state", **viewer)[0] == 200
            assert ask(url, "/healthz")[0] == 200
            assert ask(url, "/")[0] == 200


def test_who_holds_the_lock_of_a_sqlite_file_keeps_nobody_from_reading_or_logging_in(
    tmp_path, monkeypatch
):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with dashboard_on(url) as dashboard:
        write_town(dashboard.log)
        add_users(dashboard)
        with serving(dashboard) as page:
            before = cookie_of(page, "viewer")
            monkeypatch.setattr(sessions_module, "FRESH_MS", 0)
            monkeypatch.setattr(sessions_module, "SEEN_STEP_MS", 0)
            writer = sqlite3.connect(tmp_path / "pings.db", isolation_level=None)
            writer.execute("BEGIN IMMEDIATE")
            during = cookie_of(page, "operator")
            for each in (before, during):
                for path in ("state", "dates", "alerts"):
                    assert api(page, path, **each)[0] == 200
            writer.execute("COMMIT")
            writer.close()
            wait_until(lambda: dashboard.behind.waiting == 0)
            # all of it is written by now, as another server sees it
            with dashboard_on(url) as other, serving(other) as elsewhere:
                assert api(elsewhere, "state", **during)[0] == 200
            assert [each["user_name"] for each in dashboard.access.audit.latest(9)] == [
                "operator", "viewer",
            ]  # fmt: skip


def test_a_session_that_is_revoked_loses_its_stream(database_url, monkeypatch):
    monkeypatch.setattr(state_routes, "AGAIN_S", 0.2)
    monkeypatch.setattr(sessions_module, "FRESH_MS", 100)
    with dashboard_on(database_url) as dashboard:
        add_users(dashboard)
        with serving(dashboard) as url:
            cookie = cookie_of(url, "viewer")
            for query in ("", f"?at={at('07:06')}&speed=1"):
                cookie = cookie_of(url, "viewer")
                with Events(f"{url}/events{query}", headers=cookie) as events:
                    events.wait_for("state")
                    dashboard.access.users.set_password("viewer", PASSWORD)
                    for _ in events:
                        pass  # to its end, which comes
    assert state_routes.KEEP_ALIVE_S + REAL_AGAIN_S + REAL_FRESH_MS / 1000 < 60


def test_streams_of_one_user_leave_room_for_others(tmp_path, monkeypatch):
    monkeypatch.setattr(state_routes, "MOST_STREAMS_EACH", 3)
    with dashboard_on(f"sqlite:///{tmp_path / 'pings.db'}") as dashboard:
        add_users(dashboard)
        with serving(dashboard) as url, ExitStack() as stack:
            for _ in range(3):  # each in a session of its own
                greedy = cookie_of(url, "viewer")
                stack.enter_context(Events(f"{url}/events", headers=greedy)).wait_for("state")
            status, refusal = api(url, "events", **greedy)
            assert (status, refusal["detail"]) == (429, "you have 3 pages open already")
            other = cookie_of(url, "operator")
            stack.enter_context(Events(f"{url}/events", headers=other)).wait_for("state")


def test_a_basemap_that_is_missing_broken_or_replaced_in_place_ends_no_page(plan_file, tmp_path):
    ground = tmp_path / "底图.pmtiles"
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    options = ["--plan", plan_file, "--database", url, "--port", "0", "--basemap", str(ground)]
    with Process(*options) as process:
        page = process.url()
        assert api(page, "plan")[1]["basemap"] is None
        write_raster(ground, last_zoom=4)
        assert api(page, "plan")[1]["basemap"]["kind"] == "raster"
        assert ask(page, "/api/v1/basemap/4/3/3")[0] == 200
        os.truncate(ground, 200)
        assert ask(page, "/api/v1/basemap/4/3/3")[0] == 204
        write_vector(ground)  # over it, in place
        assert ask(page, "/api/v1/basemap/1/0/0")[0] == 200
        assert api(page, "plan")[1]["basemap"]["kind"] == "vector"
        code, said = process.end()
    assert code == 0
    assert "the basemap cannot be read" in said
