import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from analytics.dashboard.access.security import MOST_BODY, Guard, comes_from_here


async def echo(request):
    return PlainTextResponse(f"{len(await request.body())}")


@pytest.fixture
def client():
    routes = [Route(path, echo, methods=["GET", "POST"]) for path in ("/", "/api/state")]
    return TestClient(Guard(Starlette(routes=routes)), base_url="https://page.test")


def test_every_answer_says_what_a_page_may_load_and_that_none_may_frame_it(client):
    for answer in (client.get("/"), client.post("/", headers={"origin": "https://evil.test"})):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_only_over_tls_the_browser_is_told_to_stay_with_it(client):
    assert "strict-transport-security" in client.get("/").headers
    assert "strict-transport-security" not in client.get("http://page.test/").headers


def test_what_the_interface_answers_is_not_stored(client):
    assert client.get("/api/state").headers["cache-control"] == "no-store"
    assert "cache-control" not in client.get("/").headers


def test_a_body_is_passed_on_whole_up_to_its_limit_and_refused_beyond(client):
    assert client.post("/", content=b"x" * MOST_BODY).text == str(MOST_BODY)
    refused = client.post("/", content=b"x" * (MOST_BODY + 1))
    assert refused.status_code == 413
    assert str(MOST_BODY) in refused.json()["detail"]


def test_what_another_site_sends_is_refused_but_may_be_looked_at(client):
    elsewhere = {"origin": "https://evil.test"}
    assert client.post("/", headers=elsewhere).status_code == 403
    assert client.get("/", headers=elsewhere).status_code == 200


@pytest.mark.parametrize(
    ("headers", "here"),
    [
        ({}, True),
        ({"origin": "https://page.test:8443", "host": "page.test:8443"}, True),
        ({"origin": "https://page.test:8443", "host": "page.test"}, False),
        ({"origin": "null", "host": "page.test"}, False),
        ({"origin": "https://[", "host": "page.test"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        (
            {"sec-fetch-site": "cross-site", "origin": "https://page.test", "host": "page.test"},
            False,
        ),
    ],
)
def test_a_request_comes_from_here_if_the_browser_says_so_or_there_is_none(headers, here):
    assert comes_from_here(Headers(headers)) is here
