from types import SimpleNamespace

import pytest
from fastapi import HTTPException, Request
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.dashboard.access import access as module
from analytics.dashboard.access.access import (
    Access,
    Identity,
    address_of,
    cookie_name,
    token_of,
    too_many,
)
from analytics.dashboard.access.audit_log import AuditLog
from analytics.dashboard.access.home import is_at_home
from analytics.dashboard.access.sessions import Sessions
from analytics.dashboard.access.users import Role, Users
from ingest.fault import LogError
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import PASSWORD, QUICK

OFFICE, ELSEWHERE = "203.0.113.9", "198.51.100.7"
PAGE = "http://fleet.example"


def request(
    method="GET", token=None, csrf=None, address=OFFICE, url="http://fleet.example", **more
):
    """What a browser sends."""
    scheme, _, host = url.partition("://")
    headers = {"host": host, "x-csrf-token": csrf, **more}
    if token is not None:
        headers["cookie"] = f"pingcheng_session={token}"
    return Request(
        {
            "type": "http", "method": method, "path": "/", "query_string": b"", "scheme": scheme,
            "client": (address, 50_000) if address else None, "server": (host, 80),
            "headers": [(n.encode(), v.encode()) for n, v in headers.items() if v is not None],
        }
    )  # fmt: skip


@pytest.fixture
def clock(monkeypatch):
    """Seconds that the test turns on."""
    clock = SimpleNamespace(now_s=1000.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now_s))
    return clock


@pytest.fixture
def access(tmp_path, clock):
    def now_ms():
        return round(clock.now_s * 1000)

    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        yield Access(Users(log, now_ms, QUICK), Sessions(log, now_ms), AuditLog(log, now_ms))


@pytest.fixture
def guarded(access):
    """The page with a user of each role."""
    for role in Role:
        access.users.add(role.value, PASSWORD, role)
    return access


def log_in(access, name, address=OFFICE, password=PASSWORD):
    return access.log_in(request("POST", address=address), name, password)


def refusal(call, *arguments):
    with pytest.raises(HTTPException) as error:
        call(*arguments)
    return error.value


def attempts(access, name, count, address=OFFICE):
    """The codes with which so many wrong passwords are refused."""
    return [
        refusal(log_in, access, name, address, "a wrong password").status_code for _ in range(count)
    ]


def require(access, role):
    """What a route does that needs a role."""
    return lambda asked: access.admit(asked, access.identify(asked), role)


def actions(access):
    return [(each["user_name"], each["action"]) for each in access.audit.latest(100)]


def test_without_users_whoever_asks_is_an_operator(access):
    found = access.identify(request())
    assert (found.user, found.role, found.login_required) == (None, Role.OPERATOR, False)
    assert require(access, Role.OPERATOR)(request()) == found
    assert refusal(require(access, Role.ADMIN), request()).status_code == 403


def test_with_a_user_whoever_has_no_session_is_nobody(guarded):
    assert guarded.identify(request(token="no such")) == Identity(None, None, None, True)
    assert guarded.identify(request()).document() == {
        "user": None, "role": None, "csrf": None, "login_required": True,
    }  # fmt: skip


def test_a_session_says_who_is_asking_and_gives_the_token_to_write_with(guarded):
    token, session = log_in(guarded, "viewer")
    assert guarded.identify(request(token=token)).document() == {
        "user": "viewer", "role": "viewer", "csrf": session.csrf, "login_required": True,
    }  # fmt: skip


@pytest.mark.parametrize("needed", Role)
@pytest.mark.parametrize("role", Role)
def test_a_role_lets_pass_those_who_have_it_and_names_it_to_the_others(guarded, role, needed):
    token, _ = log_in(guarded, role.value)
    check = require(guarded, needed)
    if role.includes(needed):
        assert check(request(token=token)).user == role.value
    else:
        refused = refusal(check, request(token=token))
        assert (refused.status_code, refused.detail) == (
            403, f"only the role {needed.value} may do that",
        )  # fmt: skip


def test_whoever_is_not_logged_in_is_told_to_do_so_first(guarded):
    refused = refusal(require(guarded, Role.VIEWER), request("POST"))
    assert (refused.status_code, refused.detail) == (401, "log in first")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_to_look_needs_no_csrf_token(guarded, method):
    token, _ = log_in(guarded, "viewer")
    assert require(guarded, Role.VIEWER)(request(method, token)).user == "viewer"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_to_write_needs_the_csrf_token_of_the_session_and_of_no_other(guarded, method):
    token, session = log_in(guarded, "viewer")
    _, other = log_in(guarded, "viewer")
    check = require(guarded, Role.VIEWER)
    for wrong in (None, "", session.csrf[:-1], other.csrf, "令牌".encode().decode("latin-1")):
        refused = refusal(check, request(method, token, wrong))
        assert (refused.status_code, "X-CSRF-Token" in refused.detail) == (403, True)
    assert check(request(method, token, session.csrf)).user == "viewer"


@pytest.mark.parametrize("token", [None, "", "None"])
def test_for_whoever_has_no_csrf_token_none_is_right(access, token):
    nobody = Identity(None, None, None, login_required=True)
    assert refusal(access._check_csrf, request("POST", csrf=token), nobody).status_code == 403


def test_without_users_to_write_needs_the_csrf_token_of_the_page(access):
    csrf = access.identify(request()).csrf
    check = require(access, Role.OPERATOR)
    assert refusal(check, request("POST")).status_code == 403
    assert check(request("POST", csrf=csrf)).role is Role.OPERATOR


def test_the_first_user_closes_the_page_within_seconds(access, clock):
    assert not access.login_required()
    access.users.add("admin", PASSWORD, Role.ADMIN)
    clock.now_s += 2.0
    assert access.login_required()


def test_while_the_database_is_away_the_page_stays_as_it_was(access, clock, monkeypatch):
    def away():
        raise LogError("the server is away")

    assert not access.login_required()
    monkeypatch.setattr(access.users, "exist", away)
    clock.now_s += 60.0
    assert not access.login_required()


def test_if_nothing_was_known_before_the_database_went_away_the_page_is_closed(access, monkeypatch):
    def away():
        raise LogError("the server is away")

    monkeypatch.setattr(access.users, "exist", away)
    assert access.login_required()


def test_a_right_password_begins_a_session_and_is_noted(guarded):
    token, session = log_in(guarded, "operator")
    assert guarded.sessions.find(token) == session
    assert actions(guarded) == [("operator", "login")]


def test_a_wrong_password_is_refused_and_noted_with_where_it_came_from(guarded):
    refused = refusal(log_in, guarded, "值班员", OFFICE, PASSWORD)
    assert (refused.status_code, refused.detail) == (401, "wrong name or password")
    (entry,) = guarded.audit.latest(10)
    assert (entry["user_name"], entry["action"], entry["address"]) == (
        "值班员", "login_failed", OFFICE,
    )  # fmt: skip


def test_five_wrong_passwords_in_a_row_lock_the_name_for_the_address_for_15_s(guarded, clock):
    assert attempts(guarded, "admin", 6) == [401] * 5 + [429]
    locked = refusal(log_in, guarded, "admin")
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "16")
    clock.now_s += 14.9
    assert refusal(log_in, guarded, "admin").status_code == 429
    clock.now_s += 0.2
    log_in(guarded, "admin")


def test_a_lock_holds_for_no_other_name_and_no_other_address(guarded):
    attempts(guarded, "admin", 5)
    log_in(guarded, "viewer")
    log_in(guarded, "admin", ELSEWHERE)


def test_an_address_of_the_same_household_shares_the_lock(guarded):
    attempts(guarded, "admin", 5, "2001:db8:1:2::5")
    assert refusal(log_in, guarded, "admin", "2001:db8:1:2::6").status_code == 429


def test_a_right_password_in_between_begins_the_count_anew(guarded):
    attempts(guarded, "admin", 4)
    log_in(guarded, "admin")
    assert attempts(guarded, "admin", 5) == [401] * 5


def test_many_wrong_passwords_from_everywhere_lock_a_name_everywhere(guarded):
    for number in range(25):
        assert attempts(guarded, "admin", 4, f"198.51.100.{number}") == [401] * 4
    assert refusal(log_in, guarded, "admin").status_code == 429
    log_in(guarded, "viewer")


def test_a_right_password_from_anywhere_begins_that_count_anew(guarded):
    for number in range(33):
        attempts(guarded, "admin", 3, f"198.51.100.{number}")
    log_in(guarded, "admin")
    assert attempts(guarded, "admin", 3) == [401] * 3


def test_an_address_may_try_twenty_times_at_once_and_then_every_five_seconds(guarded, clock):
    assert [attempts(guarded, f"nobody {n}", 1) for n in range(21)] == [[401]] * 20 + [[429]]
    assert refusal(log_in, guarded, "viewer").status_code == 429
    clock.now_s += 4.9
    assert refusal(log_in, guarded, "viewer").status_code == 429
    clock.now_s += 0.2
    log_in(guarded, "viewer")


def test_what_is_refused_for_coming_too_often_is_no_further_failure(guarded):
    attempts(guarded, "admin", 9)
    assert actions(guarded) == [("admin", "login_failed")] * 5


def test_a_logout_ends_the_session_and_is_noted(guarded):
    token, _ = log_in(guarded, "viewer")
    leaving = request("POST", token)
    guarded.log_out(leaving, guarded.identify(leaving))
    assert guarded.identify(request(token=token)).user is None
    assert actions(guarded)[0] == ("viewer", "logout")


def test_a_logout_of_nobody_does_nothing(access):
    access.log_out(request("POST", "a token of old"), access.identify(request()))
    assert actions(access) == []


def test_over_https_only_a_cookie_that_no_other_host_can_set_counts():
    both = "pingcheng_session=plain; __Host-pingcheng_session=secure"
    plain, secure = (
        request(url=f"{scheme}://fleet.example", cookie=both) for scheme in ("http", "https")
    )
    assert (token_of(plain), token_of(secure)) == ("plain", "secure")
    assert cookie_name(secure) == "__Host-pingcheng_session"
    assert token_of(request(url="https://fleet.example", cookie="pingcheng_session=x")) is None


def test_who_asks_without_an_address_has_an_empty_one():
    assert (address_of(request()), address_of(request(address=None))) == (OFFICE, "")


@pytest.mark.parametrize(
    ("address", "host", "is_home"),
    [
        ("127.0.0.1", "127.0.0.1:8080", True),
        ("::1", "[::1]:8080", True),
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "rebound.example", False),
        ("127.0.0.1", "localhost.example", False),
        (OFFICE, "localhost", False),
        (None, "localhost", False),
    ],
)
def test_only_this_machine_by_a_name_of_its_own_is_at_home(address, host, is_home):
    assert is_at_home(request(address=address, url=f"http://{host}")) is is_home


@settings(max_examples=60)
@given(st.floats(0.0, 1e5))
def test_whoever_waits_as_long_as_told_has_waited_long_enough_and_hardly_longer(wait_s):
    told = too_many(wait_s)
    seconds = int(told.headers["Retry-After"])
    assert max(1.0, wait_s) <= seconds <= wait_s + 1.5
    assert (told.status_code, f"again in {seconds} s" in told.detail) == (429, True)
