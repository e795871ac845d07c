"""Who reaches the live page and what keeps them out: proxies, hosts, guesses, devices."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from urllib.parse import urlsplit

import pytest

from analytics.dashboard.board.resident_reports import ResidentReports, reports_of
from analytics.dashboard.serving import serving as serving_module
from analytics.dashboard.serving.serving import Wishes, serve_log
from ingest.fault import SettingError
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import (
    PASSWORD,
    TOWN_PLAN,
    add_users,
    client_of,
    dashboard_on,
    serving,
)
from tests.fixtures.served_processes import Process
from tests.fixtures.web_clients import PATIENCE_S, api, send

WRONG = {"name": "admin", "password": "wrong password"}
RIGHT = {"name": "admin", "password": PASSWORD}


def raw(url, lines):
    """Send a request as it stands here; give the status and the answer."""
    text = "\r\n".join([*lines, "Connection: close", "", ""])
    with send(url, text.encode()) as connection:
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    return int(answer.split()[1]), answer


def post(url, path, body, **headers):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
    try:
        told = {"Content-Type": "application/json", **headers}
        connection.request("POST", f"/api/v1/{path}", json.dumps(body), told)
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


@pytest.fixture(scope="module")
def open_page(tmp_path_factory):
    """The URL of a page without users."""
    url = f"sqlite:///{tmp_path_factory.mktemp('open') / 'pings.db'}"
    with dashboard_on(url) as made, serving(made) as page:
        yield page


@pytest.fixture(scope="module")
def guarded_page(tmp_path_factory):
    """The URL of a page with users."""
    url = f"sqlite:///{tmp_path_factory.mktemp('guarded') / 'pings.db'}"
    with dashboard_on(url) as made:
        add_users(made)
        with serving(made) as page:
            yield page


@pytest.mark.parametrize(
    "lines",
    [
        # nginx as it comes: HTTP/1.0, its own name for the host, and not a word of whom it asks for
        ["GET /api/v1/state HTTP/1.0", "Host: {host}", "Accept: */*"],
        ["GET /api/v1/state HTTP/1.1", "Host: {host}", "X-Forwarded-For: 203.0.113.9"],
        ["GET /api/v1/state HTTP/1.1", "Host: {host}", "X-Real-IP: 127.0.0.1"],
        ["GET /api/v1/state HTTP/1.1", "Host: {host}", "Forwarded: for=127.0.0.1"],
        ["GET /api/v1/state HTTP/1.1", "Host: {host}", "Via: 1.1 proxy"],
        ["GET /api/v1/state HTTP/1.1", "Host: fleet.example"],
        ["GET /api/v1/state HTTP/1.1", "Host: {host}", "Referer: https://fleet.example/"],
    ],
)
def test_without_users_what_a_proxy_hands_on_is_not_answered(open_page, lines):
    assert api(open_page, "state")[0] == 200
    host = urlsplit(open_page).netloc
    status, answer = raw(open_page, [line.format(host=host) for line in lines])
    assert status == 403
    assert b"--open" in answer


@pytest.mark.parametrize(
    ("host", "proxies", "told"),
    [("0.0.0.0", (), "--host 0.0.0.0"), ("127.0.0.1", ("10.0.0.5",), "--proxy 10.0.0.5")],
)
def test_where_others_can_reach_it_there_must_be_users(tmp_path, host, proxies, told):
    wishes = Wishes(host, 0, proxies=proxies)
    with (
        open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log,
        pytest.raises(SettingError, match=f"{told}: .*--open"),
    ):
        serve_log(log, TOWN_PLAN, wishes, pytest.fail)


def test_where_others_can_reach_it_everybody_may_look_if_it_is_said_to_be_open(plan_file, tmp_path):
    options = ["--plan", plan_file, "--database", f"sqlite:///{tmp_path / 'pings.db'}"]
    options += ["--port", "0", "--host", "0.0.0.0", "--proxy", "10.0.0.5"]
    with Process(*options, "--open") as process:
        url = process.url().replace("0.0.0.0", "127.0.0.1")
        status, session = api(url, "session", Host="fleet.example")
        assert (status, session["role"]) == (200, "viewer")  # they look, and change nothing
        refused = post(url, "alerts/1/acknowledge", {}, **{"X-CSRF-Token": session["csrf"]})
        assert refused.status == 403


def test_behind_a_proxy_that_is_named_rates_are_those_of_who_asks(tmp_path):
    with dashboard_on(f"sqlite:///{tmp_path / 'pings.db'}") as made:
        add_users(made)
        with serving(made, proxies=["127.0.0.0/8"]) as url:
            codes = {
                address: [
                    post(url, "login", WRONG, **{"X-Forwarded-For": address}).status
                    for _ in range(6)
                ]
                for address in ("203.0.113.9", "6.6.6.6, 198.51.100.7:4711")
            }
            assert list(codes.values()) == [[401] * 5 + [429]] * 2
            entries = {each["address"] for each in made.access.audit.latest(50)}
            assert entries == {"203.0.113.9", "198.51.100.7"}


def test_a_proxy_that_is_not_named_is_not_believed(tmp_path):
    with dashboard_on(f"sqlite:///{tmp_path / 'pings.db'}") as made:
        add_users(made)
        with serving(made, proxies=["10.0.0.5"]) as url:
            for number in range(6):
                forged = {"X-Forwarded-For": f"203.0.113.{number}"}
                status = post(url, "login", WRONG, **forged).status
            assert status == 429
            assert {each["address"] for each in made.access.audit.latest(9)} == {"127.0.0.1"}


def test_guesses_that_come_at_once_are_as_many_as_those_that_come_one_by_one(database_url):
    with dashboard_on(database_url) as made:
        add_users(made)
        checked, check = [], made.access.users.check

        def counted(name, password):
            checked.append(password)
            return check(name, password)

        made.access.users.check = counted
        with serving(made) as url, ThreadPoolExecutor(16) as pool:
            codes = list(pool.map(lambda _: post(url, "login", WRONG).status, range(16)))
        assert (len(checked), codes.count(401)) == (5, 5)
        assert set(codes) == {401, 429}


def test_a_lock_of_strangers_does_not_keep_out_who_logged_in_from_there_before(database_url):
    with dashboard_on(database_url) as made:
        add_users(made)
        office = client_of(made, "203.0.113.9", "http://fleet.example")
        neighbour = client_of(made, "203.0.113.9", "http://fleet.example")
        login = "/api/v1/login"
        assert office.post(login, json=RIGHT).status_code == 200
        while neighbour.post(login, json=WRONG).status_code != 429:
            pass
        assert neighbour.post(login, json=RIGHT).status_code == 429
        office.cookies.delete("pingcheng_session")
        assert office.post(login, json=RIGHT).status_code == 200
        # a device has its own count, and another password makes it a stranger
        codes = [office.post(login, json=WRONG).status_code for _ in range(6)]
        assert codes == [401] * 5 + [429]
        made.access.users.set_password("admin", PASSWORD)
        assert office.post(login, json=RIGHT).status_code == 429


def test_a_nul_is_refused_or_unknown_and_never_a_fault_of_the_database(database_url):
    with dashboard_on(database_url) as made:
        add_users(made)
        with serving(made) as url:
            for path in ("search?q=a%00b", "vehicles/a%00b", "board/streets?q=%00", "grids/%00"):
                assert api(url, path)[0] == 400
            codes = [
                post(url, "login", {"name": name, "password": PASSWORD}).status
                for name in ("a\0b", "\0", "nobody")
            ]
            assert codes == [401] * 3
            report = {"grid": "a\0b", "street": "\0"}
            assert post(url, "board/reports", report).status == 404


def test_nothing_is_sent_to_where_the_header_host_says(guarded_page):
    for path in ("/board/", "/api/v1/state/", "/api/v1/board/about/", "//evil.example"):
        _, answer = raw(guarded_page, [f"GET {path} HTTP/1.1", "Host: evil.example"])
        assert b"evil.example" not in answer.partition(b"\r\n\r\n")[0]
    status, answer = raw(guarded_page, ["GET /board/ HTTP/1.1", "Host: evil.example"])
    assert status == 308
    assert b"location: /board\r\n" in answer.lower()


@pytest.mark.parametrize("host", ["[bad", "a b", "evil.example/path", "user@host", "a\tb", "x:y"])
def test_a_host_that_is_none_is_refused(guarded_page, host):
    for path in ("/", "/api/v1/state", "/board"):
        status, answer = raw(guarded_page, [f"GET {path} HTTP/1.1", f"Host: {host}"])
        assert status == 400, answer


def test_residents_who_are_the_first_to_report_a_miss_at_once_are_all_answered(database_url):
    with open_log(database_url) as log:
        day, many = date(2022, 3, 28), 24
        with ThreadPoolExecutor(many) as pool:
            references = list(
                pool.map(
                    lambda number: ResidentReports(log, lambda: number).keep(
                        day, "JY01", "07:00-10:00", f"{number % 3}号街"
                    ),
                    range(many),
                )
            )
        kept = reports_of(log, day)
        assert sorted(count for count, _ in kept.values()) == [many // 3] * 3
        assert set(references) == {reference for _, reference in kept.values()}


def test_sessions_go_by_a_clock_that_nobody_sets(monkeypatch):
    monkeypatch.setattr(serving_module, "now_ms", lambda: 1_000_000)
    shown_ms = serving_module.steady_clock()
    before_ms = shown_ms()
    monkeypatch.setattr(serving_module, "now_ms", lambda: 9_000_000_000)
    assert 1_000_000 <= before_ms <= shown_ms() < 9_000_000
