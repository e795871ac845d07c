"""What tests of the live page need: a log of a town or a city, and the application on it."""

import json
import signal
import threading
import time
import urllib.request
from contextlib import contextmanager

import pandas as pd
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from analytics.dashboard.access.users import Role, Users
from analytics.dashboard.routes.app import make_app
from analytics.dashboard.routes.dashboard import Dashboard
from analytics.dashboard.serving.server import Server, listen
from analytics.dashboard.state.event_history import EventHistory
from analytics.dashboard.state.feed import Feed
from geofence.network.network import build_network
from ingest.log.batch import batches_of
from ingest.log.pinglog import PingLog, open_log
from ingest.ping_frame import fill_received
from tests.unit.analytics.dashboard.city import DATE, city_arrivals, instant, until
from tests.unit.analytics.verdicts.test_evaluation import PINGS, TOWN

TOWN_PLAN = TOWN.plan
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse battery"
HOME = "http://127.0.0.1:8080"


def write_pings(log: PingLog, pings: pd.DataFrame) -> None:
    rows = fill_received(pings.reset_index(drop=True), instant("23:59"))
    for batch in batches_of(rows, []):
        log.write(batch)


def write_city(log: PingLog, until_clock: str = "16:00") -> None:
    write_pings(log, until(city_arrivals(), instant(until_clock)))


def write_town(log: PingLog) -> None:
    write_pings(log, PINGS)


def now_ms():
    return time.time_ns() // 1_000_000


@contextmanager
def dashboard_on(url: str, plan=None, service_date=DATE, clock_ms=now_ms):
    """The parts of a page on a log, its feed not running."""
    plan = plan or TOWN_PLAN
    with open_log(url) as log:
        network = build_network(plan.sections)
        feed = Feed(log, plan, network, EventHistory("test"), clock_ms, service_date)
        dashboard = Dashboard(log, feed, clock_ms)
        dashboard.access.users = Users(log, clock_ms, QUICK)
        yield dashboard


def client_of(dashboard: Dashboard, address: str = "127.0.0.1", base_url: str = HOME) -> TestClient:
    return TestClient(make_app(dashboard), base_url=base_url, client=(address, 50_000))


def add_users(dashboard: Dashboard) -> None:
    """One user of each role, named after it."""
    for role in Role:
        dashboard.access.users.add(role.value, PASSWORD, role)
    dashboard.access._has_users = None


def log_in(client: TestClient, name: str) -> str:
    """Log in and give the CSRF token."""
    answer = client.post("/api/v1/login", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return answer.json()["csrf"]


@contextmanager
def serving(dashboard: Dashboard):
    """The page served for real, its feed running; gives the URL of the interface."""
    with listen("127.0.0.1", 0) as listener:
        server = Server(make_app(dashboard), listener, dashboard.feed.history.close)
        thread = threading.Thread(target=server.serve_until_told)
        with dashboard.feed:
            thread.start()
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
            finally:
                server.handle_exit(signal.SIGTERM, None)
                thread.join()


class Events:
    """A browser's event source: reads events one by one."""

    def __init__(self, url: str, last_event_id: str | None = None) -> None:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        self._answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers))
        assert self._answer.headers["content-type"].startswith("text/event-stream")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._answer.close()

    def __iter__(self):
        fields = {}
        for line in self._answer:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "event" in fields:
                yield fields["event"], json.loads(fields["data"]), fields["id"]
                fields = {}

    def wait_for(self, name, is_it=lambda _: True):
        """Read on to an event of a name; give its document and id."""
        for event, document, event_id in self:
            if event == name and is_it(document):
                return document, event_id
        raise AssertionError(f"the stream ended without {name}")
