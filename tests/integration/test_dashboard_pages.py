"""What every answer of the live page carries, and what none does."""

import gzip
import json

import pytest

from analytics.dashboard.access.access_tables import reports
from analytics.dashboard.access.security import CONTENT_SECURITY_POLICY, MOST_BODY
from ingest.fault import LogError
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import TOWN_PLAN, client_of, dashboard_on, write_pings, write_town
from tests.fixtures.served_town import TOWN
from tests.fixtures.town import MONDAY, Truck, at, next_day

API = "/api/v1"
JY = {"grid": "JY01"}


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('town') / 'pings.db'}"
    with open_log(url) as log:
        write_town(log)
        # both trucks stand until the deadline is over, so that what they left out is proven
        for vehicle in TOWN_PLAN.grids[0].vehicles:
            standing = Truck(TOWN, vehicle, interval_s=30)
            standing.stand("云中街", 600, "10:01", at("00:05", next_day()))
            write_pings(log, standing.pings())
    with dashboard_on(url) as made:
        yield made


@pytest.fixture
def client(dashboard):
    return client_of(dashboard)


@pytest.mark.parametrize(
    "path",
    ["/", "/board", "/static/absent.js", "/nothing", f"{API}/state", f"{API}/absent", f"{API}/plan",
     f"{API}/grids/absent", f"{API}/state?at=x", f"{API}/board/streets?q=y"],
)  # fmt: skip
def test_every_answer_carries_the_headers(client, path):
    headers = client.get(path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers
    if path.startswith(API):
        assert headers["cache-control"] == "no-store"


def test_https_is_remembered(dashboard):
    headers = client_of(dashboard, base_url="https://127.0.0.1:8080").get("/").headers
    assert headers["strict-transport-security"] == "max-age=31536000"


def test_text_is_compressed_and_known_files_are_not_sent_again(client):
    plan = client.get(f"{API}/state", headers={"Accept-Encoding": "gzip"})
    assert plan.headers["content-encoding"] == "gzip"
    page = client.get("/")
    assert page.status_code == 200
    again = client.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    streets = client.get(f"{API}/streets.geojson")
    known = {"If-None-Match": f'"other", {streets.headers["etag"]}'}
    assert client.get(f"{API}/streets.geojson", headers=known).status_code == 304
    assert streets.headers["content-type"] == "application/geo+json"


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
        ("vehicles/晋B2?from_ms=1648432000000&to_ms=1658432000000", "48 hours"),
    ],
)
def test_values_out_of_bounds_are_told_in_a_line(client, path, told):
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", 400), (b"[]", 422), (b'{"grid": "JY01"}', 422), (b'{"grid": 1, "street": "x"}', 422),
     (b'{"grid": "JY01", "street": "x", "more": 1}', 422), (b" " * (MOST_BODY + 1), 413),
     (b'{"grid": "JY01", "street": "absent"}', 404), (gzip.compress(b"{}", mtime=0), 400)],
)  # fmt: skip
def test_bodies_that_cannot_be_used_are_refused(client, body, code):
    answer = client.post(
        f"{API}/board/reports", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == code, answer.text
    assert set(answer.json()) == {"detail"}


def test_a_database_that_is_away_is_a_503_without_its_address(dashboard, monkeypatch):
    def away(*_, **__):
        raise LogError("postgresql://user:secret@host is away")

    monkeypatch.setattr(dashboard.log, "read_pings", away)
    path = f"{API}/vehicles/晋B2?from_ms=1648432000000&to_ms=1648442000000"
    answer = client_of(dashboard).get(path)
    assert answer.status_code == 503
    assert "secret" not in answer.text


def test_the_board_tells_windows_and_when_a_street_was_collected(client):
    streets = client.get(f"{API}/board/streets", params={"q": "yunzhong"}).json()
    assert streets == [{"grid": "JY01", "street": "云中街"}]
    told = client.get(f"{API}/board/street", params=streets[0]).json()
    assert told["operator"] == "机扫一公司"
    assert [(each["window"], each["state"]) for each in told["windows"]] == [
        ("07:00-10:00", "served")
    ]
    assert at("07:10") < told["last_collected_ms"] < at("07:12")
    assert told["next_window"] == {
        "start_ms": at("07:00", next_day()),
        "end_ms": at("10:00", next_day()),
    }


def test_a_report_is_answered_by_the_evidence_and_a_miss_is_kept_once(dashboard):
    client = client_of(dashboard)
    collected = client.post(f"{API}/board/reports", json={**JY, "street": "云中街"}).json()
    assert collected["outcome"] == "collected"
    assert at("07:04") < collected["from_ms"] < collected["to_ms"] < at("07:12")
    answers = [
        client.post(f"{API}/board/reports", json={**JY, "street": "支路"}).json() for _ in range(2)
    ]
    assert [each["outcome"] for each in answers] == ["missed", "missed"]
    assert answers[0]["reference"] == answers[1]["reference"]
    with dashboard.log.transaction(write=False) as connection:
        rows = connection.execute(reports.select()).mappings().all()
    kept = [(row["service_date"], row["window"], row["street"], row["count"]) for row in rows]
    assert kept == [(MONDAY.isoformat(), "07:00-10:00", "支路", 2)]


def test_reports_are_limited_by_address(dashboard):
    client = client_of(dashboard)
    report = {**JY, "street": "云中街"}
    codes = [client.post(f"{API}/board/reports", json=report).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
    refused = client.post(f"{API}/board/reports", json=report)
    assert int(refused.headers["retry-after"]) > 0
    assert client.get(f"{API}/board/street", params=report).status_code == 200


def test_the_board_names_no_vehicle_and_sets_no_cookie(client):
    plates = {vehicle for grid in TOWN_PLAN.grids for vehicle in grid.vehicles}
    answers = [
        client.get("/board"),
        *(client.get(f"{API}/board/streets", params={"q": text}) for text in ("y", "晋", "b2")),
        *(client.get(f"{API}/board/street", params={**JY, "street": street})
          for street in ("云中街", "支路", "晋B2")),
        *(client.post(f"{API}/board/reports", json={**JY, "street": street})
          for street in ("云中街", "支路", "晋B2")),
    ]  # fmt: skip
    for answer in answers:
        assert "set-cookie" not in answer.headers
        assert not any(plate in json.dumps(answer.text, ensure_ascii=False) for plate in plates)


def test_the_evidence_of_a_street_is_its_record_and_is_drawn(client):
    query = {**JY, "window": "07:00-10:00", "street": "云中街"}
    found = client.get(f"{API}/evidence", params=query).json()
    assert found["record"]["verdict"] == "served"
    kinds = {each["properties"]["kind"] for each in found["geojson"]["features"]}
    assert "covered" in kinds
    line = found["geojson"]["features"][0]["geometry"]["coordinates"]
    assert all(113.2 < longitude < 113.4 and 40 < latitude < 41 for longitude, latitude in line)
    missing = {**query, "street": "支路"}
    drawn = client.get(f"{API}/evidence", params=missing).json()["geojson"]["features"]
    assert "missing" in {each["properties"]["kind"] for each in drawn}
    for change in ({"street": "absent"}, {"window": "00:00-01:00"}, {"grid": "absent"}):
        assert client.get(f"{API}/evidence", params={**query, **change}).status_code == 404
    early = {**query, "at": at("06:00")}
    assert client.get(f"{API}/evidence", params=early).status_code == 404


def test_a_vehicle_shows_its_fixes_thinned_and_its_gaps(client):
    span = {"from_ms": at("00:00"), "to_ms": at("23:59:59")}
    found = client.get(f"{API}/vehicles/晋BQ0384", params=span).json()
    assert found["grids"] == ["JY01"]
    assert 500 < len(found["fixes"]) <= 5000
    instants = [fix[2] for fix in found["fixes"]]
    assert instants == sorted(set(instants))
    assert instants[0] == at("06:50")
    assert client.get(f"{API}/vehicles/absent", params=span).status_code == 404
    nothing = {"from_ms": at("00:00"), "to_ms": at("00:01")}
    assert client.get(f"{API}/vehicles/晋B2", params=nothing).json()["fixes"] == []


def test_dates_are_those_that_have_pings(client):
    assert client.get(f"{API}/dates").json() == [MONDAY.isoformat(), next_day().isoformat()]


def test_a_grid_is_told_street_by_street_at_any_instant(client):
    def state(**query):
        found = client.get(f"{API}/grids/JY01", params=query).json()
        return {each["street"]: each["windows"][0]["state"] for each in found["streets"]}

    assert state() == {"云中街": "served", "支路": "skipped"}
    day = MONDAY.isoformat()
    assert state(date=day, at=at("06:55")) == {"云中街": "upcoming", "支路": "upcoming"}
    assert state(date=day, at=at("07:10")) == {"云中街": "on_track", "支路": "on_track"}
    assert state(date=next_day().isoformat()) == {"云中街": "unknown", "支路": "unknown"}


def test_pings_are_what_the_time_machine_sees_at_an_instant(client):
    seen = client.get(f"{API}/state", params={"at": at("07:00")}).json()
    instants = [each["event_ms"] for each in seen["vehicles"] if each["event_ms"]]
    assert instants
    assert max(instants) < at("07:00")
