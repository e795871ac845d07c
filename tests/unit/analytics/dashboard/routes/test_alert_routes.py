import pytest

from tests.fixtures.dashboards import add_alert, client_of, log_in

API = "/api/v1"


@pytest.fixture
def number(guarded):
    """Of the one alert there is."""
    return add_alert(guarded.log)


def acknowledge(dashboard, name, number):
    client = client_of(dashboard)
    headers = {"X-CSRF-Token": log_in(client, name)}
    return client.post(f"{API}/alerts/{number}/acknowledge", headers=headers)


def alerts_of(dashboard, **query):
    client = client_of(dashboard)
    log_in(client, "viewer")
    return client.get(f"{API}/alerts", params=query).json()


def test_a_viewer_sees_the_alerts_of_the_day_with_their_street(guarded, number):
    (alert,) = alerts_of(guarded)
    assert (alert["id"], alert["kind"], alert["grid"]) == (str(number), "at_risk", "JY01")
    assert "云中街" in alert["text"]
    assert alert["acknowledged_by"] is None


@pytest.mark.usefixtures("number")
def test_a_date_has_only_its_own_alerts(guarded):
    assert alerts_of(guarded, date="2022-03-29") == []
    assert len(alerts_of(guarded, date="2022-03-28")) == 1


def test_an_operator_acknowledges_an_alert_under_their_name_and_at_that_instant(guarded, number):
    before_ms = guarded.clock_ms()
    alert = acknowledge(guarded, "operator", number).json()
    assert alert["acknowledged_by"] == "operator"
    assert before_ms <= alert["acknowledged_ms"] <= guarded.clock_ms()
    assert alerts_of(guarded) == [alert]


def test_a_viewer_may_not_acknowledge(guarded, number):
    answer = acknowledge(guarded, "viewer", number)
    assert answer.status_code == 403
    assert "operator" in answer.json()["detail"]
    assert alerts_of(guarded)[0]["acknowledged_by"] is None


def test_who_acknowledged_first_stays(guarded, number):
    for name in ("operator", "admin"):
        assert acknowledge(guarded, name, number).json()["acknowledged_by"] == "operator"


def test_an_alert_that_there_is_not_cannot_be_acknowledged(guarded, number):
    answer = acknowledge(guarded, "operator", number + 1)
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no such alert")


@pytest.mark.parametrize("name", ["x", "1234567890", "-1", "1.0"])
def test_what_is_no_number_of_an_alert_is_refused(guarded, name):
    assert acknowledge(guarded, "operator", name).status_code == 422


def test_what_is_acknowledged_is_in_the_audit_log_and_what_is_not_is_not(guarded, number):
    acknowledge(guarded, "operator", number)
    acknowledge(guarded, "operator", number + 1)
    noted = [each for each in guarded.access.audit.latest(10) if each["action"] == "acknowledge"]
    assert [(each["user_name"], each["detail"], each["address"]) for each in noted] == [
        ("operator", f"alert {number}", "127.0.0.1")
    ]


def test_without_users_operations_acknowledge(own):
    number, client = add_alert(own.log), client_of(own)
    headers = {"X-CSRF-Token": client.get(f"{API}/session").json()["csrf"]}
    answer = client.post(f"{API}/alerts/{number}/acknowledge", headers=headers)
    assert answer.json()["acknowledged_by"] == "operations"
