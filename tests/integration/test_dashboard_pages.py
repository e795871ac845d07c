"""What every answer of the live page carries, and what none does."""

import pytest

from analytics.dashboard.access.security import CONTENT_SECURITY_POLICY
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import client_of, dashboard_on, write_town

API = "/api/v1"


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('town') / 'pings.db'}"
    with open_log(url) as log:
        write_town(log)
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
    if path == f"{API}/plan":  # is large and seldom changes; its ETag is asked about each time
        assert headers["cache-control"] == "private, no-cache"
    elif path.startswith(API):
        assert headers["cache-control"] == "no-store"


def test_https_is_remembered(dashboard):
    headers = client_of(dashboard, base_url="https://127.0.0.1:8080").get("/").headers
    assert headers["strict-transport-security"] == "max-age=31536000"
