"""Who may do what on the live page, on real databases."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from analytics.dashboard.access.users import Role, Users
from analytics.dashboard.routes.app import make_app
from analytics.dashboard.routes.basemap import Basemap
from ingest.log.pinglog import open_log
from pingcheng import app as pingcheng
from tests.fixtures.dashboards import (
    HOME,
    PASSWORD,
    QUICK,
    TOWN_PLAN,
    add_alert,
    add_users,
    client_of,
    dashboard_on,
    log_in,
    write_town,
)
from tests.fixtures.pmtiles_files import write_raster
from tests.fixtures.shown_city import instant

GRID, STREET, WINDOW = "JY01", "云中街", "07:00-10:00"
TRUCK = "晋BQ0384"
LOOKS = {
    "plan": {},
    "streets.geojson": {},
    "state": {},
    "dates": {},
    f"grids/{GRID}": {},
    f"vehicles/{TRUCK}": {"from_ms": instant("08:00"), "to_ms": instant("09:00")},
    "evidence": {"grid": GRID, "window": WINDOW, "street": STREET},
    "evidence/events": {"grid": GRID, "window": WINDOW, "street": STREET},
    "search": {"q": "yzj"},
    "alerts": {},
    "basemap/1/0/0": {},
    "tiles/streets/14/13348/6197.mvt": {},
}
BOARD = {
    "board/about": {},
    "board/streets": {"q": "yzj"},
    "board/street": {"grid": GRID, "street": STREET},
}


@pytest.fixture(scope="module")
def town_log(tmp_path_factory):
    """A log of the town, to be copied."""
    path = tmp_path_factory.mktemp("town") / "pings.db"
    with open_log(f"sqlite:///{path}") as log:
        write_town(log)
    return path


@contextmanager
def dashboard_in(folder, town_log):
    copy = folder / "pings.db"
    copy.write_bytes(town_log.read_bytes())
    with dashboard_on(f"sqlite:///{copy}") as made:
        made.basemap = Basemap(write_raster(folder / "ground.pmtiles"))
        yield made


@pytest.fixture
def dashboard(town_log, tmp_path):
    """One whose users, guesses and alerts are a test's own."""
    with dashboard_in(tmp_path, town_log) as made:
        yield made


@pytest.fixture(scope="module")
def guarded_app(town_log, tmp_path_factory):
    """The application with users and an alert, for all that may share it: it is slow to make."""
    with dashboard_in(tmp_path_factory.mktemp("page"), town_log) as made:
        add_users(made)
        yield make_app(made), add_alert(made.log)


@pytest.fixture(scope="module")
def open_app(town_log, tmp_path_factory):
    """The application without users."""
    with dashboard_in(tmp_path_factory.mktemp("open"), town_log) as made:
        yield make_app(made)


def visitor_of(app, address="127.0.0.1", base_url=HOME):
    """A browser of its own."""
    return TestClient(app, base_url=base_url, client=(address, 50_000))


@pytest.mark.parametrize("role", [None, *Role])
def test_whoever_is_logged_in_may_look_and_nobody_else(guarded_app, role):
    client = visitor_of(guarded_app[0])
    if role is not None:
        log_in(client, role.value)
    for path, query in LOOKS.items():
        answer = client.get(f"/api/v1/{path}", params=query)
        assert answer.status_code == (401 if role is None else 200), f"{path} {answer.text}"
        if role is None:
            assert set(answer.json()) == {"detail"}


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize(
    ("method", "path", "least"),
    [
        ("POST", "alerts/{alert}/acknowledge", Role.OPERATOR),
        ("GET", "audit", Role.ADMIN),
        ("POST", "logout", Role.VIEWER),
    ],
)
def test_what_changes_something_needs_its_role(guarded_app, role, method, path, least):
    app, alert = guarded_app
    client, headers = visitor_of(app), {}
    if role is not None:
        headers["X-CSRF-Token"] = log_in(client, role.value)
    answer = client.request(method, f"/api/v1/{path.format(alert=alert)}", headers=headers)
    allowed = role is not None and role.includes(least)
    assert answer.status_code == (200 if allowed else 401 if role is None else 403), answer.text


@pytest.mark.parametrize("role", [None, *Role])
def test_the_board_is_for_everyone(guarded_app, role):
    client = visitor_of(guarded_app[0], address="203.0.113.9", base_url="http://fleet.example")
    if role is not None:
        log_in(client, role.value)
    for path, query in BOARD.items():
        assert client.get(f"/api/v1/{path}", params=query).status_code == 200


def test_every_route_is_in_one_of_these_lists(guarded_app):
    paths = visitor_of(guarded_app[0]).get("/api/v1/openapi.json").json()["paths"]
    known = {*LOOKS, *BOARD, "session", "login", "logout", "events", "audit", "board/reports"}
    known |= {"grids/{id}", "vehicles/{id}", "alerts/{id}/acknowledge", "basemap/{zoom}/{x}/{y}"}
    known |= {"tiles/streets/{zoom}/{x}/{y}.mvt"}
    assert {path.removeprefix("/api/v1/") for path in paths} <= known


def test_an_event_stream_needs_a_login(guarded_app):
    client = visitor_of(guarded_app[0])
    assert client.get("/api/v1/events").status_code == 401
    at = {"at": instant("09:00"), "speed": 60}
    assert client.get("/api/v1/events", params=at).status_code == 401


def test_without_its_csrf_token_nothing_is_changed(dashboard):
    add_users(dashboard)
    client, number = client_of(dashboard), add_alert(dashboard.log)
    log_in(client, "admin")
    for token in (None, "", "wrong", "х"):
        headers = {} if token is None else {"X-CSRF-Token": token.encode("utf-8")}
        answer = client.post(f"/api/v1/alerts/{number}/acknowledge", headers=headers)
        assert answer.status_code == 403, token
        assert client.get("/api/v1/alerts").json()[0]["acknowledged_by"] is None, token


def test_without_users_a_csrf_token_is_asked_for_all_the_same(dashboard):
    client, number = client_of(dashboard), add_alert(dashboard.log)
    assert client.post(f"/api/v1/alerts/{number}/acknowledge").status_code == 403
    session = client.get("/api/v1/session").json()
    assert (session["role"], session["login_required"]) == ("operator", False)
    headers = {"X-CSRF-Token": session["csrf"]}
    answer = client.post(f"/api/v1/alerts/{number}/acknowledge", headers=headers)
    assert answer.json()["acknowledged_by"] == "operations"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[bad"},
    ],
)
def test_what_another_site_sends_is_refused(open_app, headers):
    client = visitor_of(open_app)
    for path in ("login", "board/reports", "logout"):
        answer = client.post(f"/api/v1/{path}", headers=headers, json={})
        assert (answer.status_code, answer.json()) == (403, {"detail": "another site sent this"})


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": HOME}, {}])
def test_what_our_page_or_a_program_sends_is_not(open_app, headers):
    report = {"grid": GRID, "street": STREET}
    answer = visitor_of(open_app).post("/api/v1/board/reports", headers=headers, json=report)
    assert answer.status_code == 200


def test_only_the_hash_of_a_token_is_stored(dashboard):
    add_users(dashboard)
    client = client_of(dashboard)
    log_in(client, "viewer")
    token = client.cookies["pingcheng_session"]
    with dashboard.log.transaction(write=False) as connection:
        stored = str(connection.exec_driver_sql("SELECT * FROM sessions").all())
        passwords = str(connection.exec_driver_sql("SELECT * FROM users").all())
    assert token not in stored
    assert PASSWORD not in passwords
    assert "$argon2id$" in passwords


def test_wrong_passwords_are_refused_ever_more_slowly_and_the_right_one_with_them(dashboard):
    add_users(dashboard)
    client = client_of(dashboard)
    wrong = {"name": "admin", "password": "wrong password"}
    codes = [client.post("/api/v1/login", json=wrong).status_code for _ in range(6)]
    assert codes == [401, 401, 401, 401, 401, 429]
    right = {"name": "admin", "password": PASSWORD}
    locked = client.post("/api/v1/login", json=right)
    assert locked.status_code == 429
    assert int(locked.headers["retry-after"]) > 10
    log_in(client, "viewer")  # others are not


def test_an_unknown_user_is_refused_in_the_same_words(dashboard):
    add_users(dashboard)
    client = client_of(dashboard)
    answers = [
        client.post("/api/v1/login", json={"name": name, "password": "wrong password"})
        for name in ("admin", "nobody", "a\0b")
    ]
    assert {(each.status_code, each.text) for each in answers} == {(401, answers[0].text)}
    half = client.post(
        "/api/v1/login", content=b'{"name": "\\ud800", "password": "wrong password"}'
    )
    assert half.status_code in {401, 422}


# --- on both kinds of database


def test_the_commands_read_a_password_from_stdin_and_never_show_it(database_url):
    runner = CliRunner()

    def run(*words, stdin=None):
        return runner.invoke(pingcheng, ["user", *words, "--database", database_url], input=stdin)

    added = run("add", "值班员", "--role", "operator", stdin=f"{PASSWORD}\n")
    assert (added.exit_code, added.stdout) == (0, "added 值班员, operator\n")
    assert run("list").stdout == "operator  值班员\n"
    assert run("password", "值班员", stdin="another password\n").exit_code == 0
    with open_log(database_url) as log:
        assert Users(log, lambda: 0, QUICK).check("值班员", "another password") is not None
    short = run("add", "b", stdin="short\n")
    assert (short.exit_code, short.stderr) == (1, "error: a password has 10 to 256 characters\n")
    assert run("add", "b", "--role", "king", stdin=f"{PASSWORD}\n").exit_code == 2
    assert run("remove", "值班员").exit_code == 0
    again = run("remove", "值班员")
    assert (again.exit_code, "no user 值班员" in again.stderr) == (1, True)


def test_a_plate_in_a_plan_with_contacts_shows_no_contact(dashboard):
    plan = TOWN_PLAN
    secret = "13800000000"
    operators = tuple(replace(each, contact=secret) for each in plan.operators)
    dashboard.feed.plan = replace(plan, operators=operators)
    client = client_of(dashboard)
    for path, query in {**LOOKS, **BOARD}.items():
        assert secret not in client.get(f"/api/v1/{path}", params=query).text
