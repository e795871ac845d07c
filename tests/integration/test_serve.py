"""The live page served for real, on real logs that grow meanwhile."""

import json
import urllib.error
import urllib.request

import pandas as pd
import pytest

from analytics.dashboard.access.users import Role, Users
from analytics.dashboard.serving.serving import Wishes, serve_log
from analytics.verdicts.evaluation import evaluate
from ingest.fault import SettingError
from ingest.log.pinglog import PingLog, open_log
from tests.fixtures.dashboards import (
    PASSWORD,
    QUICK,
    TOWN_PLAN,
    Events,
    dashboard_on,
    serving,
    write_city,
    write_pings,
    write_town,
)
from tests.fixtures.mqtt import until as wait_until
from tests.fixtures.served_processes import Process
from tests.fixtures.served_town import PINGS
from tests.fixtures.shown_city import DATE, city_plan
from tests.fixtures.town import TRUCK, at, next_day

DONE = {"served", "late"}


def get(url):
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def town_pings(first, last):
    """Pings of the town between two clock times."""
    times = PINGS["event_time"]
    begin, end = (pd.Timestamp(at(clock), unit="ms", tz="UTC") for clock in (first, last))
    return PINGS[(times >= begin) & (times < end)]


def caught_up(url, log: PingLog):
    """Wait until the state has all of the log in it, and give it."""
    with log.transaction(write=False) as connection:
        query = "SELECT value FROM counters WHERE name = 'sequence'"
        sequence = connection.exec_driver_sql(query).scalar()
    wait_until(lambda: get(f"{url}/state")["log_sequence"] == sequence)
    return get(f"{url}/state")


def test_while_a_log_grows_the_live_state_stays_what_evaluate_says(database_url):
    with dashboard_on(database_url, city_plan()) as dashboard, serving(dashboard) as url:
        log = dashboard.log
        for clock in ("09:30", "15:00", "23:59"):
            write_city(log, clock)  # what is there already counts as repeated
            state = caught_up(url, log)
            judged = evaluate(log.read_pings(), city_plan(), [DATE]).streets
            told = {each["key"]: each for each in state["streets"]}
            ends = {
                each["key"]: max(each["deadline_ms"], each["grace_end_ms"])
                for each in state["windows"]
            }
            assert len(told) == len(judged)
            for row in judged.itertuples(index=False):
                street = told[f"{row.grid_id}|{row.window}|{row.street}"]
                assert street["served_ratio"] == round(row.served_ratio, 4)
                is_over = state["at_ms"] >= ends[f"{row.grid_id}|{row.window}"]
                if is_over or (row.verdict in DONE and street["state"] != "upcoming"):
                    assert street["state"] == row.verdict
                else:
                    assert street["state"] in {"upcoming", "on_track", "at_risk", "overdue"}


def test_a_new_position_is_told_at_once_and_what_it_serves_soon_after(database_url):
    with dashboard_on(database_url) as dashboard:
        write_pings(dashboard.log, town_pings("06:50", "07:05"))
        with serving(dashboard) as url, Events(f"{url}/events") as events:
            state, _ = events.wait_for("state")
            assert {each["state"] for each in state["streets"]} <= {"on_track", "upcoming"}
            write_pings(dashboard.log, town_pings("07:05", "07:12"))
            vehicles, _ = events.wait_for("vehicles", lambda each: each)
            assert {each["id"] for each in vehicles} <= {TRUCK, "晋B2"}
            assert "trail" not in vehicles[0]
            streets, _ = events.wait_for(
                "streets", lambda each: any(one["state"] == "served" for one in each)
            )
            assert {each["street"] for each in streets if each["state"] == "served"} == {"云中街"}
            served, _ = events.wait_for("served")
            assert sum(each["to_m"] - each["from_m"] for each in served) > 500


def test_a_reader_that_comes_back_gets_what_it_missed_and_no_more(tmp_path):
    database = f"sqlite:///{tmp_path / 'pings.db'}"
    with dashboard_on(database) as dashboard, serving(dashboard) as url:
        with Events(f"{url}/events") as events:
            events.wait_for("state")
            _, last = events.wait_for("clock")
        write_pings(dashboard.log, town_pings("06:50", "07:12"))
        caught_up(url, dashboard.log)
        with Events(f"{url}/events", last) as events:
            seen = []
            for name, _, event_id in events:
                seen.append((name, int(event_id.partition("-")[2])))
                if name == "served":
                    break
        assert "state" not in {name for name, _ in seen}
        first = int(last.partition("-")[2]) + 1
        assert [number for _, number in seen] == list(range(first, first + len(seen)))
        with Events(f"{url}/events", "otherepoch-5") as events:
            assert next(iter(events))[0] == "state"


def test_the_time_machine_gives_the_same_events_and_ends(tmp_path):
    with dashboard_on(f"sqlite:///{tmp_path / 'pings.db'}") as dashboard:
        write_town(dashboard.log)
        with serving(dashboard) as url:
            past = get(f"{url}/state?at={at('07:06')}")
            assert (past["live"], past["at_ms"]) == (False, at("07:06"))
            (found,) = [each for each in past["streets"] if each["street"] == "云中街"]
            assert 0 < found["served_ratio"] < 0.5
            with Events(f"{url}/events?at={at('07:06')}&speed=600") as events:
                state, _ = events.wait_for("state")
                assert {**state, "vehicles": []} == {**past, "vehicles": []}
                events.wait_for("vehicles")
                events.wait_for("streets")
            with Events(f"{url}/events?at={at('23:59')}&speed=600") as events:
                end, event_id = events.wait_for("end")
            assert end["at_ms"] == at("00:30", next_day())
            again = urllib.request.Request(
                f"{url}/events?at={at('07:06')}&speed=600", headers={"Last-Event-ID": event_id}
            )
            with urllib.request.urlopen(again) as answer:
                assert answer.status == 204


def test_too_many_time_machines_are_refused(tmp_path):
    with dashboard_on(f"sqlite:///{tmp_path / 'pings.db'}") as dashboard:
        write_town(dashboard.log)
        with serving(dashboard) as url:
            path = f"{url}/events?at={at('07:06')}&speed=1"
            running = [Events(path) for _ in range(4)]
            for each in running:
                each.wait_for("state")
            with pytest.raises(urllib.error.HTTPError) as refused:
                Events(path)
            refused.value.close()
            assert refused.value.code == 429
            for each in running:
                each.__exit__()
            wait_until(lambda: is_answered(path))


def is_answered(path):
    try:
        with Events(path):
            return True
    except urllib.error.HTTPError as refused:
        refused.close()
        return False


def test_text_of_pings_reaches_the_page_as_json_only(tmp_path):
    evil = '<img src=x onerror="alert(1)">'
    with dashboard_on(f"sqlite:///{tmp_path / 'pings.db'}") as dashboard:
        write_pings(dashboard.log, PINGS.assign(vehicle_id=evil))
        with serving(dashboard) as url:
            assert evil not in json.dumps(get(f"{url}/state"))
            for path in ("search?q=%3Cimg", "dates"):
                with urllib.request.urlopen(f"{url}/{path}") as answer:
                    assert answer.headers["content-type"] == "application/json"
                    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_database_that_is_away_is_told_by_the_age_of_the_log_and_made_up_for(
    tmp_path,
):
    with (
        dashboard_on(f"sqlite:///{tmp_path / 'pings.db'}") as dashboard,
        serving(dashboard) as url,
        Events(f"{url}/events") as events,
    ):
        events.wait_for("state")
        file = tmp_path / "pings.db"
        file.rename(tmp_path / "gone.db")
        dashboard.log._engine.dispose()
        file.mkdir()
        events.wait_for("clock", lambda clock: clock["log_age_s"] > 1.5)
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(f"{url}/dates")
        with refused.value as answer:
            assert answer.code == 503
            assert str(tmp_path) not in answer.read().decode()
        file.rmdir()
        (tmp_path / "gone.db").rename(file)
        with open_log(f"sqlite:///{file}") as other:
            write_pings(other, town_pings("06:50", "07:12"))
        events.wait_for("clock", lambda clock: clock["log_age_s"] < 1.0)
        assert caught_up(url, dashboard.log)["served"]


def test_a_server_ends_with_its_streams_and_readers_go_on_with_the_next(plan_file, tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        write_pings(log, town_pings("06:50", "07:08"))
        options = ["--plan", plan_file, "--database", url, "--date", DATE.isoformat()]
        with Process(*options, "--port", "0") as process:
            first = process.url()
            port = first.split(":")[2].partition("/")[0]
            with Events(f"{first}/events") as events:
                before, event_id = events.wait_for("state")
                code, said = process.end()
                for _ in events:
                    pass  # to its end, which comes
            assert code == 0
            assert "Traceback" not in said
        write_pings(log, town_pings("07:08", "07:12"))
        with Process(*options, "--port", port) as process:
            second = process.url()
            assert second == first
            with Events(f"{second}/events", event_id) as events:
                after, _ = events.wait_for("state")
            assert process.end()[0] == 0
    done = [
        sum(each["to_m"] - each["from_m"] for each in state["served"]) for state in (before, after)
    ]
    assert done[0] < done[1]


def test_it_refuses_to_listen_where_it_must_not(plan_file, tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    options = ["--plan", plan_file, "--database", url, "--host", "0.0.0.0", "--port", "0"]
    with Process(*options) as process:
        _, said = process.process.communicate(timeout=60)
        assert process.process.returncode == 1
        assert said.splitlines()[-1].startswith("error: ")
        assert "--host 0.0.0.0" in said
        assert "pingcheng user add" in said
        assert "--open" in said
        assert "Traceback" not in said


def test_where_it_cannot_listen_it_says_so(tmp_path):
    elsewhere = Wishes("198.51.100.1", 0)
    with (
        open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log,
        pytest.raises(SettingError, match="cannot listen there"),
    ):
        serve_log(log, TOWN_PLAN, elsewhere, pytest.fail)


def test_with_users_it_listens_anywhere_and_asks_for_a_login(plan_file, tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        Users(log, lambda: 0, QUICK).add("admin", PASSWORD, Role.ADMIN)
    options = ["--plan", plan_file, "--database", url, "--host", "0.0.0.0", "--port", "0"]
    with Process(*options) as process:
        address = process.url().replace("0.0.0.0", "127.0.0.1")
        assert get(f"{address}/session")["login_required"] is True
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(f"{address}/state")
        refused.value.close()
        assert refused.value.code == 401


BROKEN = """
import os, sys
from analytics.dashboard.state.feed import Feed
from pingcheng import main

follow = Feed._follow

def break_down(feed):
    if os.path.exists(os.environ["BREAK_DOWN"]):
        raise ZeroDivisionError("a mistake")
    follow(feed)

Feed._follow = break_down
main()
"""


def test_a_server_whose_feed_breaks_down_ends_so_that_a_supervisor_begins_anew(
    plan_file, tmp_path, monkeypatch
):
    broken = tmp_path / "broken"
    monkeypatch.setenv("BREAK_DOWN", str(broken))
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    options = ["--plan", plan_file, "--database", url, "--date", DATE.isoformat(), "--port", "0"]
    with Process(*options, program=("-c", BROKEN)) as process:
        address = process.url()
        assert get(f"{address}/state")["live"] is True
        with Events(f"{address}/events") as events:
            events.wait_for("state")
            broken.touch()
            for _ in events:
                pass  # to its end, which comes
        _, said = process.process.communicate(timeout=60)
    assert process.process.returncode == 1
    assert "error: the live feed has ended" in said.splitlines()[-1]
    assert "ZeroDivisionError" in said


def test_while_a_feed_is_dead_health_and_state_answer_503(database_url, monkeypatch):
    with dashboard_on(database_url) as dashboard, serving(dashboard) as url:
        health = url.replace("/api/v1", "/healthz")
        assert get(health) == {"status": "ok"}

        def break_down():
            raise ZeroDivisionError("a mistake")

        monkeypatch.setattr(dashboard.feed, "_follow", break_down)
        wait_until(lambda: dashboard.feed.history.closed)
        for address in (health, f"{url}/state", f"{url}/events"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                get(address)
            with refused.value as answer:
                assert answer.code == 503
                assert json.load(answer)["status"] == "unhealthy"


def test_whether_there_are_users_is_known_before_anybody_has_come(tmp_path, monkeypatch):
    """Or who comes first while the database hangs would be told to log in where nobody can."""
    made = []

    def make_app(dashboard):
        made.append(dashboard.access.recall_login_required(stale=True))
        made.append(dashboard.access.recall_login_required())
        raise KeyboardInterrupt

    monkeypatch.setattr("analytics.dashboard.serving.serving.make_app", make_app)
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log, pytest.raises(KeyboardInterrupt):
        serve_log(log, TOWN_PLAN, Wishes("127.0.0.1", 0), lambda _: None)
    assert made == [False, None]  # and who comes next is told anew
