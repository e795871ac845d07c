import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from analytics.dashboard.access.security import MOST_BODY, Guard, comes_from_here, fault_of

HOST = "fleet.example"


class House:
    """A guarded application that answers with what it was sent, and what came of a request."""

    def __init__(self, headers=()):
        self.headers, self.bodies, self.after, self.sent = list(headers), [], [], []

    async def app(self, _scope, receive, send):
        message = await receive()
        self.bodies.append(message.get("body", b""))
        assert not message.get("more_body", False)
        self.after.append((await receive())["type"])
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": b"ok"})

    def ask(self, method="POST", path="/api/v1/login", scheme="http", parts=(b"",), **headers):
        """Send a request in parts; give the status. A part of None is a browser that leaves."""
        sent = {"host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http", "method": method, "path": path, "scheme": scheme,
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        }  # fmt: skip
        messages = [
            {"type": "http.disconnect"}
            if part is None
            else {"type": "http.request", "body": part, **({"more_body": True} if left else {})}
            for left, part in zip(range(len(parts) - 1, -1, -1), parts, strict=True)
        ]
        messages.append({"type": "http.disconnect"})
        self.sent.clear()

        async def receive():
            return messages.pop(0)

        async def send(message):
            self.sent.append(message)

        asyncio.run(Guard(self.app)(scope, receive, send))
        return self.sent[0]["status"]

    def answer(self):
        """The headers of the last answer."""
        return Headers(raw=self.sent[0]["headers"])


@pytest.fixture
def house():
    return House()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=MOST_BODY // 4), min_size=1, max_size=6))
def test_a_body_in_parts_comes_whole_or_not_at_all(parts):
    house, body = House(), b"".join(parts)
    if len(body) <= MOST_BODY:
        assert house.ask(parts=parts) == 200
        assert house.bodies == [body]
    else:
        assert house.ask(parts=parts) == 413
        assert house.bodies == []


@pytest.mark.parametrize(("size", "status"), [(MOST_BODY, 200), (MOST_BODY + 1, 413)])
def test_a_body_may_be_just_so_large(house, size, status):
    half = b"x" * (size // 2)
    assert house.ask(parts=(half, b"x" * (size - len(half)))) == status


def test_a_body_too_large_is_told_the_limit(house):
    house.ask(parts=(b"x" * (MOST_BODY + 1),))
    assert house.sent[1]["body"] == b'{"detail":"at most 16384 bytes, please"}'


def test_a_body_without_an_end_is_given_up_once_it_is_too_large(house):
    endless = [b"x" * MOST_BODY, b"x", None]  # to read on would be to hear that the sender left
    assert house.ask(parts=(*endless, b"")) == 413


def test_a_sender_who_leaves_before_the_end_does_not_reach_the_application(house):
    house.ask(parts=(b"half", None))
    assert house.bodies == []


def test_after_the_body_the_application_hears_when_the_browser_leaves(house):
    house.ask(parts=(b"body",))
    assert house.after == ["http.disconnect"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_another_site_sends_does_not_reach_the_application(house, method):
    assert house.ask(method, sec_fetch_site="cross-site") == 403
    assert house.sent[1]["body"] == b'{"detail":"another site sent this"}'
    assert house.bodies == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_link_on_another_site_may_lead_here(house, method):
    assert house.ask(method, sec_fetch_site="cross-site", origin="https://evil.example") == 200


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": f"https://{HOST}"}, False),
        ({"origin": f"https://{HOST}"}, True),
        ({"origin": f"https://{HOST}:8443"}, False),
        ({"origin": f"https://{HOST}.evil.example"}, False),
        ({"origin": f"https://evil.example/{HOST}"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://[bad"}, False),
    ],
)
def test_a_request_comes_from_here_unless_a_browser_says_otherwise(headers, is_ours):
    assert comes_from_here(Headers({"host": HOST, **headers})) is is_ours


def test_an_origin_without_a_host_to_compare_it_to_is_not_ours():
    assert not comes_from_here(Headers({"origin": f"https://{HOST}"}))


@pytest.mark.parametrize(
    "asked",
    [
        {"method": "GET"},
        {},
        {"sec_fetch_site": "cross-site"},
        {"parts": (b"x" * (MOST_BODY + 1),)},
    ],
    ids=["page", "written", "of another site", "too large"],
)
def test_answers_and_refusals_forbid_framing_and_scripts_from_elsewhere(house, asked):
    house.ask(**asked)
    headers = house.answer()
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_no_answer_may_loosen_what_is_forbidden():
    house = House([(b"content-security-policy", b"default-src *"), (b"x-frame-options", b"ALLOW")])
    house.ask()
    assert house.answer().getlist("x-frame-options") == ["DENY"]
    assert "*" not in "".join(house.answer().getlist("content-security-policy"))


@pytest.mark.parametrize(("scheme", "is_remembered"), [("http", False), ("https", True)])
def test_only_https_is_remembered(house, scheme, is_remembered):
    house.ask(scheme=scheme)
    assert ("strict-transport-security" in house.answer()) is is_remembered


@pytest.mark.parametrize(
    ("path", "own", "told"),
    [
        ("/api/v1/state", [], "no-store"),
        ("/api/v1/basemap/1/0/0", [(b"cache-control", b"max-age=60")], "max-age=60"),
        ("/static/page.js", [], None),
        ("/apidoc", [], None),
    ],
)
def test_data_is_not_kept_by_browsers_unless_its_route_says_so(path, own, told):
    house = House(own)
    house.ask("GET", path)
    assert house.answer().get("cache-control") == told


def test_what_is_no_request_passes_as_it_is():
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    async def receive():
        return {}

    async def send(_message):
        pass

    asyncio.run(Guard(app)({"type": "lifespan"}, receive, send))
    assert seen == [({"type": "lifespan"}, receive, send)]


@pytest.mark.parametrize(
    ("hosts", "is_sound"),
    [
        ([b"fleet.example"], True),
        ([b"127.0.0.1:8080"], True),
        ([b"[::1]:8080"], True),
        ([b"xn--fiqs8s.example"], True),
        ([], True),
        ([b""], False),
        ([b"a b"], False),
        ([b"[bad"], False),
        ([b"a", b"b"], False),
        ([b"user@host"], False),
        ([b"host/path"], False),
        ([b"host:99999999"], False),
    ],
)
def test_a_request_names_one_host_at_most_and_that_is_one(hosts, is_sound):
    scope = {"path": "/", "query_string": b"", "headers": [(b"host", each) for each in hosts]}
    assert (fault_of(scope) is None) is is_sound


@pytest.mark.parametrize(("path", "query"), [("/a\0b", b""), ("/", b"q=%00"), ("/", b"q=a%00b")])
def test_a_nul_is_part_of_no_request(path, query):
    assert fault_of({"path": path, "query_string": query, "headers": []}) is not None
