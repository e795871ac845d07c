import pytest

from tests.fixtures.dashboards import PASSWORD, client_of, log_in

API = "/api/v1"
VIEWER = {"name": "viewer", "password": PASSWORD}


def test_without_users_whoever_sits_at_the_machine_is_an_operator(own):
    session = client_of(own).get(f"{API}/session").json()
    assert (session["user"], session["role"], session["login_required"]) == (
        None, "operator", False,
    )  # fmt: skip


def test_with_users_nobody_is_logged_in_at_first(guarded):
    assert client_of(guarded).get(f"{API}/session").json() == {
        "user": None, "role": None, "csrf": None, "login_required": True,
    }  # fmt: skip


def test_who_logs_in_is_told_the_same_as_the_session_says_from_then_on(guarded):
    client = client_of(guarded)
    told = client.post(f"{API}/login", json=VIEWER).json()
    assert (told["user"], told["role"]) == ("viewer", "viewer")
    assert client.get(f"{API}/session").json() == told


def test_a_session_is_a_cookie_that_scripts_and_other_sites_do_not_get(guarded):
    cookie = client_of(guarded).post(f"{API}/login", json=VIEWER).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Max-Age=604800;" in cookie  # seven days
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_for_https_only(guarded):
    client = client_of(guarded, base_url="https://127.0.0.1:8080")
    cookie = client.post(f"{API}/login", json=VIEWER).headers["set-cookie"]
    assert cookie.startswith("__Host-pingcheng_session=")
    assert "Secure" in cookie
    assert client.get(f"{API}/session").json()["user"] == "viewer"


def test_a_wrong_password_begins_no_session(guarded):
    answer = client_of(guarded).post(f"{API}/login", json={**VIEWER, "password": "wrong password"})
    assert (answer.status_code, answer.json()) == (401, {"detail": "wrong name or password"})
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "change", [{"name": "a" * 65}, {"password": "x" * 257}, {"name": 1}, {"more": "x"}]
)
def test_what_is_no_login_is_refused(guarded, change):
    answer = client_of(guarded).post(f"{API}/login", json={**VIEWER, **change})
    assert answer.status_code == 422
    assert PASSWORD not in answer.text


def test_a_session_ends_with_the_logout(guarded):
    client = client_of(guarded)
    csrf = log_in(client, "viewer")
    token = client.cookies["pingcheng_session"]
    answer = client.post(f"{API}/logout", headers={"X-CSRF-Token": csrf})
    assert answer.status_code == 200
    client.cookies.set("pingcheng_session", token)
    assert client.get(f"{API}/state").status_code == 401
    assert client.get(f"{API}/session").json()["user"] is None


def test_the_logout_takes_the_cookie_back(guarded):
    client = client_of(guarded)
    csrf = log_in(client, "viewer")
    client.post(f"{API}/logout", headers={"X-CSRF-Token": csrf})
    assert "pingcheng_session" not in client.cookies


def test_nobody_is_logged_out_without_their_csrf_token(guarded):
    client = client_of(guarded)
    log_in(client, "viewer")
    assert client.post(f"{API}/logout").status_code == 403
    assert client.get(f"{API}/session").json()["user"] == "viewer"


def test_the_audit_log_tells_who_did_what_the_latest_first(guarded):
    client = client_of(guarded)
    client.post(f"{API}/login", json={"name": "admin", "password": "wrong password"})
    log_in(client, "admin")
    told = client.get(f"{API}/audit").json()
    assert [(each["user_name"], each["action"]) for each in told] == [
        ("admin", "login"), ("admin", "login_failed"),
    ]  # fmt: skip
    assert {each["address"] for each in told} == {"127.0.0.1"}
    assert client.get(f"{API}/audit", params={"limit": 1}).json() == told[:1]


@pytest.mark.parametrize("limit", [0, 1001])
def test_the_audit_log_is_read_in_portions(guarded, limit):
    client = client_of(guarded)
    log_in(client, "admin")
    assert client.get(f"{API}/audit", params={"limit": limit}).status_code == 422


@pytest.mark.parametrize("name", ["viewer", "operator"])
def test_only_an_admin_reads_the_audit_log(guarded, name):
    client = client_of(guarded)
    log_in(client, name)
    answer = client.get(f"{API}/audit")
    assert (answer.status_code, answer.json()["detail"]) == (403, "only the role admin may do that")
