import json
from contextlib import contextmanager
from datetime import timedelta

import pytest

from analytics.dashboard.access.access_tables import reports
from ingest.time_zones import utc_offsets
from tests.fixtures.dashboards import TOWN_PLAN, client_of, dashboard_on
from tests.fixtures.town import MONDAY, TRUCK, Town, at, grid, next_day, street

API = "/api/v1/board"
FIRST, SECOND = {"grid": "JY01", "street": "云中街"}, {"grid": "JY01", "street": "支路"}


@pytest.fixture
def copied(town_log, tmp_path):
    """The page on a copy of the finished town's log, to be written to."""
    copy = tmp_path / "pings.db"
    copy.write_bytes(town_log.read_bytes())
    with dashboard_on(f"sqlite:///{copy}") as made:
        yield made


@contextmanager
def town_of(tmp_path, *grids, **when):
    """A client of a town without pings."""
    plan = Town(street("云中街", (0, 0), (600, 0)), grids=grids).plan
    with dashboard_on(f"sqlite:///{tmp_path / 'empty.db'}", plan, **when) as made:
        yield client_of(made)


def test_the_board_tells_what_the_plan_is_called_and_where_it_is(client):
    assert client.get(f"{API}/about").json() == {
        "name": "town", "timezone": "Asia/Shanghai", "language": "zh", "schematic": False,
        "utc_offsets": [list(each) for each in utc_offsets("Asia/Shanghai")],
    }  # fmt: skip


@pytest.mark.parametrize("text", ["云中", "yunzhong", "yzj"])
def test_a_street_is_found_by_its_name_its_pinyin_and_its_initials(client, text):
    assert client.get(f"{API}/streets", params={"q": text}).json() == [FIRST]


def test_the_board_tells_windows_and_when_a_street_was_collected(client):
    told = client.get(f"{API}/street", params=FIRST).json()
    assert told["operator"] == "机扫一公司"
    assert told["windows"] == [
        {"window": "07:00-10:00", "start_ms": at("07:00"), "end_ms": at("10:00"), "state": "served"}
    ]
    assert at("07:10") < told["last_collected_ms"] < at("07:12")


def test_a_street_not_collected_today_was_last_collected_the_day_before(town_log):
    with dashboard_on(f"sqlite:///{town_log}", service_date=next_day()) as made:
        client = client_of(made)
        today = client.get(f"{API}/street", params=FIRST).json()
        never = client.get(f"{API}/street", params=SECOND).json()
    assert today["windows"][0]["state"] != "served"
    assert at("07:10") < today["last_collected_ms"] < at("07:12")
    assert never["last_collected_ms"] is None


def test_the_next_window_is_the_first_that_has_not_begun(tmp_path):
    with town_of(tmp_path, grid("JY01", "14:00-16:00", "00:00-02:00", "07:00-10:00")) as client:
        told = client.get(f"{API}/street", params=FIRST).json()  # at midnight, one has begun
    assert told["next_window"] == {"start_ms": at("07:00"), "end_ms": at("10:00")}


def test_after_the_last_window_of_the_day_the_next_is_tomorrows(client):
    tomorrow = next_day()
    assert client.get(f"{API}/street", params=FIRST).json()["next_window"] == {
        "start_ms": at("07:00", tomorrow), "end_ms": at("10:00", tomorrow),
    }  # fmt: skip


def test_a_grid_of_one_day_a_week_has_its_next_window_in_a_week(tmp_path):
    weekly = grid("JY01", "00:00-02:00", days=[MONDAY.weekday()])
    with town_of(tmp_path, weekly) as client:
        told = client.get(f"{API}/street", params=FIRST).json()
    assert told["next_window"]["start_ms"] == at("00:00", MONDAY + timedelta(days=7))


def test_a_grid_without_service_has_no_next_window(tmp_path):
    with town_of(tmp_path, grid("JY01", days=[])) as client:
        told = client.get(f"{API}/street", params=FIRST).json()
    assert (told["windows"], told["next_window"]) == ([], None)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"grid": "JY02", "street": "云中街"}, "there is no such grid"),
        ({"grid": "JY01", "street": "晋B2"}, "there is no such street in the grid"),
    ],
)
def test_a_street_that_the_plan_does_not_have_is_told(client, query, told):
    for answer in (
        client.get(f"{API}/street", params=query),
        client.post(f"{API}/reports", json=query),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (404, told)


def test_a_street_of_a_grid_that_is_drawn_nowhere_is_known_all_the_same(tmp_path):
    with town_of(tmp_path, grid("JY01", streets=["云中街", "无图巷"])) as client:
        answer = client.get(f"{API}/street", params={"grid": "JY01", "street": "无图巷"})
    assert (answer.status_code, answer.json()["windows"]) == (200, [])


def test_a_street_of_another_grid_is_not_of_this_one(tmp_path):
    with town_of(tmp_path, grid("JY01"), grid("JY02")) as client:
        answer = client.get(f"{API}/street", params={"grid": "JY02", "street": "云中街"})
    assert answer.status_code == 404


def test_a_report_of_a_collected_street_is_told_when_it_was(client):
    told = client.post(f"{API}/reports", json=FIRST).json()
    assert (told["outcome"], told["reference"]) == ("collected", None)
    assert at("07:04") < told["from_ms"] < told["to_ms"] < at("07:12")


def test_a_report_before_the_window_is_told_until_when_it_may_be_collected(tmp_path):
    with town_of(tmp_path, grid()) as client:
        told = client.post(f"{API}/reports", json=FIRST).json()
    assert (told["outcome"], told["reference"]) == ("not_yet", None)
    assert told["window_end_ms"] == at("10:00")


def test_a_miss_is_kept_once_under_one_reference_for_all_who_ask(copied):
    client = client_of(copied)
    told = [client.post(f"{API}/reports", json=SECOND).json() for _ in range(2)]
    assert [each["outcome"] for each in told] == ["missed", "missed"]
    assert told[0]["reference"] == told[1]["reference"] is not None
    with copied.log.transaction(write=False) as connection:
        rows = connection.execute(reports.select()).mappings().all()
    kept = [(row["service_date"], row["window"], row["street"], row["count"]) for row in rows]
    assert kept == [(MONDAY.isoformat(), "07:00-10:00", "支路", 2)]


def test_what_is_no_miss_is_not_kept(copied):
    client_of(copied).post(f"{API}/reports", json=FIRST)
    with copied.log.transaction(write=False) as connection:
        assert connection.execute(reports.select()).all() == []


def test_reports_are_limited_by_address(finished):
    client = client_of(finished)
    codes = [client.post(f"{API}/reports", json=FIRST).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
    refused = client.post(f"{API}/reports", json=FIRST)
    assert 0 < int(refused.headers["retry-after"]) <= 21
    assert client.get(f"{API}/street", params=FIRST).status_code == 200


def test_looking_is_limited_too_but_later(finished):
    client = client_of(finished)
    codes = {client.get(f"{API}/about").status_code for _ in range(50)}
    assert codes == {200}
    assert 429 in {client.get(f"{API}/about").status_code for _ in range(200)}


def test_the_board_is_for_everyone(guarded):
    client = client_of(guarded, address="203.0.113.9", base_url="http://fleet.example")
    assert client.get(f"{API}/about").status_code == 200
    assert client.get(f"{API}/street", params=FIRST).status_code == 200


def test_the_board_names_no_vehicle_and_sets_no_cookie(copied):
    client = client_of(copied)
    plates = {TRUCK, *(vehicle for each in TOWN_PLAN.grids for vehicle in each.vehicles)}
    answers = [
        client.get("/board"),
        client.get(f"{API}/about"),
        *(client.get(f"{API}/streets", params={"q": text}) for text in ("y", "晋", "b2")),
        *(client.get(f"{API}/street", params=each) for each in (FIRST, SECOND)),
        *(client.post(f"{API}/reports", json=each) for each in (FIRST, SECOND)),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert not any(plate in json.dumps(answer.text, ensure_ascii=False) for plate in plates)
