"""A town asked in process: once done for the day, for looking; or one's own, with users."""

import pytest

from analytics.dashboard.routes.dashboard import Dashboard
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import (
    TOWN_PLAN,
    add_users,
    client_of,
    dashboard_on,
    write_pings,
    write_town,
)
from tests.fixtures.served_town import TOWN
from tests.fixtures.town import Truck, at, next_day


@pytest.fixture(scope="package")
def town_log(tmp_path_factory):
    """A log in which both trucks stand until the deadline, so that what they left is proven."""
    path = tmp_path_factory.mktemp("town") / "pings.db"
    with open_log(f"sqlite:///{path}") as log:
        write_town(log)
        for vehicle in TOWN_PLAN.grids[0].vehicles:
            standing = Truck(TOWN, vehicle, interval_s=30)
            standing.stand("云中街", 600, "10:01", at("00:05", next_day()))
            write_pings(log, standing.pings())
    return path


@pytest.fixture(scope="package")
def finished(town_log) -> Dashboard:
    """The page on that log; nothing is written to it."""
    with dashboard_on(f"sqlite:///{town_log}") as made:
        yield made


@pytest.fixture
def client(finished):
    return client_of(finished)


@pytest.fixture(scope="package")
def empty_log(tmp_path_factory):
    """An empty log, to be copied, which is quicker than to make its tables."""
    path = tmp_path_factory.mktemp("empty") / "pings.db"
    with open_log(f"sqlite:///{path}"):
        return path


@pytest.fixture
def own(empty_log, tmp_path) -> Dashboard:
    """A page on an empty log of one's own, without users."""
    copy = tmp_path / "own.db"
    copy.write_bytes(empty_log.read_bytes())
    with dashboard_on(f"sqlite:///{copy}") as made:
        yield made


@pytest.fixture
def guarded(own) -> Dashboard:
    """The same with a user of each role, named after it."""
    add_users(own)
    return own
