"""The page goes on by a changed plan: a real feed on a real log, looked at by hand."""

import gc
import weakref
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from analytics.dashboard.serving import plan_follower as module
from analytics.dashboard.serving.plan_follower import PlanFollower
from geofence.installed.watch import watch_plans
from geofence.plan.reader import read_plan
from ingest.fault import LogError
from tests.fixtures.changed_plans import add_street, replace_in
from tests.fixtures.dashboards import client_of, dashboard_on, write_pings
from tests.fixtures.served_processes import plan_file  # noqa: F401 - a fixture
from tests.fixtures.served_town import PINGS
from tests.fixtures.town import MONDAY, next_day


@contextmanager
def followed(path, folder):
    """A follower, the page that it serves and the plan's file; the feed does not run."""
    watch = watch_plans(path)
    plan = watch.begin([MONDAY])
    with dashboard_on(f"sqlite:///{folder / 'pings.db'}", plan) as dashboard:
        write_pings(dashboard.log, PINGS)
        yield PlanFollower(watch, dashboard), dashboard


@pytest.fixture
def path(plan_file):  # noqa: F811
    return Path(plan_file)


@pytest.fixture
def page(path, tmp_path):
    with followed(path, tmp_path) as both:
        yield both


def draw(path, name):
    add_street(path, name, "JY01", north_deg=0.002)


def look(follower, dashboard, times=2):
    """Look as often, each time followed by a round of the feed."""
    for _ in range(times):
        follower.look()
        dashboard.feed._follow()


def streets_of(dashboard):
    (grid,) = client_of(dashboard).get("/api/v1/plan").json()["grids"]
    return {street["name"] for street in grid["streets"]}


def test_a_new_street_is_on_the_page_and_in_the_state_without_a_restart(page, path):
    follower, dashboard = page
    client = client_of(dashboard)
    tag = client.get("/api/v1/streets.geojson").headers["ETag"]
    draw(path, "新街")
    with capture_logs() as logged:
        look(follower, dashboard, times=3)
    assert "新街" in streets_of(dashboard)
    answer = client.get("/api/v1/streets.geojson", headers={"If-None-Match": tag})
    assert (answer.status_code, "新街" in answer.text) == (200, True)
    state = client.get("/api/v1/state").json()
    assert "新街" in {each["street"] for each in state["streets"]}
    assert state["plan_version"] == read_plan(path).version
    assert client.get("/api/v1/search", params={"q": "新街"}).json()[0]["label"] == "新街"
    (line,) = logged
    assert (line["event"], line["version"]) == ("plan changed", read_plan(path).version)


def test_the_plan_has_a_tag_that_tells_whether_it_is_as_it_was(page, path):
    follower, dashboard = page
    client = client_of(dashboard)
    tag = client.get("/api/v1/plan").headers["ETag"]
    same = {"If-None-Match": tag}
    assert client.get("/api/v1/plan", headers=same).status_code == 304
    replace_in(path, 'name = "town"', 'name = "平城"')
    look(follower, dashboard)
    assert client.get("/api/v1/plan", headers=same).json()["name"] == "平城"


def test_a_broken_plan_is_said_once_and_the_one_before_goes_on(page, path):
    follower, dashboard = page
    client = client_of(dashboard)
    before = client.get("/api/v1/plan").json()
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n[broken", encoding="utf-8")
    with capture_logs() as logged:
        look(follower, dashboard, times=4)
    assert [line["event"] for line in logged] == ["plan refused, the one before goes on"]
    assert client.get("/api/v1/plan").json() == before
    health = client.get("/healthz")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert "cannot be used" in health.json()["warnings"][0]
    assert dashboard.feed.clock()["plan_refused"] is True
    path.write_text(text, encoding="utf-8")
    look(follower, dashboard)
    assert "warnings" not in client.get("/healthz").json()
    assert dashboard.feed.clock()["plan_refused"] is False


def test_a_plan_that_reads_but_cannot_be_drawn_is_refused_like_a_broken_one(
    page, path, monkeypatch
):
    follower, dashboard = page

    def overflowing(_):
        raise MemoryError("a street of 9,000 km")

    monkeypatch.setattr(module, "build_network", overflowing)
    draw(path, "新街")
    with capture_logs() as logged:
        look(follower, dashboard, times=4)
    refused = [line for line in logged if line["event"].startswith("plan refused")]
    assert [line["reason"] for line in refused] == ["MemoryError: a street of 9,000 km"]
    assert "新街" not in streets_of(dashboard)
    assert dashboard.feed.clock()["plan_refused"] is True


def test_while_the_database_is_away_the_plan_waits_and_is_taken_later(page, path, monkeypatch):
    follower, dashboard = page
    draw(path, "新街")
    follower.look()

    def away(*_):
        raise LogError("the database is away")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(dashboard.feed, "begin", away)
        with pytest.raises(LogError):
            follower.look()
    look(follower, dashboard, times=1)
    assert "新街" in streets_of(dashboard)


def test_a_plan_for_a_later_date_waits_for_it(page, path):
    follower, dashboard = page
    path.with_name(f"plan.until-{next_day()}.toml").write_bytes(path.read_bytes())
    replace_in(path, 'name = "town"', 'name = "平城"')
    look(follower, dashboard, times=3)
    assert dashboard.plan.name == "town"
    dashboard.feed._fixed_date = next_day()
    look(follower, dashboard, times=3)
    dashboard.feed._turn_to(next_day())
    look(follower, dashboard, times=3)
    assert dashboard.plan.name == "平城"


def test_plans_that_were_shown_before_are_let_go(page, path):
    follower, dashboard = page
    shown = []
    for number in range(20):
        feed = dashboard.feed
        held = (dashboard.view, feed.state, feed.plan, feed.network)
        shown.append([weakref.ref(each) for each in held])
        del held
        replace_in(path, f'name = "{dashboard.plan.name}"', f'name = "plan {number}"')
        look(follower, dashboard)
        assert dashboard.plan.name == f"plan {number}"
    gc.collect()
    first, *others = [[each() for each in held] for held in shown]
    assert others == [[None] * 4] * 19
    assert first[:2] == [None] * 2  # the plan itself is the test's


def test_the_thread_looks_until_it_is_told_to_end(page, path, monkeypatch):
    follower, dashboard = page
    monkeypatch.setattr(module, "LOOK_S", 0.01)
    draw(path, "新街")
    with dashboard.feed, follower:
        for _ in range(2_000):
            if dashboard.feed.plan.version == read_plan(path).version:
                break
            follower._stop.wait(0.01)
    assert "新街" in streets_of(dashboard)


def test_a_broken_plan_to_come_is_said_once_and_warned_of_while_the_page_goes_on(page, path):
    follower, dashboard = page
    client = client_of(dashboard)
    path.with_name(f"plan.until-{next_day()}.toml").write_bytes(path.read_bytes())
    look(follower, dashboard)
    text = path.read_text(encoding="utf-8")
    path.write_text("[broken", encoding="utf-8")
    with capture_logs() as logged:
        look(follower, dashboard, times=4)
    assert [line["event"].partition(",")[0] for line in logged] == ["plan to come refused"]
    health = client.get("/healthz")
    assert (health.status_code, health.json()["warnings"]) == (
        200, ["the plan to come cannot be used; mend it before its date"]
    )  # fmt: skip
    assert dashboard.feed.clock()["plan_refused"] is False
    path.write_text(text, encoding="utf-8")
    with capture_logs() as logged:
        look(follower, dashboard, times=3)
    told = [(line["event"], line["since"]) for line in logged]
    assert told == [("plan to come", next_day().isoformat())]
    assert "warnings" not in client.get("/healthz").json()
