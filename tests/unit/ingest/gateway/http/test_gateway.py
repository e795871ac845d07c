"""What requests are answered, and what comes of them at the broker."""

import asyncio
import base64
import json
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs

from ingest.gateway.http import gateway as gateway_module
from ingest.gateway.http.gateway import MOST_BODY_BYTES, MOST_QUERY_BYTES
from ingest.gateway.http.rates import Rates
from ingest.gateway.http.tokens import ALL, Issued, TokenBook, hash_of, write_tokens
from ingest.gateway.publisher import NotAcknowledgedError, NotConnectedError, QueueFullError
from tests.fixtures.asked_gateway import AskedGateway

DEVICE, OTHER, TRUCK = "861050000000001", "861050000000002", "晋BQ0384"
FIX = "lat=40.08&lon=113.3&timestamp=1648450800"
LOCATION = json.dumps({"_type": "location", "lat": 40.08, "lon": 113.3, "tst": 1648450800}).encode()
FORWARDED = json.dumps({"position": {}, "device": {"uniqueId": DEVICE}}).encode()


@pytest.fixture
def gateway():
    return AskedGateway()


@pytest.fixture
def book(tmp_path):
    """Tokens of the device, of a truck, and of a server for all."""
    issued = {
        name: Issued(name, hash_of(token), "2026-01-01")
        for name, token in ((DEVICE, "own"), (TRUCK, "truck"), (ALL, "server"))
    }
    write_tokens(tmp_path / "tokens.csv", issued)
    return TokenBook(tmp_path / "tokens.csv", lambda: 0.0)


@pytest.fixture
def guarded(book):
    """A gateway with these tokens."""
    return AskedGateway(book)


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def code_of(answer):
    return json.loads(answer[2])["code"]


@pytest.mark.parametrize("path", ["/", "/osmand", "/osmand/"])
def test_the_parameters_of_a_request_are_published_as_json(gateway, path):
    status, headers, body = gateway.ask(f"{path}?id={quote(TRUCK)}&{FIX}")
    assert (status, body, headers["x-content-type-options"]) == (200, b"", "nosniff")
    [(topic, payload)] = gateway.broker.published
    assert topic == "gateway/osmand"
    assert json.loads(payload) == {
        "id": TRUCK, "lat": "40.08", "lon": "113.3", "timestamp": "1648450800",
    }  # fmt: skip


def test_a_form_is_as_good_as_a_query(gateway):
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert gateway.status("/", f"deviceid={TRUCK}&{FIX}".encode(), headers=kind) == 200
    assert gateway.status("/", f"deviceid={TRUCK}&{FIX}".encode()) == 200
    first, second = gateway.broker.published
    assert first == second
    assert json.loads(first[1])["deviceid"] == TRUCK


def test_the_json_of_traccar_client_is_published(gateway):
    sent = {"location": {"coords": {"latitude": 40.08}}, "device_id": DEVICE}
    assert gateway.status("/", json.dumps(sent).encode()) == 200
    assert json.loads(gateway.broker.published[0][1]) == sent


def test_what_traccar_forwards_goes_on_byte_by_byte(gateway):
    assert gateway.status("/traccar", FORWARDED) == 200
    assert gateway.broker.published == [("gateway/traccar", FORWARDED)]


@pytest.mark.parametrize("path", ["/owntracks", "/pub"])
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (f"?u=wang&d={quote(TRUCK)}", {}),
        ("", {"X-Limit-U": "wang", "X-Limit-D": TRUCK}),
        (f"?d={quote(TRUCK)}", basic("wang", "secret")),
    ],
)
def test_owntracks_names_user_and_device_in_any_of_its_ways(gateway, path, query, headers):
    status, _, body = gateway.ask(f"{path}{query}", LOCATION, headers=headers)
    assert (status, body) == (200, b"[]")
    assert gateway.broker.published == [(f"owntracks/wang/{TRUCK}", LOCATION)]


def test_an_empty_message_of_owntracks_is_taken_for_nothing(gateway):
    assert gateway.ask("/pub?u=a&d=b", b"", method="POST")[::2] == (200, b"[]")
    assert gateway.broker.published == []


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        (f"/osmand?{FIX}", b"", "missing_field"),
        (f"/osmand?id=&{FIX}", b"", "missing_field"),
        ("/osmand?id=%ff", b"", "not_utf8"),
        ("/osmand?" + "&".join(f"a{n}=1" for n in range(101)), b"", "too_large"),
        ("/osmand", b'{"id": 7}', "wrong_type"),
        ("/osmand", b'{"id"', "not_json"),
        ("/osmand", b"[" * 40 + b"]" * 40, "too_deep"),
        ("/osmand", b"[{}]", "not_an_object"),
        ("/traccar", b"{}", "missing_field"),
        ("/traccar", b'{"device": {"uniqueId": ""}}', "missing_field"),
        ("/traccar", b"\xff", "not_utf8"),
        ("/owntracks?u=a&d=b", b"[]", "not_an_object"),
        ("/owntracks?u=a", LOCATION, "missing_field"),
        ("/owntracks?u=a&d=x%20y", LOCATION, "bad_topic"),
        ("/owntracks?u=a%2Fb&d=x", LOCATION, "bad_topic"),
        ("/owntracks?u=a&d=%23", LOCATION, "bad_topic"),
        ("/owntracks?u=a&d=%3E", LOCATION, "bad_topic"),
        ("/owntracks?u=%00&d=x", LOCATION, "bad_topic"),
    ],
)
def test_what_can_never_be_read_is_refused_with_its_code(gateway, target, body, code):
    answer = gateway.ask(target, body)
    assert (answer[0], code_of(answer)) == (400, code)
    assert gateway.broker.published == []
    assert gateway.app.refused == {code: 1}


def test_a_wrong_path_a_wrong_method_and_too_much_are_told_apart(gateway):
    assert gateway.status("/nowhere") == 404
    assert gateway.status("/osmand/a/b") == 404
    status, headers, _ = gateway.ask("/traccar", method="GET")
    assert (status, headers["allow"]) == (405, "GET, POST")
    large = b"{" + b" " * MOST_BODY_BYTES
    assert code_of(gateway.ask("/traccar", large)) == "too_large"
    assert gateway.status("/traccar", b"{}", headers={"Content-Length": "9" * 30}) == 413
    assert gateway.status(f"/osmand?id={'1' * MOST_QUERY_BYTES}") == 414


def test_a_body_that_does_not_come_is_not_waited_for(gateway, monkeypatch):
    monkeypatch.setattr(gateway_module, "BODY_S", 0.01)
    answers = []

    async def receive():
        return await asyncio.Future()

    async def send(message):
        answers.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/traccar", "query_string": b"", "headers": [],
        "client": None,
    }  # fmt: skip
    asyncio.run(gateway.app(scope, receive, send))
    assert answers[0]["status"] == 408
    assert gateway.app.refused == {"too_slow": 1}


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (NotConnectedError(""), "broker_away"),
        (QueueFullError(""), "not_acknowledged"),
        (NotAcknowledgedError(""), "not_acknowledged"),
    ],
)
def test_what_the_broker_does_not_acknowledge_is_to_be_sent_again(gateway, failure, code):
    gateway.broker.failure = failure
    status, headers, body = gateway.ask(f"/?id={DEVICE}&{FIX}")
    assert (status, json.loads(body)["code"], headers["retry-after"]) == (503, code, "5")
    assert gateway.app.taken == 0


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (f"/osmand/own?id={DEVICE}", {}),
        (f"/osmand?id={DEVICE}&token=own", {}),
        (f"/osmand?id={DEVICE}", {"Authorization": "Bearer own"}),
        (f"/osmand?id={DEVICE}", basic("anyone", "own")),
        (f"/osmand/server?id={OTHER}", {}),
    ],
)
def test_a_token_comes_in_any_of_its_ways_and_goes_no_further(guarded, target, headers):
    assert guarded.status(target, headers=headers) == 200
    [(_, payload)] = guarded.broker.published
    assert set(json.loads(payload)) == {"id"}


def test_a_token_in_a_form_is_heard_and_not_published(guarded):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert guarded.status("/", f"id={DEVICE}&token=own".encode(), headers=kind) == 200
    assert b"own" not in guarded.broker.published[0][1]


@pytest.mark.parametrize("token", ["", "?token=wrong", "?token=%E6%99%8B", "?token=OWN"])
@pytest.mark.parametrize("path", ["/osmand", "/traccar", "/owntracks"])
def test_without_its_token_nobody_is_let_in(guarded, path, token):
    status, headers, body = guarded.ask(f"{path}{token}", b"{}")
    assert (status, json.loads(body)["code"]) == (401, "wrong_token")
    assert headers["www-authenticate"].startswith("Basic")
    assert guarded.broker.published == []


def test_a_device_speaks_for_itself_only(guarded):
    assert code_of(guarded.ask(f"/osmand/own?id={OTHER}")) == "vehicle_mismatch"
    assert guarded.status("/traccar/truck", FORWARDED) == 403
    assert guarded.status(f"/pub/own?u=a&d={OTHER}", LOCATION) == 403
    assert guarded.broker.published == []


def test_owntracks_may_leave_its_name_to_its_token(guarded):
    assert guarded.status("/pub", LOCATION, headers=basic("wang", "truck")) == 200
    assert guarded.status("/pub/truck", LOCATION) == 200
    topics = [topic for topic, _ in guarded.broker.published]
    assert topics == [f"owntracks/wang/{TRUCK}", f"owntracks/{TRUCK}/{TRUCK}"]


def test_a_header_with_a_broken_authorization_lets_nobody_in(guarded):
    for header in ("Basic %", "Basic /////", "Bearer", "Digest own", "Basic ÿ"):
        assert guarded.status("/pub", LOCATION, headers={"Authorization": header}) == 401


def test_a_device_that_asks_too_often_waits_and_others_do_not():
    gateway = AskedGateway(rates=Rates(device_per_s=0.5, device_burst=2))
    assert [gateway.status(f"/?id={DEVICE}") for _ in range(3)] == [200, 200, 429]
    assert gateway.ask(f"/?id={DEVICE}")[1]["retry-after"] == "2"
    assert gateway.status(f"/?id={OTHER}") == 200
    gateway.now_s += 2
    assert gateway.status(f"/?id={DEVICE}") == 200


def test_a_stored_day_of_a_device_with_its_token_is_taken_at_once(guarded):
    assert {guarded.status(f"/osmand/own?id={DEVICE}") for _ in range(2500)} == {200}
    assert len(guarded.broker.published) == 2500


def test_a_device_with_its_token_is_counted_by_that_and_not_by_its_address(book):
    gateway = AskedGateway(book, Rates(known_burst=3, address_per_s=1, address_burst=2))
    assert [gateway.status("/osmand/wrong") for _ in range(3)] == [401, 401, 429]
    own, truck = f"/osmand/own?id={DEVICE}", f"/osmand/truck?id={DEVICE}"
    assert [gateway.status(own) for _ in range(4)] == [200, 200, 200, 429]
    assert [gateway.status(truck) for _ in range(4)] == [403, 403, 403, 429]
    assert gateway.status(f"/osmand/server?id={DEVICE}") == 429


def test_a_token_in_a_form_is_counted_as_any_other(book):
    gateway = AskedGateway(book, Rates(known_burst=1))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    form = f"id={DEVICE}&token=own".encode()
    assert [gateway.status("/", form, headers=kind) for _ in range(2)] == [200, 429]


def test_a_query_that_cannot_be_read_counts_for_its_address(book):
    gateway = AskedGateway(book, Rates(address_per_s=1, address_burst=2))
    long, broken = "a" * (MOST_QUERY_BYTES + 1), "token=own&a=%ff"
    assert [gateway.status(f"/osmand?{query}") for query in (long, broken, long, broken)] == [
        414, 400, 429, 429,
    ]  # fmt: skip


def test_of_a_server_that_speaks_for_all_devices_are_not_counted(tmp_path):
    write_tokens(tmp_path / "tokens.csv", {ALL: Issued(ALL, hash_of("server"), "2026-01-01")})
    book = TokenBook(tmp_path / "tokens.csv", lambda: 0.0)
    gateway = AskedGateway(book, rates=Rates(device_per_s=0.5, device_burst=2))
    assert {gateway.status(f"/osmand/server?id={DEVICE}") for _ in range(5)} == {200}


def test_an_address_that_asks_too_often_waits_whatever_it_says():
    gateway = AskedGateway(rates=Rates(address_per_s=1, address_burst=2))
    assert [gateway.status(f"/osmand?n={n}") for n in range(3)] == [400, 400, 429]
    assert gateway.status("/osmand", address="10.0.0.2") == 400


def test_health_says_whether_there_is_a_broker(gateway):
    gateway.ask(f"/?id={DEVICE}")
    status, _, body = gateway.ask("/healthz")
    assert (status, json.loads(body)) == (200, {"connected": True, "taken": 1, "refused": {}})
    gateway.broker.connected = False
    assert gateway.status("/healthz") == 503


def test_refusals_are_told_of_together(gateway):
    with capture_logs() as told:
        for _ in range(3):
            gateway.ask("/nowhere")
        gateway.now_s += 61
        gateway.ask("/nowhere")
    assert [each["codes"] for each in told] == ["not_found 1", "not_found 3"]
