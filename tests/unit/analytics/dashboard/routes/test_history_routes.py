from dataclasses import replace

import pytest

from geofence.plan.plan import Assignment
from ingest.event import Event, EventKind
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import TOWN_PLAN, client_of, dashboard_on, log_in, write_town
from tests.fixtures.town import MONDAY, TRUCK, at, next_day

API = "/api/v1"
EVIDENCE = {"grid": "JY01", "window": "07:00-10:00", "street": "云中街"}
HOURS_48_MS = 48 * 3_600_000


def test_dates_are_those_that_have_pings(client):
    assert client.get(f"{API}/dates").json() == [MONDAY.isoformat(), next_day().isoformat()]


# --- a grid


def streets_of(client, **query):
    found = client.get(f"{API}/grids/JY01", params=query).json()
    return {each["street"]: each["windows"][0]["state"] for each in found["streets"]}


def test_a_grid_is_told_street_by_street_as_it_stands(client):
    assert streets_of(client) == {"云中街": "served", "支路": "skipped"}


@pytest.mark.parametrize(("clock", "state"), [("06:55", "upcoming"), ("07:10", "on_track")])
def test_a_grid_is_told_as_it_stood_at_an_instant(client, clock, state):
    assert streets_of(client, at=at(clock)) == {"云中街": state, "支路": state}


def test_a_grid_is_told_as_it_stands_at_the_end_of_another_date(client):
    tuesday = next_day().isoformat()
    assert streets_of(client, date=tuesday) == {"云中街": "unknown", "支路": "unknown"}


def test_a_grid_has_its_windows_its_operator_and_its_vehicles_with_their_trails(client):
    found = client.get(f"{API}/grids/JY01").json()
    assert (found["id"], found["operator"]) == ("JY01", "sweep-1")
    assert [(each["window"], each["state"]) for each in found["windows"]] == [
        ("07:00-10:00", "partial")
    ]
    assert [(each["id"], len(each["trail"]) > 1) for each in found["vehicles"]] == [
        (TRUCK, True), ("晋B2", True),
    ]  # fmt: skip


def test_a_grid_that_there_is_not_is_told(client):
    assert client.get(f"{API}/grids/absent").status_code == 404


# --- a vehicle


def test_a_vehicle_shows_its_fixes_and_the_grids_it_works_for(client):
    span = {"from_ms": at("00:00"), "to_ms": at("23:59:59")}
    found = client.get(f"{API}/vehicles/{TRUCK}", params=span).json()
    assert (found["id"], found["grids"]) == (TRUCK, ["JY01"])
    instants = [fix[2] for fix in found["fixes"]]
    assert instants == sorted(set(instants))
    assert instants[0] == at("06:50")
    assert 500 < len(instants) <= 5000


def test_a_vehicle_is_shown_from_an_instant_until_before_another(client):
    span = {"from_ms": at("07:00"), "to_ms": at("07:01")}
    found = client.get(f"{API}/vehicles/{TRUCK}", params=span).json()
    assert [fix[2] for fix in found["fixes"]] == list(range(at("07:00"), at("07:01"), 10_000))


def test_a_vehicle_that_sent_nothing_has_no_fixes(client):
    span = {"from_ms": at("00:00"), "to_ms": at("00:01")}
    assert client.get(f"{API}/vehicles/晋B2", params=span).json()["fixes"] == []


@pytest.mark.parametrize(
    ("length_ms", "code"),
    [(-1, 422), (0, 422), (1, 200), (HOURS_48_MS, 200), (HOURS_48_MS + 1, 422)],
)
def test_at_most_48_hours_of_a_vehicle_are_shown(client, length_ms, code):
    span = {"from_ms": at("00:00"), "to_ms": at("00:00") + length_ms}
    assert client.get(f"{API}/vehicles/晋B2", params=span).status_code == code


def test_a_vehicle_that_the_plan_does_not_know_is_not_shown(client):
    span = {"from_ms": at("07:00"), "to_ms": at("08:00")}
    answer = client.get(f"{API}/vehicles/晋B9", params=span)
    assert (answer.status_code, answer.json()["detail"]) == (
        404, "there is no such vehicle in the plan",
    )  # fmt: skip


def test_a_vehicle_that_stood_in_for_others_is_known_with_each_grid_once(tmp_path):
    lent = [Assignment("JY01", day, ("晋B9", TRUCK)) for day in (MONDAY, next_day())]
    plan = replace(TOWN_PLAN, assignments=tuple(lent))
    span = {"from_ms": at("07:00"), "to_ms": at("08:00")}
    with dashboard_on(f"sqlite:///{tmp_path / 'pings.db'}", plan) as made:
        for vehicle in ("晋B9", TRUCK):
            answer = client_of(made).get(f"{API}/vehicles/{vehicle}", params=span)
            assert answer.json()["grids"] == ["JY01"]


# --- evidence and search


def test_the_evidence_of_a_street_is_its_record_and_is_drawn(client):
    found = client.get(f"{API}/evidence", params=EVIDENCE).json()
    assert (found["record"]["street"], found["record"]["verdict"]) == ("云中街", "served")
    features = found["geojson"]["features"]
    assert "covered" in {each["properties"]["kind"] for each in features}
    line = features[0]["geometry"]["coordinates"]
    assert all(113.2 < longitude < 113.4 and 40 < latitude < 41 for longitude, latitude in line)


def test_what_a_street_lacks_is_drawn_too(client):
    drawn = client.get(f"{API}/evidence", params={**EVIDENCE, "street": "支路"}).json()["geojson"]
    assert "missing" in {each["properties"]["kind"] for each in drawn["features"]}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"street": "absent"}, "no such street in the grid"),
        ({"window": "00:00-01:00"}, "the grid has no such window, or it has not begun"),
        ({"at": at("06:00")}, "the grid has no such window, or it has not begun"),
        ({"grid": "absent"}, "no such grid"),
    ],
)
def test_where_there_is_no_evidence_it_is_told_why(client, change, told):
    answer = client.get(f"{API}/evidence", params={**EVIDENCE, **change})
    assert answer.status_code == 404
    assert told in answer.json()["detail"]


@pytest.mark.parametrize(
    ("text", "kind", "name"), [("yzj", "street", "云中街"), ("0384", "vehicle", TRUCK)]
)
def test_streets_and_vehicles_are_found(client, text, kind, name):
    found = client.get(f"{API}/search", params={"q": text}).json()
    assert (kind, name) in {(each["kind"], each["label"]) for each in found}


@pytest.mark.parametrize("path", ["dates", "grids/JY01", "evidence?grid=x", "search?q=y"])
def test_with_users_nobody_looks_closer_without_a_login(guarded, path):
    assert client_of(guarded).get(f"{API}/{path}").status_code == 401


def test_a_viewer_may_look_closer(guarded):
    client = client_of(guarded)
    log_in(client, "viewer")
    assert client.get(f"{API}/grids/JY01").status_code == 200


def test_events_near_a_street_are_told_beside_its_evidence_as_far_as_they_are_known(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        write_town(log)
    with dashboard_on(url) as made:
        client = client_of(made)
        assert client.get(f"{API}/evidence/events", params=EVIDENCE).json() == []
        record = client.get(f"{API}/evidence", params=EVIDENCE).json()["record"]
        run = record["sections"][0]["covered"][0]
        told = [
            Event(TRUCK, run["from_ms"], EventKind.BIN_LIFT, reference="桶-17", weight_kg=21.5),
            Event(TRUCK, run["from_ms"], EventKind.PHOTO, 113.9, 40.08, "far away"),
            Event(TRUCK, run["from_ms"], EventKind.DRIVER_CARD),
            Event("晋B99999", run["from_ms"], EventKind.BIN_LIFT, reference="of nobody on duty"),
        ]
        with open_log(url) as log:
            log.write(Batch((), (), [(each, run["from_ms"]) for each in told]))
        absent = {**EVIDENCE, "street": "absent"}
        assert client.get(f"{API}/evidence/events", params=absent).status_code == 404
        [found] = client.get(f"{API}/evidence/events", params=EVIDENCE).json()
        before = {**EVIDENCE, "at": run["from_ms"]}
        assert client.get(f"{API}/evidence/events", params=before).json() == []
        day = client.get(
            f"{API}/vehicles/{TRUCK}", params={"from_ms": at("07:00"), "to_ms": at("10:00")}
        ).json()
    assert (found["vehicle"], found["kind"], found["reference"]) == (TRUCK, "bin_lift", "桶-17")
    assert (found["at_ms"], found["place"]) == (run["from_ms"], "fixes")
    assert found["distance_m"] <= 40
    assert sorted(each["kind"] for each in day["events"]) == ["bin_lift", "driver_card", "photo"]
